"""Pictures of the guest's screen, taken from the X server's file in memory.

Xvfb keeps the picture as an XWD file (X Window Dump, XWDFile.h): a header, colours, then pixels of
four bytes in the order blue, green, red, nothing.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

FILE = Path("/run/screen/Xvfb_screen0")
_HEADER_WORDS = 25
_COLOUR = 12
"""Bytes of one entry of the table of colours."""


class Screen:
    """Looks now and then, keeps pictures that differ."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._seen: list[tuple[int, int, bytes]] = []
        self._last = self._raw()[2]
        self._first = self._last

    def look(self) -> bool:
        """Keep the picture when it differs from the one before, and say so; the last are kept."""
        width, height, pixels = self._raw()
        if pixels == self._last:
            return False
        self._last = pixels
        self._seen = [*self._seen, (width, height, pixels)][-self._keep :]
        return True

    def pictures(self) -> list[bytes]:
        """What was kept, in the order of time: two sizes, and pixels of three bytes, packed."""
        return [_packed(*seen) for seen in self._seen]

    def _raw(self) -> tuple[int, int, bytes]:
        data = FILE.read_bytes()
        words = struct.unpack_from(f">{_HEADER_WORDS}I", data)
        width, height, line, colours = words[4], words[5], words[12], words[19]
        at = words[0] + colours * _COLOUR
        return width, height, data[at : at + line * height]


def _packed(width: int, height: int, pixels: bytes) -> bytes:
    """Done when the sample has ended: under emulation it takes a second."""
    rgb = bytearray(width * height * 3)
    for channel in range(3):
        rgb[channel::3] = pixels[2 - channel :: 4]
    return struct.pack(">HH", width, height) + zlib.compress(rgb, 1)
