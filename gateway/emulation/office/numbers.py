"""Numbers of binary workbooks' cells. Pure."""

from __future__ import annotations

import struct


def rk_number(value: int) -> object:
    """A number in 30 bits ([MS-XLS] 2.5.122, [MS-XLSB] 2.5.125)."""
    if value & 2:
        number = float((value >> 2) - (1 << 30 if value & 0x80000000 else 0))
    else:
        number = struct.unpack("<d", struct.pack("<II", 0, value & 0xFFFFFFFC))[0]
    return whole_number(number / 100 if value & 1 else number)


def whole_number(number: float) -> object:
    """A whole number as one, as far as 32 bits go."""
    return int(number) if abs(number) < 1 << 31 and number == int(number) else number
