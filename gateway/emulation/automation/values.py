"""What a Variant can hold, as Python values.

Empty is None; Boolean, Integer/Long, Double and String are bool, int, float and str; a byte array
that nobody has changed yet is bytes. The rest are the classes here and `objects.ComObject`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from gateway.emulation.automation.errors import MemoryOver, ScriptError

Value: TypeAlias = object
"""Anything a script can hold. Variants have no static type; conversions check."""

MAX_STRING = 1 << 25
"""Characters of one string: 32 million, several times any document's embedded payload."""

MAX_ELEMENTS = 1 << 22
"""Elements of one array: a worksheet's column has 2**20 rows."""


class Special(Enum):
    """Null, Nothing, and an argument that was left out."""

    NULL = "Null"
    NOTHING = "Nothing"
    MISSING = "Error"


NULL, NOTHING, MISSING = Special.NULL, Special.NOTHING, Special.MISSING


@dataclass(frozen=True, slots=True)
class Date:
    """Days since 30 December 1899, the time of day as fraction (OLE Automation date)."""

    serial: float


@dataclass(slots=True)
class Cell:
    """A variable: what it holds, and the type it was declared with (lower case; "" is Variant)."""

    value: Value = None
    type: str = ""
    constant: bool = False


@dataclass(slots=True)
class Array:
    """An array: inclusive bounds of each dimension, elements row by row, element type.

    An array declared without bounds has none yet.
    """

    bounds: list[tuple[int, int]]
    items: list[Value]
    type: str = ""
    fixed: bool = False

    def offset(self, indexes: list[int]) -> int:
        """Where an element lies. Raises ScriptError 9."""
        if len(indexes) != len(self.bounds):
            raise ScriptError(9)
        position = 0
        for index, (low, high) in zip(indexes, self.bounds, strict=True):
            if not low <= index <= high:
                raise ScriptError(9, str(index))
            position = position * (high - low + 1) + index - low
        return position

    def copy(self) -> Array:
        """Arrays are values: an assignment copies."""
        return Array(list(self.bounds), [copied(item) for item in self.items], self.type)


@dataclass(slots=True)
class Record:
    """A user-defined type's value."""

    name: str
    fields: dict[str, Cell] = field(default_factory=dict)

    def copy(self) -> Record:
        """Records are values too."""
        fields = {n: Cell(copied(c.value), c.type) for n, c in self.fields.items()}
        return Record(self.name, fields)


@dataclass(slots=True)
class Element:
    """A place in an array, as ByRef arguments and assignments need one."""

    array: Array
    position: int

    @property
    def value(self) -> Value:
        return self.array.items[self.position]

    @value.setter
    def value(self, new: Value) -> None:
        self.array.items[self.position] = new

    @property
    def type(self) -> str:
        return self.array.type

    @property
    def constant(self) -> bool:
        return False


Place: TypeAlias = Cell | Element


def copied(value: Value) -> Value:
    """The value that an assignment stores."""
    return value.copy() if isinstance(value, Array | Record) else value


def array_of(items: list[Value], low: int = 0, type_name: str = "") -> Array:
    """A one-dimensional array."""
    return Array([(low, low + len(items) - 1)], items, type_name)


def sized_array(bounds: list[tuple[int, int]], default: Value, type_name: str = "") -> Array:
    """An array of `default`s. Raises ScriptError 9 for bounds that make no sense."""
    total = 1
    for low, high in bounds:
        if high < low - 1:
            raise ScriptError(9)
        total *= high - low + 1
    if total > MAX_ELEMENTS:
        raise MemoryOver(f"an array of {total} elements")
    return Array(list(bounds), [copied(default) for _ in range(total)], type_name)


def as_array(value: Value) -> Array:
    """The array in a value; bytes become one. Raises ScriptError 13."""
    if isinstance(value, Array):
        return value
    if isinstance(value, bytes):
        return array_of(list(value), 0, "byte")
    raise ScriptError(13)


def bounded(text: str) -> str:
    """`text`, unless it is beyond the limit of strings."""
    if len(text) > MAX_STRING:
        raise MemoryOver(f"a string of {len(text)} characters")
    return text


def elements(value: Value) -> Iterator[Value]:
    """The elements in the order of For Each (the first dimension runs fastest)."""
    array = as_array(value)
    if len(array.bounds) < 2:
        yield from list(array.items)
        return
    rows, columns = (high - low + 1 for low, high in array.bounds[:2])
    for column in range(columns):
        for row in range(rows):
            yield array.items[row * columns + column]
