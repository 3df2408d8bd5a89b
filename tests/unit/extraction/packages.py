"""Office packages for tests: complete and valid, each test adds the part it is about."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

WORD_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SLIDE_NS = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING_NS = "http://schemas.openxmlformats.org/drawingml/2006/main"
RELATIONS_NS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
COMPATIBILITY_NS = "http://schemas.openxmlformats.org/markup-compatibility/2006"
VML_NS = "urn:schemas-microsoft-com:vml"
OFFICE_NS = "urn:schemas-microsoft-com:office:office"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
EXTERNAL = ' TargetMode="External"'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)

_MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation.main+xml"),
}
_NAMESPACES = (
    f'xmlns:r="{RELATIONS_NS}" xmlns:mc="{COMPATIBILITY_NS}" xmlns:v="{VML_NS}" '
    f'xmlns:o="{OFFICE_NS}" xmlns:a="{DRAWING_NS}"'
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship: owner part, id, type (its last segment, or a whole URI), target."""

    owner: str
    id: str
    kind: str
    target: str
    external: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """What a package holds besides the obligatory: parts, relationships, content types."""

    kind: str = "docx"
    parts: Mapping[str, bytes | str] = field(default_factory=dict)
    relations: Sequence[Relation] = ()
    types: Mapping[str, str] = field(default_factory=dict)

    def build(self) -> bytes:
        """The package's bytes: every member deflated, in a fixed order, at a fixed time."""
        main, main_type = _MAIN[self.kind]
        base = "application/vnd.openxmlformats-officedocument."
        types = {main: base + main_type, **self.types}
        members: dict[str, bytes] = {
            "[Content_Types].xml": _content_types(types).encode(),
            "_rels/.rels": _relations(
                [Relation("", "rId1", "officeDocument", main), *self._owned("")]
            ),
        }
        for owner in sorted({relation.owner for relation in self.relations} - {""}):
            folder, _, name = owner.rpartition("/")
            members[f"{folder}/_rels/{name}.rels"] = _relations(self._owned(owner))
        for name, content in self.parts.items():
            members[name] = content.encode() if isinstance(content, str) else content
        return zip_of(members)

    def _owned(self, owner: str) -> list[Relation]:
        return [relation for relation in self.relations if relation.owner == owner]


def word(body: str, **more: object) -> Document:
    """A Word document with `body` (run and paragraph XML)."""
    xml = f'<w:document xmlns:w="{WORD_NS}" {_NAMESPACES}><w:body>{body}</w:body></w:document>'
    return _document("docx", {"word/document.xml": xml}, more)


def book(sheet: str, workbook: str = "", **more: object) -> Document:
    """A workbook of one sheet: `sheet` follows its opening tag, `workbook` follows the sheets."""
    book_xml = (
        f'<workbook xmlns="{SHEET_NS}" {_NAMESPACES}><sheets><sheet name="One" sheetId="1" '
        f'r:id="rIdS"/></sheets>{workbook}</workbook>'
    )
    sheet_xml = f'<worksheet xmlns="{SHEET_NS}" {_NAMESPACES}>{sheet}</worksheet>'
    parts = {"xl/workbook.xml": book_xml, "xl/worksheets/sheet1.xml": sheet_xml}
    own = [Relation("xl/workbook.xml", "rIdS", "worksheet", "worksheets/sheet1.xml")]
    given = more.pop("relations", ())
    assert isinstance(given, list | tuple)
    return _document("xlsx", parts, {**more, "relations": [*own, *given]})


def slide(shapes: str, **more: object) -> Document:
    """A presentation of one slide with `shapes`."""
    slide_xml = (
        f'<p:sld xmlns:p="{SLIDE_NS}" {_NAMESPACES}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>'
        "</p:sld>"
    )
    parts = {
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{SLIDE_NS}" {_NAMESPACES}/>',
        "ppt/slides/slide1.xml": slide_xml,
    }
    own = [Relation("ppt/presentation.xml", "rId1", "slide", "slides/slide1.xml")]
    given = more.pop("relations", ())
    assert isinstance(given, list | tuple)
    return _document("pptx", parts, {**more, "relations": [*own, *given]})


def _document(kind: str, parts: Mapping[str, str], more: dict[str, object]) -> Document:
    extra = more.get("parts", {})
    relations, types = more.get("relations", ()), more.get("types", {})
    assert isinstance(extra, dict)
    assert isinstance(relations, list | tuple)
    assert isinstance(types, dict)
    return Document(kind, {**parts, **extra}, relations, types)


def zip_of(members: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    """A zip file with `members`, at a fixed time."""
    output = BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(output, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 10, 0, 0)), content, method)
    return output.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    """All members of a zip file, by name, in order."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def _relations(listed: Sequence[Relation]) -> bytes:
    rows = "".join(
        f'<Relationship Id="{one.id}" Type="{_type(one.kind)}" Target="{one.target}"'
        f"{EXTERNAL if one.external else ''}/>"
        for one in listed
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{rows}</Relationships>'.encode()


def _type(kind: str) -> str:
    return kind if "/" in kind else f"{RELATIONS_NS}/{kind}"


def _content_types(overrides: Mapping[str, str]) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/content-types"
    rows = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in overrides.items()
    )
    return (
        f'<Types xmlns="{namespace}"><Default Extension="rels" ContentType="application/'
        'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/><Default Extension="bin" ContentType="application/'
        f'vnd.ms-office.vbaProject"/><Default Extension="png" ContentType="image/png"/>{rows}'
        "</Types>"
    )
