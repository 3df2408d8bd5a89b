"""Office Open XML packages, written by hand: what every package has, and Word documents.

Only what the format demands is written, so that a test sees each member and knows why it is
there. Workbooks and presentations are in `ooxml_others`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tools.corpus import wordparts
from tools.corpus.archives import zip_of
from tools.corpus.pictures import png
from tools.corpus.vba import DOCUMENT_CLASS, Module, vba_project_bin

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
WORD_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING_NS = "http://schemas.openxmlformats.org/drawingml/2006"
VBA_RELATION = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
VBA_DATA_RELATION = "http://schemas.microsoft.com/office/2006/relationships/wordVbaData"
MAIN_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "docm": "application/vnd.ms-word.document.macroEnabled.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}
MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "docm": "application/vnd.ms-word.document.macroEnabled.12",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
"""What a mail declares for each of them."""
CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
EXTERNAL = ' TargetMode="External"'
DEFAULT_TYPES = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/xml",
    "png": "image/png",
    "bin": "application/vnd.ms-office.vbaProject",
}


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship of a package part: its id, type and target; `external` for a link out."""

    identity: str
    kind: str
    target: str
    external: bool = False


def relations(listed: Sequence[Relation]) -> bytes:
    """A `.rels` member."""
    rows = "".join(
        f'<Relationship Id="{one.identity}" Type="{one.kind}" Target="{escape(one.target)}"'
        f"{EXTERNAL if one.external else ''}/>"
        for one in listed
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'.encode()


def content_types(overrides: Mapping[str, str], extensions: Sequence[str]) -> bytes:
    """The `[Content_Types].xml` member."""
    defaults = "".join(
        f'<Default Extension="{one}" ContentType="{DEFAULT_TYPES[one]}"/>' for one in extensions
    )
    named = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in overrides.items()
    )
    return f'{XML}<Types xmlns="{PACKAGE}/content-types">{defaults}{named}</Types>'.encode()


def root_relations(main: str) -> bytes:
    """`_rels/.rels`: where the main part and the properties are."""
    core = f"{PACKAGE}/relationships/metadata/core-properties"
    return relations(
        (
            Relation("rId1", f"{OFFICE}/relationships/officeDocument", main),
            Relation("rId2", core, "docProps/core.xml"),
        )
    )


def core_properties(title: str) -> bytes:
    """`docProps/core.xml`: title and author."""
    return (
        f'{XML}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>Sluice</dc:creator></cp:coreProperties>"
    ).encode()


def word_document(
    paragraphs: Sequence[str],
    *,
    macros: Sequence[Module] = (),
    picture: bytes = b"",
    links: Sequence[str] = (),
    extra: Mapping[str, bytes] | None = None,
    furnished: bool = False,
) -> bytes:
    """A .docx, or with `macros` a .docm, of `paragraphs`.

    picture: a PNG shown at the end. links: external targets (an attached template would be one).
    extra: further members, such as `word/embeddings/oleObject1.bin`.
    furnished: with styles, theme, fonts and settings, as Word writes documents.
    """
    kind = "docm" if macros else "docx"
    listed = [Relation(f"rIdL{n}", f"{OFFICE}/relationships/hyperlink", target, external=True)
              for n, target in enumerate(links)]  # fmt: skip
    members: dict[str, bytes] = {}
    overrides = {"word/document.xml": MAIN_TYPES[kind], "docProps/core.xml": CORE_TYPE}
    if picture:
        listed.append(Relation("rIdP", f"{OFFICE}/relationships/image", "media/image1.png"))
        members["word/media/image1.png"] = picture
    if macros:
        listed.append(Relation("rIdV", VBA_RELATION, "vbaProject.bin"))
        overrides["word/vbaData.xml"] = "application/vnd.ms-word.vbaData+xml"
        members |= _macro_members(macros)
    if furnished:
        members |= wordparts.word_parts()
        overrides |= wordparts.CONTENT_TYPES
        listed += [
            Relation(f"rIdS{number}", type_name, target)
            for number, (type_name, target) in enumerate(wordparts.RELATIONS.items())
        ]
    carried = {name.rpartition(".")[2] for name in members}
    extensions = ("rels", "xml", *(one for one in ("png", "bin") if one in carried))
    head = {
        "[Content_Types].xml": content_types(overrides, extensions),
        "_rels/.rels": root_relations("word/document.xml"),
        "docProps/core.xml": core_properties(paragraphs[0] if paragraphs else ""),
        "word/document.xml": _document_xml(paragraphs, bool(picture)),
        "word/_rels/document.xml.rels": relations(listed),
    }
    return zip_of({**head, **members, **(extra or {})})


def macro_document(paragraphs: Sequence[str], source: str, *, picture: bytes = b"") -> bytes:
    """A .docm whose module Module1 holds `source`, beside an empty ThisDocument."""
    modules = (Module("ThisDocument", "", DOCUMENT_CLASS), Module("Module1", source))
    return word_document(paragraphs, macros=modules, picture=picture or png())


def _macro_members(macros: Sequence[Module]) -> dict[str, bytes]:
    return {
        "word/vbaProject.bin": vba_project_bin(macros),
        "word/_rels/vbaProject.bin.rels": relations(
            (Relation("rId1", VBA_DATA_RELATION, "vbaData.xml"),)
        ),
        "word/vbaData.xml": (
            f'{XML}<wne:vbaSuppData xmlns:wne="http://schemas.microsoft.com/office/word/2006/'
            'wordml"/>'
        ).encode(),
    }


def _document_xml(paragraphs: Sequence[str], has_picture: bool) -> bytes:
    shown = "".join(map(_paragraph, paragraphs))
    body = shown + (_picture_paragraph() if has_picture else "")
    return (
        f'{XML}<w:document xmlns:w="{WORD_NS}" xmlns:r="{OFFICE}/relationships">'
        f"<w:body>{body}<w:sectPr/></w:body></w:document>"
    ).encode()


def _paragraph(text: str) -> str:
    """One paragraph; set from right to left where it begins with an Arabic letter."""
    right_to_left = "\u0600" <= text[:1] <= "\u06ff"
    properties = "<w:pPr><w:bidi/></w:pPr>" if right_to_left else ""
    mark = "<w:rPr><w:rtl/></w:rPr>" if right_to_left else ""
    run = f'<w:r>{mark}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    return f"<w:p>{properties}{run}</w:p>"


def _picture_paragraph() -> str:
    """An inline picture of 4 x 3 cm (914400 EMU are an inch)."""
    extent = 'cx="1440000" cy="1080000"'
    return (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="'
        f'{DRAWING_NS}/wordprocessingDrawing"><wp:extent {extent}/>'
        '<wp:docPr id="1" name="Picture 1"/>'
        f'<a:graphic xmlns:a="{DRAWING_NS}/main"><a:graphicData uri="{DRAWING_NS}/picture">'
        f'<pic:pic xmlns:pic="{DRAWING_NS}/picture"><pic:nvPicPr>'
        '<pic:cNvPr id="1" name="image1.png"/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:embed="rIdP"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
