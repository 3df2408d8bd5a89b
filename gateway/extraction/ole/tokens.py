"""Formulas of binary workbooks as tokens: what each refers to and where it ends.

The dialects (BIFF3 to BIFF12) differ only in sizes. Never evaluates a formula.
Source: [MS-XLS] 2.5.198, [MS-XLSB] 2.5.97, OpenOffice.org's documentation of BIFF5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class FormulaError(Exception):
    """The formula cannot be read to its end."""


class Dialect(Enum):
    """A generation of the format."""

    BIFF3 = 3
    BIFF4 = 4
    BIFF5 = 5
    BIFF8 = 8
    BIFF12 = 12


EXP, STRING, EXTENDED, ATTRIBUTE = 0x01, 0x17, 0x18, 0x19
FUNCTION, VARIABLE_FUNCTION, NAME, EXTERNAL_NAME = 0x21, 0x22, 0x23, 0x39
REFERENCE_3D, AREA_3D = 0x3A, 0x3B

_COMMON = (
    dict.fromkeys(range(0x03, 0x17), 0)
    | {0x01: 4, 0x02: 4, 0x1C: 1, 0x1D: 1, 0x1E: 2, 0x1F: 8, 0x21: 2, 0x22: 3}
    | {0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2, 0x2E: 2, 0x2F: 2}
)
_OLD = (
    _COMMON
    | dict.fromkeys((0x24, 0x2A, 0x2C), 3)
    | dict.fromkeys((0x25, 0x2B, 0x2D), 6)
    | {0x1A: 10, 0x1B: 4, 0x20: 7, 0x23: 10}
)
_SIZES = {
    Dialect.BIFF3: _OLD | {0x21: 1, 0x22: 2},
    Dialect.BIFF4: _OLD,
    Dialect.BIFF5: _OLD | {0x23: 14, 0x39: 24, 0x3A: 17, 0x3B: 20, 0x3C: 17, 0x3D: 20},
    Dialect.BIFF8: _COMMON
    | {0x20: 7, 0x23: 4, 0x24: 4, 0x25: 8, 0x2A: 4, 0x2B: 8, 0x2C: 4, 0x2D: 8}
    | {0x39: 6, 0x3A: 6, 0x3B: 10, 0x3C: 6, 0x3D: 10},
    Dialect.BIFF12: _COMMON
    | {0x20: 14, 0x23: 4, 0x24: 6, 0x25: 12, 0x2A: 6, 0x2B: 12, 0x2C: 6, 0x2D: 12}
    | {0x39: 6, 0x3A: 8, 0x3B: 14, 0x3C: 8, 0x3D: 14},
}
"""Bytes behind each token, by its number without its class."""
_CHOOSE = 0x04
_LIST = 0x19
_ERROR, _REF, _PAREN = 0x1C, 0x17, 0x15


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its number without its class, and what stands behind it."""

    number: int
    data: bytes

    @property
    def first(self) -> int:
        """The first 16-bit number: an index of a sheet, or a function."""
        return int.from_bytes(self.data[:2], "little")


def tokens(formula: bytes, dialect: Dialect) -> Iterator[Token]:
    """The tokens of `formula`. Raises FormulaError at what is none."""
    sizes = _SIZES[dialect]
    at = 0
    while at < len(formula):
        number = formula[at]
        if number & 0x60:
            number = number & 0x1F | 0x20
        at += 1
        size = sizes.get(number)
        if size is None:
            size = _variable(formula, at, number, dialect)
        if at + size > len(formula):
            raise FormulaError("a formula is cut off")
        yield Token(number, formula[at : at + size])
        at += size


def _variable(formula: bytes, at: int, number: int, dialect: Dialect) -> int:
    try:
        if number == STRING:
            return _string(formula, at, dialect)
        if number == ATTRIBUTE:
            if formula[at] & _CHOOSE:
                (count,) = struct.unpack_from("<H", formula, at + 1)
                return 3 + 2 * (int(count) + 1)
            return 3
        if number == EXTENDED:
            return 13 if dialect is Dialect.BIFF12 and formula[at] == _LIST else 5
    except (IndexError, struct.error):
        pass
    raise FormulaError(f"a formula holds the unknown token {number:#x}")


def _string(formula: bytes, at: int, dialect: Dialect) -> int:
    if dialect is Dialect.BIFF12:
        return 2 + 2 * int(struct.unpack_from("<H", formula, at)[0])
    if dialect is Dialect.BIFF8:
        return 2 + formula[at] * (2 if formula[at + 1] & 1 else 1)
    return 1 + formula[at]


def broken(size: int) -> bytes:
    """A formula of `size` bytes (at least 2) whose value is #REF!, in brackets that do nothing."""
    return bytes([_ERROR, _REF]) + bytes([_PAREN]) * (size - 2)
