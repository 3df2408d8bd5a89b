"""`set /a`: sums of whole numbers of 32 bits, as cmd's `set /?` describes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.emulation.cmd.variables import UNKNOWN

_TOKEN = re.compile(
    r"\s*(0[xX][0-9a-fA-F]+|\d+|<<=|>>=|<<|>>|[-+*/%&|^]=|[-+*/%&|^~!=(),]|[^\s\d<>\-+*/%&|^~!=(),][^\s<>\-+*/%&|^~!=(),]*)"
)
_LEVELS = (("|",), ("^",), ("&",), ("<<", ">>"), ("+", "-"), ("*", "/", "%"))
"""Operators of two sides, from the loosest to the tightest."""

_DEPTH_MAX = 40


class NotKnown(Exception):  # noqa: N818 - an answer, no fault
    """The sum holds something that cannot be worked out."""


Get = Callable[[str], str | None]
Put = Callable[[str, str], None]


def calculate(text: str, get: Get, put: Put) -> int:
    """Work out the sums between commas, assign, and give the last. Raises NotKnown."""
    return _Sum(text.replace('"', ""), get, put).all()


def number_of(text: str) -> int:
    """A variable's text as a number: `0x` is hexadecimal, a leading 0 octal, other texts are 0.

    Raises NotKnown for a text that only the machine could tell.
    """
    stripped = text.strip()
    if UNKNOWN in stripped:
        raise NotKnown(stripped)
    found = re.match(r"[-+]?(0[xX][0-9a-fA-F]+|\d+)", stripped)
    if found is None:
        return 0
    digits = found[1].lower()
    base = 16 if digits.startswith("0x") else 8 if digits.startswith("0") else 10
    try:
        value = int(digits, base)
    except ValueError:
        raise NotKnown(stripped) from None
    return -value if stripped.startswith("-") else value


def _wrapped(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


class _Sum:
    """One text of sums."""

    def __init__(self, text: str, get: Get, put: Put) -> None:
        self._tokens = _TOKEN.findall(text)
        self._at = 0
        self._depth = 0
        self._get = get
        self._put = put

    def all(self) -> int:
        """Every sum. Raises NotKnown."""
        value = self._assignment()
        while self._take(","):
            value = self._assignment()
        if self._at < len(self._tokens):
            raise NotKnown(self._tokens[self._at])
        return value

    def _peek(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._peek()
        if token and token in wanted:
            self._at += 1
            return token
        return ""

    def _assignment(self) -> int:
        name, operator = self._peek(), self._peek(1)
        if not _is_name(name) or not operator.endswith("="):
            return self._level(0)
        self._at += 2
        value = self._assignment()
        if operator != "=":
            value = _applied(operator[:-1], self._value(name), value)
        self._put(name, str(value))
        return value

    def _level(self, level: int) -> int:
        if level == len(_LEVELS):
            return self._single()
        value = self._level(level + 1)
        while operator := self._take(*_LEVELS[level]):
            value = _applied(operator, value, self._level(level + 1))
        return value

    def _single(self) -> int:
        self._depth += 1
        try:
            if self._depth > _DEPTH_MAX:
                raise NotKnown("too deep")
            if operator := self._take("-", "+", "~", "!"):
                value = self._single()
                return _wrapped({"-": -value, "+": value, "~": ~value}.get(operator, not value))
            if self._take("("):
                value = self._assignment()
                self._take(")")
                return value
            token = self._peek()
            if not token or not (token[0].isdigit() or _is_name(token)):
                raise NotKnown(token)
            self._at += 1
            return _wrapped(number_of(token)) if token[0].isdigit() else self._value(token)
        finally:
            self._depth -= 1

    def _value(self, name: str) -> int:
        return _wrapped(number_of(self._get(name) or "0"))


def _is_name(token: str) -> bool:
    return bool(token) and token[0] not in "0123456789<>-+*/%&|^~!=(),"


def _applied(operator: str, left: int, right: int) -> int:
    """One operator on two numbers. Raises NotKnown."""
    match operator:
        case "+":
            return _wrapped(left + right)
        case "-":
            return _wrapped(left - right)
        case "*":
            return _wrapped(left * right)
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case "<<":
            return _wrapped(left << (right & 31))
        case ">>":
            return left >> (right & 31)
    if right == 0:
        raise NotKnown("division by zero")
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return _wrapped(quotient) if operator == "/" else _wrapped(left - right * quotient)
