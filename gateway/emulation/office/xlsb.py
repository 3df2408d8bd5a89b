"""Binary workbooks (xlsb): sheets, cells, formulas, names and links of their parts, as the package
reader gives those of xlsx. Reads; judges nothing.

Source: [MS-XLSB] 2.1.7 (parts) and the records named below. A formula of a worksheet that cannot be
read leaves its last result; of a macro sheet it is counted in `content.unread`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.openxml import Package, Relation
from gateway.emulation.office.ptg import Book, Names, Rule, formula_text
from gateway.emulation.office.xlsbcells import SheetReader, parsed_rule
from gateway.extraction.contract import ExtractError
from gateway.extraction.ooxml.binary_records import Record, records, wide_string

MACRO_SHEETS = frozenset({"xlmacrosheet", "xlintlmacrosheet"})
"""Kinds of relationships that lead to Excel 4 macro sheets."""

_DDE = 1
"""The kind of an external link that is a program asked by DDE."""

_NO_SHEET = 0xFFFFFFFF


@dataclass(slots=True)
class _Workbook:
    """What the workbook's part says, until its sheets are read."""

    names: Names = field(default_factory=Names)
    sheets: list[tuple[Sheet, Relation]] = field(default_factory=list)
    defined: list[tuple[str, Rule, int | None]] = field(default_factory=list)


def read_binary_workbook(package: Package, main: str, content: Content) -> None:
    """Everything of the workbook whose own part is `main`, into `content`."""
    relations = package.relations(main)
    book = _Workbook()
    damaged = False
    for record in _part(package, main, content):
        try:
            _take(record, book, package, relations, content)
        except (struct.error, ValueError):
            damaged = True
    for name, rule, number in book.defined:
        try:
            content.define(name, formula_text(rule, book.names), number)
        except (ValueError, struct.error):
            content.names.setdefault(name.lower(), "")
    strings = _shared_strings(package, relations, content)
    for sheet, relation in book.sheets:
        _read_sheet(package, relation.target, SheetReader(sheet, strings, book.names), content)
    if damaged or not book.sheets:
        content.unread.append("the workbook's list of sheets")


def _part(package: Package, name: str, content: Content) -> list[Record]:
    """The records of a part, up to where it is damaged."""
    found: list[Record] = []
    try:
        found.extend(records(package.read(name), name))
    except ExtractError:
        content.unread.append(f"the end of {name}")
    return found


def _take(
    record: Record,
    book: _Workbook,
    package: Package,
    relations: dict[str, Relation],
    content: Content,
) -> None:
    """A record of the workbook. Raises struct.error and ValueError for a damaged one."""
    data, names = record.data, book.names
    match record.type:
        case 156:  # BrtBundleSh
            (state,) = struct.unpack_from("<I", data)
            identity, at = wide_string(data, 8)
            if not identity:  # builds of Excel 2007 before its release have four bytes more
                identity, at = wide_string(data, 12)
            title, _ = wide_string(data, at)
            relation = relations.get(identity, Relation("", "", external=False))
            kind = "macro" if relation.kind in MACRO_SHEETS else "worksheet"
            sheet = Sheet(title, kind, state != 0)
            content.sheets.append(sheet)
            names.sheets.append(title)
            book.sheets.append((sheet, relation))
        case 39:  # BrtName
            (number,) = struct.unpack_from("<I", data, 5)
            name, at = wide_string(data, 9)
            names.defined.append(name)
            local = None if number == _NO_SHEET else number
            book.defined.append((name, parsed_rule(data, at), local))
        case 357 | 358:  # BrtSupSelf, BrtSupSame
            names.books.append(Book(own=True))
        case 355:  # BrtSupBookSrc
            relation = relations.get(wide_string(data, 0)[0], Relation("", "", external=False))
            names.books.append(_other_book(package, relation.target, content))
        case 667:  # BrtSupAddin
            names.books.append(Book())
        case 361 if names.books:  # BrtPlaceholderName, of the add-in before it
            names.books[-1].names.append(wide_string(data, 0)[0])
        case 362:  # BrtExternSheet
            (count,) = struct.unpack_from("<I", data)
            for index in range(min(count, len(data) // 12)):
                source, first, _ = struct.unpack_from("<Iii", data, 4 + 12 * index)
                names.references.append((source, first))
        case _:
            pass


def _other_book(package: Package, part: str, content: Content) -> Book:
    """An external link: another workbook, or a program that is asked by DDE."""
    made = Book()
    for record in _part(package, part, content):
        if record.type == 360 and len(record.data) >= 2:  # BrtBeginSupBook
            first, at = wide_string(record.data, 2)
            second, _ = wide_string(record.data, at)
            if record.data[0] == _DDE:
                content.commands.append(f"{first} {second}".strip())
            relation = package.relations(part).get(first)
            made.title = relation.target.rpartition("/")[2] if relation is not None else first
        elif record.type == 577:  # BrtSupNameStart
            made.names.append(wide_string(record.data, 0)[0])
    return made


def _shared_strings(
    package: Package, relations: dict[str, Relation], content: Content
) -> list[str]:
    parts = [relation.target for relation in relations.values() if relation.kind == "sharedstrings"]
    if not parts:
        return []
    return [
        wide_string(record.data, 1)[0]
        for record in _part(package, parts[0], content)
        if record.type == 19  # BrtSSTItem
    ]


def _read_sheet(package: Package, name: str, reader: SheetReader, content: Content) -> None:
    for record in _part(package, name, content):
        reader.take(record)
    reader.finish()
    if reader.unread and reader.sheet.kind == "macro":
        content.unread.append(f"{reader.unread} formulas of a macro sheet")
    for relation in package.relations(name).values():
        if relation.kind == "comments":
            _comments(_part(package, relation.target, content), reader.sheet)


def _comments(found: list[Record], sheet: Sheet) -> None:
    """Each comment's area of one cell, and its words after it."""
    place = (0, 0)
    for record in found:
        if record.type == 635 and len(record.data) >= 20:  # BrtBeginComment
            row, _, column, _ = struct.unpack_from("<4I", record.data, 4)
            place = (row + 1, column + 1)
        elif record.type == 637:  # BrtCommentText
            sheet.comments[place] = wide_string(record.data, 1)[0]
