"""String functions (MS-VBAL 6.1.2.11)."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.emulation.automation.convert import byte_string, text, truth, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import (
    MAX_STRING,
    MISSING,
    NULL,
    Record,
    Value,
    array_of,
    as_array,
    bounded,
)
from gateway.emulation.basic.core import Core

_ESCAPED = re.compile(r"%u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})")


def _asc(_: Core, string: Value) -> Value:
    found = text(string)
    if not found:
        raise ScriptError(5)
    try:
        return found[0].encode("cp1252")[0]
    except UnicodeEncodeError:
        return ord(found[0]) if ord(found[0]) < 256 else 63


def _ascw(_: Core, string: Value) -> Value:
    found = text(string)
    if not found:
        raise ScriptError(5)
    code = ord(found[0])
    return code - 0x10000 if 0x8000 <= code <= 0xFFFF else code


def _ascb(_: Core, string: Value) -> Value:
    data = byte_string(string)
    if not data:
        raise ScriptError(5)
    return data[0]


def _chr(core: Core, charcode: Value) -> Value:
    code = whole(charcode)
    if not 0 <= code <= 255:
        raise ScriptError(5, str(code))
    return bytes((code,)).decode("cp1252", "replace") if 128 <= code < 160 else chr(code)


def _chrw(_: Core, charcode: Value) -> Value:
    code = whole(charcode)
    if not -32768 <= code <= 65535:
        raise ScriptError(5, str(code))
    return chr(code & 0xFFFF)


def _chrb(_: Core, charcode: Value) -> Value:
    return bytes((whole(charcode) & 0xFF,))


_SIZES = {"byte": 1, "boolean": 2, "integer": 2, "double": 8, "currency": 8, "date": 8}
_SIZES |= {"longlong": 8, "longptr": 8, "string": 8, "variant": 24}


def _size(record: Record) -> int:
    """Bytes of a record of a user's type on Windows of 64 bits, without the gaps."""
    return sum(
        _size(cell.value) if isinstance(cell.value, Record) else _SIZES.get(cell.type, 4)
        for cell in record.fields.values()
    )


def _len(_: Core, expression: Value) -> Value:
    if isinstance(expression, Record):
        return _size(expression)
    return NULL if expression is NULL else len(text(expression))


def _lenb(_: Core, expression: Value) -> Value:
    return _size(expression) if isinstance(expression, Record) else len(byte_string(expression))


def _count(value: Value) -> int:
    count = whole(value)
    if count < 0:
        raise ScriptError(5)
    return count


def _left(_: Core, string: Value, length: Value) -> Value:
    return text(string)[: _count(length)]


def _right(_: Core, string: Value, length: Value) -> Value:
    found, count = text(string), _count(length)
    return found[-count:] if count else ""


def _mid(_: Core, string: Value, start: Value, length: Value = MISSING) -> Value:
    found, first = text(string), whole(start)
    if first < 1:
        raise ScriptError(5)
    end = len(found) if length is MISSING else first - 1 + _count(length)
    return found[first - 1 : end]


def _midb(_: Core, string: Value, start: Value, length: Value = MISSING) -> Value:
    data, first = byte_string(string), whole(start)
    end = len(data) if length is MISSING else first - 1 + _count(length)
    return data[max(first - 1, 0) : end]


def _leftb(_: Core, string: Value, length: Value) -> Value:
    return byte_string(string)[: _count(length)]


def _rightb(_: Core, string: Value, length: Value) -> Value:
    count = _count(length)
    return byte_string(string)[-count:] if count else b""


def _instr(_: Core, *arguments: Value) -> Value:
    """InStr([start,] string, sought [, compare])"""
    given = list(arguments)
    start = 1
    if (len(given) > 2 and not isinstance(given[0], str)) or len(given) == 4:
        start = whole(given.pop(0))
    if len(given) < 2:
        raise ScriptError(450)
    if NULL in (given[0], given[1]):
        return NULL
    found, sought = text(given[0]), text(given[1])
    if len(given) > 2 and given[2] is not MISSING and whole(given[2]) == 1:
        found, sought = found.lower(), sought.lower()
    if start < 1:
        raise ScriptError(5)
    return found.find(sought, start - 1) + 1


def _instrb(_: Core, string: Value, sought: Value, *more: Value) -> Value:
    return byte_string(string).find(byte_string(sought)) + 1


def _instrrev(
    _: Core, stringcheck: Value, stringmatch: Value, start: Value = -1, compare: Value = 0
) -> Value:
    found, sought = text(stringcheck), text(stringmatch)
    if compare is not MISSING and whole(compare) == 1:
        found, sought = found.lower(), sought.lower()
    end = len(found) if start is MISSING or whole(start) < 0 else whole(start)
    return found.rfind(sought, 0, end) + 1


