"""Style sheets and style attributes: what in CSS runs, binds or fetches.

CSS can be spelled with escapes and comments. Whether it acts is judged on its plain spelling; it
is taken out where it stands in plain sight, and all of the style goes where that does not help.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

from gateway.extraction.html import addresses

_ESCAPE: Final = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\r\n\f]?|\\(.)", re.DOTALL)
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_BUILT_IN: Final = r"url\(\s*[\"']?#default#\w+[\"']?\s*\)"
"""Behaviours that Internet Explorer brings along: Word writes `behavior:url(#default#VML)`."""

_ACTING: Final = re.compile(
    r"expression\s*\(|-moz-binding|-ms-behavior|(?:java|vb|live)script\s*:|"
    rf"behaviou?r\s*:(?!\s*{_BUILT_IN})|url\(\s*[\"']?\s*(?:data:text|file:|\\\\)"
)
_ACTING_BYTES: Final = re.compile(_ACTING.pattern.encode(), re.IGNORECASE)
_IMPORT: Final = re.compile(r"@import\b")
_IMPORT_BYTES: Final = re.compile(rb"@import\b[^;{}<>]*;?", re.IGNORECASE)
_URL: Final = re.compile(r"url\(\s*[\"']?\s*([^\"')]*)|image-set\(\s*[\"']([^\"']*)")
_REMOTE_BYTES: Final = re.compile(
    rb"url\(\s*(?:\"[^\"]*\"|'[^']*'|&quot;[^\"']*?&quot;|[^\"')]*)\s*\)", re.IGNORECASE
)
_INTERESTING: Final = re.compile(
    rb"expression|behaviou?r|binding|script|@import|\\|/\*|&|url\s*\(|image-set|\0", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be taken out of styles."""

    acting: bool
    imports: bool
    pictures: bool


@dataclass(frozen=True, slots=True)
class Styled:
    """A style's new bytes (None: it goes as a whole), and what of it is gone."""

    content: bytes | None
    acting: bool = False
    imports: bool = False
    pictures: bool = False


def clean(raw: bytes, wishes: Wishes) -> Styled:
    """`raw`, the text of a style sheet or the value of a style attribute, without `wishes`."""
    if not _INTERESTING.search(raw):
        return Styled(raw)
    found = _found(raw, wishes)
    if not (found.acting or found.imports or found.pictures):
        return Styled(raw)
    content = raw
    if found.acting:
        content = _ACTING_BYTES.sub(b"removed-", content)
    if found.imports:
        content = _IMPORT_BYTES.sub(b"", content)
    if found.pictures:
        content = _REMOTE_BYTES.sub(_without_picture, content)
    left = _found(content, wishes)
    if left.acting or left.imports or left.pictures:
        return Styled(None, found.acting, found.imports, found.pictures)
    return Styled(content, found.acting, found.imports, found.pictures)


def _found(raw: bytes, wishes: Wishes) -> Styled:
    text = plain(raw)
    pictures = wishes.pictures and any(
        addresses.is_remote(one or two) for one, two in _URL.findall(text)
    )
    return Styled(
        raw,
        acting=wishes.acting and bool(_ACTING.search(text)),
        imports=wishes.imports and bool(_IMPORT.search(text)),
        pictures=pictures,
    )


def plain(raw: bytes) -> str:
    """The style with entities, comments and escapes undone, in lower case. What only one reading
    would undo is undone here: it can only show more."""
    text = raw.decode("latin-1").replace("\0", "")
    if "&" in text:
        text = unescape(text)
    text = _COMMENT.sub("", text)
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
        text = _COMMENT.sub("", text)
    return text.lower()


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[2]
    code = int(found[1], 16)
    return chr(code) if 0 < code < 0x110000 else ""


def _without_picture(found: re.Match[bytes]) -> bytes:
    address = plain(found[0])[4:].strip(" \t\r\n\"')")
    return b"none" if addresses.is_remote(address) else found[0]
