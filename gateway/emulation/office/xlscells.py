"""Cells of a sheet of Excel 3 to 2003 ([MS-XLS] 2.4, OpenOffice.org's documentation)."""

from __future__ import annotations

import struct

from gateway.emulation.office.content import Sheet
from gateway.emulation.office.numbers import rk_number, whole_number
from gateway.emulation.office.ptg import Names, Rule
from gateway.emulation.office.ptgextra import ERRORS
from gateway.emulation.office.sheetformulas import SheetFormulas
from gateway.emulation.office.xlsstrings import string_at
from gateway.extraction.ole.tokens import Dialect

_LABELSST, _LABEL, _RSTRING, _NUMBER, _RK, _MULRK, _BOOLERR = (
    *(0xFD, 0x204, 0xD6, 0x203, 0x27E, 0xBD, 0x205),
)
_FORMULAS = (0x06, 0x206, 0x406)
_STRING, _SHARED, _ARRAY, _CODE_NAME = 0x207, 0x4BC, 0x221, 0x1BA
_CELLS = frozenset({_LABELSST, _LABEL, _RSTRING, _NUMBER, _RK, _MULRK, _BOOLERR, *_FORMULAS})


class SheetReader:
    """Reads the records of one sheet into it; `unread` counts what could not be read."""

    def __init__(
        self, sheet: Sheet, strings: list[str], names: Names, dialect: Dialect, codec: str
    ) -> None:
        self.sheet = sheet
        self._strings = strings
        self._formulas = SheetFormulas(sheet, names)
        self._dialect = dialect
        self._codec = codec
        self._old = dialect in (Dialect.BIFF3, Dialect.BIFF4)
        self._last = (0, 0)

    @property
    def unread(self) -> int:
        """Formulas that could not be read."""
        return self._formulas.unread

    def take(self, kind: int, body: bytes) -> None:
        """The next record of the sheet. Raises struct.error and IndexError for a damaged one."""
        if kind in _CELLS:
            if not self._formulas.full:
                self._cell(kind, body)
        elif kind == _STRING:
            place = (self._last[0] + 1, self._last[1] + 1)
            if self.sheet.kind != "macro" or place not in self.sheet.formulas:
                self.sheet.values[place] = self._text(body, 0)
        elif kind == _CODE_NAME:
            self.sheet.code_name = self._text(body, 0)
        elif kind in (_SHARED, _ARRAY):
            at = 8 if kind == _SHARED or self._old else 12
            self._formulas.share(self._rule(body, at))

    def finish(self) -> None:
        """After the last record."""
        self._formulas.finish()

    def _cell(self, kind: int, body: bytes) -> None:
        self._last = row, column = struct.unpack_from("<HH", body)
        if kind == _MULRK:
            for number in range((len(body) - 6) // 6):
                (value,) = struct.unpack_from("<I", body, 6 + number * 6)
                self.sheet.values[row + 1, column + 1 + number] = rk_number(value)
            return
        value = self._value(kind, body)
        if value is not None:
            self.sheet.values[row + 1, column + 1] = value
        if kind in _FORMULAS:
            self._formulas.add(self._rule(body, 16 if self._old else 20))

    def _rule(self, body: bytes, at: int) -> Rule:
        (size,) = struct.unpack_from("<H", body, at)
        tokens, extra = body[at + 2 : at + 2 + size], body[at + 2 + size :]
        return Rule(tokens, extra, self._dialect, self._last)

    def _value(self, kind: int, body: bytes) -> object:
        """A cell's value; None for a formula whose text comes in the next record."""
        if kind == _LABELSST:
            (index,) = struct.unpack_from("<I", body, 6)
            return self._strings[index] if index < len(self._strings) else ""
        if kind in (_LABEL, _RSTRING):
            return self._text(body, 6)
        if kind == _RK:
            return rk_number(struct.unpack_from("<I", body, 6)[0])
        if kind == _BOOLERR:
            return ERRORS.get(body[6], "#N/A") if body[7] else bool(body[6])
        if kind in _FORMULAS and body[12:14] == b"\xff\xff":
            match body[6]:
                case 1:
                    return bool(body[8])
                case 2:
                    return ERRORS.get(body[8], "#N/A")
                case _:
                    return None
        return whole_number(struct.unpack_from("<d", body, 6)[0])

    def _text(self, body: bytes, at: int) -> str:
        (length,) = struct.unpack_from("<H", body, at)
        if self._dialect is not Dialect.BIFF8:
            return body[at + 2 : at + 2 + length].decode(self._codec, "replace")
        return string_at(body, at + 2, length)
