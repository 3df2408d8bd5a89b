"""Putting a banner in front of a mail's text, in the text's own character set.

Pure: content in, content out; the transfer encoding is `rebuild`'s business. The hostile text is
not parsed: an HTML banner stands before everything but the document type, where nothing in the
mail can hide it in a comment or an element, and where readers take it for the body's beginning.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from gateway.mime.tree import MimeMessage, MimePart, PartKind

_ASCII_BASED: Final = re.compile(
    r"us-ascii|ascii|utf-?8|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d|cp\d{3}|koi8-[ru]"
    r"|gb2312|gbk|gb18030|big5|euc-(?:jp|kr)|shift[-_]jis|iso-2022-(?:jp|kr)|tis-620|macintosh",
    re.IGNORECASE,
)
"""Character sets in which ASCII is written as ASCII: a banner can be put beside their text as it
is. Only these are looked up: Python's own codecs include some that are slow on purpose."""
_WIDE: Final = re.compile(r"utf-?(?:16|32)(?:[-_]?[lb]e)?|utf-?7", re.IGNORECASE)
"""Character sets whose text has to be written anew, as UTF-8."""
_DOCTYPE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?[\t\n\f\r ]*(?:<!doctype[^>]{0,500}>)?", re.IGNORECASE
)
_BOM: Final = codecs.BOM_UTF8
_LOOK: Final = 8192
"""So much of a text shows which line ends it uses."""
_SIGNED: Final = "multipart/signed"
_CLOSED: Final = frozenset({_SIGNED, "multipart/encrypted"})


@dataclass(frozen=True, slots=True)
class Bannered:
    """Content with the banner; `charset` is its new character set, None where the old one stays."""

    content: bytes
    charset: str | None = None


def first_texts(message: MimeMessage, changed: frozenset[str]) -> tuple[MimePart, ...]:
    """The first text/plain and the first text/html part that are the mail's own text.

    Attachments, nested mails and encrypted parts are passed over, and signed parts too, unless one
    of the MIME paths in `changed` lies in them: then the signature is broken already.
    """
    found: dict[str, MimePart] = {}
    _look(message.root, changed, found)
    return tuple(found.values())


def _look(part: MimePart, changed: frozenset[str], found: dict[str, MimePart]) -> None:
    if part.claimed_type in _CLOSED:
        inside = any(path.startswith(f"{part.path}.") for path in changed)
        if part.claimed_type != _SIGNED or not inside:
            return
    if part.kind is PartKind.MULTIPART:
        for child in part.children:
            _look(child, changed, found)
    elif part.kind is PartKind.LEAF and part.claimed_type in ("text/plain", "text/html"):
        is_file = part.disposition == "attachment" or part.filename is not None
        if not is_file and part.encoding.value != "unknown":
            found.setdefault(part.claimed_type, part)


def with_text_banner(content: bytes, charset: str | None, banner: str) -> Bannered:
    """Plain text with `banner` (lines with LF) above it."""
    head = content[:_LOOK]
    end = b"\n" if b"\n" in head and b"\r\n" not in head else b"\r\n"
    name = charset or "us-ascii"
    if _ASCII_BASED.fullmatch(name):
        try:
            written = banner.encode(name)
        except (UnicodeEncodeError, LookupError):
            written = b""
        if written:
            return Bannered(_before(content, written.replace(b"\n", end) + end))
    text = _decoded(content, name)
    if text is None:
        written = banner.encode("ascii", "replace")
        return Bannered(_before(content, written.replace(b"\n", end) + end))
    mark = "\n" if "\n" in text[:_LOOK] and "\r\n" not in text[:_LOOK] else "\r\n"
    whole = banner.replace("\n", mark) + mark + text
    return Bannered(whole.encode("utf-8", "replace"), "utf-8")


def with_html_banner(content: bytes, charset: str | None, banner: str) -> Bannered:
    """A web page with `banner` (a piece of HTML) at the top of its body."""
    written = banner.encode("ascii", "xmlcharrefreplace")
    if charset is not None and _WIDE.fullmatch(charset):
        text = _decoded(content, charset)
        if text is not None:
            content, charset = text.encode("utf-8", "replace"), "utf-8"
            return Bannered(_after_doctype(content, written), charset)
    return Bannered(_after_doctype(content, written))


def _after_doctype(content: bytes, written: bytes) -> bytes:
    found = _DOCTYPE.match(content)
    at = found.end() if found else 0
    return content[:at] + written + content[at:]


def _before(content: bytes, written: bytes) -> bytes:
    if content.startswith(_BOM):
        return _BOM + written + content[len(_BOM) :]
    return written + content


def _decoded(content: bytes, charset: str) -> str | None:
    """The text, where its character set is one of ours and fits."""
    if not (_ASCII_BASED.fullmatch(charset) or _WIDE.fullmatch(charset)):
        return None
    try:
        return content.decode(charset).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError):
        return None
