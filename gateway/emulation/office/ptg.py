"""Binary formulas as text, for the one evaluator there is: those of Excel 3 to 97-2003 and of
binary workbooks. Pure.

Sources: [MS-XLS] 2.5.198, [MS-XLSB] 2.5.97, OpenOffice.org's documentation of the older forms.
Raises ValueError and struct.error for what is no formula; the caller keeps what it could read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from gateway.emulation.office.cells import column_letters
from gateway.emulation.office.ftab import FIXED, FUNCTIONS, USER_DEFINED
from gateway.emulation.office.ptgextra import ERRORS, Extra, as_text, number_text
from gateway.extraction.ole import tokens as ptg
from gateway.extraction.ole.tokens import Dialect, FormulaError, Token

_BINARY = {
    3: "+",
    4: "-",
    5: "*",
    6: "/",
    7: "^",
    8: "&",
    9: "<",
    10: "<=",
    11: "=",
    12: ">=",
    13: ">",
    14: "<>",
    16: ",",
    17: ":",
}
_AROUND = {0x12: "({})", 0x13: "(-{})", 0x14: "({}%)", 0x15: "({})"}
_NOTHING = frozenset({0x01, 0x02, 0x1A, 0x1B, 0x27, 0x28, 0x29})
"""Tokens that add nothing here: of shared formulas, of Excel 4's other sheets, of parts that were
not computed before."""
_COMPUTED_BEFORE = 0x26

_TOKENS_MAX = 20_000
_SUM = 0x10
_COLUMN_RELATIVE, _ROW_RELATIVE = 0x4000, 0x8000


@dataclass(slots=True)
class Book:
    """A workbook that formulas reach: this one, or another with the names that are used of it."""

    own: bool = False
    title: str = ""
    names: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Names:
    """What formulas refer to by number: names, sheets, and by (book, first sheet) the references
    to sheets of this workbook or another."""

    defined: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    books: list[Book] = field(default_factory=list)
    references: list[tuple[int, int]] = field(default_factory=list)

    def own(self, index: int) -> str:
        """A sheet of this workbook before a cell, as text; nothing for what is no sheet."""
        return f"{quoted(self.sheets[index])}!" if 0 <= index < len(self.sheets) else ""

    def sheet(self, reference: int) -> str:
        """The sheet of a reference before a cell, as text."""
        book, index = self._reference(reference)
        return self.own(index) if book.own else f"{quoted(f'[{book.title}]')}!"

    def name(self, index: int) -> str:
        """A defined name."""
        return _nth(self.defined, index)

    def external(self, reference: int, index: int) -> str:
        """A name of this workbook or another, or a function of an add-in."""
        book, _ = self._reference(reference)
        return self.name(index) if book.own else _nth(book.names, index)

    def _reference(self, reference: int) -> tuple[Book, int]:
        if not 0 <= reference < len(self.references):
            raise ValueError(f"reference {reference}")
        book, sheet = self.references[reference]
        return (self.books[book] if 0 <= book < len(self.books) else Book()), sheet


def _nth(names: list[str], index: int) -> str:
    return names[index - 1] if 1 <= index <= len(names) else f"name{index}"


def quoted(sheet: str) -> str:
    """A sheet's name as formulas write it."""
    return "'" + sheet.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a dialect writes places: structs of a cell and an area, the mask of a row and a column,
    whether the row carries the flags (else the column), of a name's number, of a string's length.
    """

    cell: str
    area: str
    row: int
    column: int
    flags_in_row: bool
    name: str


_OLD = _Layout("<HB", "<HHBB", 0x3FFF, 0xFF, True, "<H")
_LAYOUTS = {
    Dialect.BIFF3: _OLD,
    Dialect.BIFF4: _OLD,
    Dialect.BIFF5: _OLD,
    Dialect.BIFF8: _Layout("<HH", "<HHHH", 0xFFFF, 0xFF, False, "<I"),
    Dialect.BIFF12: _Layout("<IH", "<IIHH", 0xFFFFF, 0x3FFF, False, "<I"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A formula: its tokens, what follows them, the dialect, and the cell (from 0) it stands in."""

    tokens: bytes
    extra: bytes = b""
    dialect: Dialect = Dialect.BIFF8
    base: tuple[int, int] = (0, 0)

    def shared(self) -> tuple[int, int] | None:
        """Row and column from 0 of the cell with whose formula this one is shared; else None."""
        if self.tokens[:1] != b"\x01":
            return None
        if self.dialect is Dialect.BIFF12:
            (row,) = struct.unpack_from("<I", self.tokens, 1)
            (column,) = struct.unpack_from("<I", self.extra) if len(self.extra) >= 4 else (0,)
        else:
            row, column = struct.unpack_from("<HH", self.tokens, 1)
        return row, column


