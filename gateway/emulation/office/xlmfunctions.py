"""Excel's functions of texts and numbers, as macro sheets use them to hide words. Pure."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from functools import partial

from gateway.emulation.automation.convert import number, number_text, text, truth, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value, bounded
from gateway.emulation.office.cells import column_letters

Simple = Callable[..., Value]


def shown(value: Value) -> str:
    """A value as text: TRUE, FALSE, numbers without needless digits."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    return text(value)


def _mid(words: Value, start: Value, count: Value) -> Value:
    first = whole(start)
    if first < 1:
        raise ScriptError(5)
    return shown(words)[first - 1 : first - 1 + max(0, whole(count))]


def _find(sought: Value, within: Value, start: Value = 1) -> Value:
    at = shown(within).find(shown(sought), whole(start) - 1)
    if at < 0:
        raise ScriptError(5)
    return at + 1


def _search(sought: Value, within: Value, start: Value = 1) -> Value:
    return _find(shown(sought).lower(), shown(within).lower(), start)


def _substitute(words: Value, old: Value, new: Value, which: Value = None) -> Value:
    source, sought = shown(words), shown(old)
    if not sought:
        return source
    if which is None:
        return bounded(source.replace(sought, shown(new)))
    pieces = source.split(sought)
    at = whole(which)
    if not 1 <= at < len(pieces):
        return source
    return sought.join(pieces[:at]) + shown(new) + sought.join(pieces[at:])


def _replace(words: Value, start: Value, count: Value, new: Value) -> Value:
    source, first = shown(words), whole(start) - 1
    return source[:first] + shown(new) + source[first + whole(count) :]


def _chr(code: Value) -> Value:
    return bytes((whole(code) & 0xFF,)).decode("cp1252", "replace")


def _mod(value: Value, divisor: Value) -> Value:
    if number(divisor) == 0:
        raise ScriptError(11)
    return number(value) % number(divisor)


def _base(value: Value, radix: Value, least: Value = 0) -> Value:
    left, base = whole(value), whole(radix)
    if left < 0 or not 2 <= base <= 36:
        raise ScriptError(5)
    digits = ""
    while left:
        left, rest = divmod(left, base)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return (digits or "0").zfill(min(whole(least), 255))


def _numbers(values: tuple[Value, ...]) -> list[int | float]:
    return [number(v) for v in values if isinstance(v, int | float) and v is not None]


def _xor(*values: Value) -> Value:
    return sum(truth(value) for value in values) % 2 == 1


