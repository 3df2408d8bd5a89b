"""Rows and cells of a binary workbook's sheet ([MS-XLSB] 2.1.7.62)."""

from __future__ import annotations

import struct

from gateway.emulation.office.content import Sheet
from gateway.emulation.office.numbers import rk_number, whole_number
from gateway.emulation.office.ptg import Names, Rule
from gateway.emulation.office.ptgextra import ERRORS
from gateway.emulation.office.sheetformulas import Place, SheetFormulas
from gateway.extraction.ole.tokens import Dialect
from gateway.extraction.ooxml.binary_records import CELLS, Record, rule_at, value_end, wide_string

_ROW, _RICH = 0, 62
_PLAIN = frozenset({2, 3, 4, 5, 6, 7, _RICH})
"""BrtCellRk to BrtCellIsst, BrtCellRString."""
_PROPERTIES, _CODE_NAME_AT = 147, 19
"""BrtWsProp: flags, color and where it scrolls before the name."""
_ARRAY, _SHARED = 426, 427
"""BrtArrFmla and BrtShrFmla: behind the first cell of their area."""


def parsed_rule(data: bytes, at: int, base: Place = (0, 0)) -> Rule:
    """A formula with its sizes: its tokens, and what stands behind them ([MS-XLSB] 2.5.97.1)."""
    tokens = rule_at(data, at)
    return Rule(tokens, rule_at(data, at + 4 + len(tokens)), Dialect.BIFF12, base)


class SheetReader:
    """Reads the records of one sheet into it; `unread` counts what could not be read."""

    def __init__(self, sheet: Sheet, strings: list[str], names: Names) -> None:
        self.sheet = sheet
        self._strings = strings
        self._formulas = SheetFormulas(sheet, names)
        self._damaged = 0
        self._row = 0
        self._last = (0, 0)

    @property
    def unread(self) -> int:
        """Cells and formulas that could not be read."""
        return self._damaged + self._formulas.unread

    def take(self, record: Record) -> None:
        """The next record of the sheet's part."""
        try:
            self._take(record)
        except (struct.error, IndexError):
            self._damaged += 1

    def finish(self) -> None:
        """After the last record."""
        self._formulas.finish()

    def _take(self, record: Record) -> None:
        data, kind = record.data, record.type
        if kind == _ROW:
            (self._row,) = struct.unpack_from("<I", data)
        elif kind in _PLAIN or kind in CELLS:
            if not self._formulas.full:
                self._cell(record)
        elif kind == _PROPERTIES:
            self.sheet.code_name = wide_string(data, _CODE_NAME_AT)[0]
        elif kind in (_SHARED, _ARRAY):
            at = 16 if kind == _SHARED else 17
            self._formulas.share(parsed_rule(data, at, self._last))

    def _cell(self, record: Record) -> None:
        data, kind = record.data, CELLS.get(record.type, record.type)
        (column,) = struct.unpack_from("<I", data)
        self._last = (self._row, column)
        place = (self._row + 1, column + 1)
        if kind == 7:
            (index,) = struct.unpack_from("<I", data, 8)
            self.sheet.values[place] = self._strings[index] if index < len(self._strings) else ""
        else:
            self.sheet.values[place] = _value(kind, data)
        if record.type in CELLS:
            self._formulas.add(parsed_rule(data, value_end(record) + 2, self._last))


def _value(kind: int, data: bytes) -> object:
    """The value of a plain cell, or of a formula's last result by the plain cell's number."""
    match kind:
        case 2:
            return rk_number(struct.unpack_from("<I", data, 8)[0])
        case 3:
            return ERRORS.get(data[8], "#N/A")
        case 4:
            return bool(data[8])
        case 5:
            return whole_number(struct.unpack_from("<d", data, 8)[0])
        case _:
            return wide_string(data, 9 if kind == _RICH else 8)[0]