class _Reader:
    def __init__(self, rule: Rule, names: Names) -> None:
        self._rule = rule
        self._layout = _LAYOUTS[rule.dialect]
        self._names = names
        self._stack: list[str] = []
        self._extra = Extra(rule.extra, rule.dialect)

    def text(self) -> str:
        try:
            for count, token in enumerate(ptg.tokens(self._rule.tokens, self._rule.dialect)):
                if count == _TOKENS_MAX:
                    break
                self._token(token)
        except FormulaError as error:
            raise ValueError(str(error)) from error
        if not self._stack:
            raise ValueError("an empty formula")
        return self._stack[-1]

    def _pop(self, count: int = 1) -> list[str]:
        if count > len(self._stack):
            raise ValueError("a formula without its operands")
        found = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return found

    def _token(self, token: Token) -> None:
        number = token.number
        if number in _BINARY:
            left, right = self._pop(2)
            self._stack.append(f"({left}{_BINARY[number]}{right})")
        elif number in _AROUND:
            self._stack.append(_AROUND[number].format(self._pop()[0]))
        elif number == ptg.ATTRIBUTE:
            if token.data[0] & _SUM:
                self._stack.append(f"SUM({self._pop()[0]})")
        elif number in (ptg.FUNCTION, ptg.VARIABLE_FUNCTION):
            self._function(token)
        elif number == _COMPUTED_BEFORE:
            self._extra.skip_areas()
        elif number not in _NOTHING:
            self._stack.append(self._operand(number, token.data))

    def _function(self, token: Token) -> None:
        data = token.data
        if token.number == ptg.FUNCTION:
            index = int.from_bytes(data, "little")
            name = FUNCTIONS.get(index, "")
            if name not in FIXED:
                raise ValueError(f"function {index}")
            count = FIXED[name]
        else:
            count, index = data[0] & 0x7F, int.from_bytes(data[1:], "little")
            name = FUNCTIONS.get(index, f"FUNCTION.{index}")
        given = self._pop(count)
        if index == USER_DEFINED and given:
            name, *given = given
        self._stack.append(f"{name}({','.join(given)})")

    def _operand(self, number: int, data: bytes) -> str:
        match number:
            case 0x16:
                return ""
            case ptg.STRING:
                return self._string(data)
            case 0x1C:
                return ERRORS.get(data[0], "#N/A")
            case 0x1D:
                return "TRUE" if data[0] else "FALSE"
            case 0x1E:
                return str(int.from_bytes(data, "little"))
            case 0x1F:
                return number_text(data)
            case 0x20:
                return self._extra.array()
            case ptg.NAME:
                return self._names.name(struct.unpack_from(self._layout.name, data)[0])
            case ptg.EXTERNAL_NAME:
                return self._external_name(data)
            case 0x24 | 0x2C:
                return self._cell(data, relative=number == 0x2C)
            case 0x25 | 0x2D:
                return self._area(data, relative=number == 0x2D)
            case 0x2A | 0x2B | 0x3C | 0x3D:
                return "#REF!"
            case ptg.REFERENCE_3D:
                owner, place = self._owner(data)
                return owner + self._cell(place)
            case ptg.AREA_3D:
                owner, place = self._owner(data)
                return owner + self._area(place)
            case _:
                raise ValueError(f"token {number:#x}")

    def _external_name(self, data: bytes) -> str:
        if self._rule.dialect is Dialect.BIFF5:
            reference, index = struct.unpack_from("<h8xH", data)
            own = reference <= 0
            return self._names.name(index) if own else self._names.external(reference - 1, index)
        return self._names.external(*struct.unpack_from("<HI", data))

    def _owner(self, data: bytes) -> tuple[str, bytes]:
        """The sheet before a cell or area, and the cell's or area's own bytes."""
        if self._rule.dialect is Dialect.BIFF5:
            reference, first = struct.unpack_from("<h8xH", data)
            own = reference <= 0
            return (self._names.own(first) if own else self._names.sheet(reference - 1)), data[14:]
        return self._names.sheet(int.from_bytes(data[:2], "little")), data[2:]

    def _string(self, data: bytes) -> str:
        if self._rule.dialect is Dialect.BIFF12:
            words = data[2:].decode("utf-16-le", "replace")
        elif self._rule.dialect is Dialect.BIFF8:
            words = data[2:].decode("utf-16-le" if data[1] & 1 else "cp1252", "replace")
        else:
            words = data[1:].decode("cp1252", "replace")
        return as_text(words)

    def _cell(self, data: bytes, *, relative: bool = False) -> str:
        row, column = struct.unpack_from(self._layout.cell, data)
        return self._place(row, column, relative)

    def _area(self, data: bytes, *, relative: bool = False) -> str:
        first, last, left, right = struct.unpack_from(self._layout.area, data)
        return f"{self._place(first, left, relative)}:{self._place(last, right, relative)}"

    def _place(self, row: int, column: int, relative: bool) -> str:
        """A cell's name. relative: what the flags call so is counted from the formula's cell."""
        layout, flags = self._layout, row if self._layout.flags_in_row else column
        row, column = row & layout.row, column & layout.column
        if relative and flags & _ROW_RELATIVE:
            row = (row + self._rule.base[0]) & layout.row
        if relative and flags & _COLUMN_RELATIVE:
            column = (column + self._rule.base[1]) & layout.column
        return f"{column_letters(column + 1)}{row + 1}"


def formula_text(rule: Rule, names: Names) -> str:
    """The formula in tokens, without `=`. Raises ValueError and struct.error."""
    return _Reader(rule, names).text()
