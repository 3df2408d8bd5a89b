"""Operators of PowerShell on values that are known. Pure."""

from __future__ import annotations

import re
from fnmatch import translate

from gateway.emulation.automation.errors import MemoryOver
from gateway.emulation.powershell import casts, patterns
from gateway.emulation.powershell.values import (
    LACKING,
    UNKNOWN,
    Net,
    Unknown,
    Value,
    items,
    number,
    text,
    truth,
)

LARGEST = 32 << 20
"""Characters or items of one value; what is packed into a mail unpacks to less."""

_COMPARE = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "like", "notlike", "match", "notmatch"})
_FORMAT = re.compile(r"\{\{|\}\}|\{(\d+)(?:,(-?\d+))?(?::([^}]*))?\}")


def binary(operator: str, left: Value, right: Value) -> Value:
    """An operator's value; `c` before its name minds case."""
    case = operator.startswith("c") and operator != "contains"
    name = operator[1:] if case else operator
    if name in ("and", "or", "xor"):
        return _logic(name, left, right)
    if isinstance(left, Unknown) or (isinstance(right, Unknown) and name != "f"):
        if name == "+" and isinstance(left, str):
            return left + text(right)
        if name == "+" and isinstance(right, str):
            return text(left) + right
        return LACKING if LACKING in (left, right) else UNKNOWN
    if name in _COMPARE:
        return _compare(name, left, right, case)
    match name:
        case "+":
            return _plus(left, right)
        case "*" if isinstance(left, str | list):
            count = number(right)
            if isinstance(count, Unknown):
                return count
            if len(left) * count > LARGEST:
                raise MemoryOver("a text is repeated too often")
            return left * max(0, int(count))
        case "-" | "*" | "/" | "%" | "band" | "bor" | "bxor" | "shl" | "shr":
            return _arithmetic(name, left, right)
        case "..":
            return _range(left, right)
        case "f":
            return formatted(text(left), items(right) if isinstance(right, list) else [right])
        case "join":
            return text(right).join(text(item) for item in items(left))
        case "split":
            return patterns.split(left, right, case)
        case "replace":
            return patterns.replace(left, right, case)
        case "contains" | "notcontains":
            found = any(_compare("eq", item, right, case) is True for item in items(left))
            return found == (name == "contains")
        case "in" | "notin":
            found = any(_compare("eq", item, left, case) is True for item in items(right))
            return found == (name == "in")
        case "is" | "isnot":
            return UNKNOWN
        case "as":
            return casts.cast(text(right), left)
        case _:
            return LACKING


def _logic(name: str, left: Value, right: Value) -> Value:
    first, second = truth(left), truth(right)
    if isinstance(first, Unknown) or isinstance(second, Unknown):
        if name == "and" and (first is False or second is False):
            return False
        return True if name == "or" and True in (first, second) else UNKNOWN
    if name == "xor":
        return first != second
    return (first and second) if name == "and" else (first or second)


def _plus(left: Value, right: Value) -> Value:
    if isinstance(left, str):
        if len(left) > LARGEST:
            raise MemoryOver("a text grows without end")
        return left + text(right)
    if isinstance(left, bytes) and isinstance(right, bytes):
        return left + right
    if isinstance(left, list | bytes):
        if len(left) > LARGEST:
            raise MemoryOver("a row grows without end")
        return [*items(left), *items(right)]
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    if left is None:
        return right
    return _arithmetic("+", left, right)


def _arithmetic(name: str, left: Value, right: Value) -> Value:
    first, second = number(left), number(right)
    if isinstance(first, Unknown) or isinstance(second, Unknown):
        return LACKING
    try:
        match name:
            case "+":
                return first + second
            case "-":
                return first - second
            case "*":
                return first * second
            case "/":
                made = first / second
                return int(made) if made == int(made) else made
            case "%":
                rest = abs(first) % abs(second)
                return -rest if first < 0 else rest
            case "band":
                return int(first) & int(second)
            case "bor":
                return int(first) | int(second)
            case "bxor":
                return int(first) ^ int(second)
            case "shl":
                return int(first) << (int(second) & 31)
            case _:
                return int(first) >> (int(second) & 31)
    except (ArithmeticError, ValueError):
        return LACKING


def _range(left: Value, right: Value) -> Value:
    first, last = number(left), number(right)
    if isinstance(first, Unknown) or isinstance(last, Unknown):
        return LACKING
    low, high = int(first), int(last)
    if abs(high - low) > LARGEST // 8:
        raise MemoryOver("a range is too long")
    return list(range(low, high + 1)) if high >= low else list(range(low, high - 1, -1))


def _compare(name: str, left: Value, right: Value, case: bool) -> Value:
    if isinstance(left, list):
        return [item for item in left if _compare(name, item, right, case) is True]
    if isinstance(left, Net) or isinstance(right, Net):
        return UNKNOWN
    negated = name in ("ne", "notlike", "notmatch")
    if name in ("like", "notlike"):
        found = re.match(translate(text(right).lower()), text(left).lower()) is not None
    elif name in ("match", "notmatch"):
        compiled = patterns.pattern(text(right), case)
        if compiled is None:
            return LACKING
        found = compiled.search(text(left)) is not None
    else:
        found = _ordered(name, left, right, case)
    return found != negated


def _ordered(name: str, left: Value, right: Value, case: bool) -> bool:
    if isinstance(left, int | float) and not isinstance(number(right), Unknown):
        other = number(right)
        assert not isinstance(other, Unknown)
        order = (left > other) - (left < other)
    else:
        first, second = (
            (text(left), text(right)) if case else (text(left).lower(), text(right).lower())
        )
        order = (first > second) - (first < second)
    wanted = {"eq": (0,), "ne": (0,), "gt": (1,), "ge": (0, 1), "lt": (-1,), "le": (-1, 0)}
    return order in wanted[name]


def formatted(form: str, values: list[Value]) -> str:
    """The -f operator."""

    def put(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][0]
        index = int(found[1])
        value = values[index] if index < len(values) else ""
        words = text(value)
        how = (found[3] or "").lower()
        if how[:1] in ("x", "d") and isinstance(value, int):
            width = int(how[1:]) if how[1:].isdigit() and len(how) < 4 else 0
            words = f"{value:0{width}x}" if how[0] == "x" else f"{value:0{width}d}"
            words = words.upper() if (found[3] or "").startswith("X") else words
        elif how[:1] == "n" and isinstance(value, int | float):
            words = f"{value:,.{how[1:] if how[1:].isdigit() and len(how) < 4 else 2}f}"
        width = int(found[2] or 0)
        return words.rjust(min(width, 1000)) if width > 0 else words.ljust(min(-width, 1000))

    return _FORMAT.sub(put, form)
