"""What is mutated: mails of a directory, other files of it wrapped as attachments, or built-in
mails."""

import base64
import io
import zipfile
from pathlib import Path

MAX_SOURCE_BYTES = 1024 * 1024
"""Bigger files are left out: mutating them takes time and finds nothing more."""

_MAIL_SUFFIXES = frozenset({".eml", ".mbox"})


def load(folder: Path) -> list[bytes]:
    """All mails below a directory, and every other file as an attachment of a mail; in the order of
    their paths, so that the same directory gives the same mails. Raises OSError."""
    sources: list[bytes] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.stat().st_size > MAX_SOURCE_BYTES:
            continue
        content = path.read_bytes()
        sources.append(
            content if path.suffix.lower() in _MAIL_SUFFIXES else wrap(path.name, content)
        )
    return sources


def wrap(name: str, content: bytes) -> bytes:
    """A mail with text and one attachment."""
    safe = name.encode("ascii", "replace").replace(b'"', b"_")
    body = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return (
        b"From: Alice <alice@sender.example>\r\nTo: Bob <bob@rcpt.example>\r\n"
        b"Subject: %b\r\nDate: Tue, 24 Nov 2026 08:00:00 +0000\r\n"
        b"Message-ID: <mutate@sender.example>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="=_outer"\r\n\r\n'
        b"--=_outer\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee the attachment.\r\n"
        b'--=_outer\r\nContent-Type: application/octet-stream; name="%b"\r\n'
        b"Content-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="%b"\r\n\r\n%b--=_outer--\r\n'
    ) % (safe, safe, safe, body)


def built_in() -> list[bytes]:
    """Small mails that need no directory: text, a zip, a PDF, HTML with a picture, a nested
    mail."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a.txt", (2026, 1, 1, 0, 0, 0)), "text in a zip\n" * 20)
    zipped = wrap("a.zip", packed.getvalue())
    return [
        b"From: a@sender.example\r\nTo: b@rcpt.example\r\nSubject: text\r\n\r\nHello.\r\n",
        zipped,
        wrap("a.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"),
        wrap("run.sh", b"#!/bin/sh\necho hello\n"),
        b"Subject: nested\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + zipped,
    ]
