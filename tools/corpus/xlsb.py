"""Binary workbooks, small and without looks. Source: [MS-XLSB] 2.1.7 and 2.4."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.emulation.office.cells import cell_place
from gateway.extraction.ole.tokens import Dialect
from gateway.extraction.ooxml.binary_records import Record
from tools.corpus.archives import zip_of
from tools.corpus.biff import Compiler
from tools.corpus.ooxml import (
    OFFICE,
    VBA_RELATION,
    Relation,
    content_types,
    core_properties,
    relations,
    root_relations,
)

_MACRO_SHEET = "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
_TYPES = {
    "workbook": "application/vnd.ms-excel.sheet.binary.macroEnabled.main",
    "worksheet": "application/vnd.ms-excel.worksheet",
    "macro": "application/vnd.ms-excel.macrosheet",
    "link": "application/vnd.ms-excel.externalLink",
    "strings": "application/vnd.ms-excel.sharedStrings",
}

Cell = str | float | bool
"""What stands in a cell: a text that begins with `=` is a formula."""


@dataclass(frozen=True, slots=True)
class BinarySheet:
    """A worksheet or macro sheet, and its cells by name."""

    name: str
    cells: Mapping[str, Cell]
    macro: bool = False
    hidden: bool = False


def xlsb(
    sheets: Sequence[BinarySheet],
    *,
    names: Mapping[str, str] | None = None,
    dde: tuple[str, str] | None = None,
    project: bytes = b"",
) -> bytes:
    """A binary workbook. names: defined names and their formulas; dde: program and topic that a
    cell of the first sheet asks; project: vbaProject.bin."""
    listed = list(names or {})
    compiler = Compiler(
        Dialect.BIFF12,
        [sheet.name for sheet in sheets],
        listed,
        {"ddeitem": (len(sheets), 1)} if dde else {},
    )
    strings: list[str] = []
    relationships: list[Relation] = []
    parts: dict[str, bytes] = {}
    types = {"xl/workbook.bin": _TYPES["workbook"]}
    bundle = b""
    for number, sheet in enumerate(sheets, 1):
        folder = "macrosheets" if sheet.macro else "worksheets"
        part = f"{folder}/sheet{number}.bin"
        kind = _MACRO_SHEET if sheet.macro else f"{OFFICE}/relationships/worksheet"
        relationships.append(Relation(f"rId{number}", kind, part))
        parts[f"xl/{part}"] = _sheet(sheet, compiler, strings)
        types[f"xl/{part}"] = _TYPES["macro" if sheet.macro else "worksheet"]
        state = struct.pack("<II", sheet.hidden, number)
        bundle += _record(156, state + _wide(f"rId{number}") + _wide(sheet.name))
    if dde:
        relationships.append(
            Relation("rIdL", f"{OFFICE}/relationships/externalLink", "externalLinks/link1.bin")
        )
        parts["xl/externalLinks/link1.bin"] = _link(*dde)
        types["xl/externalLinks/link1.bin"] = _TYPES["link"]
    if strings:
        relationships.append(
            Relation("rIdS", f"{OFFICE}/relationships/sharedStrings", "sharedStrings.bin")
        )
        parts["xl/sharedStrings.bin"] = _strings(strings)
        types["xl/sharedStrings.bin"] = _TYPES["strings"]
    if project:
        relationships.append(Relation("rIdV", VBA_RELATION, "vbaProject.bin"))
        parts["xl/vbaProject.bin"] = project
        types["xl/vbaProject.bin"] = "application/vnd.ms-office.vbaProject"
    externals = _externals(len(sheets), link=dde is not None)
    defined = b"".join(
        _name(name, compiler.name_tokens(words)) for name, words in (names or {}).items()
    )
    book = _record(131) + _record(143) + bundle + _record(144) + externals + defined + _record(132)
    head = {
        "[Content_Types].xml": content_types(types, ("rels", "xml", "bin")),
        "_rels/.rels": root_relations("xl/workbook.bin"),
        "docProps/core.xml": core_properties("Workbook"),
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": relations(relationships),
    }
    return zip_of({**head, **parts})


_NO_TEXT = struct.pack("<I", 0xFFFFFFFF)
_BUILT_IN = 0x20


def _name(name: str, tokens: bytes) -> bytes:
    flags = _BUILT_IN if name.lower().startswith("auto_") else 0
    head = struct.pack("<IBI", flags, 0, 0xFFFFFFFF)
    return _record(39, head + _wide(name) + _rule(tokens) + _NO_TEXT)


def _record(kind: int, body: bytes = b"") -> bytes:
    return Record(kind, body).packed()


def _wide(words: str) -> bytes:
    return struct.pack("<I", len(words)) + words.encode("utf-16-le")


def _rule(tokens: bytes, extra: bytes = b"") -> bytes:
    return struct.pack("<I", len(tokens)) + tokens + struct.pack("<I", len(extra)) + extra


def _externals(sheets: int, *, link: bool) -> bytes:
    """One reference to each sheet of this workbook, and one to the external link."""
    rows = [struct.pack("<Iii", 0, number, number) for number in range(sheets)]
    sources = _record(357)
    if link:
        sources += _record(355, _wide("rIdL"))
        rows.append(struct.pack("<Iii", 1, -2, -2))
    table = _record(362, struct.pack("<I", len(rows)) + b"".join(rows))
    return _record(353) + sources + table + _record(354)


def _link(program: str, topic: str) -> bytes:
    """A DDE link with one item ([MS-XLSB] 2.1.7.25)."""
    begin = _record(360, struct.pack("<H", 1) + _wide(program) + _wide(topic))
    item = _record(577, _wide("ddeitem")) + _record(586, struct.pack("<HB4x", 2, 0x75))
    return begin + item + _record(579) + _record(588)


def _strings(strings: Sequence[str]) -> bytes:
    count = struct.pack("<II", len(strings), len(strings))
    items = b"".join(_record(19, b"\0" + _wide(words)) for words in strings)
    return _record(159, count) + items + _record(160)


def _sheet(sheet: BinarySheet, compiler: Compiler, strings: list[str]) -> bytes:
    places = {cell_place(name) or (1, 1): cell for name, cell in sheet.cells.items()}
    last_row, last_column = max(r for r, _ in places), max(c for _, c in places)
    rows = b""
    for row in sorted({row for row, _ in places}):
        rows += _record(0, struct.pack("<IIHBBBIII", row - 1, 0, 300, 0, 0, 0, 1, 0, last_column))
        for column in sorted(c for r, c in places if r == row):
            head = struct.pack("<II", column - 1, 0)  # column, style
            rows += _cell(head, places[row, column], compiler, strings)
    size = struct.pack("<4I", 0, last_row - 1, 0, last_column - 1)
    data = _record(145) + rows + _record(146)
    return _record(129) + _record(148, size) + data + _record(130)


def _cell(head: bytes, cell: Cell, compiler: Compiler, strings: list[str]) -> bytes:
    if isinstance(cell, bool):
        return _record(4, head + bytes((cell,)))
    if not isinstance(cell, str):
        return _record(5, head + struct.pack("<d", cell))
    if cell.startswith("="):
        return _record(9, head + struct.pack("<dH", 0.0, 0) + _rule(compiler.tokens(cell)))
    strings.append(cell)
    return _record(7, head + struct.pack("<I", len(strings) - 1))
