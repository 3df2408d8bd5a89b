"""The one entry of EXIF that a picture needs to look the same: its orientation."""

from __future__ import annotations

import struct
from typing import Final

_ORIENTATION: Final = 0x0112
_MAX_ENTRIES: Final = 1000


def orientation(tiff: bytes) -> int:
    """The orientation (1 to 8) of EXIF data from its byte order mark on; 1 when there is none."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 10:
        return 1
    (at,) = struct.unpack_from(order + "L", tiff, 4)
    if at + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(order + "H", tiff, at)
    for number in range(min(count, _MAX_ENTRIES)):
        entry = at + 2 + 12 * number
        if entry + 12 > len(tiff):
            return 1
        tag, kind, values = struct.unpack_from(order + "HHL", tiff, entry)
        if tag == _ORIENTATION and kind == 3 and values == 1:
            (value,) = struct.unpack_from(order + "H", tiff, entry + 8)
            return int(value) if 1 <= value <= 8 else 1
    return 1


def only_orientation(value: int) -> bytes:
    """EXIF data that says nothing but the orientation."""
    return b"MM\0*" + struct.pack(">LHHHLHHL", 8, 1, _ORIENTATION, 3, 1, value, 0, 0)