def _replace(
    _: Core,
    expression: Value,
    find: Value,
    replace: Value,
    start: Value = 1,
    count: Value = -1,
    compare: Value = 0,
) -> Value:
    found, sought, new = text(expression), text(find), text(replace)
    first = 0 if start is MISSING else whole(start) - 1
    limit = -1 if count is MISSING else whole(count)
    found = found[max(first, 0) :]
    if not sought:
        return found
    if compare is not MISSING and whole(compare) == 1:
        return bounded(_replaced_any_case(found, sought, new, limit))
    if new and found.count(sought) * len(new) > MAX_STRING:
        return bounded(" " * (MAX_STRING + 1))
    return found.replace(sought, new, limit)


def _replaced_any_case(found: str, sought: str, new: str, limit: int) -> str:
    lowered, wanted = found.lower(), sought.lower()
    pieces: list[str] = []
    position = 0
    while limit != 0 and (at := lowered.find(wanted, position)) >= 0:
        pieces += [found[position:at], new]
        position = at + len(sought)
        limit -= 1
    return "".join([*pieces, found[position:]])


def _split(
    _: Core,
    expression: Value,
    delimiter: Value = " ",
    limit: Value = -1,
    compare: Value = 0,
) -> Value:
    found = text(expression)
    mark = " " if delimiter is MISSING else text(delimiter)
    most = -1 if limit is MISSING else whole(limit)
    if not found:
        return array_of([])
    if not mark:
        return array_of([found])
    return array_of(list(found.split(mark, most - 1 if most > 0 else -1)))


def _join(_: Core, sourcearray: Value, delimiter: Value = " ") -> Value:
    mark = " " if delimiter is MISSING else text(delimiter)
    return bounded(mark.join(text(item) for item in as_array(sourcearray).items))


def _filter(
    _: Core, sourcearray: Value, match: Value, include: Value = True, compare: Value = 0
) -> Value:
    wanted, keep = text(match), truth(True if include is MISSING else include)
    fold = compare is not MISSING and whole(compare) == 1
    items = [text(item) for item in as_array(sourcearray).items]
    if fold:
        return array_of([i for i in items if (wanted.lower() in i.lower()) == keep])
    return array_of([i for i in items if (wanted in i) == keep])


def _string(_: Core, number: Value, character: Value) -> Value:
    count = _count(number)
    char = text(character)[:1] if isinstance(character, str) else chr(whole(character) & 0xFF)
    if count > MAX_STRING:
        return bounded(" " * (MAX_STRING + 1))
    return char * count


def _space(core: Core, number: Value) -> Value:
    return _string(core, number, " ")


def _strcomp(_: Core, string1: Value, string2: Value, compare: Value = 0) -> Value:
    first, second = text(string1), text(string2)
    if compare is not MISSING and whole(compare) == 1:
        first, second = first.lower(), second.lower()
    return (first > second) - (first < second)


def _strconv(_: Core, string: Value, conversion: Value, lcid: Value = 0) -> Value:
    kind = whole(conversion)
    if kind == 64:  # vbUnicode: bytes of the code page become characters
        return byte_string(string).decode("cp1252", "replace")
    found = text(string)
    if kind == 128:
        return found.encode("cp1252", "replace")
    steps = {1: str.upper, 2: str.lower, 3: str.title}
    return steps[kind & 3](found) if kind & 3 else found


def _simple(operate: Callable[[str], str]) -> Callable[..., Value]:
    def function(_: Core, string: Value) -> Value:
        return NULL if string is NULL else operate(text(string))

    return function


def _unescape(_: Core, string: Value) -> Value:
    """`%41` and `%u0041`, as JScript's unescape."""
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text(string))


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "asc": _asc,
    "ascw": _ascw,
    "ascb": _ascb,
    "chr": _chr,
    "chrw": _chrw,
    "chrb": _chrb,
    "len": _len,
    "lenb": _lenb,
    "left": _left,
    "leftb": _leftb,
    "right": _right,
    "rightb": _rightb,
    "mid": _mid,
    "midb": _midb,
    "instr": _instr,
    "instrb": _instrb,
    "instrrev": _instrrev,
    "replace": _replace,
    "split": _split,
    "join": _join,
    "filter": _filter,
    "string": _string,
    "space": _space,
    "strcomp": _strcomp,
    "strconv": _strconv,
    "strreverse": _simple(lambda value: value[::-1]),
    "lcase": _simple(str.lower),
    "ucase": _simple(str.upper),
    "trim": _simple(lambda value: value.strip(" ")),
    "ltrim": _simple(lambda value: value.lstrip(" ")),
    "rtrim": _simple(lambda value: value.rstrip(" ")),
    "unescape": _unescape,
}
