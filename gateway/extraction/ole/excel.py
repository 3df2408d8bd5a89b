"""Excel 5 to 2003: macro sheets, DDE, linked workbooks, acting formulas and queries, in place.

A formula that goes leaves its last result as a plain cell; a macro sheet becomes an ordinary sheet
of its results; a linked source becomes an unused one, and references to it become those of a
deleted sheet, so that no index in the workbook shifts. Source: [MS-XLS].
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from itertools import pairwise

from gateway.extraction import links
from gateway.extraction.contract import EncryptedError
from gateway.extraction.kinds import Kind
from gateway.extraction.ole import tokens as formulas
from gateway.extraction.ole.biff import Record, Records
from gateway.extraction.ole.cells import FORMULAS, is_shared, replace_formula
from gateway.extraction.ole.findings import Findings
from gateway.extraction.ole.sources import (
    FETCHING_NAMES,
    Book,
    characters,
    judge_formula,
    read_book,
    short_string,
)
from gateway.extraction.ole.tokens import Dialect

_BOF = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
_EOF, _FILEPASS, _BOUNDSHEET, _PROJECT = 0x0A, 0x2F, 0x85, 0xD3
_NAME = 0x18
_CONTINUE, _QUERY = 0x3C, 0x1AD
_QUERY_PARTS = frozenset(
    {0xDC, 0xCD, 0x802, 0x803, 0x804, 0x805, 0x806, 0x807, 0x808, 0x80A, 0x80B, 0x864, 0x87F}
)
"""What follows a query table's head: connection, query, parameters, its layout."""
_CONNECTION, _REALTIME, _HYPERLINK = 0x876, 0x813, 0x1B8
_MACRO_SHEET, _MODULE, _WORKSHEET = 0x40, 0x06, 0x10
_FLAGS_OF_MACRO_NAMES = 0x02 | 0x04 | 0x08
_BUILT_IN = 0x20
_AUTO_CODES = frozenset({1, 2, 0x0A, 0x0B})
"""Built-in names Auto_Open, Auto_Close, Auto_Activate, Auto_Deactivate ([MS-XLS] 2.5.66)."""
_AUTO = re.compile(r"_?auto_?(?:open|close|activate|deactivate)", re.IGNORECASE)


def clean(untrusted_stream: bytes, found: Findings, *, project_gone: bool) -> bytearray:
    """The stream of a workbook, of the same length, without what `found.removes` names.

    `project_gone`: its VBA project has been taken out, and the mark of it goes too.
    Raises EncryptedError for a locked workbook, ExtractError for a damaged one.
    """
    records = Records(untrusted_stream)
    if any(record.type == _FILEPASS for record in records.all):
        raise EncryptedError("the workbook is protected by a password")
    book = read_book(records, found)
    _clean_names(records, book, found)
    _clean_sheets(records, book, found)
    _clean_others(records, found)
    if project_gone:
        _forget_project(records)
    return records.stream


def _forget_project(records: Records) -> None:
    for record in records.all:
        if record.type == _PROJECT:
            records.drop(record)


def _clean_names(records: Records, book: Book, found: Findings) -> None:
    """Defined names: those that start macros lose their name, those over removed things, their
    formula. They keep their number."""
    number = 0
    renamed = 0
    for record in records.all:
        if record.type != _NAME or record.size < 15:
            continue
        number += 1
        raw = records.data(record)
        flags, _, length, size = struct.unpack_from("<HBBH", raw)
        at = 14
        if book.dialect is Dialect.BIFF8:
            at, text = 15, characters(raw[15:], length, raw[14] & 1)
            end = 15 + length * (2 if raw[14] & 1 else 1)
        else:
            text, end = raw[14 : 14 + length].decode("cp1252", "replace"), 14 + length
        if FETCHING_NAMES.fullmatch(text) and found.removes(Kind.ACTING_FIELDS):
            book.bad_names.add(number)
        starts = bool(flags & _BUILT_IN and length and ord(text[0]) in _AUTO_CODES)
        starts = starts or _AUTO.match(text) is not None
        runs = bool(flags & _FLAGS_OF_MACRO_NAMES) and size > 0 and not flags & 0x01
        if starts or runs:
            word = "that runs a macro" if starts else "of a macro"
            if found.takes(Kind.MACROS, f"name {_visible(text, flags)} {word}", "workbook"):
                flags &= ~(_FLAGS_OF_MACRO_NAMES | _BUILT_IN)
                struct.pack_into("<H", records.stream, record.start, flags)
                if starts:
                    # A letter of Latin-1: a valid name, and hardly one that is there already.
                    records.stream[record.start + at] = 0xC0 + renamed % 0x17
                    renamed += 1
        rule = records.data(record)[end : end + size]
        if size >= 2 and judge_formula(rule, book, found, f"name {_visible(text, flags)}"):
            records.stream[record.start + end : record.start + end + size] = formulas.broken(size)


def _visible(text: str, flags: int) -> str:
    codes = {1: "Auto_Open", 2: "Auto_Close", 10: "Auto_Activate", 11: "Auto_Deactivate"}
    return codes.get(ord(text[0]), text) if flags & _BUILT_IN and text else text


