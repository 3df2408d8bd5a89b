"""HTML as tokens with their places, by the tokenizer of the HTML standard (13.2.5). Pure.

The standard's tokenizer depends on the tree: inside `style` or `title` it reads raw text, in
foreign content it does not. Here it never depends on it: what the two readings would see
differently is marked (`RAW` tokens hold whatever stands up to the end tag), and the cleaner leaves
nothing in there that one of them could take for a tag. So every tree built from the result is
made of the tags that were looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from html import unescape
from typing import Final

_WS: Final = rb"\t\n\f\r "
_ATTRIBUTE: Final = (
    rb"[" + _WS + rb"/]*+([^" + _WS + rb"/>][^" + _WS + rb"/>=]*+)"
    rb"(?:[" + _WS + rb"]*+=[" + _WS + rb"]*+"
    rb"(?:\"([^\"]*+)\"|'([^']*+)'|([^" + _WS + rb">\"'][^" + _WS + rb">]*+)|(?=>))"
    rb"|(?![" + _WS + rb"]*+=))"
)
_PLAIN_ATTRIBUTE: Final = re.sub(rb"\((?!\?)", b"(?:", _ATTRIBUTE)
_ONE_ATTRIBUTE: Final = re.compile(_ATTRIBUTE)
_TOKEN: Final = re.compile(
    rb"<(?:"
    rb"(?P<comment>!--(?:-?>|.*?(?:--!?>|\Z)))"
    rb"|(?P<cdata>!\[CDATA\[)"
    rb"|(?P<declaration>[!?][^>]*+(?:>|\Z))"
    rb"|(?P<close>/?)(?P<name>[a-zA-Z][^" + _WS + rb"/>]*+)"
    rb"(?:(?>(?:" + _PLAIN_ATTRIBUTE + rb")*)[" + _WS + rb"/]*+(?P<end>>)|(?P<open>.*))"
    rb"|(?P<bogus>/[^>]*+(?:>|\Z))"
    rb")",
    re.DOTALL,
)
"""`<` and what it begins: the alternatives in the order in which the standard's states ask.

An atomic group and not `(…)*+`: that does not come back from an attempt that fails within its last
round (Python 3.11.2, Debian 12).
"""

RAW_TEXT: Final = frozenset({b"style", b"title", b"textarea"})
"""Kept elements whose content is raw text to one reading and markup to the other."""


class Sort(Enum):
    """What a token is."""

    START = auto()
    END = auto()
    COMMENT = auto()
    DECLARATION = auto()
    """`<!doctype …>`, `<?…>`, `<![if …]>` and other bogus comments up to the first `>`."""
    CDATA = auto()
    """The nine bytes that begin a CDATA section in foreign content, and a comment elsewhere."""
    CUT_OFF = auto()
    """A tag that the end of the file cuts off: browsers drop it, and so join what follows."""


@dataclass(frozen=True, slots=True)
class Token:
    """The bytes [start, end) of the page. `name` in lower case; empty for what is no tag."""

    sort: Sort
    start: int
    end: int
    name: bytes = b""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a tag: the bytes [start, end) with the space before it, its value raw and
    decoded. `value_start` is -1 where there is none."""

    start: int
    end: int
    name: str
    raw: bytes
    value: str
    value_start: int
    value_end: int


def tokens(data: bytes, position: int = 0) -> Generator[Token, int | None, None]:
    """Every token of `data` but text, in order. Send a position to go on from there."""
    while True:
        found = _TOKEN.search(data, position)
        if found is None:
            return
        token = _token(found)
        moved = yield token
        position = token.end if moved is None else moved


def _token(found: re.Match[bytes]) -> Token:
    start, end = found.span()
    if found["name"] is not None:
        lowered = found["name"].lower()
        if found["end"] is None:
            return Token(Sort.CUT_OFF, start, end, lowered)
        return Token(Sort.END if found["close"] else Sort.START, start, end, lowered)
    if found["comment"] is not None:
        return Token(Sort.COMMENT, start, end)
    return Token(Sort.CDATA if found["cdata"] is not None else Sort.DECLARATION, start, end)


def attributes(data: bytes, tag: Token) -> Iterator[Attribute]:
    """The attributes of a start tag. A browser takes the first of several of one name; all are
    given, since others may not."""
    position = tag.start + 1 + len(tag.name)
    while found := _ONE_ATTRIBUTE.match(data, position, tag.end):
        position = found.end()
        group = next((number for number in (2, 3, 4) if found[number] is not None), 0)
        raw = found[group] if group else b""
        text = raw.decode("latin-1")
        yield Attribute(
            start=found.start(),
            end=position,
            name=found[1].lower().decode("latin-1"),
            raw=raw,
            value=unescape(text) if "&" in text else text,
            value_start=found.start(group) if group else -1,
            value_end=found.end(group) if group else -1,
        )


def end_of_raw_text(data: bytes, name: bytes, position: int) -> int:
    """Where the content of a raw-text element ends: before its end tag, or with the page
    (13.2.5.2: `</name` counts only before space, slash or `>`)."""
    found = re.compile(rb"</" + re.escape(name) + rb"(?=[" + _WS + rb"/>])", re.IGNORECASE).search(
        data, position
    )
    return found.start() if found else len(data)
