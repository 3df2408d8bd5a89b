"""XML as tokens with their places (XML 1.0).

Strict: what is not well-formed is an error here, since one viewer stops there and another goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.extraction.contract import ExtractError
from gateway.extraction.html.tokens import Sort, Token

_ATTRIBUTE: Final = rb"\s+[^\s=<>\"'/]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')"
_TOKEN: Final = re.compile(
    rb"<(?:(?P<comment>!--.*?-->)|(?P<cdata>!\[CDATA\[.*?\]\]>)|(?P<instruction>\?.*?\?>)|"
    rb"(?P<doctype>!DOCTYPE(?:[^\[\]>\"']|\"[^\"]*\"|'[^']*')*>)|"
    rb"/(?P<end>[^\s<>/=\"']+)\s*>|"
    rb"(?P<start>[^\s<>/=\"'!?]+)(?>(?:" + _ATTRIBUTE + rb")*)\s*/?>)",
    re.DOTALL,
)


class IllFormedError(ExtractError):
    """The drawing is no well-formed XML."""


def tokens(data: bytes) -> Iterator[Token]:
    """Every token of `data` but text. CDATA sections are given whole. Raises IllFormedError."""
    position = 0
    while (start := data.find(b"<", position)) >= 0:
        found = _TOKEN.match(data, start)
        if found is None:
            raise IllFormedError(f"the drawing is no well-formed XML (byte {start})")
        position = found.end()
        if found["start"] is not None:
            yield Token(Sort.START, start, position, found["start"])
        elif found["end"] is not None:
            yield Token(Sort.END, start, position, found["end"])
        elif found["comment"] is not None:
            yield Token(Sort.COMMENT, start, position)
        elif found["cdata"] is not None:
            yield Token(Sort.CDATA, start, position)
        else:
            yield Token(Sort.DECLARATION, start, position)


def closes_itself(data: bytes, tag: Token) -> bool:
    """Whether the start tag is an empty element: `<a/>`."""
    return data[tag.end - 2 : tag.end] == b"/>"
