"""Binary formulas of Excel 97-2003 (MS-XLS 2.5.198) as text, for the one evaluator there is. Pure.

Raises ValueError and struct.error for what is no formula; the caller keeps what it could read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from gateway.emulation.office.cells import column_letters
from gateway.emulation.office.ftab import FIXED, FUNCTIONS, USER_DEFINED

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
_SKIPPED = {0x01: 4, 0x02: 4, 0x20: 7, 0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2}
"""Tokens that add nothing here, and their sizes."""

_TOKENS_MAX = 20_000
_ATTRIBUTE, _CHOOSE, _SUM = 0x19, 4, 0x10


@dataclass(slots=True)
class Names:
    """What formulas refer to by number: names, and sheets by their reference's number."""

    defined: list[str] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    references: list[int] = field(default_factory=list)

    def sheet(self, reference: int) -> str:
        """A sheet before a cell, as text."""
        if reference >= len(self.references):
            return ""
        index = self.references[reference]
        return f"'{self.sheets[index]}'!" if index < len(self.sheets) else ""

    def name(self, index: int) -> str:
        """A defined name."""
        return self.defined[index - 1] if 1 <= index <= len(self.defined) else f"name{index}"


class _Reader:
    def __init__(self, tokens: bytes, names: Names) -> None:
        self._data = tokens
        self._at = 0
        self._names = names
        self._stack: list[str] = []

    def text(self) -> str:
        for _ in range(_TOKENS_MAX):
            if self._at >= len(self._data):
                break
            token = self._data[self._at]
            self._at += 1
            base = token & 0x1F | 0x20 if token & 0x60 else token
            self._token(base)
        if not self._stack:
            raise ValueError("an empty formula")
        return self._stack[-1]

    def _take(self, form: str) -> tuple[int, ...]:
        found = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return found

    def _pop(self, count: int = 1) -> list[str]:
        if count > len(self._stack):
            raise ValueError("a formula without its operands")
        found = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return found

    def _token(self, base: int) -> None:
        if base in _BINARY:
            left, right = self._pop(2)
            self._stack.append(f"({left}{_BINARY[base]}{right})")
        elif base in _SKIPPED:
            self._at += _SKIPPED[base]
            if base == 0x20:
                self._stack.append("0")
        elif base in (0x12, 0x15):
            self._stack.append(f"({self._pop()[0]})")
        elif base == 0x13:
            self._stack.append(f"(-{self._pop()[0]})")
        elif base == 0x14:
            self._stack.append(f"({self._pop()[0]}%)")
        elif base == _ATTRIBUTE:
            self._attribute()
        elif base in (0x21, 0x22):
            self._function(base)
        else:
            self._stack.append(self._operand(base))

    def _attribute(self) -> None:
        kind, data = self._take("<BH")
        if kind & _CHOOSE:
            self._at += (data + 1) * 2
        elif kind & _SUM:
            self._stack.append(f"SUM({self._pop()[0]})")

    def _function(self, base: int) -> None:
        if base == 0x21:
            (index,) = self._take("<H")
            name = FUNCTIONS.get(index, "")
            if name not in FIXED:
                raise ValueError(f"function {index}")
            count = FIXED[name]
        else:
            count, index = self._take("<BH")
            count &= 0x7F
            name = FUNCTIONS.get(index, f"FUNCTION.{index}")
        given = self._pop(count)
        if index == USER_DEFINED and given:
            name, *given = given
        self._stack.append(f"{name}({','.join(given)})")

    def _operand(self, base: int) -> str:
        match base:
            case 0x16:
                return ""
            case 0x17:
                return self._string()
            case 0x1C:
                self._take("<B")
                return "#N/A"
            case 0x1D:
                return "TRUE" if self._take("<B")[0] else "FALSE"
            case 0x1E:
                return str(self._take("<H")[0])
            case 0x1F:
                return f"{struct.unpack('<d', struct.pack('<Q', self._take('<Q')[0]))[0]:.15g}"
            case 0x23:
                return self._names.name(self._take("<I")[0])
            case 0x24 | 0x2A | 0x2C:
                return self._cell(*self._take("<HH"))
            case 0x25 | 0x2B | 0x2D:
                return self._area(self._take("<HHHH"))
            case 0x39:
                _, index = self._take("<HI")
                return self._names.name(index)
            case 0x3A | 0x3C:
                reference, row, column = self._take("<HHH")
                return self._names.sheet(reference) + self._cell(row, column)
            case 0x3B | 0x3D:
                reference, *box = self._take("<HHHHH")
                return self._names.sheet(reference) + self._area(tuple(box))
            case _:
                raise ValueError(f"token {base:#x}")

    def _string(self) -> str:
        length, wide = self._take("<BB")
        size = length * (2 if wide & 1 else 1)
        raw = self._data[self._at : self._at + size]
        self._at += size
        words = raw.decode("utf-16-le" if wide & 1 else "cp1252", "replace")
        return '"' + words.replace('"', '""') + '"'

    @staticmethod
    def _cell(row: int, column: int) -> str:
        return f"{column_letters((column & 0xFF) + 1)}{row + 1}"

    def _area(self, box: tuple[int, ...]) -> str:
        return f"{self._cell(box[0], box[2])}:{self._cell(box[1], box[3])}"


def formula_text(tokens: bytes, names: Names) -> str:
    """The formula in tokens, without `=`. Raises ValueError and struct.error."""
    return _Reader(tokens, names).text()
