"""What a walker over a picture's structure answers, and what the walkers of all formats share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from gateway.extraction.contract import ExtractError

MAX_PIXELS: Final = 1_000_000_000
"""Pixels a picture may declare. The largest cameras take 150 million; past this a viewer needs 4 GB
and the file is made to exhaust it."""

MAX_SEGMENTS: Final = 100_000
"""Segments, chunks or blocks of one picture. An animation of an hour has some ten thousand."""

MAX_PRIVATE: Final = 64 * 1024
"""Bytes of a chunk that no standard describes. Editors keep some kilobytes of settings there."""

_SECOND_FILES: Final = re.compile(
    rb"<script|<\?php|<html|<svg|<!doctype\s+html|javascript:|PK\x03\x04|PK\x05\x06|%PDF-|Rar!\x1a\x07|"
    rb"7z\xbc\xaf\x27\x1c|\x7fELF|MSCF\0\0\0\0|This program cannot be run",
    re.IGNORECASE,
)
"""How other files begin that some program would find inside a picture."""

_LONG_MARKS: Final = re.compile(rb"<script|<\?php|<html|<!doctype\s+html", re.IGNORECASE)
_NOTHING: Final = b"\0\r\n \xff"
"""Bytes that cameras and transports pad with: they hold nothing."""

_END_RECORD: Final = b"PK\x05\x06"
_LONGEST_COMMENT: Final = 65_557


@dataclass(frozen=True, slots=True)
class Cut:
    """The bytes [start, end) go, `instead` takes their place. `metadata`: policy's business."""

    start: int
    end: int
    what: str
    metadata: bool = False
    instead: bytes = b""


@dataclass(slots=True)
class Walked:
    """A picture's structure: its size, where it ends, and what in it is no picture."""

    width: int = 0
    height: int = 0
    end: int = 0
    orientation: int = 1
    cuts: list[Cut] = field(default_factory=list)

    def cut(self, start: int, end: int, what: str, *, metadata: bool = False) -> None:
        """Note that [start, end) is no picture."""
        self.cuts.append(Cut(start, end, what, metadata))

    def check(self) -> None:
        """Raises ExtractError when more pixels are declared than anybody could show."""
        if self.width * self.height > MAX_PIXELS:
            raise ExtractError(f"the picture declares {self.width} x {self.height} pixels")


class StrangeError(Exception):
    """The structure breaks off in a way that viewers read differently: only its pixels are known
    to be a picture. The message is one sentence."""


def holds_a_file(content: bytes) -> bool:
    """Whether the beginning of another file stands somewhere in `content`."""
    return _SECOND_FILES.search(content) is not None


def is_padding(data: bytes, start: int) -> bool:
    """Whether nothing but padding stands from `start` on."""
    return not data[start:].strip(_NOTHING)


def nudged(data: bytes) -> bytes:
    """`data`, whose pixels stand in it as they are, with the lowest bit of one byte turned in each
    mark of another file: a change of one in 255 that nobody sees."""
    made = bytearray(data)
    places = [found.start() for found in _SECOND_FILES.finditer(data)]
    for at in places:
        made[at] ^= 1
    return bytes(made)


def is_second_file(data: bytes) -> bool:
    """Whether the whole file can be read as another one, too: as a page or script, as a PDF (whose
    readers look at the first 1024 bytes), or as a zip (whose readers begin at its end)."""
    if b"%PDF-" in data[:1024] or _LONG_MARKS.search(data):
        return True
    end = data.rfind(_END_RECORD, max(len(data) - _LONGEST_COMMENT, 0))
    if end < 0 or end + 22 > len(data):
        return False
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    return size > 0 and data[end - size : end - size + 4] == b"PK\x01\x02"
