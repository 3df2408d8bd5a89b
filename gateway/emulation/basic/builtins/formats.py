"""Format and its relatives: numbers and dates as people read them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from gateway.emulation.automation.convert import (
    date,
    date_text,
    is_number,
    moment_of,
    number,
    text,
    whole,
)
from gateway.emulation.automation.values import MISSING, Date, Value
from gateway.emulation.basic.core import Core

_NAMED = {
    "general number": "",
    "currency": "$#,##0.00",
    "fixed": "0.00",
    "standard": "#,##0.00",
    "percent": "0.00%",
    "scientific": "0.00E+00",
    "short date": "m/d/yyyy",
    "long date": "dddd, mmmm d, yyyy",
    "medium date": "dd-mmm-yy",
    "general date": "m/d/yyyy h:nn:ss AM/PM",
    "short time": "hh:nn",
    "long time": "h:nn:ss AM/PM",
    "medium time": "hh:nn AM/PM",
}
_DATE_MARK = re.compile(
    r'"[^"]*"|\\.|am/pm|a/p|yyyy|yy|y|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|nn|n|ss|s|q|.',
    re.IGNORECASE | re.DOTALL,
)
_DATE_LETTER = re.compile(r"[ymdhns]", re.IGNORECASE)
_NUMBER_PART = re.compile(r"[#0][#0,]*(?:\.[#0]*)?|\.[#0]+")


def _format(_: Core, expression: Value, format_: Value = MISSING, *more: Value) -> Value:
    if format_ is MISSING or text(format_) == "":
        return text(expression)
    pattern = text(format_)[:400]
    pattern = _NAMED.get(pattern.lower(), pattern)
    if pattern in ("<", ">"):
        return text(expression).lower() if pattern == "<" else text(expression).upper()
    dated = isinstance(expression, Date) or (
        isinstance(expression, str) and not is_number(expression)
    )
    says_date = _DATE_LETTER.search(pattern) is not None
    if isinstance(expression, str) and dated and not says_date:
        return pattern.replace("@", "") + expression if "@" in pattern else expression
    if dated or (
        re.search(r"[ymdhns]", pattern, re.IGNORECASE) and not re.search(r"[0#]", pattern)
    ):
        return _dated(date(expression), pattern)
    return _numbered(number(expression), pattern)


def _dated(value: Date, pattern: str) -> str:
    moment = moment_of(value)
    twelve = re.search(r"am/pm|a/p", pattern, re.IGNORECASE) is not None
    out: list[str] = []
    after_hour = False
    for mark in _DATE_MARK.findall(pattern):
        lowered = mark.lower()
        if lowered in ("m", "mm") and after_hour:
            lowered = lowered.replace("m", "n")
        out.append(_date_piece(moment, lowered, mark, twelve))
        if mark.isalpha():
            after_hour = lowered in ("h", "hh")
    return "".join(out)


def _date_piece(moment: datetime.datetime, lowered: str, mark: str, twelve: bool) -> str:
    hour = (moment.hour % 12 or 12) if twelve else moment.hour
    pieces = {
        "yyyy": f"{moment:%Y}",
        "yy": f"{moment:%y}",
        "y": str(moment.timetuple().tm_yday),
        "mmmm": f"{moment:%B}",
        "mmm": f"{moment:%b}",
        "mm": f"{moment:%m}",
        "m": str(moment.month),
        "dddd": f"{moment:%A}",
        "ddd": f"{moment:%a}",
        "dd": f"{moment:%d}",
        "d": str(moment.day),
        "hh": f"{hour:02d}",
        "h": str(hour),
        "nn": f"{moment:%M}",
        "n": str(moment.minute),
        "ss": f"{moment:%S}",
        "s": str(moment.second),
        "q": str((moment.month + 2) // 3),
        "am/pm": "AM" if moment.hour < 12 else "PM",
        "a/p": "A" if moment.hour < 12 else "P",
    }
    return pieces.get(lowered, mark.strip('"').lstrip("\\") or mark)


def _numbered(value: int | float, pattern: str) -> str:
    sections = pattern.split(";")
    negative = value < 0
    if negative and len(sections) > 1:
        pattern, value, negative = sections[1], -value, False
    elif value == 0 and len(sections) > 2:
        pattern = sections[2]
    else:
        pattern = sections[0]
    if "%" in pattern:
        value *= 100
    found = _NUMBER_PART.search(pattern)
    if found is None:
        return pattern
    whole_part, _, fraction = found[0].partition(".")
    digits = f"{abs(value):.{min(len(fraction), 15)}f}"
    head, _, tail = digits.partition(".")
    while tail and len(tail) > fraction.count("0") and tail.endswith("0"):
        tail = tail[:-1]
    head = head.zfill(whole_part.count("0")) if whole_part.count("0") else head.lstrip("0")
    if "," in whole_part:
        head = f"{int(head or 0):,}"
    shown = head + ("." + tail if tail or (fraction and "0" in fraction) else "")
    sign = "-" if negative else ""
    before, after = pattern[: found.start()], pattern[found.end() :]
    return f"{sign}{before}{shown}{after}".replace('"', "").replace("\\", "")


def _format_number(_: Core, expression: Value, digits: Value = 2, *more: Value) -> Value:
    places = 2 if digits is MISSING or whole(digits) < 0 else min(whole(digits), 15)
    return f"{number(expression):,.{places}f}"


def _format_currency(core: Core, expression: Value, digits: Value = 2, *more: Value) -> Value:
    return f"${_format_number(core, expression, digits)}"


def _format_percent(_: Core, expression: Value, digits: Value = 2, *more: Value) -> Value:
    places = 2 if digits is MISSING else min(max(whole(digits), 0), 15)
    return f"{number(expression) * 100:.{places}f}%"


def _format_date(_: Core, date_: Value, namedformat: Value = 0) -> Value:
    value, kind = date(date_), 0 if namedformat is MISSING else whole(namedformat)
    if kind == 0:
        return date_text(value)
    names = {1: "long date", 2: "short date", 3: "long time", 4: "short time"}
    return _dated(value, _NAMED[names.get(kind, "short date")])


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "format": _format,
    "formatnumber": _format_number,
    "formatcurrency": _format_currency,
    "formatpercent": _format_percent,
    "formatdatetime": _format_date,
}