def _clean_sheets(records: Records, book: Book, found: Findings) -> None:
    macro_offsets = _macro_sheets(records, found)
    stop = 0
    for index, record in enumerate(records.all):
        if index < stop or record.type not in _BOF:
            continue
        stop = _end_of(records, index)
        is_macro = record.start - 4 in macro_offsets or (
            record.size >= 4
            and struct.unpack_from("<H", records.stream, record.start + 2)[0] == _MACRO_SHEET
            and found.takes(Kind.MACROS, "Excel 4 macro sheet", f"offset {record.start}")
        )
        if is_macro:
            if record.size >= 4:
                struct.pack_into("<H", records.stream, record.start + 2, _WORKSHEET)
            _replace_formulas(records, book, index, stop, lambda *_: True)
        else:
            _replace_formulas(
                records, book, index, stop,
                lambda rule, where: judge_formula(rule, book, found, where),
            )  # fmt: skip


def _macro_sheets(records: Records, found: Findings) -> set[int]:
    """Offsets of the sheets that the workbook calls macro sheets or modules; they are called
    ordinary sheets from now on."""
    offsets: set[int] = set()
    if not records.all or records.all[0].type != 0x0809:
        return offsets  # before BIFF5 a workbook was one sheet, which says so itself
    for number, record in enumerate(records.all):
        if record.type != _BOUNDSHEET or record.size < 7:
            continue
        raw = records.data(record)
        if raw[5] not in (1, _MODULE):
            continue
        name = short_string(raw, 6) or f"record {number}"
        what = "Excel 4 macro sheet" if raw[5] == 1 else "macro module"
        if found.takes(Kind.MACROS, what, name):
            records.stream[record.start + 5] = 0
            offsets.add(int.from_bytes(raw[:4], "little"))
    return offsets


def _end_of(records: Records, index: int) -> int:
    """The number of the record behind the substream that begins at `index`."""
    depth = 0
    for at in range(index, len(records.all)):
        kind = records.all[at].type
        depth += 1 if kind in _BOF else -1 if kind == _EOF else 0
        if depth == 0:
            return at + 1
    return len(records.all)


def _replace_formulas(
    records: Records,
    book: Book,
    start: int,
    stop: int,
    goes: Callable[[bytes, str], bool],
) -> None:
    """Turn cells whose formula `goes` into their last result; a shared one with all its cells."""
    sheet = records.all[start:stop]
    shared: set[tuple[int, int]] = set()
    for before, record in pairwise(sheet):
        if is_shared(record) and before.type in FORMULAS:
            rule = FORMULAS[before.type].shared_rule(records.data(record), record.type)
            if goes(rule, "shared formula"):
                shared.add(FORMULAS[before.type].origin(records.data(before)))
    for index, record in enumerate(sheet):
        kind = FORMULAS.get(record.type)
        if kind is None or record.size < kind.head:
            continue
        raw = records.data(record)
        row, column = struct.unpack_from("<2H", raw)
        if kind.origin(raw) in shared or goes(
            kind.rule(raw), f"row {row + 1}, column {column + 1}"
        ):
            replace_formula(records, sheet, index, flagged=book.dialect is Dialect.BIFF8)


def _clean_others(records: Records, found: Findings) -> None:
    """Queries, connections, real-time data, links that start programs."""
    in_query = False
    for record in records.all:
        if record.type == _QUERY:
            in_query = found.takes(Kind.DATA_CONNECTIONS, "query table", f"offset {record.start}")
        elif record.type not in _QUERY_PARTS and record.type != _CONTINUE:
            in_query = False
        if in_query:
            records.drop(record)
        elif record.type == _CONNECTION:
            if found.takes(Kind.DATA_CONNECTIONS, "data connection", f"offset {record.start}"):
                records.drop(record)
        elif record.type == _REALTIME:
            if found.takes(Kind.ACTING_FIELDS, "real-time data", f"offset {record.start}"):
                records.drop(record)
        elif record.type == _HYPERLINK:
            _clean_link(records, record, found)


def _clean_link(records: Records, record: Record, found: Findings) -> None:
    """A hyperlink of a cell. Its strings are looked for in both widths, wherever they stand."""
    raw = records.data(record)
    texts = [raw.decode("latin-1"), raw.decode("utf-16-le", "replace"),
             raw[1:].decode("utf-16-le", "replace")]  # fmt: skip
    targets = [found for text in texts for found in _TARGET.findall(text)]
    for target in targets:
        if named := links.host(target):
            found.hosts.add(named)
    acting = next((target for target in targets if links.starts_program(target)), "")
    if acting:
        if found.takes(Kind.ACTING_LINKS, "link that starts a program", acting, acts=False):
            records.drop(record)
    elif targets and (made := found.swap(raw, _address_of(targets))) is not None:
        records.stream[record.start : record.stop] = made
    elif targets and found.takes(Kind.HYPERLINKS, "link", targets[0], acts=False):
        records.drop(record)


def _address_of(targets: list[str]) -> str:
    """Of the strings of a link the one that is an address."""
    return next((target for target in targets if links.scheme(target)), targets[0])


_TARGET = re.compile(r"[\x21-\x7e][\x20-\x7e]{3,300}")
