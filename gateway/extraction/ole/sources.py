"""What a legacy workbook draws on: linked workbooks, DDE and OLE sources, and formulas over them.

A source that goes becomes an unused one in its place, its names and cached cells become fillers,
and what pointed to its sheets points to a deleted sheet: every index stays what it was. Which
formulas have to go with it is judged here, too. Source: [MS-XLS] 2.4.271, 2.4.105, 2.4.106.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from gateway.extraction import links
from gateway.extraction.kinds import Kind
from gateway.extraction.ole import tokens as formulas
from gateway.extraction.ole.biff import Record, Records
from gateway.extraction.ole.findings import Findings
from gateway.extraction.ole.tokens import Dialect, FormulaError, Token

_SUPBOOK, _EXTERNSHEET, _EXTERNNAME, _CONTINUE = 0x1AE, 0x17, 0x23, 0x3C
_CACHE = frozenset({0x59, 0x5A})
"""Cached cells of a linked workbook (CRN, XCT)."""
_ACTING = frozenset({110, 149, 150, 267, 379})
"""EXEC, REGISTER, CALL, REGISTER.ID, RTD ([MS-XLS] 2.5.198.17)."""
FETCHING_NAMES = re.compile(r"(?:_xlfn\.)?(?:WEBSERVICE|RTD|CALL|REGISTER|EXEC)", re.IGNORECASE)
_SELF, _ADD_IN = 0x0401, 0x3A01
_UNUSED_SOURCE = struct.pack("<HHBB", 1, 1, 0, 0x20)
"""A supporting link of the kind "unused" ([MS-XLS] 2.4.271)."""
_NO_SHEET = struct.pack("<2H", 0xFFFF, 0xFFFF)


@dataclass(slots=True)
class Book:
    """What the workbook's own records say about sources and names."""

    dialect: Dialect
    sources: list[Record] = field(default_factory=list)
    removed: set[int] = field(default_factory=set)
    own: int = -1
    sheets: list[int] = field(default_factory=list)
    """The source of each entry of EXTERNSHEET."""
    bad_names: set[int] = field(default_factory=set)
    bad_functions: set[tuple[int, int]] = field(default_factory=set)
    """(source, number) of external names that are acting functions."""


def read_book(records: Records, found: Findings) -> Book:
    version = 0
    if records.all and records.all[0].type == 0x0809 and records.all[0].size >= 2:
        (version,) = struct.unpack_from("<H", records.stream, records.all[0].start)
    book = Book(Dialect.BIFF8 if version == 0x0600 else Dialect.BIFF5)
    if book.dialect is Dialect.BIFF8:
        _read_sources(records, book, found)
    else:
        _read_old_sources(records, book, found)
    return book


def _read_sources(records: Records, book: Book, found: Findings) -> None:
    """SUPBOOK records with what belongs to each, and EXTERNSHEET, which points to them."""
    names = 0
    for index, record in enumerate(records.all):
        if record.type == _SUPBOOK and record.size >= 4:
            book.sources.append(record)
            names = 0
            _judge_source(records, book, record, _external_names(records, index), found)
        elif record.type == _EXTERNNAME and book.sources:
            names += 1
            if len(book.sources) - 1 in book.removed:
                records.drop(record)
            elif record.size > 8 and FETCHING_NAMES.fullmatch(
                short_string(records.data(record), 6)
            ):
                book.bad_functions.add((len(book.sources) - 1, names))
        elif record.type in _CACHE and book.sources and len(book.sources) - 1 in book.removed:
            records.drop(record)
        elif record.type == _EXTERNSHEET and record.size >= 2:
            _read_sheets(records, book, record)


def _external_names(records: Records, index: int) -> list[bytes]:
    """The external names that belong to the source at `index`."""
    names = []
    for record in records.all[index + 1 :]:
        if record.type != _EXTERNNAME:
            if record.type in _CACHE or record.type == _CONTINUE:
                continue
            break
        names.append(records.data(record))
    return names


def _judge_source(
    records: Records, book: Book, record: Record, names: list[bytes], found: Findings
) -> None:
    number = len(book.sources) - 1
    count, length = struct.unpack_from("<2H", records.stream, record.start)
    if length == _SELF:
        book.own = number
    if length in (_SELF, _ADD_IN) or not 0 < length <= 255:
        return
    target = short_string(records.data(record), 2, wide_length=True)
    if target in (" ", "\0"):
        return
    if count == 0 or "\x03" in target:
        linked = any(name[:1] and name[0] & 0x10 for name in names)
        kind = Kind.OLE_OBJECTS if linked and not _is_dde(names) else Kind.DDE
        what = "linked OLE object" if kind is Kind.OLE_OBJECTS else "DDE link"
        where = " ".join([target.replace("\x03", " "), *(short_string(name, 6) for name in names)])
    else:
        kind, what = Kind.EXTERNAL_LINKS, "link to another workbook"
        where = target.lstrip("\x01\x02\x05")
        if named := links.host(where):
            found.hosts.add(named)
    if found.takes(kind, what, where):
        book.removed.add(number)
        records.put([record], _SUPBOOK, _UNUSED_SOURCE)


