"""Type by content: first bytes that decide alone, then text by its marks, then libmagic.

Runs inside a guest. Never raises on hostile bytes; says `doubtful` when a second opinion
(magika, in a guest of its own) is worth its 5 ms, and `also` when the file is a second type too.
"""

from __future__ import annotations

from typing import Final

import magic

from gateway.engines import cms
from gateway.engines.identify_archives import coded_text, old_archive
from gateway.engines.identify_containers import class_kind, ole_kind, program_kind, zip_kind
from gateway.engines.identify_model import Identified
from gateway.engines.identify_table import (
    EXTENSIONS,
    MAGIC_PREFIXES,
    MAGIC_TYPES,
    MIME_BY_TYPE,
    SIGNATURES,
    extension_of,
)
from gateway.engines.identify_text import (
    data_kind,
    exact_kind,
    hinted_kind,
    language_around,
    text_head,
)
from gateway.model import Family, TypeGuess, file_type

MAGIC_BYTES: Final = 64 * 1024
"""Bytes given to libmagic. Its rules for what is left to it (tar, iso, lha) lie within; an iso's
mark at 32 KiB is the farthest."""

PDF_WINDOW: Final = 1024
"""Readers accept `%PDF-` anywhere in the first 1024 bytes (ISO 32000-1 appendix H.3.4.1)."""

ZIP_TAIL: Final = 65_557
"""The end record of a zip and its longest comment: 22 + 65,535 bytes."""

_TEXT_WITHOUT_NAME: Final = frozenset(
    {"text/plain", "text/html", "text/enriched", "text/watch-html"}
)

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_SHOWN_AS_PAGE: Final = frozenset({"text", "xml", "svg", "csv", "json"})
"""Kinds of text that are a page where they are declared as one."""

_NOTHING_ELSE: Final = bytes([0x30, len(cms.DATA)])
"""Head of a DER sequence that holds that identifier alone: content that lies elsewhere."""

_BY_FIRST_BYTE: Final[dict[int, tuple[tuple[bytes, str, str], ...]]] = {
    first: tuple(row for row in SIGNATURES if row[0][0] == first)
    for first in {row[0][0] for row in SIGNATURES}
}


def identify(data: bytes, name: str = "", claimed: str = "") -> Identified:
    """The type of `data`. `name` and `claimed` (a MIME type) only raise doubts, except that a text
    with the name of a script is that script: systems run it by its name."""
    if not data:
        return _identified("empty", "application/x-empty")
    extension = extension_of(name)
    found = _by_signature(data)
    if found is not None:
        kind, mime = found
        return Identified(TypeGuess(kind, mime), False, _also(data, kind))
    head = text_head(data)
    if head is None and (coded := coded_text(data)) == "yenc":
        return _identified(coded, MIME_BY_TYPE[coded])  # its bytes are those of no text
    if head is not None:
        is_body = not name and claimed in _TEXT_WITHOUT_NAME
        return _text(data, head, extension, claimed, is_body=is_body)
    return _by_magic(data, extension)


def _by_signature(data: bytes) -> tuple[str, str] | None:
    for prefix, kind, mime in _BY_FIRST_BYTE.get(data[0], ()):
        if data.startswith(prefix):
            return _refined(data, kind, mime)
    if data[:2] == b"MZ" and program_kind(data):
        return "pe", "application/x-dosexec"
    if data[0] == 0x30 and (position := data.find(cms.PKCS7, 2, 24)) > 0:
        return _pkcs7_kind(data, position + len(cms.PKCS7)), "application/pkcs7-mime"
    if data[0] == 0x30 and cms.COMPRESSED in data[2:24]:
        return "smime-encrypted", "application/pkcs7-mime"
    if data[:4] == b"\xca\xfe\xba\xbe":
        return class_kind(data), "application/x-java-applet"
    if data[:4] == b"RIFF":
        riff = {b"WEBP": ("webp", "image/webp"), b"WAVE": ("audio", "audio/wav")}
        return riff.get(data[8:12], ("video", "video/x-msvideo"))
    if data[257:262] == b"ustar":
        return "tar", "application/x-tar"
    if data[2:5] == b"-lh" and data[6:7] == b"-":
        return "lha", "application/x-lzh-compressed"
    if data[:2] == b"BM" and data[6:10] == b"\0\0\0\0" and b"\0" in data[10:16]:
        return "bmp", "image/bmp"
    if data[4:8] == b"ftyp":
        return "video", "video/mp4"
    if b"%PDF-" in data[:PDF_WINDOW] and not data[:1].isalpha():
        return "pdf", "application/pdf"
    return old_archive(data)


def _pkcs7_kind(data: bytes, position: int) -> str:
    """What a CMS structure is (RFC 5652): a detached signature, or a mail inside an envelope.

    `position` is that of the last byte of its content type. A signed mail that stands inside its
    signature (opaque) is called as the encrypted one is: a reader sees nothing of it from outside,
    and `unpack` opens what can be opened.
    """
    if data[position] == 2 and cms.DATA in data[position : position + 120]:
        start = data.find(cms.DATA, position)
        after = start + len(cms.DATA)
        if data[start - 2 : start] == _NOTHING_ELSE:
            return "signature"  # the [0] that follows is that of the certificates
        return "smime-encrypted" if data[after : after + 1] == b"\xa0" else "signature"
    return "smime-encrypted"


