"""The stream of records in a legacy workbook, changed in place.

A record that goes becomes one of an unassigned type with zeros in it, which readers pass over; a
record that shrinks is followed by such a filler. So no offset that the workbook keeps (of sheets,
of rows) is ever wrong. Source: [MS-XLS] 2.1.4.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.extraction.contract import ExtractError

FILLER = 0x0FFE
"""A record type nobody has assigned."""
MAX_RECORDS = 2_000_000
"""Records of one workbook; a sheet of 65,536 rows with 30 columns of formulas."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its type, and where its content lies."""

    type: int
    start: int
    size: int

    @property
    def stop(self) -> int:
        """Offset behind it."""
        return self.start + self.size


class Records:
    """A workbook's stream in memory. Raises ExtractError where records do not follow each other."""

    def __init__(self, untrusted_stream: bytes) -> None:
        self.stream = bytearray(untrusted_stream)
        self.all = self._read()

    def _read(self) -> list[Record]:
        found: list[Record] = []
        at, stream = 0, self.stream
        while at + 4 <= len(stream):
            kind, size = struct.unpack_from("<2H", stream, at)
            if kind == 0 and size == 0:
                break  # padding up to a sector's end
            if at + 4 + size > len(stream):
                raise ExtractError("a record of the workbook reaches beyond its end")
            found.append(Record(kind, at + 4, size))
            if len(found) > MAX_RECORDS:
                raise ExtractError(f"the workbook has more than {MAX_RECORDS} records")
            at += 4 + size
        return found

    def data(self, record: Record) -> bytes:
        """A record's content."""
        return bytes(self.stream[record.start : record.stop])

    def drop(self, record: Record) -> None:
        """Make a filler of a record."""
        struct.pack_into("<H", self.stream, record.start - 4, FILLER)
        self.stream[record.start : record.stop] = bytes(record.size)

    def put(self, records: Sequence[Record], kind: int, content: bytes) -> None:
        """Write one record over the room of several that follow each other; a filler takes what is
        left. Zeros do, where less than a filler's head is left. Raises ValueError without room."""
        start, stop = records[0].start - 4, records[-1].stop
        room = stop - start - 4 - len(content)
        if room < 0:
            raise ValueError("a record in place cannot grow")
        if room < 4:
            content += bytes(room)
        head = struct.pack("<2H", kind, len(content))
        made = head + content
        left = stop - start - len(made)
        while left:
            # A filler is no longer than a record may be, and never leaves less than a head.
            size = left if left <= _LONGEST else min(_LONGEST, left - 4)
            made += struct.pack("<2H", FILLER, size - 4) + bytes(size - 4)
            left -= size
        self.stream[start:stop] = made


_LONGEST = 8224 + 4
"""Bytes of the longest record with its head ([MS-XLS] 2.1.4)."""
