"""Binary workbooks (xlsb): the records of their parts, for what hangs on more than relationships.

A part is a row of records; each is written anew or dropped. A formula that goes leaves its last
result; links to other workbooks become links to nothing, so that no index shifts. Parts in which
nothing acts keep their bytes. Source: [MS-XLSB] 2.1.4 and the records named below.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ole import tokens as formulas
from gateway.extraction.ole.tokens import Dialect, FormulaError, Token
from gateway.extraction.ooxml.binary_connections import clean_connections
from gateway.extraction.ooxml.binary_records import (
    CELLS,
    Record,
    names_any,
    plain_cell,
    records,
    rule_at,
    value_end,
    wide_string,
)
from gateway.extraction.ooxml.package import Package
from gateway.extraction.ooxml.relations import Dropped, Removes, forget
from gateway.extraction.ooxml.sheets import drop_calculation_chain

_SHEET_TYPES = frozenset(
    {"application/vnd.ms-excel.worksheet", "application/vnd.ms-excel.chartsheet"}
)
_WORKBOOK = "workbook.bin"

_SHARED = frozenset({426, 427, 428})
"""BrtArrFmla, BrtShrFmla, BrtTable: they follow the cell whose formula they hold."""
_NAME, _SOURCE, _SAME_SHEET, _SHEET_REFERENCES = 39, 355, 358, 362
_BY_RELATION = frozenset({639, 644, 494, 550, 551, 552, 562})
"""BrtOleObject, BrtActiveX, BrtHLink, BrtDrawing, BrtLegacyDrawing, its header form, BrtBkHim."""
_LINKED_OBJECT = 639
_EMPTIED = {638: 640, 643: 645}
"""BrtBeginOleObjects, BrtBeginActiveXControls, and their ends."""
_ACTING = frozenset({110, 149, 150, 267, 379})
"""EXEC, REGISTER, CALL, REGISTER.ID, RTD, as in [MS-XLSB] 2.5.97.10."""
_FETCHING_NAMES = re.compile(r"(?:_xlfn\.)?(?:WEBSERVICE|RTD|CALL|REGISTER|EXEC)", re.IGNORECASE)
_AUTO = re.compile(r"(?:_xlnm\.)?_?auto_?(?:open|close|activate|deactivate)", re.IGNORECASE)
_OF_MACROS = 0x02 | 0x04 | 0x08
_BUILT_IN = 0x20
_NO_SHEET = struct.pack("<2l", -1, -1)
_INDEX = "xlbinaryindex"


@dataclass(slots=True)
class _Book:
    """What the workbook's part says: sheets of removed sources, names of acting functions."""

    stale: set[int] = field(default_factory=set)
    fetching: set[int] = field(default_factory=set)


def clean(package: Package, removes: Removes, dropped: Dropped) -> None:
    """Take out of the binary parts what `removes` names and what led to parts that went."""
    clean_connections(package, removes)
    book = _Book()
    gone = package.removed | package.replaced.keys()
    parts = [part for part in package.members if part not in gone]
    for part in parts:
        if part.rpartition("/")[2] == _WORKBOOK:
            _clean_workbook(package, part, book, removes, dropped)
    for part in parts:
        if package.content_type(part) in _SHEET_TYPES:
            _clean_sheet(package, part, book, removes, dropped)
    if any(part in package.replaced for part in parts):
        drop_calculation_chain(package)


def _write(package: Package, part: str, before: list[Record], after: list[Record]) -> None:
    """Replace the part when anything changed; an index of its records' places is true no more."""
    if after == before:
        return
    package.replaced[part] = b"".join(record.packed() for record in after)
    for relationship in list(package.relationships.get(part, ())):
        if relationship.kind == _INDEX:
            index = relationship.part
            package.drop_relationship(relationship)
            forget(package, index, {})


def _clean_workbook(
    package: Package, part: str, book: _Book, removes: Removes, dropped: Dropped
) -> None:
    where = package.name(part)
    before = list(records(package.read(part), where))
    gone_ids = dropped.get(part, set())
    after: list[Record] = []
    sources: set[int] = set()
    number, names = 0, 0
    for record in before:
        if record.type in range(_SOURCE, 360) or record.type == 667:
            if record.type == _SOURCE and wide_string(record.data, 0)[0] in gone_ids:
                sources.add(number)
                record = Record(_SAME_SHEET, b"")
            number += 1
        elif record.type == _SHEET_REFERENCES:
            record = Record(record.type, _references(record.data, sources, book))
        elif record.type == _NAME:
            names += 1
            record = _clean_name(package, record, names, book, removes)
        after.append(record)
    _write(package, part, before, after)