def _is_dde(names: list[bytes]) -> bool:
    return any(name[:1] and not name[0] & 0x10 for name in names)


def _read_sheets(records: Records, book: Book, record: Record) -> None:
    (count,) = struct.unpack_from("<H", records.stream, record.start)
    for index in range(min(count, (record.size - 2) // 6)):
        at = record.start + 2 + index * 6
        (source,) = struct.unpack_from("<H", records.stream, at)
        book.sheets.append(source)
        if source in book.removed:
            if book.own >= 0:
                struct.pack_into("<H", records.stream, at, book.own)
            records.stream[at + 2 : at + 6] = _NO_SHEET


def _read_old_sources(records: Records, book: Book, found: Findings) -> None:
    """BIFF5: each EXTERNSHEET is a source of its own, by its text."""
    for record in records.all:
        if record.type == _EXTERNSHEET and record.size >= 2:
            book.sources.append(record)
            number = len(book.sources) - 1
            book.sheets.append(number)
            raw = records.data(record)
            target = raw[1 : 1 + raw[0]].decode("cp1252", "replace")
            if "\x03" in target[1:]:
                taken = found.takes(Kind.DDE, "DDE link", target.replace("\x03", " "))
            elif target[:1] == "\x01" and len(target) > 1:
                what = "link to another workbook"
                taken = found.takes(Kind.EXTERNAL_LINKS, what, target[1:])
            else:
                taken = False
            if taken:
                book.removed.add(number)
                # One character, a colon: the source of add-in functions, of which none is called.
                records.put([record], _EXTERNSHEET, b"\x01:")
        elif record.type == _EXTERNNAME and book.sources and len(book.sources) - 1 in book.removed:
            records.drop(record)


def short_string(raw: bytes, at: int, *, wide_length: bool = False) -> str:
    """A string with its length and flags at `at`, of a BIFF8 record; empty when it has none."""
    head = 2 if wide_length else 1
    if at + head + 1 > len(raw):
        return ""
    length = int.from_bytes(raw[at : at + head], "little")
    at += head
    wide = raw[at] & 1
    return characters(raw[at + 1 :], length, wide)


def characters(raw: bytes, length: int, wide: int) -> str:
    if wide:
        return raw[: length * 2].decode("utf-16-le", "replace")
    return raw[:length].decode("cp1252", "replace")


def judge_formula(rule: bytes, book: Book, found: Findings, where: str) -> bool:
    """Whether a formula has to go: it acts, or what it refers to has gone."""
    try:
        parts = list(formulas.tokens(rule, book.dialect))
    except FormulaError:
        # What cannot be read to its end might refer to what goes.
        return bool(book.removed or book.bad_names or book.bad_functions)
    if any(_acts(part, book) for part in parts):
        return found.takes(Kind.ACTING_FIELDS, "formula that fetches or runs", where)
    return any(_is_stale(part, book) for part in parts)


def _acts(part: Token, book: Book) -> bool:
    if part.number == formulas.FUNCTION:
        return part.first in _ACTING
    if part.number == formulas.VARIABLE_FUNCTION:
        return int.from_bytes(part.data[1:3], "little") & 0x7FFF in _ACTING
    if part.number == formulas.NAME:
        return part.first in book.bad_names
    if part.number == formulas.EXTERNAL_NAME and book.dialect is Dialect.BIFF8:
        name = int.from_bytes(part.data[2:4], "little")
        return (_source(part, book), name) in book.bad_functions
    return False


def _is_stale(part: Token, book: Book) -> bool:
    refers = (formulas.EXTERNAL_NAME, formulas.REFERENCE_3D, formulas.AREA_3D)
    return part.number in refers and _source(part, book) in book.removed


def _source(part: Token, book: Book) -> int:
    """The source that a reference goes through; -1 for the workbook itself."""
    index = part.first
    if book.dialect is Dialect.BIFF5:
        # Positive numbers count external sheets from 1, negative ones the workbook's own.
        index = index - 1 if 0 < index < 0x8000 else -1
    return book.sheets[index] if 0 <= index < len(book.sheets) else -1
