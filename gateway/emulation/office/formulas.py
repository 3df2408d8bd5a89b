"""Excel's formulas as text: the parser. Pure."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TypeAlias

from gateway.emulation.automation.errors import ScriptError

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"]|"")*")
    |(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)
    |(?P<reference>(?:'(?:[^']|'')+'!|[\w.]+!)?\$?[A-Za-z]{1,3}\$?\d{1,7}(?::\$?[A-Za-z]{1,3}\$?\d{1,7})?(?![\w.(]))
    |(?P<name>(?:'(?:[^']|'')+'!|[\w.]+!)?[A-Za-z_\\][\w.\\?]*)
    |(?P<operator><=|>=|<>|[-+*/^&=<>(),;%{}@!:])
    |(?P<error>\#[A-Z0-9/]+[!?]?))""",
    re.VERBOSE,
)
_LEVELS = (("=", "<>", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"), ("^",))
_DEPTH_MAX = 64
_LENGTH_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class Text:
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A cell or an area, perhaps on another sheet."""

    words: str


@dataclass(frozen=True, slots=True)
class Word:
    """A defined name."""

    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function's call; the callee may be a reference: a subroutine."""

    name: str
    arguments: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Minus:
    operand: Formula


Formula: TypeAlias = Text | Reference | Word | Function | Binary | Minus


class _Parser:
    def __init__(self, source: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        source = source.rstrip()
        while position < len(source):
            match = _TOKEN.match(source, position)
            if match is None or match.end() == position:
                raise ScriptError(1002, f"formula at {source[position : position + 20]!r}")
            self._tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            position = match.end()
        self._at = 0
        self._depth = 0

    def whole(self) -> Formula:
        found = self._level(0)
        if self._at < len(self._tokens):
            raise ScriptError(1002, f"formula: unexpected {self._tokens[self._at][1]!r}")
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _take(self, mark: str) -> bool:
        if self._peek() == ("operator", mark):
            self._at += 1
            return True
        return False

    def _level(self, level: int) -> Formula:
        if level == len(_LEVELS):
            return self._signed()
        left = self._level(level + 1)
        while self._peek()[0] == "operator" and self._peek()[1] in _LEVELS[level]:
            operator = self._peek()[1]
            self._at += 1
            left = Binary(operator, left, self._level(level + 1))
        return left

    def _signed(self) -> Formula:
        if self._take("-"):
            return Minus(self._signed())
        if self._take("+") or self._take("@"):
            return self._signed()
        found = self._operand()
        while self._take("%"):
            found = Binary("/", found, Text(100.0))
        return found

    def _operand(self) -> Formula:
        kind, words = self._peek()
        self._at += 1
        if kind == "text":
            return Text(words[1:-1].replace('""', '"'))
        if kind == "number":
            return Text(float(words))
        if kind == "error":
            return Text(words)
        if kind in ("name", "reference"):
            return self._named(kind, words)
        if (kind, words) == ("operator", "("):
            return self._enclosed()
        if (kind, words) == ("operator", "{"):
            return self._array()
        raise ScriptError(1002, f"formula: unexpected {words!r}")

    def _enclosed(self) -> Formula:
        self._deeper()
        found = self._level(0)
        self._depth -= 1
        if not self._take(")"):
            raise ScriptError(1002, "formula: ')' expected")
        return found

    def _array(self) -> Formula:
        """An array constant: its first element stands for it."""
        first = self._level(0)
        while not self._take("}"):
            if self._at >= len(self._tokens):
                raise ScriptError(1002, "formula: '}' expected")
            self._at += 1
        return first

    def _named(self, kind: str, words: str) -> Formula:
        if self._take("("):
            return Function(words.removeprefix("_xlfn.").upper(), self._arguments())
        if words.upper() in ("TRUE", "FALSE"):
            return Text(words.upper() == "TRUE")
        return Reference(words) if kind == "reference" else Word(words)

    def _arguments(self) -> tuple[Formula, ...]:
        self._deeper()
        found: list[Formula] = []
        while not self._take(")"):
            if self._peek()[1] in (",", ";") and self._peek()[0] == "operator":
                found.append(Text(None))
            else:
                found.append(self._level(0))
            if self._take(",") or self._take(";"):
                if self._peek() == ("operator", ")"):
                    found.append(Text(None))
            elif self._peek() != ("operator", ")"):
                raise ScriptError(1002, "formula: ',' or ')' expected")
        self._depth -= 1
        return tuple(found)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise ScriptError(1002, "formula: nested too deep")


@functools.lru_cache(maxsize=4096)  # loops read the same cells again and again
def parse_formula(source: str) -> Formula:
    """The formula in a text, with or without `=`. Raises ScriptError 1002."""
    return _Parser(source.strip().removeprefix("=")[:_LENGTH_MAX]).whole()
