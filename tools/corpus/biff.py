"""Formulas as tokens, for the writers of binary workbooks: `EXEC("calc.exe")` to bytes.

Sources: [MS-XLS] 2.5.198, [MS-XLSB] 2.5.97, OpenOffice.org's documentation of BIFF5.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.emulation.office.cells import area
from gateway.emulation.office.formulas import (
    Binary,
    Formula,
    Function,
    Minus,
    Reference,
    Text,
    Word,
    parse_formula,
)
from gateway.emulation.office.ftab import FIXED, FUNCTIONS, USER_DEFINED
from gateway.emulation.office.ptgextra import ERRORS
from gateway.extraction.ole.tokens import Dialect

_OPERATORS = {
    operator: token
    for token, operator in enumerate(
        ("+", "-", "*", "/", "^", "&", "<", "<=", "=", ">=", ">", "<>"), 3
    )
}
_NUMBERS = {name: number for number, name in FUNCTIONS.items()}
_ERRORS = {words: number for number, words in ERRORS.items()}
_RELATIVE = 0xC000


@dataclass(frozen=True, slots=True)
class Compiler:
    """Makes tokens in a dialect, for a workbook with these sheets and defined names.

    externals: names of other sources by the number of their reference and their place from 1.
    """

    dialect: Dialect
    sheets: Sequence[str] = ()
    names: Sequence[str] = ()
    externals: dict[str, tuple[int, int]] = field(default_factory=dict)

    def tokens(self, formula: str) -> bytes:
        """The tokens of a formula in words, with or without `=`."""
        return self._formula(parse_formula(formula))

    def name_tokens(self, formula: str) -> bytes:
        """The tokens of a defined name's formula: a place is one, not its value."""
        made = self.tokens(formula)
        if isinstance(parse_formula(formula), Reference):
            return bytes((made[0] ^ 0x60,)) + made[1:]
        return made

    def _formula(self, formula: Formula) -> bytes:
        match formula:
            case Text(value):
                return self._constant(value)
            case Reference(words):
                return self._reference(words)
            case Word(name):
                return self._name(name)
            case Function(name, arguments):
                return self._function(name, arguments)
            case Binary(operator, left, right):
                return self._formula(left) + self._formula(right) + bytes((_OPERATORS[operator],))
            case Minus(operand):
                return self._formula(operand) + b"\x13"

    def _constant(self, value: str | float | bool | None) -> bytes:
        if value is None:
            return b"\x16"
        if isinstance(value, bool):
            return struct.pack("<BB", 0x1D, value)
        if value in _ERRORS:
            return struct.pack("<BB", 0x1C, _ERRORS[str(value)])
        if isinstance(value, str):
            return b"\x17" + self._text(value)
        if value == int(value) and 0 <= value < 65536:
            return struct.pack("<BH", 0x1E, int(value))
        return struct.pack("<Bd", 0x1F, value)

    def _text(self, words: str) -> bytes:
        match self.dialect:
            case Dialect.BIFF12:
                return struct.pack("<H", len(words)) + words.encode("utf-16-le")
            case Dialect.BIFF8:
                return struct.pack("<BB", len(words), 0) + words.encode("cp1252")
            case _:
                return struct.pack("<B", len(words)) + words.encode("cp1252")

    def _reference(self, words: str) -> bytes:
        owner, _, cell = words.rpartition("!")
        box = area(cell)
        if box is None:
            raise ValueError(words)
        one = ":" not in cell
        place = self._place(box, one=one, flags=0 if "$" in cell else _RELATIVE)
        if not owner:
            return bytes((0x44 if one else 0x45,)) + place
        sheet = list(self.sheets).index(owner.strip("'"))
        kind = bytes((0x5A if one else 0x5B,))
        if self.dialect is Dialect.BIFF5:
            return kind + struct.pack("<h8xHH", -1, sheet, sheet) + place
        return kind + struct.pack("<H", sheet) + place

    def _place(self, box: tuple[int, int, int, int], *, one: bool, flags: int) -> bytes:
        """A cell or an area: its rows, then its columns; which of them has the flags differs."""
        rows, columns = [box[0] - 1, box[2] - 1], [box[1] - 1, box[3] - 1]
        if one:
            del rows[1], columns[1]
        in_column = self.dialect in (Dialect.BIFF8, Dialect.BIFF12)
        row = "<I" if self.dialect is Dialect.BIFF12 else "<H"
        column = "<H" if in_column else "<B"
        row_flags, column_flags = (0, flags) if in_column else (flags, 0)
        made = [struct.pack(row, number | row_flags) for number in rows]
        made += [struct.pack(column, number | column_flags) for number in columns]
        return b"".join(made)

    def _name(self, name: str) -> bytes:
        if name in self.externals:
            return b"\x59" + struct.pack("<HI", *self.externals[name])
        listed = [each.lower().removeprefix("_xlfn.") for each in self.names]
        index = listed.index(name.lower()) + 1
        match self.dialect:
            case Dialect.BIFF5:
                return struct.pack("<BH12x", 0x43, index)
            case Dialect.BIFF3 | Dialect.BIFF4:
                return struct.pack("<BH8x", 0x43, index)
            case _:
                return struct.pack("<BI", 0x43, index)

    def _function(self, name: str, arguments: tuple[Formula, ...]) -> bytes:
        given = b"".join(map(self._formula, arguments))
        number = _NUMBERS.get(name)
        if number is None:  # a name, or a cell where a subroutine begins
            callee = self._reference(name) if area(name.rpartition("!")[2]) else self._name(name)
            return callee + given + struct.pack("<BBH", 0x42, len(arguments) + 1, USER_DEFINED)
        if FIXED.get(name) == len(arguments):
            return given + struct.pack("<BH", 0x41, number)
        return given + struct.pack("<BBH", 0x42, len(arguments), number)
