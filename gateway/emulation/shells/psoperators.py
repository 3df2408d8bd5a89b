"""Operators and casts of PowerShell on values that are known. Pure."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache

from gateway.emulation.automation.errors import MemoryOver
from gateway.emulation.shells.psvalues import (
    LACKING,
    UNKNOWN,
    Net,
    Type,
    Unknown,
    Value,
    as_bytes,
    items,
    number,
    text,
    truth,
)

LARGEST = 32 << 20
"""Characters or items of one value; what is packed into a mail unpacks to less."""

_COMPARE = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "like", "notlike", "match", "notmatch"})
_FORMAT = re.compile(r"\{\{|\}\}|\{(\d+)(?:,(-?\d+))?(?::([^}]*))?\}")
_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\d+)|(&)|(\$))")


@lru_cache(maxsize=256)
def pattern(source: str, case: bool = False) -> re.Pattern[str] | None:
    """A .NET pattern as Python's; None when it is none."""
    flags = re.NOFLAG if case else re.IGNORECASE
    try:
        return re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", source), flags)
    except (re.error, RecursionError, OverflowError):
        return None


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
            return split(left, right, case)
        case "replace":
            return _replace(left, right, case)
        case "contains" | "notcontains":
            found = any(_compare("eq", item, right, case) is True for item in items(left))
            return found == (name == "contains")
        case "in" | "notin":
            found = any(_compare("eq", item, left, case) is True for item in items(right))
            return found == (name == "in")
        case "is" | "isnot":
            return UNKNOWN
        case "as":
            return cast(text(right), left)
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
        compiled = pattern(text(right), case)
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


def split(left: Value, right: Value, case: bool = False) -> Value:
    """-split: a pattern, perhaps how many, or a text split at blanks."""
    parts = right if isinstance(right, list) else [right]
    most = number(parts[1]) if len(parts) > 1 else 0
    compiled = pattern(text(parts[0]) if parts else r"\s+", case)
    if compiled is None or isinstance(most, Unknown):
        return LACKING
    made: list[Value] = []
    for item in items(left):
        made += [
            piece or "" for piece in compiled.split(text(item), maxsplit=max(0, int(most) - 1))
        ]
    return made


def _replace(left: Value, right: Value, case: bool) -> Value:
    parts = right if isinstance(right, list) else [right]
    compiled = pattern(text(parts[0]) if parts else "", case)
    if compiled is None:
        return LACKING
    by = text(parts[1]) if len(parts) > 1 else ""

    def put(found: re.Match[str]) -> str:
        def reference(ref: re.Match[str]) -> str:
            if ref[3]:
                return found[0]
            if ref[4]:
                return "$"
            try:
                return (
                    found[ref[1] if ref[1] and not ref[1].isdigit() else int(ref[1] or ref[2])]
                    or ""
                )
            except (IndexError, ValueError):
                return ref[0]

        return _REFERENCE.sub(reference, by)

    made: list[Value] = [compiled.sub(put, text(item)) for item in items(left)]
    return made if isinstance(left, list) else made[0] if made else ""


def cast(name: str, value: Value) -> Value:
    """`[name] value`; types that do not matter leave the value as it is."""
    short = name.lower().removeprefix("system.")
    if isinstance(value, Unknown):
        return value
    match short:
        case "char":
            return _char(value)
        case "char[]":
            if isinstance(value, list | bytes):
                return [_char(item) for item in items(value)]
            return list(text(value))
        case "string":
            return text(value)
        case "string[]":
            return [text(item) for item in items(value)]
        case "byte[]":
            return as_bytes(value)
        case "int" | "int32" | "int64" | "long" | "uint32" | "uint64" | "byte" | "int16" | "uint16":
            if isinstance(value, str) and len(value) == 1 and not value.isdigit():
                return ord(value)
            found = number(value)
            return found if isinstance(found, Unknown) else round(found)
        case "int[]" | "int32[]" | "uint32[]":
            return [cast("int", item) for item in items(value)]
        case "double" | "single" | "float" | "decimal":
            found = number(value)
            return found if isinstance(found, Unknown) else float(found)
        case "bool" | "switch":
            return truth(value)
        case "array" | "object[]" | "collections.arraylist":
            return items(value)
        case "type":
            return Type(text(value).lower().removeprefix("system."))
        case "void":
            return None
        case "io.memorystream" | "memorystream":
            data = as_bytes(value)
            return data if isinstance(data, Unknown) else Net("io.memorystream", {"data": data})
        case "wmi" | "wmiclass" | "adsi" | "adsisearcher" | "wmisearcher":
            return Net(short, {"text": text(value)})
        case "scriptblock":
            return value
        case "regex":
            return Net("regex", {"text": text(value)})
        case _:
            return value


def _char(value: Value) -> Value:
    if isinstance(value, str) and len(value) == 1:
        return value
    found = number(value)
    if isinstance(found, Unknown) or not 0 <= found < 0x110000:
        return LACKING
    return chr(int(found))
