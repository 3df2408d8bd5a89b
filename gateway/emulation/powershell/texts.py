"""PowerShell's quoted texts to a tree: plain ones, those with values in them, those of lines."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from gateway.emulation.powershell.nodes import Const, Node, Text
from gateway.emulation.powershell.scan import Scanner

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SINGLE = "'\u2018\u2019\u201a\u201b"
_DOUBLE = '"\u201c\u201d\u201e'
_HERE_START = re.compile(r"@(['\"\u2018\u2019\u201c\u201d])[ \t]*\r?\n")


def escaped(char: str) -> str:
    """What a backtick makes of the next character."""
    return _ESCAPES.get(char, char)


class Pieces:
    """The parts of a text as they come: characters between two nodes are one constant."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._parts: list[Node] = []

    def add(self, words: str) -> None:
        """Characters that stand for themselves."""
        self._words.append(words)

    def put(self, node: Node) -> None:
        """A value that stands in the text."""
        self._end_words()
        self._parts.append(node)

    def parts(self) -> tuple[Node, ...]:
        """All of them, none when the text is empty."""
        self._end_words()
        return tuple(self._parts)

    def _end_words(self) -> None:
        if self._words:
            self._parts.append(Const("".join(self._words)))
            self._words = []


class Texts(Scanner, ABC):
    """A cursor that reads quoted texts; values within them are read by who inherits it."""

    @abstractmethod
    def parenthesis(self) -> Node:
        """`(...)`, `$(...)`, `@(...)`."""

    def quoted(self) -> Node | None:
        """Any quoted text."""
        here = _HERE_START.match(self.source, self.at)
        if here is not None:
            return self._here(here)
        if self.char and self.char in _SINGLE:
            return Const(self._single())
        if self.char and self.char in _DOUBLE:
            return self._double()
        return None

    def _here(self, start: re.Match[str]) -> Node:
        end = re.compile(rf"\r?\n{start[1]}@").search(self.source, start.end() - 1)
        if end is None:
            raise self.fail("a text of lines has no end")
        body = self.source[start.end() : max(start.end(), end.start())]
        self.at = end.end()
        return Const(body) if start[1] in _SINGLE else type(self)(body).inside()

    def _single(self) -> str:
        out: list[str] = []
        self.at += 1
        while self.at < len(self.source):
            char = self.source[self.at]
            self.at += 1
            if char in _SINGLE:
                if not (self.char and self.char in _SINGLE):
                    return "".join(out)
                self.at += 1
            out.append(char)
        raise self.fail("a text has no end")

    def _double(self) -> Node:
        start = self.at + 1
        self.at = start
        depth = 0
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == "`":
                self.at += 2
            elif self.source.startswith("$(", self.at):
                depth += 1
                self.at += 2
            elif depth and char in "()":
                depth += 1 if char == "(" else -1
                self.at += 1
            elif depth and char in _SINGLE:
                self._single()
            elif depth and char in _DOUBLE:
                self._double()
            elif char in _DOUBLE:
                if self.source[self.at + 1 : self.at + 2] not in tuple(_DOUBLE):
                    body = self.source[start : self.at]
                    self.at += 1
                    return type(self)(body).inside(doubled=True)
                self.at += 2
            else:
                self.at += 1
        raise self.fail("a text has no end")

    def inside(self, *, doubled: bool = False) -> Node:
        """The whole source as it would stand in double quotes; doubled: two quotes mean one."""
        pieces = Pieces()
        while char := self.char:
            node: Node | None = None
            if char == "`":
                pieces.add(escaped(self.source[self.at + 1 : self.at + 2]))
                self.at += 2
                continue
            if char in _DOUBLE and doubled:
                pieces.add('"')
                self.at += 2
                continue
            if char == "$":
                node = self.parenthesis() if self.peek("$(") else self.variable()
            if node is None:
                pieces.add(char)
                self.at += 1
            else:
                pieces.put(node)
        parts = pieces.parts()
        if not parts:
            return Const("")
        return parts[0] if len(parts) == 1 and isinstance(parts[0], Const) else Text(parts)
