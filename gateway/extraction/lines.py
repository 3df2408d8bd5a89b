"""Content lines of iCalendar and vCard (RFC 5545 3.1, RFC 6350 3.2), with their places and folds.

A line that stays keeps its bytes and its folds; one that changes is folded anew as its neighbours
are. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_FOLD: Final = re.compile(rb"\r?\n[ \t]")
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r?\n|\r|\Z)")
_NAME: Final = re.compile(rb"(?:[\w-]+\.)?([A-Za-z0-9-]+)")
_PARAMETER: Final = re.compile(rb";([A-Za-z0-9-]+)(?:=((?>(?:\"[^\"]*\"|[^\";:])*)))?")

FOLD_AT: Final = 75
"""Bytes of a line without its line end (RFC 5545 3.1)."""


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One logical line: the bytes [start, end) with folds and line end. `name` in upper case,
    `parameters` by upper-case name without quotes, `head` all before the value, unfolded."""

    start: int
    end: int
    name: str
    parameters: dict[str, str]
    head: bytes
    value: bytes
    line_end: bytes

    def with_value(self, value: bytes) -> bytes:
        """The line with another value, folded."""
        return folded(self.head + value, self.line_end or b"\r\n") + self.line_end


def content_lines(data: bytes) -> Iterator[ContentLine]:
    """Every logical line of `data`, empty ones as well."""
    at = 0
    while at < len(data):
        found = _LINE.match(data, at)
        assert found is not None, "the pattern fits everywhere"
        end = max(found.end(), at + 1)
        raw = data[at:end]
        body = raw.rstrip(b"\r\n")
        yield _line(at, end, _FOLD.sub(b"", body), raw[len(body) :])
        at = end


def _line(start: int, end: int, text: bytes, line_end: bytes) -> ContentLine:
    named = _NAME.match(text)
    if named is None:
        return ContentLine(start, end, "", {}, b"", text, line_end)
    at = named.end()
    parameters: dict[str, str] = {}
    while found := _PARAMETER.match(text, at):
        key = found[1].decode("ascii").upper()
        parameters[key] = (found[2] or b"").decode("latin-1").replace('"', "")
        at = found.end()
    colon = text.find(b":", at)
    if colon < 0:
        return ContentLine(start, end, "", {}, b"", text, line_end)
    name = named[1].decode("ascii").upper()
    head, value = text[: colon + 1], text[colon + 1 :]
    return ContentLine(start, end, name, parameters, head, value, line_end)


def folded(text: bytes, line_end: bytes) -> bytes:
    """One logical line in pieces of at most 75 bytes, never within a UTF-8 character."""
    pieces, at, width = [], 0, FOLD_AT
    while at < len(text):
        end = min(at + width, len(text))
        while end < len(text) and end > at + 1 and text[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(text[at:end])
        at, width = end, FOLD_AT - 1
    return (line_end + b" ").join(pieces)


def unescaped(value: bytes) -> bytes:
    """A text value as it is meant (RFC 5545 3.3.11)."""
    return re.sub(rb"\\(.)", lambda m: b"\n" if m[1] in b"nN" else m[1], value, flags=re.DOTALL)


def escaped(text: bytes) -> bytes:
    """A text as the value of a line."""
    made = re.sub(rb"([\\;,])", rb"\\\1", text.replace(b"\r\n", b"\n"))
    return made.replace(b"\n", b"\\n")
