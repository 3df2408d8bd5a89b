"""Conversions between Variant types, as CStr, CLng and the operators do them (MS-VBAL 5.5.1.2)."""

from __future__ import annotations

import datetime
import math
import re

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import (
    MISSING,
    NOTHING,
    NULL,
    Array,
    Date,
    Record,
    Value,
    array_of,
)

EPOCH = datetime.datetime(1899, 12, 30)
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[edED][+-]?\d+)?)\s*$")
_RADIX = re.compile(r"\s*&([hHoO])([0-9a-fA-F]+)&?\s*$")
_SIGNIFICANT = 15
"""Digits of a Double that are shown."""

RANGES = {
    "byte": (0, 255),
    "integer": (-32768, 32767),
    "long": (-(1 << 31), (1 << 31) - 1),
    "longlong": (-(1 << 63), (1 << 63) - 1),
    "longptr": (-(1 << 63), (1 << 63) - 1),
}


def plain(value: Value) -> Value:
    """The value behind an object's default property; other values unchanged."""
    for _ in range(4):  # a default property may be an object again
        if not isinstance(value, ComObject):
            return value
        value = value.default([])
    raise ScriptError(438)


def text(value: Value) -> str:
    """CStr."""
    if isinstance(value, str):
        return value
    value = plain(value)
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int | str):
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, Date):
        return date_text(value)
    if isinstance(value, bytes):
        return value.decode("utf-16-le", "surrogatepass" if len(value) % 2 == 0 else "replace")
    if isinstance(value, Array) and value.type == "byte":
        return text(byte_string(value))
    raise ScriptError(94 if value is NULL else 91 if value is NOTHING else 13)


def number_text(value: float) -> str:
    """A Double as CStr writes it: 15 digits, no trailing zeros, E notation beyond."""
    if math.isinf(value) or math.isnan(value):
        return "1.#INF" if value > 0 else "-1.#INF" if value < 0 else "-1.#IND"
    if value == int(value) and abs(value) < 10**_SIGNIFICANT:
        return str(int(value))
    short = f"{value:.{_SIGNIFICANT}g}"
    mantissa, mark, exponent = short.partition("e")
    if not mark:
        return short
    return f"{mantissa}E{exponent[0]}{exponent[1:].lstrip('0').zfill(2)}"


def date_text(value: Date) -> str:
    """A date in the United States' form; midnight has no time, day zero no date."""
    moment = moment_of(value)
    hour = moment.hour % 12 or 12
    time = f"{hour}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"
    day = f"{moment.month}/{moment.day}/{moment.year}"
    if value.serial == int(value.serial):
        return day
    return time if int(value.serial) == 0 else f"{day} {time}"


def moment_of(value: Date) -> datetime.datetime:
    """The date as Python has it. Raises ScriptError 6 outside of the years 1 to 9999."""
    try:
        return EPOCH + datetime.timedelta(seconds=round(value.serial * 86400))
    except OverflowError as error:
        raise ScriptError(6) from error


def date_of(moment: datetime.datetime) -> Date:
    """The Automation date of a moment."""
    return Date((moment - EPOCH).total_seconds() / 86400)


_DATE_FORMS = (
    *("%m/%d/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%y"),
    *("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y", "%B %d, %Y", "%d %B %Y", "%d-%b-%Y"),
    *("%d %b %Y", "%b %d, %Y", "%Y/%m/%d", "%m-%d-%Y"),
)
_TIME_FORMS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I %p")


def date(value: Value) -> Date:
    """CDate. Raises ScriptError 13 for what is no date."""
    value = plain(value)
    if isinstance(value, Date):
        return value
    if isinstance(value, str):
        stripped = " ".join(value.split())
        for form in _DATE_FORMS:
            try:
                return date_of(datetime.datetime.strptime(stripped, form))
            except ValueError:
                continue
        for form in _TIME_FORMS:
            try:
                clock = datetime.datetime.strptime(stripped, form)
            except ValueError:
                continue
            return Date((clock.hour * 3600 + clock.minute * 60 + clock.second) / 86400)
    return Date(float(number(value)))


def number(value: Value) -> int | float:
    """The number that arithmetic sees. Raises ScriptError 13, 91 or 94."""
    if isinstance(value, bool):
        return -1 if value else 0
    if isinstance(value, int | float):
        return value
    value = plain(value)
    if value is None:
        return 0
    if isinstance(value, bool | int | float):
        return number(value)
    if isinstance(value, str):
        return parsed_number(value)
    if isinstance(value, Date):
        return value.serial
    raise ScriptError(94 if value is NULL else 91 if value is NOTHING else 13)


