"""A cursor over PowerShell source: blanks, comments, quoted texts, variables. Knows no grammar."""

from __future__ import annotations

import re

from gateway.emulation.automation.errors import SourceError
from gateway.emulation.shells.psnodes import Const, Node, Text, Var

_BLANK = re.compile(r"(?:[ \t\f\v\u00a0\u200b\ufeff]|`\r?\n|<#.*?#>|#[^\r\n]*)+", re.DOTALL)
_SPACE = re.compile(r"(?:[\s\u00a0\ufeff;]|`\r?\n|<#.*?#>|#[^\r\n]*)+", re.DOTALL)
_NEWLINES = re.compile(r"(?:[\s\u00a0\ufeff]|`\r?\n|<#.*?#>|#[^\r\n]*)+", re.DOTALL)
_VARIABLE = re.compile(r"[$@](?:\{((?:[^}`]|`.)+)\}|((?:\w+:(?!:))?[\w?]+|[$^?]))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SINGLE = "'\u2018\u2019\u201a\u201b"
_DOUBLE = '"\u201c\u201d\u201e'
_HERE_START = re.compile(r"@(['\"\u2018\u2019\u201c\u201d])[ \t]*\r?\n")
_SCOPES = ("script:", "global:", "local:", "private:", "variable:", "using:")


class Scanner:
    """Source and position."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def fail(self, words: str) -> SourceError:
        """An error at this place."""
        return SourceError(self.source.count("\n", 0, self.at) + 1, words)

    def blanks(self) -> None:
        """Over blanks and comments, not over ends of lines."""
        self._over(_BLANK)

    def space(self) -> None:
        """Over everything between statements."""
        self._over(_SPACE)

    def lines(self) -> None:
        """Over blanks, comments and ends of lines."""
        self._over(_NEWLINES)

    def _over(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.source, self.at)
        if found is not None:
            self.at = found.end()

    def peek(self, text: str) -> bool:
        """Whether `text` comes next."""
        return self.source.startswith(text, self.at)

    def take(self, text: str) -> bool:
        """Over `text`, if it comes next."""
        if self.source.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Over a pattern, if it comes next."""
        found = pattern.match(self.source, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def need(self, text: str) -> None:
        """Over blanks, lines and `text`. Raises SourceError."""
        self.lines()
        if not self.take(text):
            raise self.fail(f"'{text}' is missing")

    @property
    def char(self) -> str:
        """The next character; empty at the end."""
        return self.source[self.at : self.at + 1]

    def variable(self) -> Var | None:
        """`$name`, `${name}`, `@name`."""
        found = _VARIABLE.match(self.source, self.at)
        if found is None:
            return None
        self.at = found.end()
        name = re.sub("`(.)", r"\1", found[1]) if found[1] is not None else found[2]
        lowered = name.lower()
        for scope in _SCOPES:
            lowered = lowered.removeprefix(scope)
        return Var(lowered, found[0].startswith("@"))

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
        return Const(body) if start[1] in _SINGLE else interpolated(body)

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
                    return interpolated(body, doubled=True)
                self.at += 2
            else:
                self.at += 1
        raise self.fail("a text has no end")


def escaped(char: str) -> str:
    """What a backtick makes of the next character."""
    return _ESCAPES.get(char, char)


def interpolated(body: str, *, doubled: bool = False) -> Node:
    """A text in double quotes, in its parts."""
    from gateway.emulation.shells.psparser import Parser  # the two need each other

    parts: list[Node] = []
    words: list[str] = []
    scanner = Parser(body)
    while scanner.at < len(body):
        char = body[scanner.at]
        node: Node | None = None
        if char == "`":
            words.append(escaped(body[scanner.at + 1 : scanner.at + 2]))
            scanner.at += 2
            continue
        if char in _DOUBLE and doubled:
            words.append('"')
            scanner.at += 2
            continue
        if char == "$":
            node = scanner.parenthesis() if scanner.peek("$(") else scanner.variable()
        if node is None:
            words.append(char)
            scanner.at += 1
            continue
        if words:
            parts.append(Const("".join(words)))
            words = []
        parts.append(node)
    if words:
        parts.append(Const("".join(words)))
    if not parts:
        return Const("")
    if len(parts) == 1 and isinstance(parts[0], Const):
        return parts[0]
    return Text(tuple(parts))
