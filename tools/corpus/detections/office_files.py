"""Office documents for emulation, put together from this package's own writers."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from tools.corpus import ooxml, ooxml_others
from tools.corpus.archives import zip_of
from tools.corpus.compound import compound_file
from tools.corpus.ooxml import (
    OFFICE,
    VBA_RELATION,
    WORD_NS,
    XML,
    Relation,
    content_types,
    relations,
    root_relations,
)
from tools.corpus.vba import (
    DOCUMENT_CLASS,
    WORKBOOK_CLASS,
    Module,
    vba_project_bin,
    vba_project_tree,
)

_SHEET_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_MACRO_SHEET = "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
TEXT = ("Invoice 2026-117", "Please find the details below.")


def docm(
    source: str = "",
    *,
    document: str = "",
    text: Sequence[str] = TEXT,
    extra: Mapping[str, bytes] | None = None,
) -> bytes:
    """A Word document: `source` is Module1, `document` is ThisDocument."""
    modules = [Module("ThisDocument", document, DOCUMENT_CLASS)]
    if source:
        modules.append(Module("Module1", source))
    return ooxml.word_document(text, macros=modules, extra=extra)


def with_form(source: str, caption: str, tag: str) -> bytes:
    """A Word document with a user form that shows a caption."""
    frame = (
        "VERSION 5.00\r\nBegin {C62A69F0-16DC-11CE-9E98-00AA00574A4F} UserForm1\r\n"
        f'   Caption         =   "{caption}"\r\n   Tag             =   "{tag}"\r\nEnd\r\n'
    )
    modules = [
        Module("ThisDocument", "", DOCUMENT_CLASS),
        Module(
            "UserForm1",
            "",
            "0{E1B2C3D4-0000-4000-8000-000000000001}{E1B2C3D5-0000-4000-8000-000000000002}",
        ),
        Module("Module1", source),
    ]
    tree = {**vba_project_tree(modules), "UserForm1": {"\x03VBFrame": frame.encode("cp1252")}}
    members = {"word/vbaProject.bin": compound_file(tree)}
    return ooxml.word_document(TEXT, macros=modules, extra=members)


def doc(source: str, *, document: str = "") -> bytes:
    """A Word 97-2003 document, as far as its macros go."""
    modules = [Module("ThisDocument", document, DOCUMENT_CLASS), Module("Module1", source)]
    return compound_file({"WordDocument": bytes(1024), "Macros": vba_project_tree(modules)})


def xls(source: str, *, document: str = "") -> bytes:
    """An Excel 97-2003 workbook, as far as its macros go."""
    modules = [Module("ThisWorkbook", document, WORKBOOK_CLASS), Module("Module1", source)]
    beginning = struct.pack("<HHHHHHII", 0x809, 16, 0x600, 5, 0x2A5A, 0x7CC, 0, 6)
    workbook = beginning + struct.pack("<HH", 0x0A, 0)
    return compound_file(
        {"Workbook": workbook.ljust(4096, b"\0"), "_VBA_PROJECT_CUR": vba_project_tree(modules)}
    )


def pptm(source: str) -> bytes:
    """A PowerPoint presentation with macros, as far as its macros go."""
    slides = ooxml_others.presentation(TEXT)
    with zipfile.ZipFile(io.BytesIO(slides)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    project = vba_project_bin((Module("Module1", source),))
    return zip_of({**members, "ppt/vbaProject.bin": project})


def macro_xls(*formulas: bytes) -> bytes:
    """An Excel 97-2003 workbook with a macro sheet that starts by itself, of binary formulas.

    Each formula is its tokens (MS-XLS 2.5.198); they stand in column A from A1 downwards.
    """

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def beginning(sort: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, sort, 0x2A5A, 0x7CC, 0, 6))

    reference = struct.pack("<BHHH", 0x3A, 0, 0, 0)  # A1 of the first sheet
    name = struct.pack("<HBBHHHBBBB", 0x20, 0, 1, len(reference), 0, 0, 0, 0, 0, 0) + b"\0\x01"
    sheets = record(0x17, struct.pack("<HHHH", 1, 0, 0, 0)) + record(0x18, name + reference)
    title = b"Macro1"
    head = beginning(5)
    bound = struct.pack("<BBBB", 1, 1, len(title), 0) + title
    offset = len(head) + 4 + 4 + len(bound) + len(sheets) + 4
    head += record(0x85, struct.pack("<I", offset) + bound) + sheets + record(0x0A, b"")
    body = beginning(0x40)
    for row, tokens in enumerate(formulas):
        cell = struct.pack("<HHHdHIH", row, 0, 0, 0.0, 0, 0, len(tokens))
        body += record(0x06, cell + tokens)
    stream = head + body + record(0x0A, b"")
    return compound_file({"Workbook": stream.ljust(4096, b"\0")})


def string_token(text: str) -> bytes:
    """A string in a binary formula."""
    return struct.pack("<BBB", 0x17, len(text), 0) + text.encode("cp1252")


def function_token(index: int, count: int) -> bytes:
    """A function of `count` arguments in a binary formula."""
    return struct.pack("<BBH", 0x42, count, index)


def xlsm(
    source: str = "",
    *,
    document: str = "",
    cells: Mapping[str, str] | None = None,
    macro_cells: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
) -> bytes:
    """A workbook: Sheet1 with `cells`, and a hidden macro sheet with `macro_cells` if there are any.

    A cell that begins with `=` is a formula. names: defined names. notes: comments of cells.
    """
    listed = [Relation("rId1", f"{OFFICE}/relationships/worksheet", "worksheets/sheet1.xml")]
    sheets = '<sheet name="Sheet1" sheetId="1" r:id="rId1"/>'
    members = {"xl/worksheets/sheet1.xml": _sheet("worksheet", cells or {"A1": "Total"})}
    if notes:
        comments = Relation("rId1", f"{OFFICE}/relationships/comments", "../comments1.xml")
        members["xl/worksheets/_rels/sheet1.xml.rels"] = relations((comments,))
        members["xl/comments1.xml"] = _comments(notes)
    if macro_cells:
        listed.append(Relation("rId2", _MACRO_SHEET, "macrosheets/sheet1.xml"))
        sheets += '<sheet name="Macro1" sheetId="2" state="hidden" r:id="rId2"/>'
        members["xl/macrosheets/sheet1.xml"] = _sheet("xm:macrosheet", macro_cells)
    if source or document:
        listed.append(Relation("rIdV", VBA_RELATION, "vbaProject.bin"))
        modules = [Module("ThisWorkbook", document, WORKBOOK_CLASS)]
        modules += [Module("Module1", source)] if source else []
        members["xl/vbaProject.bin"] = vba_project_bin(modules)
    defined = "".join(
        f"<definedName name={quoteattr(name)}>{escape(words)}</definedName>"
        for name, words in (names or {}).items()
    )
    book = (
        f'{XML}<workbook xmlns="{_SHEET_NS}" xmlns:r="{OFFICE}/relationships"><sheets>{sheets}'
        f"</sheets><definedNames>{defined}</definedNames></workbook>"
    )
    kind = "xlsm" if source or document or macro_cells else "xlsx"
    head = {
        "[Content_Types].xml": content_types(
            {"xl/workbook.xml": ooxml.MAIN_TYPES[kind]}, ("rels", "xml", "bin")
        ),
        "_rels/.rels": root_relations("xl/workbook.xml"),
        "docProps/core.xml": ooxml.core_properties("Workbook"),
        "xl/workbook.xml": book.encode(),
        "xl/_rels/workbook.xml.rels": relations(listed),
    }
    return zip_of({**head, **members})


def _sheet(element: str, cells: Mapping[str, str]) -> bytes:
    rows: dict[int, list[str]] = {}
    for place, words in cells.items():
        number = int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        if words.startswith("="):
            cell = f'<c r="{place}"><f>{escape(words[1:])}</f></c>'
        else:
            cell = f'<c r="{place}" t="inlineStr"><is><t>{escape(words)}</t></is></c>'
        rows.setdefault(number, []).append(cell)
    data = "".join(f'<row r="{n}">{"".join(row)}</row>' for n, row in sorted(rows.items()))
    opening = f'{XML}<{element} xmlns="{_SHEET_NS}"'
    if ":" in element:
        opening += ' xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"'
    return f"{opening}><sheetData>{data}</sheetData></{element}>".encode()


def _comments(notes: Mapping[str, str]) -> bytes:
    told = "".join(
        f'<comment ref="{place}" authorId="0"><text><t>{escape(words)}</t></text></comment>'
        for place, words in notes.items()
    )
    return (
        f'{XML}<comments xmlns="{_SHEET_NS}"><authors><author/></authors>'
        f"<commentList>{told}</commentList></comments>"
    ).encode()


def docx_field(*pieces: str) -> bytes:
    """A Word document with one field, whose instruction is spread over runs."""
    runs = "".join(
        f'<w:r><w:instrText xml:space="preserve">{escape(piece)}</w:instrText></w:r>'
        for piece in pieces
    )
    body = (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'{runs}<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>Loading</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    xml = f'{XML}<w:document xmlns:w="{WORD_NS}"><w:body>{body}</w:body></w:document>'
    return ooxml.word_document(TEXT, extra={"word/document.xml": xml.encode()})


def docx_template(address: str) -> bytes:
    """A Word document whose template is somewhere else."""
    listed = (Relation("rId1", f"{OFFICE}/relationships/attachedTemplate", address, external=True),)
    settings = f'{XML}<w:settings xmlns:w="{WORD_NS}"/>'.encode()
    extra = {"word/settings.xml": settings, "word/_rels/settings.xml.rels": relations(listed)}
    return ooxml.word_document(TEXT, extra=extra)


def docx_package(name: str, data: bytes) -> bytes:
    """A Word document with a file in an OLE package."""
    label = name.encode() + b"\0"
    path = rf"C:\Users\x\{name}".encode() + b"\0"
    inner = struct.pack("<H", 2) + label + path + struct.pack("<HHI", 0, 3, len(path)) + path
    inner += struct.pack("<I", len(data)) + data
    native = struct.pack("<I", len(inner)) + inner
    package = compound_file({"\x01Ole10Native": native.ljust(4096, b"\0")})
    return ooxml.word_document(TEXT, extra={"word/embeddings/oleObject1.bin": package})


def with_variables(source: str, variables: Mapping[str, str]) -> bytes:
    """A Word document with macros and document variables."""
    stored = "".join(
        f"<w:docVar w:name={quoteattr(name)} w:val={quoteattr(value)}/>"
        for name, value in variables.items()
    )
    settings = f'{XML}<w:settings xmlns:w="{WORD_NS}"><w:docVars>{stored}</w:docVars></w:settings>'
    return docm(source, extra={"word/settings.xml": settings.encode()})


def with_comments(source: str, comments: str) -> bytes:
    """A Word document with macros, and words in its property Comments."""
    core = ooxml.core_properties("Invoice").decode()
    changed = core.replace(
        "</cp:coreProperties>",
        f"<dc:description>{escape(comments)}</dc:description></cp:coreProperties>",
    )
    return docm(source, extra={"docProps/core.xml": changed.encode()})
