"""Arithmetic, conversions, and questions about values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from gateway.emulation.automation.convert import (
    date,
    is_number,
    long,
    number,
    number_text,
    text,
    truth,
    type_name,
    var_type,
    whole,
)
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import (
    MISSING,
    NOTHING,
    NULL,
    Array,
    Date,
    Value,
)
from gateway.emulation.basic.core import Core

_LEADING = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|&[hH][0-9a-fA-F]+|&[oO][0-7]+")
_RANDOM_SEED = 0x50000
"""Rnd starts here in every program (VBA's generator)."""


def _of(operate: Callable[[float], float]) -> Callable[..., Value]:
    def function(_: Core, number_: Value) -> Value:
        try:
            return operate(float(number(number_)))
        except (ValueError, OverflowError) as error:
            raise ScriptError(5) from error

    return function


def _abs(_: Core, number_: Value) -> Value:
    return NULL if number_ is NULL else abs(number(number_))


def _int(_: Core, number_: Value) -> Value:
    return NULL if number_ is NULL else math.floor(number(number_))


def _fix(_: Core, number_: Value) -> Value:
    return NULL if number_ is NULL else math.trunc(number(number_))


def _sgn(_: Core, number_: Value) -> Value:
    value = number(number_)
    return (value > 0) - (value < 0)


def _round(_: Core, number_: Value, numdigitsafterdecimal: Value = 0) -> Value:
    digits = 0 if numdigitsafterdecimal is MISSING else whole(numdigitsafterdecimal)
    return round(number(number_), max(0, min(digits, 15)))


class _Random:
    """VBA's generator: x = x * 1140671485 + 12820163 mod 2**24; the same in every run."""

    def __init__(self) -> None:
        self.state = _RANDOM_SEED

    def next(self) -> float:
        self.state = (self.state * 1140671485 + 12820163) & 0xFFFFFF
        return self.state / 0x1000000


_random = _Random()


def _rnd(_: Core, number_: Value = 1) -> Value:
    return _random.next()


def _nothing(_: Core, *arguments: Value) -> Value:
    return None


def _hex(_: Core, number_: Value) -> Value:
    return f"{_unsigned(number_):X}"


def _oct(_: Core, number_: Value) -> Value:
    return f"{_unsigned(number_):o}"


def _unsigned(value: Value) -> int:
    """As two's complement: of an Integer where the value fits one."""
    found = long(value)
    if found >= 0:
        return found
    return found & (0xFFFF if found >= -0x8000 else 0xFFFFFFFF)


def _val(_: Core, string: Value) -> Value:
    found = _LEADING.match(re.sub(r"\s", "", text(string)))
    if found is None:
        return 0
    return number(found[0])


def _str(_: Core, number_: Value) -> Value:
    value = number(number_)
    words = number_text(value) if isinstance(value, float) else str(value)
    return f" {words}" if value >= 0 else words


def _whole(type_: str) -> Callable[..., Value]:
    def function(_: Core, expression: Value) -> Value:
        return whole(expression, type_)

    return function


def _double(_: Core, expression: Value) -> Value:
    return float(number(expression))


def _cstr(_: Core, expression: Value) -> Value:
    return text(expression)


def _cbool(_: Core, expression: Value) -> Value:
    return truth(expression)


def _cdate(_: Core, expression: Value) -> Value:
    return date(expression)


def _same(_: Core, expression: Value) -> Value:
    return expression


def _question(holds: Callable[[Value], bool]) -> Callable[..., Value]:
    def function(_: Core, expression: Value) -> Value:
        return holds(expression)

    return function


def _is_date(value: Value) -> bool:
    if isinstance(value, Date):
        return True
    if not isinstance(value, str):
        return False
    try:
        date(value)
    except ScriptError:
        return False
    return not is_number(value)


def _type_name(_: Core, varname: Value) -> Value:
    return type_name(varname)


def _var_type(_: Core, varname: Value) -> Value:
    return var_type(varname)


def _rgb(_: Core, red: Value, green: Value, blue: Value) -> Value:
    return whole(red) + whole(green) * 256 + whole(blue) * 65536


def _error(_: Core, errornumber: Value = 0) -> Value:
    return ScriptError(whole(errornumber)).description


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": _abs,
    "int": _int,
    "fix": _fix,
    "sgn": _sgn,
    "sqr": _of(math.sqrt),
    "exp": _of(math.exp),
    "log": _of(math.log),
    "sin": _of(math.sin),
    "cos": _of(math.cos),
    "tan": _of(math.tan),
    "atn": _of(math.atan),
    "round": _round,
    "rnd": _rnd,
    "randomize": _nothing,
    "hex": _hex,
    "oct": _oct,
    "val": _val,
    "str": _str,
    "cbyte": _whole("byte"),
    "cint": _whole("integer"),
    "clng": _whole("long"),
    "clnglng": _whole("longlong"),
    "clngptr": _whole("longptr"),
    "cdbl": _double,
    "csng": _double,
    "ccur": _double,
    "cdec": _double,
    "cstr": _cstr,
    "cbool": _cbool,
    "cdate": _cdate,
    "cvdate": _cdate,
    "cvar": _same,
    "cverr": _same,
    "isempty": _question(lambda value: value is None),
    "isnull": _question(lambda value: value is NULL),
    "ismissing": _question(lambda value: value is MISSING),
    "isnumeric": _question(is_number),
    "isarray": _question(lambda value: isinstance(value, Array | bytes)),
    "isobject": _question(lambda value: isinstance(value, ComObject) or value is NOTHING),
    "iserror": _question(lambda value: False),
    "isdate": _question(_is_date),
    "typename": _type_name,
    "vartype": _var_type,
    "rgb": _rgb,
    "error": _error,
    "doevents": _nothing,
    "beep": _nothing,
    "varptr": lambda _, varname: 0x20000,
    "strptr": lambda _, varname: 0x20000,
    "objptr": lambda _, varname: 0x20000,
}
