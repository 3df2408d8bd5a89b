"""Small documents of our own that a zygote works on once, before it forks any guest.

Parsers do things at their first use: compile rules, fill caches, import modules in functions. Done
in the zygote they cost once and are shared; done in a guest they cost each guest (3 ms for the
YARA rules alone), and imports would fail there.
"""

from __future__ import annotations

import io
import zipfile
from typing import Final

_PDF: Final = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[]>>endobj
trailer<</Root 1 0 R/Size 4>>
startxref
0
%%EOF
"""

_MAIL: Final = (
    b"From: A <a@example.org>\r\nTo: b@example.net\r\nSubject: =?utf-8?q?w=C3=A4rm?=\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    b"\r\nw=C3=A4rm=\r\n up\r\n--b\r\nContent-Type: application/octet-stream\r\n"
    b'Content-Disposition: attachment; filename="a.bin"\r\nContent-Transfer-Encoding: base64\r\n'
    b"\r\nAAECAwQ=\r\n--b--\r\n"
)

RECORDS: Final = {
    "example.org": "v=spf1 ip4:192.0.2.0/24 -all",
    "_dmarc.example.org": "v=DMARC1; p=reject",
    "_dmarc.org": "v=none",
    "a._domainkey.example.org": "v=DKIM1; p=MA==",
}
"""What the DNS might say of the sender of `signed_mail`."""

_SIGNATURE: Final = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=a; h=from;\r\n"
    b" bh=AAAA; b=AAAA\r\n"
)

_HTML: Final = b'<html><body><a href="http://example.org/">x</a><script>1</script></body></html>'

_CONTENT_TYPES: Final = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-'
    b'types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
    b'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
    b'PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    b'wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS: Final = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    b'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    b'2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
_DOCUMENT: Final = (
    b'<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/'
    b'2006/main"><w:body><w:p><w:r><w:t>warm</w:t></w:r></w:p></w:body></w:document>'
)


def signed_mail() -> bytes:
    """A mail with a signature that does not hold."""
    return _SIGNATURE + _MAIL


def mail() -> bytes:
    """A mail with a text and an attachment."""
    return _MAIL


def documents() -> tuple[tuple[str, bytes], ...]:
    """Type names and documents of these types."""
    return (
        ("text", b"warm up\n" * 100),
        ("html", _HTML),
        ("pdf", _PDF),
        (
            "docx",
            _zip(
                {
                    "[Content_Types].xml": _CONTENT_TYPES,
                    "_rels/.rels": _RELATIONS,
                    "word/document.xml": _DOCUMENT,
                }
            ),
        ),
        ("zip", _zip({"a.txt": b"warm up\n"})),
    )


def _zip(members: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return memory.getvalue()
