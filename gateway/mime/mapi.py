"""Reading a MAPI property list as TNEF stores it ([MS-OXTNEF] section 2.1.3.4); linear, never
raising."""

import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.mime.defects import Defect
from gateway.mime.words import decode_charset

_TAG: Final = struct.Struct("<HH")  # type, id
_WORD: Final = struct.Struct("<I")

_FIXED: Final = {
    0x0000: 0,
    0x0001: 0,
    0x0002: 4,
    0x0003: 4,
    0x0004: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x000A: 4,
    0x000B: 4,
    0x0014: 8,
    0x0040: 8,
    0x0048: 16,
}
"""Bytes of a value of each type of fixed size, padding to four included."""

_STRING8: Final = 0x001E
_UNICODE: Final = 0x001F
_OBJECT: Final = 0x000D
_BINARY: Final = 0x0102
_SIZED: Final = frozenset({_STRING8, _UNICODE, _OBJECT, _BINARY})
_MULTIPLE: Final = 0x1000
_FIRST_NAMED: Final = 0x8000
_GUID: Final = 16


class MapiProperty(NamedTuple):
    """One property; of several values only the first is kept."""

    id: int
    type: int
    value: memoryview
    values: int = 1

    @property
    def is_object(self) -> bool:
        """Whether the value is an embedded object with its interface id before it."""
        return self.type == _OBJECT


PropertyEdit = Callable[[MapiProperty], bytes | None]
"""A property's new value; None where it stays."""


def as_bytes(item: MapiProperty) -> bytes:
    """The value; a text in UTF-16 is given as UTF-8."""
    if item.type == _UNICODE:
        return as_text(item, None).encode("utf-8", "replace")
    return bytes(item.value)


def as_text(item: MapiProperty, charset: str | None) -> str:
    """The value as text without its NUL."""
    if item.type == _UNICODE:
        return bytes(item.value).decode("utf-16-le", "replace").rstrip("\0")
    return decode_charset(bytes(item.value).rstrip(b"\0"), charset)


class _ShortError(Exception):
    """The list ends within a property."""


class _Cursor:
    """Reads forward through a list; raises `_ShortError`, which only this module sees.

    `position` is where it stands, `last_value` where the last value of variable size began.
    """

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self.position = 0
        self.last_value = 0

    def take(self, count: int) -> memoryview:
        end = self.position + count
        if end > len(self._data):
            raise _ShortError
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def word(self) -> int:
        return int(_WORD.unpack(self.take(4))[0])

    def padded(self, count: int) -> memoryview:
        """A value of `count` bytes that is filled up to a multiple of four; the last may lack its
        fill."""
        self.last_value = self.position
        taken = self.take(count)
        self.position = min(self.position + -count % 4, len(self._data))
        return taken


def read_properties(
    data: memoryview, budget: list[int]
) -> tuple[list[MapiProperty], tuple[Defect, ...]]:
    """The properties of a list; `budget[0]` is what may still be read and is counted down."""
    found: list[MapiProperty] = []
    cursor = _Cursor(data)
    try:
        for _ in range(cursor.word()):
            if budget[0] <= 0:
                return found, (Defect.LIMIT_TNEF,)
            budget[0] -= 1
            found.append(_property(cursor, budget))
    except _ShortError:
        return found, (Defect.TNEF_DAMAGED,)
    return found, ()


def edit_properties(data: memoryview, edit: PropertyEdit, budget: list[int]) -> bytes:
    """The list with new values where `edit` gives one; all else, and all other bytes, stay.

    Asked about properties of one value of variable size. Raises ValueError when the list is
    damaged or longer than `budget`: what cannot be read cannot be written.
    """
    cursor = _Cursor(data)
    pieces: list[bytes | memoryview] = []
    kept = 0
    try:
        for _ in range(cursor.word()):
            if budget[0] <= 0:
                raise ValueError("too many properties")
            budget[0] -= 1
            item = _property(cursor, budget)
            if item.type not in _SIZED or item.values != 1 or (new := edit(item)) is None:
                continue
            start = cursor.last_value - _WORD.size
            pieces += [data[kept:start], _WORD.pack(len(new)), new, bytes(-len(new) % 4)]
            kept = cursor.position
    except _ShortError:
        raise ValueError("the properties are damaged") from None
    return b"".join((*pieces, data[kept:]))


def _property(cursor: _Cursor, budget: list[int]) -> MapiProperty:
    """Read one property."""
    kind, number = _TAG.unpack(cursor.take(4))
    if number >= _FIRST_NAMED:
        cursor.take(_GUID)
        if cursor.word() == 0:
            cursor.take(4)
        else:
            cursor.padded(cursor.word())
    base = kind & ~_MULTIPLE
    if base in _SIZED:
        values = [cursor.padded(cursor.word()) for _ in range(_count(cursor, budget))]
    elif base in _FIXED:
        count = _count(cursor, budget) if kind & _MULTIPLE else 1
        values = [cursor.take(_FIXED[base]) for _ in range(count)]
    else:
        raise _ShortError  # an unknown type has an unknown size: nothing after it can be read
    return MapiProperty(number, base, values[0] if values else memoryview(b""), len(values))


def _count(cursor: _Cursor, budget: list[int]) -> int:
    """Number of values; each counts against the budget, as one may take no bytes at all."""
    count = cursor.word()
    if count > budget[0]:
        raise _ShortError
    budget[0] -= count
    return count
