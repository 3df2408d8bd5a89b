"""RTF as groups: where each begins and ends, and which of the words that matter stand in it.

The tokenizer follows Word where Word is laxer than the specification, since attacks live there:
any control word may come anywhere in a group, groups may be left open, `\\bin` may lie about its
length. It never changes a byte; ranges are offsets into the input.
Source: Rich Text Format Specification 1.9.1, "Conventions of an RTF Reader".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extraction.contract import ExtractError

MAX_GROUPS = 500_000
"""Groups of one document; a report of a thousand pages has a tenth of it."""
MAX_DEPTH = 2_000
"""Groups inside each other; writers stay below 100, and readers crash at some thousands."""
LONGEST_WORD = 32
"""Letters of a control word (specification: "cannot be longer than 32"); longer ones only serve
to overrun a reader's buffer, as their parameters of more than ten digits do."""
LONGEST_NUMBER = 10

_TOKEN = re.compile(rb"[{}]|\\(?:([A-Za-z]+)(-?[0-9]+)? ?|'[0-9A-Fa-f]{2}|[\s\S])")


@dataclass(frozen=True, slots=True)
class Word:
    """A control word that matters: its name in lower case and its bytes, delimiter included."""

    name: str
    start: int
    end: int


@dataclass(slots=True)
class Group:
    """A group from its opening brace to behind its closing one (or the end of the file).

    `destination` is its first control word; `words` are those that matter, in order.
    """

    start: int
    end: int = 0
    closed: bool = False
    destination: str = ""
    words: list[Word] = field(default_factory=list)
    children: list[Group] = field(default_factory=list)

    def walk(self) -> Iterator[Group]:
        """This group and all inside it, outer before inner."""
        waiting = [self]
        while waiting:
            group = waiting.pop()
            yield group
            waiting.extend(reversed(group.children))

    def child(self, name: str) -> Group | None:
        """The first group in this one in which the word `name` stands."""
        for child in self.children:
            if child.has(name):
                return child
        return None

    def has(self, name: str) -> bool:
        """Whether the word `name` stands directly in this group."""
        return any(word.name == name for word in self.words)


@dataclass(frozen=True, slots=True)
class Document:
    """The outermost group, and words no reader can take (`oversized`)."""

    root: Group
    oversized: tuple[Word, ...]


def read(untrusted_rtf: bytes, matters: frozenset[str]) -> Document:
    """The groups of `untrusted_rtf` with the words in `matters`. Raises ExtractError when it is no
    RTF or beyond a limit."""
    if not untrusted_rtf.startswith(b"{\\rt"):
        raise ExtractError("the file does not begin as RTF does")
    return _Reader(untrusted_rtf, matters).read()


class _Reader:
    def __init__(self, data: bytes, matters: frozenset[str]) -> None:
        self._data = data
        self._matters = matters
        self._oversized: list[Word] = []
        self._groups = 0

    def read(self) -> Document:
        data = self._data
        root = Group(0)
        stack = [root]
        at = 1
        while stack and (token := _TOKEN.search(data, at)) is not None:
            at = token.end()
            first = data[token.start()]
            if first == 0x7B:
                stack.append(self._opened(stack, token.start()))
            elif first == 0x7D:
                group = stack.pop()
                group.end, group.closed = at, True
            elif token[1] is not None:
                at = self._word(stack[-1], token)
        for group in stack:
            group.end = len(data)
        return Document(root, tuple(self._oversized))

    def _opened(self, stack: list[Group], start: int) -> Group:
        self._groups += 1
        if self._groups > MAX_GROUPS or len(stack) >= MAX_DEPTH:
            raise ExtractError("the document nests more groups than any honest one")
        group = Group(start)
        stack[-1].children.append(group)
        return group

    def _word(self, group: Group, token: re.Match[bytes]) -> int:
        """Note the word; returns where reading goes on, behind the bytes of a `\\bin`."""
        name, number = token[1], token[2] or b""
        if len(name) > LONGEST_WORD or len(number.lstrip(b"-")) > LONGEST_NUMBER:
            shown = name[:LONGEST_WORD].decode("ascii")
            self._oversized.append(Word(shown, token.start(), token.end()))
            return token.end()
        word = name.decode("ascii").lower()
        if not group.destination:
            group.destination = word
        if word == "bin":
            return min(len(self._data), token.end() + max(0, int(number or b"0")))
        if word in self._matters:
            group.words.append(Word(word, token.start(), token.end()))
        return token.end()


_TEXT = re.compile(
    rb"\\u(-?[0-9]{1,6}) ?|\\'([0-9A-Fa-f]{2})|\\([A-Za-z]+)(-?[0-9]+)? ?|\\([\s\S])|([{}])|"
    rb"([^\\{}\r\n\0]+)"
)


def text_of(data: bytes, group: Group, leave_out: tuple[Group, ...] = ()) -> str:
    """The characters a reader sees in `group`, without those of the groups in `leave_out`.

    Code page 1252 for bytes: keywords and addresses are ASCII wherever they act.
    """
    found: list[str] = []
    skipped = sorted((inner.start, inner.end) for inner in leave_out)
    at = group.start
    to_skip = 0
    while at < group.end and (token := _TEXT.search(data, at, group.end)) is not None:
        at = token.end()
        if skipped and token.start() >= skipped[0][0]:
            at = skipped.pop(0)[1]
            continue
        number, byte, _, _, symbol, _, plain = token.groups()
        if number is not None:
            found.append(chr(int(number) & 0xFFFF))
            to_skip = 1
            continue
        if byte is not None:
            shown = bytes([int(byte, 16)]).decode("cp1252", "replace")
        elif symbol is not None:
            shown = symbol.decode("latin-1") if symbol in b"\\{}" else ""
        else:
            shown = (plain or b"").decode("cp1252", "replace")
        if to_skip and shown:
            # What readers without Unicode show in place of the character before (\\uc, usually 1).
            shown, to_skip = shown[1:], 0
        found.append(shown)
    return "".join(found)