def parsed_number(value: str) -> int | float:
    """The number a string spells. Raises ScriptError 13."""
    found = _NUMBER.match(value)
    if found:
        spelled = found[1].lower().replace("d", "e")
        if "." in spelled or "e" in spelled:
            return float(spelled)
        whole = int(spelled)
        return whole if abs(whole) < 1 << 31 else float(whole)
    radix = _RADIX.match(value)
    if radix:
        return radix_number(radix[1], radix[2])
    grouped = value.replace(",", "").replace("$", "").strip()
    if grouped != value and _NUMBER.match(grouped):
        return parsed_number(grouped)
    raise ScriptError(13, repr(value[:40]))


def radix_number(base: str, digits: str) -> int:
    """&H and &O literals: four hexadecimal digits are a signed Integer, more a signed Long."""
    value = int(digits, 16 if base in "hH" else 8)
    if 0x8000 <= value <= 0xFFFF:
        return value - 0x10000
    if 0x80000000 <= value <= 0xFFFFFFFF:
        return value - 0x100000000
    return value


def is_number(value: Value) -> bool:
    """IsNumeric."""
    if isinstance(value, bool | int | float) or value is None:
        return True
    if not isinstance(value, str):
        return False
    try:
        parsed_number(value)
    except ScriptError:
        return False
    return True


def rounded(value: int | float) -> int:
    """To the nearest whole number, halves to the even one. Raises ScriptError 6."""
    if isinstance(value, int):
        return value
    if math.isinf(value) or math.isnan(value):
        raise ScriptError(6)
    return round(value)


def whole(value: Value, type_name: str = "longlong") -> int:
    """CByte, CInt, CLng by the type's name. Raises ScriptError 6 outside of its range."""
    low, high = RANGES[type_name]
    result = rounded(number(value))
    if not low <= result <= high:
        raise ScriptError(6, str(result))
    return result


def long(value: Value) -> int:
    """A whole number as bit operations see it: signed 32 bits, unless it is larger."""
    result = rounded(number(value))
    if 0x7FFFFFFF < result <= 0xFFFFFFFF:
        return result - 0x100000000
    return result


def truth(value: Value) -> bool:
    """CBool. Null is false, as conditions take it."""
    if isinstance(value, bool):
        return value
    value = plain(value)
    if value is NULL or value is None:
        return False
    if isinstance(value, str):
        lowered = value.strip().lower()
        if lowered in ("true", "false"):
            return lowered == "true"
    return number(value) != 0


def byte_string(value: Value) -> bytes:
    """The bytes of a byte array, or of a string in UTF-16. Raises ScriptError 6 or 13."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, Array):
        try:
            return bytes(int(number(item)) & 0xFF for item in value.items)
        except (ValueError, OverflowError) as error:
            raise ScriptError(6) from error
    return text(value).encode("utf-16-le", "surrogatepass")


def default_of(type_name: str) -> Value:
    """What a variable of a declared type holds at first."""
    if type_name in RANGES:
        return 0
    if type_name in ("single", "double", "currency", "decimal"):
        return 0.0
    if type_name.startswith("string"):
        return ""
    if type_name == "boolean":
        return False
    if type_name == "date":
        return Date(0.0)
    return None if type_name in ("", "variant") else NOTHING


def coerced(value: Value, type_name: str) -> Value:
    """`value` as a variable of that type takes it. Raises ScriptError."""
    if type_name in RANGES:
        return whole(value, type_name)
    if type_name == "string":
        return text(value)
    if type_name == "boolean":
        return truth(value)
    if type_name in ("single", "double", "currency", "decimal"):
        return float(number(value))
    if type_name == "date":
        return date(value)
    return value


_TYPE_NAMES: tuple[tuple[type, str, int], ...] = (
    (bool, "Boolean", 11),
    (float, "Double", 5),
    (str, "String", 8),
    (Date, "Date", 7),
    (bytes, "Byte()", 8209),
    (Record, "Record", 36),
)


def type_name(value: Value) -> str:
    """TypeName."""
    return _kind(value)[0]


def var_type(value: Value) -> int:
    """VarType."""
    return _kind(value)[1]


def _kind(value: Value) -> tuple[str, int]:
    if value is None:
        return "Empty", 0
    if value is NULL:
        return "Null", 1
    if value is NOTHING:
        return "Nothing", 9
    if value is MISSING:
        return "Error", 10
    if isinstance(value, ComObject):
        return value.type_name, 9
    if isinstance(value, Array):
        return ("Byte()", 8209) if value.type == "byte" else ("Variant()", 8204)
    for kind, name, number_ in _TYPE_NAMES:
        if isinstance(value, kind):
            return name, number_
    return ("Integer", 2) if -32768 <= int(number(value)) <= 32767 else ("Long", 3)


def from_python(value: bool | int | float | str | bytes | list[str] | None) -> Value:
    """A Python list of strings as an array; everything else as it is."""
    return array_of(list(value)) if isinstance(value, list) else value
