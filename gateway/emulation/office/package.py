"""Open XML packages (ECMA-376): texts, cells, properties, links, embedded files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from gateway.emulation.office.cells import cell_place
from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.fields import DDE, dde_command, quoted
from gateway.emulation.office.oleobjects import take_compound
from gateway.emulation.office.openxml import Package, Relation
from gateway.emulation.office.xlsb import MACRO_SHEETS, read_binary_workbook

_CELLS_MAX = 300_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DDE_FORMULA = re.compile(r"=?\s*'?([\w.\\:/ -]+?)'?\s*\|\s*'(.+)'\s*!", re.DOTALL)
_DRAWING = re.compile(r"/?xl/drawings/[^/]+\.xml$", re.IGNORECASE)
_TEMPLATES = ("attachedtemplate", "frame", "subdocument", "oleobject", "externallinkpath")


def read_package(data: bytes, application: str) -> Content:
    """Everything in an Open XML file. Raises zipfile.BadZipFile."""
    package = Package(data)
    content = Content(application)
    for name in package.names:
        lowered = name.lower()
        if lowered.endswith(".rels"):
            _links(package, name, content)
        elif "/embeddings/" in lowered or lowered.endswith("oleobject.bin"):
            _embedded(package, name, content)
        elif lowered.endswith("vbaproject.bin"):  # also one that no relationship leads to
            _project(package, name, content)
        elif lowered.startswith("customxml/item") and "props" not in lowered:
            content.xml_parts.append(package.read(name).decode("utf-8", "replace"))
    _properties(package, content)
    if application == "word":
        _word(package, content)
    elif application == "excel":
        _excel(package, content)
    else:
        _slides(package, content)
    return content


def _links(package: Package, name: str, content: Content) -> None:
    folder, base = posixpath.split(name)
    owner = posixpath.join(posixpath.dirname(folder), base.removesuffix(".rels"))
    for kind, target, external in package.relations(owner).values():
        if external and kind in _TEMPLATES:
            content.links.append((kind, target))
        elif kind == "vbaproject" and not external:
            _project(package, target, content)


def _project(package: Package, name: str, content: Content) -> None:
    project = package.read(name)
    if not project:
        content.unread.append("the macros")
    elif project not in content.projects:
        content.projects.append(project)


def _embedded(package: Package, name: str, content: Content) -> None:
    data = package.read(name)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        take_compound(data, content)
    elif data:
        content.embedded.append((posixpath.basename(name), data))


def _related(relations: dict[str, Relation], kind: str, usual: str) -> str:
    """The part of a kind that a document names; where it usually is when it names none."""
    return next((each.target for each in relations.values() if each.kind == kind), usual)


def _texts(element: ElementTree.Element) -> str:
    return "".join(each.text or "" for each in element.iter() if each.tag.endswith("}t"))


def _properties(package: Package, content: Content) -> None:
    for part, into in (
        ("docProps/core.xml", content.properties),
        ("docProps/app.xml", content.properties),
        ("docProps/custom.xml", content.custom_properties),
    ):
        tree = package.tree(part)
        for each in tree if tree is not None else ():
            name = each.get("name") or each.tag.rsplit("}", 1)[-1]
            into[name.lower()] = "".join(each.itertext())
    renamed = {"description": "comments", "creator": "author", "lastmodifiedby": "last author"}
    for old, new in renamed.items():
        if old in content.properties:
            content.properties[new] = content.properties[old]


def _word(package: Package, content: Content) -> None:
    main = package.main_part("word/document.xml")
    tree = package.tree(main)
    if tree is None:
        content.unread.append("the document's text")
    else:
        for each in tree.iter(f"{_W}p"):
            content.paragraphs.append(_texts(each))
        for table in tree.iter(f"{_W}tbl"):
            rows = [[_texts(c) for c in row.iter(f"{_W}tc")] for row in table.iter(f"{_W}tr")]
            content.tables.append(rows)
        _bookmarks(tree, content)
        _shapes(tree, content)
        _fields(tree, content)
    settings = package.tree(_related(package.relations(main), "settings", "word/settings.xml"))
    for each in settings.iter(f"{_W}docVar") if settings is not None else ():
        content.variables[each.get(f"{_W}name", "").lower()] = each.get(f"{_W}val", "")


def _bookmarks(tree: ElementTree.Element, content: Content) -> None:
    for paragraph in tree.iter(f"{_W}p"):
        for mark in paragraph.iter(f"{_W}bookmarkStart"):
            content.bookmarks[mark.get(f"{_W}name", "").lower()] = _texts(paragraph)


def _shapes(tree: ElementTree.Element, content: Content) -> None:
    """Drawings: their names, alternative texts and the words in them."""
    for each in tree.iter():
        tag = each.tag.rsplit("}", 1)[-1]
        if tag in ("docPr", "cNvPr"):
            shape = {"name": each.get("name", ""), "alternativetext": each.get("descr", "")}
            shape["title"] = each.get("title", "")
            content.shapes.append(shape)
        elif tag == "shape" and each.get("alt"):
            content.shapes.append(
                {"name": each.get("id", ""), "alternativetext": each.get("alt", "")}
            )
        elif tag == "txbxContent" and content.shapes:
            content.shapes[-1].setdefault("text", _texts(each))


def _fields(tree: ElementTree.Element, content: Content) -> None:
    """DDE fields: their instruction may be spread over many runs and nested QUOTE fields."""
    pieces: list[str] = []
    for each in tree.iter():
        tag = each.tag.rsplit("}", 1)[-1]
        if tag == "instrText":
            pieces.append(each.text or "")
        elif tag == "fldSimple":
            pieces.append(f"\n{each.get(f'{_W}instr', '')}\n")
        elif tag == "fldChar" and each.get(f"{_W}fldCharType") == "end":
            pieces.append("\n")
    for line in quoted("".join(pieces)).split("\n"):
        found = DDE.search(line)
        if found:
            content.commands.append(dde_command(found[1]))


def _excel(package: Package, content: Content) -> None:
    main = package.main_part("xl/workbook.xml")
    if main.lower().endswith(".bin"):
        read_binary_workbook(package, main, content)
        _drawings_of_binary(package, content)
        return
    workbook = package.tree(main)
    if workbook is None:
        content.unread.append("the workbook's list of sheets")
        return
    relations = package.relations(main)
    strings = _shared_strings(package, relations)
    defined: list[ElementTree.Element] = []
    for each in workbook.iter():
        tag = each.tag.rsplit("}", 1)[-1]
        if tag == "sheet":
            kind, target, _ = relations.get(each.get(f"{_R}id", ""), ("", "", False))
            sheet = Sheet(each.get("name", ""), "macro" if kind in MACRO_SHEETS else "worksheet")
            sheet.hidden = each.get("state", "visible") != "visible"
            content.sheets.append(sheet)
            _sheet(package, target, sheet, strings, content)
            if sheet.kind == "macro" and target in package.unreadable:
                content.unread.append("a macro sheet")
        elif tag == "definedName":
            defined.append(each)
    for each in defined:
        local = each.get("localSheetId", "")
        number = int(local) if local.isdecimal() and len(local) < 6 else None
        content.define(each.get("name", ""), each.text or "", number)
    for relation in relations.values():
        if relation.kind == "externallink":
            tree = package.tree(relation.target)
            for link in tree.iter() if tree is not None else ():
                if link.tag.endswith("}ddeLink"):
                    line = f"{link.get('ddeService', '')} {link.get('ddeTopic', '')}"
                    content.commands.append(line.strip())


def _shared_strings(package: Package, relations: dict[str, Relation]) -> list[str]:
    tree = package.tree(_related(relations, "sharedstrings", "xl/sharedStrings.xml"))
    return [_texts(each) for each in tree] if tree is not None else []


def _sheet(package: Package, name: str, sheet: Sheet, strings: list[str], content: Content) -> None:
    tree = package.tree(name)
    if tree is None:
        return
    for each in tree.iter():
        if each.tag.endswith("}sheetPr"):
            sheet.code_name = each.get("codeName", "")
            break
    for each, place in _cells(tree):
        if len(sheet.values) + len(sheet.formulas) > _CELLS_MAX:
            return
        kind, value, formula = each.get("t", "n"), "", ""
        for child in each:
            tag = child.tag.rsplit("}", 1)[-1]
            if tag == "v":
                value = child.text or ""
            elif tag == "f":
                formula = child.text or ""
            elif tag == "is":
                value = _texts(child)
        if formula:
            sheet.formulas[place] = formula
            found = _DDE_FORMULA.match(formula)
            if found:
                content.commands.append(f"{found[1]} {found[2]}")
        if value or kind == "str":
            sheet.values[place] = _cell_value(kind, value, strings)
    for kind, target, _ in package.relations(name).values():
        if kind == "comments":
            _comments(package, target, sheet)
        elif kind == "drawing":
            _drawing(package, target, content)


def _drawing(package: Package, name: str, content: Content) -> None:
    tree = package.tree(name)
    if tree is not None:
        _shapes(tree, content)


def _drawings_of_binary(package: Package, content: Content) -> None:
    """Drawings are XML in binary workbooks too."""
    for name in package.names:
        if _DRAWING.match(name):
            _drawing(package, name, content)


def _cells(
    tree: ElementTree.Element,
) -> Iterator[tuple[ElementTree.Element, tuple[int, int]]]:
    """Cells with their places; a row or cell that names none follows the one before."""
    row = 0
    for line in tree.iter():
        if not line.tag.endswith("}row"):
            continue
        number = line.get("r", "")
        row = int(number) if number.isdigit() else row + 1
        column = 0
        for each in line:
            place = cell_place(each.get("r", "")) or (row, column + 1)
            column = place[1]
            yield each, place


def _cell_value(kind: str, value: str, strings: list[str]) -> object:
    if kind == "s":
        return strings[int(value)] if value.isdigit() and int(value) < len(strings) else ""
    if kind == "b":
        return value == "1"
    if kind in ("str", "inlineStr", "e"):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number == int(number) and abs(number) < 1 << 31 else number


def _comments(package: Package, name: str, sheet: Sheet) -> None:
    tree = package.tree(name)
    for each in tree.iter() if tree is not None else ():
        place = cell_place(each.get("ref", "")) if each.tag.endswith("}comment") else None
        if place is not None:
            sheet.comments[place] = _texts(each)


def _slides(package: Package, content: Content) -> None:
    for name in sorted(package.names):
        if re.match(r"ppt/slides/slide\d+\.xml$", name, re.IGNORECASE):
            tree = package.tree(name)
            if tree is not None:
                content.paragraphs.append(_texts(tree))
                _shapes(tree, content)
