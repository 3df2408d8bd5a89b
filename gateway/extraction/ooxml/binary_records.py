"""Records of binary workbooks: read, written, and the strings and formulas in them.

Source: [MS-XLSB] 2.1.4 (records), 2.5.168 (XLWideString), 2.5.97 (formulas).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.extraction.contract import ExtractError

MAX_RECORDS = 3_000_000
"""Records of one part; a sheet of a hundred thousand rows with thirty columns."""


@dataclass(frozen=True, slots=True)
class Record:
    type: int
    data: bytes

    def packed(self) -> bytes:
        kind = self.type
        head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size, length = len(self.data), b""
        while size >= 0x80:
            length += bytes([size & 0x7F | 0x80])
            size >>= 7
        return head + length + bytes([size]) + self.data


def records(data: bytes, where: str) -> Iterator[Record]:
    at, count = 0, 0
    try:
        while at < len(data):
            kind = data[at]
            at += 1
            if kind & 0x80:
                kind = kind & 0x7F | (data[at] & 0x7F) << 7
                at += 1
            size = 0
            for position in range(4):
                size |= (data[at] & 0x7F) << 7 * position
                at += 1
                if not data[at - 1] & 0x80:
                    break
            if at + size > len(data):
                raise IndexError
            yield Record(kind, data[at : at + size])
            at += size
            count += 1
            if count > MAX_RECORDS:
                raise ExtractError(f"{where} has more than {MAX_RECORDS} records")
    except IndexError:
        raise ExtractError(f"{where} is cut off within a record") from None


def wide_string(data: bytes | bytearray, at: int) -> tuple[str, int]:
    """An XLWideString and the offset behind it; empty when it does not fit."""
    if at + 4 > len(data):
        return "", at
    (length,) = struct.unpack_from("<L", data, at)
    stop = at + 4 + 2 * int(length)
    if stop > len(data):
        return "", at
    return bytes(data[at + 4 : stop]).decode("utf-16-le", "replace"), stop


CELLS = {8: 6, 9: 5, 10: 4, 11: 3}
"""BrtFmlaString, BrtFmlaNum, BrtFmlaBool, BrtFmlaError, and the plain cells they become."""


def value_end(record: Record) -> int:
    """Offset behind a formula cell's last result; its flags and its formula follow."""
    if record.type == 8:
        return wide_string(record.data, 8)[1]
    return 16 if record.type == 9 else 9


def plain_cell(record: Record) -> Record:
    """The cell of a formula cell's last result."""
    return Record(CELLS[record.type], record.data[: value_end(record)])


def rule_at(data: bytes, at: int) -> bytes:
    if at + 4 > len(data):
        return b""
    (size,) = struct.unpack_from("<L", data, at)
    return data[at + 4 : at + 4 + size]


def names_any(record: Record, ids: set[str]) -> bool:
    """Whether a record names a relationship that went."""
    return any(
        struct.pack("<L", len(name)) + name.encode("utf-16-le") in record.data for name in ids
    )
