"""Operators on Variants (MS-VBAL section 5.6.9). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from gateway.emulation.automation.convert import long, number, rounded, text, truth
from gateway.emulation.automation.errors import MemoryOver, ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import MAX_STRING, NOTHING, NULL, Date, Value

_LONG = 1 << 31


def concatenated(left: Value, right: Value) -> Value:
    """The & operator."""
    if left is NULL and right is NULL:
        return NULL
    first = "" if left is NULL else left if isinstance(left, str) else text(left)
    second = "" if right is NULL else right if isinstance(right, str) else text(right)
    if len(first) + len(second) > MAX_STRING:
        raise MemoryOver(f"a string of {len(first) + len(second)} characters")
    return first + second


def _fitted(value: int | float) -> int | float:
    """Whole numbers beyond a Long become Double, as VBScript has it."""
    if isinstance(value, int) and not -_LONG <= value < _LONG:
        return float(value) if abs(value) < 1 << 1000 else _overflow()
    return value


def _overflow() -> float:
    raise ScriptError(6)


def _add(left: Value, right: Value) -> Value:
    if isinstance(left, str) and (isinstance(right, str) or right is None):
        return concatenated(left, right)
    if left is None and isinstance(right, str):
        return right
    total = _fitted(number(left) + number(right))
    return Date(float(total)) if isinstance(left, Date) != isinstance(right, Date) else total


def _subtract(left: Value, right: Value) -> Value:
    rest = _fitted(number(left) - number(right))
    is_date = isinstance(left, Date) and not isinstance(right, Date)
    return Date(float(rest)) if is_date else rest


def _multiply(left: Value, right: Value) -> Value:
    return _fitted(number(left) * number(right))


def _divide(left: Value, right: Value) -> Value:
    divisor = number(right)
    if divisor == 0:
        raise ScriptError(11)
    return number(left) / divisor


def _whole_divide(left: Value, right: Value) -> Value:
    dividend, divisor = rounded(number(left)), rounded(number(right))
    if divisor == 0:
        raise ScriptError(11)
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def _modulo(left: Value, right: Value) -> Value:
    dividend, divisor = rounded(number(left)), rounded(number(right))
    if divisor == 0:
        raise ScriptError(11)
    rest = abs(dividend) % abs(divisor)
    return -rest if dividend < 0 else rest


def _power(left: Value, right: Value) -> Value:
    try:
        result = float(number(left)) ** float(number(right))
    except (OverflowError, ZeroDivisionError) as error:
        raise ScriptError(6) from error
    if isinstance(result, complex):
        raise ScriptError(5)
    return result


def compared(left: Value, right: Value) -> int | None:
    """Negative, zero or positive; None when Null is among them. Raises ScriptError 13."""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if left is NULL or right is NULL:
        return None
    if isinstance(left, ComObject) or isinstance(right, ComObject):
        left, right = _value_of(left), _value_of(right)
    if isinstance(left, str) or isinstance(right, str):
        return _compared_to_text(left, right)
    first, second = number(left), number(right)
    return (first > second) - (first < second)


def _value_of(value: Value) -> Value:
    return value.default([]) if isinstance(value, ComObject) else value


def _compared_to_text(left: Value, right: Value) -> int:
    """A string with something else: as numbers where both are, else as text."""
    if left is not None and right is not None:
        try:
            first, second = number(left), number(right)
        except ScriptError:
            pass
        else:
            return (first > second) - (first < second)
    words, others = text(left), text(right)
    return (words > others) - (words < others)


def same(left: Value, right: Value) -> bool:
    """The Is operator. Raises ScriptError 424 for what is no object."""
    for side in (left, right):
        if not (isinstance(side, ComObject) or side is NOTHING or side is None):
            raise ScriptError(424)
    nothing = (NOTHING, None)
    return left is right or (left in nothing and right in nothing)


@cache
def _like_pattern(pattern: str) -> re.Pattern[str]:
    out: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        end = pattern.find("]", position)
        if char == "[" and end >= position:
            inner = pattern[position:end].replace("\\", "\\\\").replace("^", "\\^")
            position = end + 1
            if inner:
                out.append(f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]")
        else:
            out.append({"?": ".", "*": ".*", "#": r"\d"}.get(char, re.escape(char)))
    try:
        return re.compile("".join(out), re.DOTALL)
    except re.error as error:
        raise ScriptError(93, pattern[:40]) from error


def like(left: Value, right: Value) -> bool:
    """The Like operator."""
    return _like_pattern(text(right)[:1000]).fullmatch(text(left)) is not None


def _logical(
    on_truth: Callable[[bool, bool], bool], on_bits: Callable[[int, int], int]
) -> Callable[[Value, Value], Value]:
    def operate(left: Value, right: Value) -> Value:
        if isinstance(left, bool) and isinstance(right, bool):
            return on_truth(left, right)
        if left is NULL or right is NULL:
            return NULL
        return _fitted(on_bits(_bits(left), _bits(right)))

    return operate


def _bits(value: Value) -> int:
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return -1 if truth(value) else 0
    return long(value)


def _comparison(holds: Callable[[int], bool]) -> Callable[[Value, Value], Value]:
    def operate(left: Value, right: Value) -> Value:
        order = compared(left, right)
        return NULL if order is None else holds(order)

    return operate


def _arithmetic(operate: Callable[[Value, Value], Value]) -> Callable[[Value, Value], Value]:
    """Null on either side makes Null."""

    def or_null(left: Value, right: Value) -> Value:
        return NULL if left is NULL or right is NULL else operate(left, right)

    return or_null


BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "&": concatenated,
    "+": _arithmetic(_add),
    "-": _arithmetic(_subtract),
    "*": _arithmetic(_multiply),
    "/": _arithmetic(_divide),
    "\\": _arithmetic(_whole_divide),
    "mod": _arithmetic(_modulo),
    "^": _arithmetic(_power),
    "=": _comparison(lambda order: order == 0),
    "<>": _comparison(lambda order: order != 0),
    "<": _comparison(lambda order: order < 0),
    ">": _comparison(lambda order: order > 0),
    "<=": _comparison(lambda order: order <= 0),
    ">=": _comparison(lambda order: order >= 0),
    "is": same,
    "like": like,
    "and": _logical(lambda a, b: a and b, lambda a, b: a & b),
    "or": _logical(lambda a, b: a or b, lambda a, b: a | b),
    "xor": _logical(lambda a, b: a != b, lambda a, b: a ^ b),
    "eqv": _logical(lambda a, b: a == b, lambda a, b: ~(a ^ b)),
    "imp": _logical(lambda a, b: not a or b, lambda a, b: ~a | b),
}


def unary(operator: str, value: Value) -> Value:
    """Minus and Not."""
    if value is NULL:
        return NULL
    if operator == "-":
        return _fitted(-number(value))
    return not value if isinstance(value, bool) else ~_bits(value)
