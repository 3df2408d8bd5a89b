"""Strings of an Excel 97-2003 workbook: one of a record's, and the shared ones, which go on across
records ([MS-XLS] 2.5.293, 2.4.265)."""

from __future__ import annotations

import contextlib
import struct

_STRINGS_MAX = 400_000


def string_at(body: bytes, at: int, length: int) -> str:
    """A string of `length` characters behind the byte at `at`, which says how wide they are. Raises
    IndexError where that is missing."""
    wide = body[at] & 1
    raw = body[at + 1 : at + 1 + length * (2 if wide else 1)]
    return raw.decode("utf-16-le" if wide else "latin-1", "replace")


def shared_strings(records: list[bytes]) -> list[str]:
    """The shared strings table; a string may go on in the next record, with a flag of its own."""
    if not records or len(records[0]) < 8:
        return []
    total = struct.unpack_from("<I", records[0], 4)[0]
    reader = _Strings(records, 8)
    found: list[str] = []
    with contextlib.suppress(struct.error, IndexError):  # what was read before the damage counts
        while len(found) < min(total, _STRINGS_MAX):
            found.append(reader.next())
    return found


class _Strings:
    """Reads strings across records."""

    def __init__(self, records: list[bytes], position: int) -> None:
        self._records = records
        self._number = 0
        self._position = position

    def _take(self, count: int) -> bytes:
        while self._position >= len(self._records[self._number]):
            self._number += 1
            self._position = 0
        found = self._records[self._number][self._position : self._position + count]
        self._position += len(found)
        return found

    def _bytes(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            found += self._take(count - len(found))
        return found

    def next(self) -> str:
        """The next string. Raises IndexError at the end of all records."""
        length, flags = struct.unpack("<HB", self._bytes(3))
        runs = struct.unpack("<H", self._bytes(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", self._bytes(4))[0] if flags & 4 else 0
        text = ""
        while len(text) < length:
            if self._position >= len(self._records[self._number]):
                self._number += 1
                self._position = 1
                flags = flags & ~1 | self._records[self._number][0] & 1
            width = 2 if flags & 1 else 1
            room = len(self._records[self._number]) - self._position
            raw = self._take(min((length - len(text)) * width, room))
            text += raw.decode("utf-16-le" if width == 2 else "cp1252", "replace")
        self._bytes(runs * 4)
        self._bytes(extra)
        return text
