"""Floating-point functions of the C runtime, and its numbers in texts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from gateway.emulation.winapi.calls import Call, Float, Long, constants, crt

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")

_ONE: dict[str, Callable[[float], float]] = {
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan")},
    **{
        name: getattr(math, name)
        for name in ("sinh", "cosh", "tanh", "exp", "log", "log10", "log2")
    },
    **{name: getattr(math, name) for name in ("sqrt", "fabs", "trunc", "cbrt", "log1p", "expm1")},
    "floor": lambda value: float(math.floor(value)),
    "ceil": lambda value: float(math.ceil(value)),
    "round": lambda value: float(math.floor(abs(value) + 0.5)) * (1 if value >= 0 else -1),
    "rint": lambda value: float(round(value)),
}
_TWO: dict[str, Callable[[float, float], float]] = {
    "pow": math.pow,
    "fmod": math.fmod,
    "atan2": math.atan2,
    "hypot": math.hypot,
    "_hypot": math.hypot,
    "fmax": max,
    "fmin": min,
    "copysign": math.copysign,
    "_copysign": math.copysign,
}


def _guarded(run: Callable[[], float]) -> Float:
    try:
        return Float(float(run()))
    except (ValueError, OverflowError, ZeroDivisionError):
        return Float(math.nan)


def _one(function: Callable[[float], float]) -> Callable[[Call], Float]:
    return lambda call: _guarded(lambda: function(call.double(0)))


def _two(function: Callable[[float, float], float]) -> Callable[[Call], Float]:
    return lambda call: _guarded(lambda: function(call.double(0), call.double(1)))


for _name, _function in _ONE.items():
    crt(_name)(_one(_function))
for _name, _pair in _TWO.items():
    crt(_name)(_two(_pair))

constants(
    "msvcrt ucrtbase",
    "_controlfp/2=0x9001f _control87/2=0x9001f _clearfp/0 _statusfp/0 _fpreset/0 "
    "__setusermatherr/1 _controlfp_s/3 _setusermatherr/1 _isnan/1=0 _finite/1=1",
    cleans=False,
)


@crt("ldexp")
def ldexp(call: Call) -> Float:
    exponent = call.signed(1) if call.machine.width == 8 else call.signed(2)
    return _guarded(lambda: math.ldexp(call.double(0), exponent))


@crt("frexp")
def frexp(call: Call) -> Float:
    fraction, exponent = math.frexp(call.double(0))
    call.put_u32(call[1] if call.machine.width == 8 else call[2], exponent)
    return Float(fraction)


@crt("modf")
def modf(call: Call) -> Float:
    import struct

    fraction, whole = math.modf(call.double(0))
    call.put(call[1] if call.machine.width == 8 else call[2], struct.pack("<d", whole))
    return Float(fraction)


@crt("atof _wtof")
def atof(call: Call) -> Float:
    found = _NUMBER.match(call.text_at(call[0], call.name == "_wtof"))
    return Float(float(found[1]) if found else 0.0)


@crt("strtod wcstod")
def strtod(call: Call) -> Float:
    wide = call.name == "wcstod"
    found = _NUMBER.match(call.text_at(call[0], wide))
    used = found.end() if found else 0
    call.put_pointer(call[1], call[0] + used * (2 if wide else 1))
    return Float(float(found[1]) if found else 0.0)


_INTEGER = re.compile(r"\s*([+-]?)(0[xX])?([0-9a-zA-Z]*)")


def _integer(text: str, base: int) -> tuple[int, int]:
    """A number at the start of a text, and how many characters it takes."""
    found = _INTEGER.match(text)
    if found is None:
        return 0, 0
    digits, start = found[3], found.start(3)
    if found[2] and base in (0, 16):
        base = 16
    elif found[2]:
        return 0, found.start(2) + 1
    elif base == 0:
        base = 8 if digits.startswith("0") and len(digits) > 1 else 10
    allowed = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]
    length = 0
    while length < len(digits) and digits[length].lower() in allowed:
        length += 1
    if not length:
        return 0, 0
    value = int(digits[:length], base)
    return (-value if found[1] == "-" else value), start + length


@crt("atoi atol _wtoi _wtol")
def atoi(call: Call) -> int:
    return _integer(call.text_at(call[0], call.name.startswith("_w")), 10)[0] & 0xFFFFFFFF


@crt("_atoi64 _wtoi64 atoll")
def atoi64(call: Call) -> Long:
    return Long(_integer(call.text_at(call[0], call.name.startswith("_w")), 10)[0])


@crt("strtol strtoul wcstol wcstoul")
def strtol(call: Call) -> int:
    return _strto(call) & 0xFFFFFFFF


@crt("strtoll strtoull _strtoi64 _strtoui64 wcstoll wcstoull _wcstoi64 _wcstoui64")
def strtoll(call: Call) -> Long:
    return Long(_strto(call))


def _strto(call: Call) -> int:
    wide = "wcs" in call.name
    base = call.signed(2)
    value, used = _integer(call.text_at(call[0], wide), base if 2 <= base <= 36 else 0)
    call.put_pointer(call[1], call[0] + used * (2 if wide else 1))
    return value


@crt("_itoa _ltoa _ultoa _i64toa _ui64toa _itow _ltow itoa ltoa")
def itoa(call: Call) -> int:
    wide = "tow" in call.name
    if "64" in call.name:
        low = call.machine.width == 4
        value = call[0] | call[1] << 32 if low else call[0]
        place, base = (call[2], call.signed(3)) if low else (call[1], call.signed(2))
    else:
        place, base = call[1], call.signed(2)
        value = call.u32(0) if call.name.startswith("_u") or base != 10 else call.signed(0)
    text = _in_base(value, base)
    call.put(place, text.encode("utf-16-le") + b"\0\0" if wide else text.encode() + b"\0")
    return place


def _in_base(value: int, base: int) -> str:
    if not 2 <= base <= 36:
        return ""
    digits, rest = "", abs(value)
    while True:
        rest, last = divmod(rest, base)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[last] + digits
        if not rest:
            return f"-{digits}" if value < 0 else digits


@crt("div ldiv")
def div(call: Call) -> Long:
    first, second = call.signed(0), call.signed(1) or 1
    quotient = int(first / second)
    rest = first - quotient * second
    return Long((rest & 0xFFFFFFFF) << 32 | quotient & 0xFFFFFFFF)


@crt("abs labs")
def absolute(call: Call) -> int:
    return abs(call.signed(0))
