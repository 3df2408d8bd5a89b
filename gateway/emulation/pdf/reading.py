"""Reads a PDF for emulation: everything that a reader would do, and everything texts hide in."""

from __future__ import annotations

import io
import logging
import re

import pikepdf
from pikepdf import Array, Dictionary, Name, NameTree, Object, Pdf, PdfError, String

from gateway.emulation.pdf.actions import chain, file_name
from gateway.emulation.pdf.forms import EVENTS, read_fields
from gateway.emulation.pdf.model import (
    Bookmark,
    Cause,
    Comment,
    Document,
    Embedded,
    Told,
    Trigger,
)
from gateway.emulation.pdf.objects import entry, items, key_of, numbers, stream_bytes, text
from gateway.emulation.pdf.xfa import read_xfa

PAGES_MAX = 1500
"""Pages whose events and annotations are looked at; beyond, only the catalogue's triggers are."""

_ANNOTATIONS_MAX = 5000
_EMBEDDED_MAX = 64
_EMBEDDED_BYTES = 48 << 20
_BOOKMARKS_MAX = 2000
_WORDS_MAX = 20_000
_OPERANDS_MAX = 200_000

_DOCUMENT_EVENTS = (
    ("/WS", "WillSave"),
    ("/DS", "DidSave"),
    ("/WP", "WillPrint"),
    ("/DP", "DidPrint"),
    ("/WC", "WillClose"),
)
_MEDIA = frozenset({"RichMedia", "3D", "Sound", "Movie", "Screen"})


def opened(untrusted_data: bytes) -> Pdf:
    """The document. Raises PdfError, PasswordError."""
    return pikepdf.open(
        io.BytesIO(untrusted_data), suppress_warnings=True, inherit_page_attributes=False
    )


def preload() -> None:
    """Load what qpdf and lxml load late."""
    logging.getLogger("pikepdf").setLevel(logging.CRITICAL)
    with Pdf.new() as pdf:
        pdf.add_blank_page()
        locked = io.BytesIO()
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="", R=6))
    opened(locked.getvalue()).close()


def read(pdf: Pdf) -> Document:
    """The document's triggers in their order, its form, and its texts."""
    made = Document()
    root = pdf.Root
    pages = list(pdf.pages)
    made.pages = len(pages)
    _read_info(pdf, made)
    made.metadata = text(root.get("/Metadata"))
    _read_embedded(root, made)
    widgets = _widget_pages(pages)
    form = root.get("/AcroForm")
    read_fields(form, widgets, made)
    _read_triggers(root, pages, made)
    read_xfa(entry(form, "/XFA"), made)
    made.bookmarks = _bookmarks(entry(root.get("/Outlines"), "/First"), made, set())
    made.layers = [
        (text(entry(group, "/Name")), True)
        for group in items(entry(root.get("/OCProperties"), "/OCGs"))
    ]
    return made


def _read_info(pdf: Pdf, made: Document) -> None:
    information = pdf.trailer.get("/Info")
    if isinstance(information, Dictionary):
        for key in list(information.keys()):
            made.info[key.removeprefix("/")] = text(information[key])
    if pdf.pages:
        box = numbers(pdf.pages[0].obj.get("/MediaBox"))
        if len(box) == 4:
            made.width, made.height = box[2] - box[0], box[3] - box[1]


def _tree(node: Object | None) -> list[tuple[str, Object]]:
    """A name tree's entries; those of a broken one as far as it can be read."""
    if not isinstance(node, Dictionary):
        return []
    found: list[tuple[str, Object]] = []
    try:
        for key, value in NameTree(node).items():
            found.append((str(key), value))
    except (PdfError, ValueError, KeyError, RuntimeError):
        found += _plain_tree(node, set())
    return found


def _plain_tree(node: Object | None, seen: set[tuple[int, int]]) -> list[tuple[str, Object]]:
    key = key_of(node)
    if not isinstance(node, Dictionary) or key in seen or len(seen) > _BOOKMARKS_MAX:
        return []
    if key is not None:
        seen.add(key)
    names = items(node.get("/Names"))
    found = [(text(name), value) for name, value in zip(names[::2], names[1::2], strict=False)]
    for kid in items(node.get("/Kids")):
        found += _plain_tree(kid, seen)
    return found


def _read_embedded(root: Object, made: Document) -> None:
    for name, specification in _tree(entry(root.get("/Names"), "/EmbeddedFiles")):
        _add_embedded(name, specification, made)


def _add_embedded(name: str, specification: Object | None, made: Document) -> None:
    files = entry(specification, "/EF")
    stream = entry(files, "/F") or entry(files, "/UF") or entry(files, "/DOS")
    if stream is None:
        return
    path = file_name(specification) or name
    if any(one.path == path and one.name == name for one in made.embedded):
        return
    data = stream_bytes(stream)
    size = sum(len(one.data) for one in made.embedded) + len(data)
    if len(made.embedded) >= _EMBEDDED_MAX or size > _EMBEDDED_BYTES:
        made.unread.append(f"the embedded file {path[:60]}: too many or too large")
        return
    mime, words = text(entry(stream, "/Subtype")), text(entry(specification, "/Desc"))
    made.embedded.append(Embedded(name or path, path, mime, words, data))


