"""Workbooks (.xlsx, .xlsm) and presentations (.pptx) of the smallest valid shape."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from tools.corpus.archives import zip_of
from tools.corpus.ooxml import (
    CORE_TYPE,
    DRAWING_NS,
    MAIN_TYPES,
    OFFICE,
    VBA_RELATION,
    XML,
    Relation,
    content_types,
    core_properties,
    relations,
    root_relations,
)
from tools.corpus.vba import WORKBOOK_CLASS, Module, vba_project_bin

SHEET_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHOW_NS = "http://schemas.openxmlformats.org/presentationml/2006/main"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_SHOW = "application/vnd.openxmlformats-officedocument.presentationml"
_THEME = "application/vnd.openxmlformats-officedocument.theme+xml"
_RELATION = f"{OFFICE}/relationships"


def workbook(rows: Sequence[Sequence[str]], *, source: str = "", formula: str = "") -> bytes:
    """A .xlsx of one sheet, or with a macro's `source` a .xlsm. `formula` goes into cell Z1."""
    kind = "xlsm" if source else "xlsx"
    overrides = {
        "xl/workbook.xml": MAIN_TYPES[kind],
        "xl/worksheets/sheet1.xml": _SHEET,
        "docProps/core.xml": CORE_TYPE,
    }
    listed = [Relation("rId1", f"{_RELATION}/worksheet", "worksheets/sheet1.xml")]
    members: dict[str, bytes] = {}
    if source:
        listed.append(Relation("rIdV", VBA_RELATION, "vbaProject.bin"))
        modules = (Module("ThisWorkbook", "", WORKBOOK_CLASS), Module("Module1", source))
        members["xl/vbaProject.bin"] = vba_project_bin(modules)
    book = (
        f'{XML}<workbook xmlns="{SHEET_NS}" xmlns:r="{_RELATION}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    return zip_of(
        {
            "[Content_Types].xml": content_types(overrides, ("rels", "xml", "bin")),
            "_rels/.rels": root_relations("xl/workbook.xml"),
            "docProps/core.xml": core_properties("Workbook"),
            "xl/workbook.xml": book.encode(),
            "xl/_rels/workbook.xml.rels": relations(listed),
            "xl/worksheets/sheet1.xml": _sheet_xml(rows, formula),
            **members,
        }
    )


def presentation(lines: Sequence[str]) -> bytes:
    """A .pptx of one slide that shows `lines`, with the master, layout and theme it must have."""
    overrides = {
        "ppt/presentation.xml": MAIN_TYPES["pptx"],
        "ppt/slides/slide1.xml": f"{_SHOW}.slide+xml",
        "ppt/slideLayouts/slideLayout1.xml": f"{_SHOW}.slideLayout+xml",
        "ppt/slideMasters/slideMaster1.xml": f"{_SHOW}.slideMaster+xml",
        "ppt/theme/theme1.xml": _THEME,
        "docProps/core.xml": CORE_TYPE,
    }
    layout = Relation("rId1", f"{_RELATION}/slideLayout", "../slideLayouts/slideLayout1.xml")
    master = Relation("rId1", f"{_RELATION}/slideMaster", "../slideMasters/slideMaster1.xml")
    theme = Relation("rId2", f"{_RELATION}/theme", "../theme/theme1.xml")
    shown = (
        Relation("rId1", f"{_RELATION}/slideMaster", "slideMasters/slideMaster1.xml"),
        Relation("rId2", f"{_RELATION}/slide", "slides/slide1.xml"),
    )
    return zip_of(
        {
            "[Content_Types].xml": content_types(overrides, ("rels", "xml")),
            "_rels/.rels": root_relations("ppt/presentation.xml"),
            "docProps/core.xml": core_properties("Presentation"),
            "ppt/presentation.xml": _presentation_xml(),
            "ppt/_rels/presentation.xml.rels": relations(shown),
            "ppt/slides/slide1.xml": _slide_xml("sld", _text_shape(lines)),
            "ppt/slides/_rels/slide1.xml.rels": relations((layout,)),
            "ppt/slideLayouts/slideLayout1.xml": _slide_xml("sldLayout", ""),
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations((master,)),
            "ppt/slideMasters/slideMaster1.xml": _slide_xml("sldMaster", "", _MASTER_TAIL),
            "ppt/slideMasters/_rels/slideMaster1.xml.rels": relations((layout, theme)),
            "ppt/theme/theme1.xml": _theme_xml(),
        }
    )


def _sheet_xml(rows: Sequence[Sequence[str]], formula: str) -> bytes:
    shown = "".join(
        f"<row>{''.join(map(_cell, row))}{_formula(formula) if number == 0 else ''}</row>"
        for number, row in enumerate(rows)
    )
    return f'{XML}<worksheet xmlns="{SHEET_NS}"><sheetData>{shown}</sheetData></worksheet>'.encode()


def _cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _formula(formula: str) -> str:
    return f'<c r="Z1"><f>{escape(formula)}</f></c>' if formula else ""


def _presentation_xml() -> bytes:
    return (
        f'{XML}<p:presentation xmlns:p="{SHOW_NS}" xmlns:r="{_RELATION}">'
        '<p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        '<p:sldIdLst><p:sldId id="256" r:id="rId2"/></p:sldIdLst>'
        '<p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/>'
        "</p:presentation>"
    ).encode()


_MASTER_TAIL = (
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" '
    'accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" '
    'folHlink="folHlink"/><p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/>'
    "</p:sldLayoutIdLst>"
)


def _slide_xml(element: str, shapes: str, tail: str = "") -> bytes:
    return (
        f'{XML}<p:{element} xmlns:p="{SHOW_NS}" xmlns:a="{DRAWING_NS}/main" '
        f'xmlns:r="{_RELATION}"><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/>'
        f"<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{shapes}</p:spTree></p:cSld>{tail}"
        f"</p:{element}>"
    ).encode()


def _text_shape(lines: Sequence[str]) -> str:
    shown = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines)
    return (
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="Text"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr>'
        '<p:spPr><a:xfrm><a:off x="457200" y="457200"/><a:ext cx="8229600" cy="1143000"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr>'
        f"<p:txBody><a:bodyPr/>{shown}</p:txBody></p:sp>"
    )


def _theme_xml() -> bytes:
    slots = ("dk1", "lt1", "dk2", "lt2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")
    colours = "".join(
        f'<a:{slot}><a:srgbClr val="{"FFFFFF" if slot.startswith("lt") else "1F2937"}"/></a:{slot}>'
        for slot in slots
    )
    font = '<a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>' * 3
    line = f'<a:ln w="9525">{fill[: len(fill) // 3]}</a:ln>' * 3
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>" * 3
    return (
        f'{XML}<a:theme xmlns:a="{DRAWING_NS}/main" name="Plain"><a:themeElements>'
        f'<a:clrScheme name="Plain">{colours}</a:clrScheme><a:fontScheme name="Plain">'
        f"<a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>"
        f'<a:fmtScheme name="Plain"><a:fillStyleLst>{fill}</a:fillStyleLst><a:lnStyleLst>{line}'
        f"</a:lnStyleLst><a:effectStyleLst>{effect}</a:effectStyleLst><a:bgFillStyleLst>{fill}"
        "</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    ).encode()