def _date(year: Value, month: Value, day: Value) -> Value:
    """A day's number: days since 1899-12-30."""
    months = whole(year) * 12 + whole(month) - 1
    first = datetime.date(months // 12, months % 12 + 1, 1)
    return (first - _DAY_NULL).days + whole(day) - 1


def _of_date(part: str, value: Value) -> Value:
    moment = datetime.datetime.combine(_DAY_NULL, datetime.time())
    return int(getattr(moment + datetime.timedelta(days=float(number(value))), part))


def _bits(value: Value, base: int, mark: str, least: Value = 0) -> Value:
    """A number or its digits in one base as digits in another, as DEC2BIN and its like give."""
    held = int(shown(value) or "0", base) if base != 10 else whole(value)
    return format(held, mark).upper().zfill(min(whole(least), 20))


_DAY_NULL = datetime.date(1899, 12, 30)

FUNCTIONS: dict[str, Simple] = {
    "CHAR": _chr,
    "UNICHAR": lambda code: chr(whole(code) & 0xFFFF),
    "CODE": lambda words: ord(shown(words)[:1] or "\0"),
    "UNICODE": lambda words: ord(shown(words)[:1] or "\0"),
    "CONCATENATE": lambda *words: bounded("".join(map(shown, words))),
    "CONCAT": lambda *words: bounded("".join(map(shown, words))),
    "TEXTJOIN": lambda mark, skip, *words: shown(mark).join(map(shown, words)),
    "MID": _mid,
    "LEFT": lambda words, count=1: shown(words)[: max(0, whole(count))],
    "RIGHT": lambda words, count=1: shown(words)[len(shown(words)) - max(0, whole(count)) :],
    "LEN": lambda words: len(shown(words)),
    "FIND": _find,
    "SEARCH": _search,
    "SUBSTITUTE": _substitute,
    "REPLACE": _replace,
    "REPT": lambda words, count: bounded(shown(words) * min(whole(count), 1 << 20)),
    "UPPER": lambda words: shown(words).upper(),
    "LOWER": lambda words: shown(words).lower(),
    "PROPER": lambda words: shown(words).title(),
    "TRIM": lambda words: " ".join(shown(words).split()),
    "CLEAN": lambda words: "".join(char for char in shown(words) if ord(char) > 31),
    "VALUE": number,
    "N": lambda value: number(value) if isinstance(value, int | float) else 0,
    "T": lambda value: value if isinstance(value, str) else "",
    "TEXT": lambda value, form="": shown(value),
    "EXACT": lambda a, b: shown(a) == shown(b),
    "INT": lambda value: math.floor(number(value)),
    "TRUNC": lambda value, digits=0: math.trunc(number(value)),
    "ROUND": lambda value, digits=0: round(number(value), whole(digits)),
    "ROUNDUP": lambda value, digits=0: math.ceil(number(value)),
    "ABS": lambda value: abs(number(value)),
    "SQRT": lambda value: math.sqrt(max(0.0, float(number(value)))),
    "MOD": _mod,
    "POWER": lambda value, to: float(number(value)) ** min(float(number(to)), 1000.0),
    "SUM": lambda *values: sum(_numbers(values)),
    "PRODUCT": lambda *values: math.prod(_numbers(values)),
    "MAX": lambda *values: max(_numbers(values), default=0),
    "MIN": lambda *values: min(_numbers(values), default=0),
    "AVERAGE": lambda *values: sum(_numbers(values)) / max(1, len(_numbers(values))),
    "COUNT": lambda *values: len(_numbers(values)),
    "COUNTA": lambda *values: sum(value not in (None, "") for value in values),
    "AND": lambda *values: all(map(truth, values)),
    "OR": lambda *values: any(map(truth, values)),
    "NOT": lambda value: not truth(value),
    "XOR": _xor,
    "BITXOR": lambda a, b: whole(a) ^ whole(b),
    "BITAND": lambda a, b: whole(a) & whole(b),
    "BITOR": lambda a, b: whole(a) | whole(b),
    "HEX2DEC": lambda words: int(shown(words) or "0", 16),
    "DEC2HEX": lambda value, least=0: f"{whole(value):X}".zfill(min(whole(least), 20)),
    "BASE": _base,
    "DECIMAL": lambda words, radix: int(shown(words) or "0", whole(radix)),
    "ISNUMBER": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "ISTEXT": lambda value: isinstance(value, str),
    "ISBLANK": lambda value: value is None,
    "ISERROR": lambda value: isinstance(value, str) and value.startswith("#"),
    "ISLOGICAL": lambda value: isinstance(value, bool),
    "CHOOSE": lambda index, *values: values[max(1, whole(index)) - 1 : whole(index)][0],
    "PI": lambda: math.pi,
    "RAND": lambda: 0.5,
    "RANDBETWEEN": lambda low, high: whole(low),
    "TRUE": lambda: True,
    "FALSE": lambda: False,
    "NA": lambda: "#N/A",
    "ISNONTEXT": lambda value: not isinstance(value, str),
    "SIGN": lambda value: (number(value) > 0) - (number(value) < 0),
    "EXP": lambda value: math.exp(min(float(number(value)), 700.0)),
    "LN": lambda value: math.log(number(value)),
    "LOG": lambda value, base=10: math.log(number(value), number(base)),
    "LOG10": lambda value: math.log10(number(value)),
    "SIN": lambda value: math.sin(number(value)),
    "COS": lambda value: math.cos(number(value)),
    "TAN": lambda value: math.tan(number(value)),
    "ROUNDDOWN": lambda value, digits=0: math.trunc(number(value)),
    "QUOTIENT": lambda value, by: math.trunc(number(value) / number(by)),
    "FLOOR": lambda value, step: math.floor(number(value) / number(step)) * number(step),
    "CEILING": lambda value, step: math.ceil(number(value) / number(step)) * number(step),
    "SUMSQ": lambda *values: sum(value * value for value in _numbers(values)),
    "LARGE": lambda *values: sorted(_numbers(values[:-1]), reverse=True)[whole(values[-1]) - 1],
    "SMALL": lambda *values: sorted(_numbers(values[:-1]))[whole(values[-1]) - 1],
    "ADDRESS": lambda row, column, *more: f"${column_letters(whole(column))}${whole(row)}",
    "DATE": _date,
    "TIME": lambda hour, minute, second: (
        (whole(hour) * 3600 + whole(minute) * 60 + whole(second)) / 86400
    ),
    "YEAR": partial(_of_date, "year"),
    "MONTH": partial(_of_date, "month"),
    "HOUR": partial(_of_date, "hour"),
    "MINUTE": partial(_of_date, "minute"),
    "SECOND": partial(_of_date, "second"),
    "DEC2BIN": lambda value, least=0: _bits(value, 10, "b", least),
    "DEC2OCT": lambda value, least=0: _bits(value, 10, "o", least),
    "BIN2DEC": lambda value: int(shown(value) or "0", 2),
    "OCT2DEC": lambda value: int(shown(value) or "0", 8),
    "BIN2HEX": lambda value, least=0: _bits(value, 2, "x", least),
    "OCT2HEX": lambda value, least=0: _bits(value, 8, "x", least),
    "HEX2BIN": lambda value, least=0: _bits(value, 16, "b", least),
    "HEX2OCT": lambda value, least=0: _bits(value, 16, "o", least),
}
"""By name."""
