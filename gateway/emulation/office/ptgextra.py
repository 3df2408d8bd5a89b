"""What stands behind the tokens of a binary formula: array constants. Pure.

Sources: [MS-XLS] 2.5.198.65, [MS-XLSB] 2.5.97.59. Raises ValueError and struct.error.
"""

from __future__ import annotations

import struct

from gateway.extraction.ole.tokens import Dialect

ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!"}
"""By the numbers that formulas and cells have for them."""


def number_text(data: bytes) -> str:
    return f"{struct.unpack_from('<d', data)[0]:.15g}"


def as_text(words: str) -> str:
    """A string as formulas write it."""
    return '"' + words.replace('"', '""') + '"'


class Extra:
    """Reads what stands behind the tokens, in the order of the tokens that need it."""

    def __init__(self, extra: bytes, dialect: Dialect) -> None:
        self._data = extra
        self._at = 0
        self._dialect = dialect

    def skip_areas(self) -> None:
        """Pass over the areas that a part which was computed before had."""
        long = self._dialect is Dialect.BIFF12
        (count,) = self._take("<I" if long else "<H")
        self._bytes(count * (16 if long else 8 if self._dialect is Dialect.BIFF8 else 6))

    def array(self) -> str:
        """The next array as text: its rows are divided by semicolons."""
        if self._dialect is Dialect.BIFF12:
            columns, rows = self._take("<II")
        else:
            last_column, last_row = self._take("<BH")
            columns, rows = last_column + 1, last_row + 1
            if self._dialect is not Dialect.BIFF8:
                columns, rows = last_column or 256, last_row
        if columns * rows > len(self._data):
            raise ValueError("an array that is cut off")
        lines = [",".join(self._value() for _ in range(columns)) for _ in range(rows)]
        return "{" + ";".join(lines) + "}"

    def _take(self, form: str) -> tuple[int, ...]:
        found = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return found

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def _value(self) -> str:
        (kind,) = self._take("<B")
        if self._dialect is Dialect.BIFF12:
            match kind:
                case 0:
                    return number_text(self._bytes(8))
                case 1:
                    return as_text(
                        self._bytes(2 * self._take("<H")[0]).decode("utf-16-le", "replace")
                    )
                case 2:
                    return "TRUE" if self._take("<B")[0] else "FALSE"
                case _:
                    return ERRORS.get(self._take("<I")[0] & 0xFF, "#N/A")
        if kind == 2:
            return self._string()
        data = self._bytes(8)
        match kind:
            case 1:
                return number_text(data)
            case 4:
                return "TRUE" if data[0] else "FALSE"
            case 16:
                return ERRORS.get(data[0], "#N/A")
            case _:
                return ""

    def _string(self) -> str:
        if self._dialect is not Dialect.BIFF8:
            return as_text(self._bytes(self._take("<B")[0]).decode("cp1252", "replace"))
        count, wide = self._take("<HB")
        raw = self._bytes(count * (2 if wide & 1 else 1))
        return as_text(raw.decode("utf-16-le" if wide & 1 else "cp1252", "replace"))
