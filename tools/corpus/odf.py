"""OpenDocument files, written by hand: texts and sheets, with Basic macros bound to events.

Form: OASIS Open Document Format 1.3; macros as LibreOffice stores them (its package folder Basic).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tools.corpus.archives import zip_of

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_NAMESPACES = (
    f'xmlns:office="{_OASIS}:office:1.0" xmlns:text="{_OASIS}:text:1.0" '
    f'xmlns:table="{_OASIS}:table:1.0" xmlns:draw="{_OASIS}:drawing:1.0" '
    f'xmlns:svg="{_OASIS}:svg-compatible:1.0" xmlns:script="{_OASIS}:script:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ooo="http://openoffice.org/2004/office" '
    'xmlns:dom="http://www.w3.org/2001/xml-events"'
)
_MEDIA = "application/vnd.oasis.opendocument"
_LIBRARY = "http://openoffice.org/2000/library"
_SCRIPT = "http://openoffice.org/2000/script"


def odt(
    paragraphs: Sequence[str],
    *,
    macros: str = "",
    events: Mapping[str, str] | None = None,
    picture: str = "",
) -> bytes:
    """A text. macros: a module of Basic; events: `load` or `unload` to a procedure's name; picture:
    the address of a picture that is elsewhere."""
    body = "".join(f"<text:p>{escape(each)}</text:p>" for each in paragraphs)
    if picture:
        body += (
            '<text:p><draw:frame draw:name="p" text:anchor-type="as-char" svg:width="2cm" '
            f'svg:height="2cm"><draw:image xlink:href="{escape(picture)}" xlink:type="simple"/>'
            "</draw:frame></text:p>"
        )
    return _document("text", f"<office:text>{body}</office:text>", macros, events or {})


def ods(
    rows: Sequence[Sequence[str]], *, macros: str = "", events: Mapping[str, str] | None = None
) -> bytes:
    """A sheet; a cell that begins with `=` is a formula."""
    lines = "".join(
        f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows
    )
    table = f'<table:table table:name="Sheet1">{lines}</table:table>'
    content = f"<office:spreadsheet>{table}</office:spreadsheet>"
    return _document("spreadsheet", content, macros, events or {})


def _cell(text: str) -> str:
    if text.startswith("="):
        return f'<table:table-cell table:formula="of:{escape(text)}" office:value-type="float"/>'
    words = f"<text:p>{escape(text)}</text:p>"
    return f'<table:table-cell office:value-type="string">{words}</table:table-cell>'


def _document(kind: str, body: str, macros: str, events: Mapping[str, str]) -> bytes:
    media = f"{_MEDIA}.{kind}"
    bound = "".join(
        f'<script:event-listener script:language="ooo:script" script:event-name="dom:{event}" '
        f'xlink:href="vnd.sun.star.script:Standard.Module1.{name}?language=Basic&amp;'
        'location=document" xlink:type="simple"/>'
        for event, name in events.items()
    )
    scripts = (
        f"<office:scripts><office:event-listeners>{bound}</office:event-listeners></office:scripts>"
        if bound
        else ""
    )
    content = (
        f'{_XML}<office:document-content {_NAMESPACES} office:version="1.3">{scripts}'
        f"<office:body>{body}</office:body></office:document-content>"
    )
    members = {"mimetype": media.encode(), "content.xml": content.encode()}
    members |= _basic(macros) if macros else {}
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in members
        if name != "mimetype"
    )
    members["META-INF/manifest.xml"] = (
        f'{_XML}<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0" '
        f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{media}"/>{entries}</manifest:manifest>'
    ).encode()
    return zip_of(members, compress=False)  # the media type is read without unpacking


def _basic(source: str) -> dict[str, bytes]:
    """The library Standard with one module."""
    libraries = (
        f'{_XML}<library:libraries xmlns:library="{_LIBRARY}" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<library:library library:name="Standard" library:link="false"/></library:libraries>'
    )
    library = (
        f'{_XML}<library:library xmlns:library="{_LIBRARY}" library:name="Standard" '
        'library:readonly="false" library:passwordprotected="false">'
        '<library:element library:name="Module1"/></library:library>'
    )
    module = (
        f'{_XML}<script:module xmlns:script="{_SCRIPT}" script:name="Module1" '
        f'script:language="StarBasic">{escape(source)}</script:module>'
    )
    return {
        "Basic/script-lc.xml": libraries.encode(),
        "Basic/Standard/script-lb.xml": library.encode(),
        "Basic/Standard/Module1.xml": module.encode(),
    }
