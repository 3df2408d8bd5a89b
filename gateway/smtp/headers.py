"""Raw 8-bit header text turned into encoded words (RFC 2047).

Purpose: the `reencode` answer of policy to a header section that is not ASCII and was not declared
SMTPUTF8. It works on octets: it knows fields only as far as finding their end.
Must never: change an octet of a header section that is ASCII, or of the body.
"""

from __future__ import annotations

import base64
import re
from typing import Final

from gateway.smtp.limits import HEADER_SECTION


def _runs(word: bytes) -> re.Pattern[bytes]:
    """Words with an octet over 127, and the single spaces between two such words: a reader drops
    the white space between two encoded words, so it has to be inside one. `word`: a character class
    of the octets of a word."""
    high = word + rb"*[\x80-\xff]" + word + b"*"
    return re.compile(high + b"(?: " + high + b")*")


_UNSTRUCTURED: Final = re.compile(
    rb"^((?:subject|comments|content-description):)(.*(?:\r\n[ \t].*)*)",
    re.IGNORECASE | re.MULTILINE,
)
"""Fields in which only white space ends a word (RFC 2047 section 5 (1))."""

_TEXT_RUN: Final = _runs(rb"[^\x00-\x20\x7f]")
_PHRASE_RUN: Final = _runs(rb"[^\x00-\x20\"<>(),:;@\\\x7f]")
"""Elsewhere the specials of RFC 5322 keep their meaning and stay outside."""

_WORD_OCTETS: Final = 42
"""Octets in one encoded word: base64 makes 56 of them, with =?utf-8?B??= the word stays within the
75 of RFC 2047 section 2."""


class HeaderEncoder:
    """Collects one header section and encodes it when it is complete."""

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> bool:
        """Keep `data`; False, and nothing is kept any more, past HEADER_SECTION octets."""
        self._size += len(data)
        if self._size > HEADER_SECTION:
            self._parts.clear()
            return False
        self._parts.append(data)
        return True

    def end(self) -> bytes:
        """The whole section, every 8-bit run encoded."""
        section = b"".join(self._parts)
        self._parts.clear()
        if section.isascii():
            return section
        return _PHRASE_RUN.sub(_encoded, _UNSTRUCTURED.sub(_encoded_text, section))


def _encoded_text(field: re.Match[bytes]) -> bytes:
    """An unstructured field with its runs encoded."""
    name, text = field.groups()
    encoded: bytes = name + _TEXT_RUN.sub(_encoded, text)
    return encoded


def _encoded(run: re.Match[bytes]) -> bytes:
    """One run as encoded words, folded so that no line grows by more than one word."""
    octets = run[0]
    charset = b"utf-8"
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        # RFC 1428 section 3: the character set is not known, and guessing would be a lie.
        charset = b"unknown-8bit"
    words = [
        b"=?%b?B?%b?=" % (charset, base64.b64encode(piece)) for piece in _pieces(octets, charset)
    ]
    return b"\r\n ".join(words)


def _pieces(octets: bytes, charset: bytes) -> list[bytes]:
    """`octets` in pieces of at most _WORD_OCTETS; a character is not cut (RFC 2047 section 5)."""
    pieces = []
    start = 0
    while start < len(octets):
        end = min(start + _WORD_OCTETS, len(octets))
        while charset == b"utf-8" and end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[start:end])
        start = end
    return pieces
