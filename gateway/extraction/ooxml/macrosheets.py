"""Excel 4 macro sheets: made worksheets of what their cells show, so that no index in the workbook
shifts and no value that somebody reads is lost.

The new sheet is written from scratch: rows, cells, values and widths, nothing else that the macro
sheet may have carried. A formula leaves its last result.
"""

from __future__ import annotations

from lxml import etree

from gateway.extraction.contract import ExtractError
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ooxml.binary_records import CELLS, Record, plain_cell, records
from gateway.extraction.ooxml.package import Package, Relationship, relationships_of
from gateway.extraction.ooxml.relations import Removes, rewrite_relationship
from gateway.extraction.xmlsafe import local

MACRO_SHEETS = frozenset({"xlmacrosheet", "xlintlmacrosheet"})
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_BINARY_SHEET_TYPE = "application/vnd.ms-excel.worksheet"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KEPT = {
    "cols": frozenset[str](),
    "col": frozenset({"min", "max", "width", "style", "hidden", "customWidth"}),
    "sheetData": frozenset[str](),
    "row": frozenset({"r", "spans", "s", "ht", "hidden", "customFormat", "customHeight"}),
    "c": frozenset({"r", "s", "t"}),
    "v": frozenset[str](),
    "is": frozenset[str](),
    "r": frozenset[str](),
    "t": frozenset[str](),
}
"""Elements of a sheet of values, and their attributes (ECMA-376 part 1, 18.3.1)."""

_BEGIN, _END, _BEGIN_DATA, _END_DATA, _SIZE, _ROW = 129, 130, 145, 146, 148, 0
_VALUES = frozenset(range(1, 8))
"""BrtCellBlank to BrtCellIsst: cells without formulas ([MS-XLSB] 2.1.7.62)."""


def replace_macro_sheets(package: Package, removes: Removes) -> bool:
    """Turn every Excel 4 macro sheet into a sheet of its last results; True when there was one."""
    if not removes(Kind.MACROS):
        return False
    found = [item for item in package.all_relationships() if item.kind in MACRO_SHEETS]
    for number, relationship in enumerate(found, 1):
        if relationship.part in package.members:
            _replace_macro_sheet(package, relationship, number)
    return bool(found)


def _replace_macro_sheet(package: Package, relationship: Relationship, number: int) -> None:
    part = relationship.part
    package.hits.append(Hit(Kind.MACROS, "Excel 4 macro sheet", package.name(part)))
    folder = relationship.source.rpartition("/")[0]
    binary = part.endswith(".bin")
    file = f"worksheets/emptied{number}.{'bin' if binary else 'xml'}"
    new_name = f"{folder}/{file}".lstrip("/")
    package.replaced[part] = _binary_values(package, part) if binary else _values(package, part)
    package.renamed[part] = new_name
    for index in package.relationships.pop(part, []):
        if index.kind == "xlbinaryindex":  # of the rows that are gone
            package.drop_part(index.part)
    package.removed.add(relationships_of(part))
    package.set_content_type(part, new_name, _BINARY_SHEET_TYPE if binary else _SHEET_TYPE)
    rewrite_relationship(package, relationship, "worksheet", file)


def _values(package: Package, part: str) -> bytes:
    """The sheet of the macro sheet's values, in XML."""
    sheet = etree.fromstring(b'<worksheet xmlns="%s"/>' % _MAIN.encode())
    try:
        children = {local(child): child for child in package.tree(part)}
    except ExtractError:
        children = {}  # Excel opens no such sheet, and shows nothing of it
    for name in ("cols", "sheetData"):
        if name in children:
            _copy(children[name], sheet)
        elif name == "sheetData":
            etree.SubElement(sheet, f"{{{_MAIN}}}sheetData")
    return etree.tostring(sheet, encoding="UTF-8", xml_declaration=True, standalone=True)


def _copy(element: etree._Element, into: etree._Element) -> None:
    """`element` and those within it that a sheet of values has."""
    kept = _KEPT.get(local(element))
    if kept is None:
        return
    made = etree.SubElement(into, f"{{{_MAIN}}}{local(element)}")
    for name, value in element.items():
        if name in kept:
            made.set(name, value)
    made.text = element.text
    for child in element:
        _copy(child, made)


def _binary_values(package: Package, part: str) -> bytes:
    """The sheet of the macro sheet's values, in records."""
    rows: list[Record] = []
    size = Record(_SIZE, bytes(16))
    try:
        for record in records(package.read(part), package.name(part)):
            if record.type == _SIZE:
                size = record
            elif record.type in CELLS:
                rows.append(plain_cell(record))
            elif record.type == _ROW or record.type in _VALUES:
                rows.append(record)
    except ExtractError:
        rows = []  # Excel opens no such sheet, and shows nothing of it
    frame = (Record(_BEGIN, b""), size, Record(_BEGIN_DATA, b""))
    whole = (*frame, *rows, Record(_END_DATA, b""), Record(_END, b""))
    return b"".join(record.packed() for record in whole)