def _widget_pages(pages: list[pikepdf.Page]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for number, page in enumerate(pages[:PAGES_MAX]):
        for annotation in items(page.obj.get("/Annots")):
            key = key_of(annotation)
            if key is not None:
                found[key] = number
    return found


def _read_triggers(root: Object, pages: list[pikepdf.Page], made: Document) -> None:
    """In the order of a reader: scripts by name, opening, pages with their annotations, and the
    document's end (ISO 32000-1, 12.6.3; Acrobat runs the scripts of the name tree first)."""
    add = made.triggers.append
    for name, action in _tree(entry(root.get("/Names"), "/JavaScript")):
        _add(made, "Doc", name or "Open", Cause.ITSELF, action)
    _add(made, "Doc", "Open", Cause.ITSELF, root.get("/OpenAction"))
    if len(pages) > PAGES_MAX:
        made.unread.append(f"events of the pages after {PAGES_MAX}")
    for number, page in enumerate(pages[:PAGES_MAX]):
        more = page.obj.get("/AA")
        _add(made, "Page", "Open", Cause.ITSELF, entry(more, "/O"))
        for annotation in items(page.obj.get("/Annots"))[:_ANNOTATIONS_MAX]:
            _read_annotation(annotation, number, made)
        _add(made, "Page", "Close", Cause.ITSELF, entry(more, "/C"))
    for field in made.fields:
        for _, name, _ in EVENTS:
            if name in field.events:
                add(field.events[name])
    for key, name in _DOCUMENT_EVENTS:
        _add(made, "Doc", name, Cause.ITSELF, entry(root.get("/AA"), key))


def _add(made: Document, kind: str, name: str, cause: Cause, action: Object | None) -> None:
    actions = chain(action)
    if actions:
        made.triggers.append(Trigger(kind, name, cause, actions))


def _read_annotation(annotation: Object, page: int, made: Document) -> None:
    if not isinstance(annotation, Dictionary):
        return
    kind = text(annotation.get("/Subtype"))
    more = annotation.get("/AA")
    for key, name in (("/PO", "Open"), ("/PV", "Visible"), ("/PC", "Close"), ("/PI", "Invisible")):
        _add(made, "Annotation", name, Cause.ITSELF, entry(more, key))
    if kind == "FileAttachment":
        _add_embedded("", annotation.get("/FS"), made)
    if kind in _MEDIA:
        made.triggers.append(Trigger("Annotation", "Visible", Cause.ITSELF, (Told("media", kind),)))
        for name, asset in _tree(entry(annotation.get("/RichMediaContent"), "/Assets")):
            _add_embedded(name, asset, made)
    if kind != "Widget":
        for key, name, cause in EVENTS[:4]:
            _add(made, "Annotation", name, cause, entry(more, key))
        _add(made, "Annotation", "Mouse Up", Cause.CLICK, annotation.get("/A"))
        _add(made, "Annotation", "Mouse Up", Cause.CLICK, annotation.get("/PA"))
    if kind not in ("Widget", "Popup", "Link") and len(made.comments) < _ANNOTATIONS_MAX:
        name, contents, subject, author = (
            text(annotation.get(key)) for key in ("/NM", "/Contents", "/Subj", "/T")
        )
        rect = numbers(annotation.get("/Rect"))
        made.comments.append(Comment(page, kind, name, contents, subject, author, rect))


def _bookmarks(
    node: Object | None, made: Document, seen: set[tuple[int, int]]
) -> tuple[Bookmark, ...]:
    found: list[Bookmark] = []
    while isinstance(node, Dictionary) and len(seen) < _BOOKMARKS_MAX:
        key = key_of(node) or (0, len(seen) + 1)
        if key in seen:
            break
        seen.add(key)
        _add(made, "Bookmark", "Mouse Up", Cause.CLICK, node.get("/A"))
        below = _bookmarks(node.get("/First"), made, seen) if len(seen) < 400 else ()
        found.append(Bookmark(text(node.get("/Title")), below))
        node = node.get("/Next")
    return tuple(found)


_WORD = re.compile(r"[^\s]+")


def words_of(pdf: Pdf, number: int) -> list[str]:
    """The words that a page shows, by the bytes of its strings: fonts are not looked at."""
    if not 0 <= number < len(pdf.pages):
        return []
    pieces: list[str] = []
    try:
        for count, instruction in enumerate(pikepdf.parse_content_stream(pdf.pages[number])):
            if count > _OPERANDS_MAX:
                break
            pieces += _shown(list(instruction.operands), str(instruction.operator))
    except PdfError:
        return []
    return _WORD.findall("".join(pieces))[:_WORDS_MAX]


def _shown(operands: list[Object], name: str) -> list[str]:
    """Text that an operator shows, with a blank where it moves on (9.4)."""
    if name in ("Td", "TD", "T*", "Tm", "ET"):
        return [" "]
    if name in ("'", '"'):
        return [" ", *(text(each) for each in operands if isinstance(each, String))]
    if name == "Tj":
        return [text(each) for each in operands if isinstance(each, String)]
    if name == "TJ" and operands and isinstance(operands[0], Array):
        return [_kerned(each) for each in list(operands[0])]
    return []


_BLANK = -200
"""Thousandths of an em to the left by which type-setters write a blank."""


def _kerned(piece: Object) -> str:
    if isinstance(piece, String):
        return text(piece)
    if isinstance(piece, Name):
        return ""
    try:
        return " " if float(str(piece)) < _BLANK else ""
    except ValueError:
        return ""