def _refined(data: bytes, kind: str, mime: str) -> tuple[str, str]:
    """A container by what it holds; one of a few bytes that a text may begin with, by more."""
    if kind == "zip":
        return zip_kind(data), mime
    if kind == "ole":
        return ole_kind(data), mime
    if kind == "bzip2" and data[4:10] not in (b"1AY&SY", b"\x17rE8P\x90"):
        return "unknown", "application/octet-stream"
    return kind, mime


def _also(data: bytes, kind: str) -> tuple[str, ...]:
    """Second readings of a file that already has a type: how polyglots get past scanners."""
    found = []
    if kind != "pdf" and b"%PDF-" in data[:PDF_WINDOW]:
        found.append("pdf")
    family = file_type(kind).family
    may_end_as_zip = kind not in ("zip", "jar", "apk", "odf") and family is not Family.OFFICE
    may_end_as_zip = may_end_as_zip and family not in (Family.ARCHIVE, Family.MAIL)
    if may_end_as_zip and _ends_as_zip(data, anywhere=family is Family.IMAGE or kind == "unknown"):
        found.append("zip")
    if family is Family.IMAGE and (b"<script" in data or b"<?php" in data):
        found.append("html")
    return tuple(found)


def _ends_as_zip(data: bytes, *, anywhere: bool) -> bool:
    """Whether a zip's end record stands in the tail; unless `anywhere`, one that ends the file, as
    readers want it: documents do carry zips of their own in the middle."""
    end = data.rfind(b"PK\x05\x06", max(len(data) - ZIP_TAIL, 0))
    if end < 0 or anywhere:
        return end >= 0
    return end + 22 + int.from_bytes(data[end + 20 : end + 22], "little") == len(data)


def _text(data: bytes, head: bytes, extension: str, claimed: str, *, is_body: bool) -> Identified:
    kind = exact_kind(head, extension)
    doubtful = False
    if not kind:
        if b"%pdf-" in head[:PDF_WINDOW]:
            kind = "pdf"
        else:
            kind = data_kind(head, extension)
            if kind == "text" and not is_body and (coded := coded_text(data)):
                kind = coded
            elif kind == "text" and not is_body:
                hinted, has_hints = hinted_kind(head)
                kind = hinted or kind
                doubtful = has_hints or _disagrees(kind, extension)
    is_page = claimed in _PAGES or EXTENSIONS.get(extension) == "html"
    if kind in _SHOWN_AS_PAGE and is_page:
        kind = "html"  # mail programs and browsers render what is declared as a page
    elif kind == "html" and not is_page and not is_body:
        kind = language_around(head) or kind
    elif kind == "xml" and (extension == "svg" or claimed == "image/svg+xml"):
        kind = "svg"
    if kind == "eml" and not extension and claimed.startswith("multipart/"):
        kind = "text"  # a multipart without parts: programs show its text, and open no mail in it
    mime = MIME_BY_TYPE.get(kind, "text/plain")
    return Identified(TypeGuess(kind, mime), doubtful, _also(data, kind))


def _by_magic(data: bytes, extension: str) -> Identified:
    if not data.strip(b"\0"):
        return _identified("unknown", "application/octet-stream")  # zeros are nothing
    mime = _magic_mime(data[:MAGIC_BYTES])
    kind = MAGIC_TYPES.get(mime, "")
    if not kind:
        kind = next((k for prefix, k in MAGIC_PREFIXES if mime.startswith(prefix)), "unknown")
    if kind == "zip":
        kind = zip_kind(data)
    also = _also(data, kind)
    if kind == "unknown" and "zip" in also:
        return Identified(TypeGuess(zip_kind(data), mime), False, ())
    doubtful = kind in ("unknown", "text") or _disagrees(kind, extension)
    return Identified(TypeGuess(kind, mime), doubtful, also)


def _disagrees(kind: str, extension: str) -> bool:
    """Whether the name promises another family of types than the content shows."""
    promised = EXTENSIONS.get(extension)
    return promised is not None and file_type(promised).family is not file_type(kind).family


def _identified(kind: str, mime: str) -> Identified:
    return Identified(TypeGuess(kind, mime))


class _Magic:
    """libmagic's one open handle."""

    handle: magic.Magic | None = None


def preload() -> None:
    """Open libmagic's database, while there is a file system."""
    if _Magic.handle is None:
        _Magic.handle = magic.Magic(mime=True)
        _Magic.handle.from_buffer(b"\0\1\2")


def _magic_mime(head: bytes) -> str:
    preload()
    assert _Magic.handle is not None
    try:
        return str(_Magic.handle.from_buffer(head))
    except magic.MagicException:
        return "application/octet-stream"