def _references(data: bytes, sources: set[int], book: _Book) -> bytes:
    """BrtExternSheet: which source and sheets each index of a formula means."""
    made = bytearray(data)
    for index in range((len(data) - 4) // 12):
        at = 4 + index * 12
        if struct.unpack_from("<L", data, at)[0] in sources:
            book.stale.add(index)
            made[at + 4 : at + 12] = _NO_SHEET
    return bytes(made)


def _clean_name(
    package: Package, record: Record, number: int, book: _Book, removes: Removes
) -> Record:
    """BrtName: flags, key, sheet, name, formula, and what Excel shows of it."""
    data = bytearray(record.data)
    if len(data) < 13:
        return record
    (flags,) = struct.unpack_from("<L", data)
    name, at = wide_string(data, 9)
    starts = _AUTO.match(name) is not None
    runs = bool(flags & _OF_MACROS)
    if _FETCHING_NAMES.fullmatch(name):
        book.fetching.add(number)
    elif (starts or runs) and removes(Kind.MACROS):
        word = "that runs a macro" if starts else "of a macro"
        package.hits.append(Hit(Kind.MACROS, f"name {name} {word}", "workbook"))
        struct.pack_into("<L", data, 0, flags & ~(_OF_MACROS | _BUILT_IN))
        fresh = f"_emptied{number}".encode("utf-16-le")
        data[9:at] = struct.pack("<L", len(fresh) // 2) + fresh
        at = 9 + 4 + len(fresh)
    if at + 4 <= len(data):
        (size,) = struct.unpack_from("<L", data, at)
        rule = bytes(data[at + 4 : at + 4 + size])
        if size >= 2 and len(rule) == size and _goes(package, rule, book, removes, f"name {name}"):
            data[at + 4 : at + 4 + size] = formulas.broken(size)
    return Record(record.type, bytes(data))


def _goes(package: Package, rule: bytes, book: _Book, removes: Removes, where: str) -> bool:
    """Whether a formula has to go: it acts, or what it refers to has gone."""
    try:
        parts = list(formulas.tokens(rule, Dialect.BIFF12))
    except FormulaError:
        return bool(book.stale or book.fetching)
    if removes(Kind.ACTING_FIELDS) and any(_acts(part, book) for part in parts):
        package.hits.append(Hit(Kind.ACTING_FIELDS, "formula that fetches or runs", where))
        return True
    refers = (formulas.EXTERNAL_NAME, formulas.REFERENCE_3D, formulas.AREA_3D)
    return any(part.number in refers and part.first in book.stale for part in parts)


def _acts(part: Token, book: _Book) -> bool:
    if part.number == formulas.FUNCTION:
        return part.first in _ACTING
    if part.number == formulas.VARIABLE_FUNCTION:
        return int.from_bytes(part.data[1:3], "little") & 0x7FFF in _ACTING
    if part.number == formulas.NAME:
        return int.from_bytes(part.data[:4], "little") in book.fetching
    return False


def _clean_sheet(
    package: Package, part: str, book: _Book, removes: Removes, dropped: Dropped
) -> None:
    where = package.name(part)
    before = list(records(package.read(part), where))
    gone_ids = dropped.get(part, set())
    shared = _shared_that_go(package, before, book, removes, where)
    after: list[Record] = []
    drop_following = False
    row = 0
    for record in before:
        if record.type == 0 and len(record.data) >= 4:
            (row,) = struct.unpack_from("<L", record.data)
        if record.type in _SHARED and drop_following:
            continue
        drop_following = False
        if record.type in CELLS:
            plain = _plain_cell(package, record, book, removes, (where, row), shared)
            drop_following = plain is not None
            after.append(plain or record)
        elif record.type in _BY_RELATION and _leads_nowhere(record, gone_ids, book, removes):
            if record.type == _LINKED_OBJECT and not names_any(record, gone_ids):
                package.hits.append(Hit(Kind.OLE_OBJECTS, "linked OLE object", where))
        else:
            after.append(record)
    _write(package, part, before, _without_empty(after))


def _leads_nowhere(record: Record, ids: set[str], book: _Book, removes: Removes) -> bool:
    """An object or link whose relationship went, or an object that is linked by a formula."""
    if names_any(record, ids):
        return True
    is_linked = record.type == _LINKED_OBJECT and len(record.data) >= 14 and record.data[12] & 1
    return bool(is_linked) and removes(Kind.OLE_OBJECTS)


def _without_empty(records: list[Record]) -> list[Record]:
    """Collections of objects or controls that hold none any more go with their ends."""
    kept: list[Record] = []
    for record in records:
        if kept and _EMPTIED.get(kept[-1].type) == record.type:
            kept.pop()
        else:
            kept.append(record)
    return kept


def _shared_that_go(
    package: Package, records: list[Record], book: _Book, removes: Removes, where: str
) -> set[int]:
    """Rows whose shared or array formulas go: their cells name them by row (PtgExp)."""
    rows: set[int] = set()
    for record in records:
        if record.type in (426, 427) and len(record.data) >= 20:
            at = 17 if record.type == 426 else 16
            if _goes(package, rule_at(record.data, at), book, removes, where):
                rows.add(int(struct.unpack_from("<L", record.data)[0]))
    return rows


def _plain_cell(
    package: Package,
    record: Record,
    book: _Book,
    removes: Removes,
    place: tuple[str, int],
    shared: set[int],
) -> Record | None:
    """The cell of the last result, when the formula has to go."""
    end = value_end(record)
    rule = rule_at(record.data, end + 2)
    uses_shared = len(rule) >= 5 and rule[0] == formulas.EXP
    gone = uses_shared and int(struct.unpack_from("<L", rule, 1)[0]) in shared
    where = f"{place[0]}: row {place[1] + 1}"
    if not gone and not _goes(package, rule, book, removes, where):
        return None
    return plain_cell(record)
