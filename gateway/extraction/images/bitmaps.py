"""BMP and TIFF: formats whose parts are found by offsets, so that their end is what the farthest
offset reaches."""

from __future__ import annotations

import struct
from typing import Final

from gateway.extraction.images.structure import MAX_SEGMENTS, StrangeError, Walked

_TYPE_SIZES: Final = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
}
"""Bytes of one value, by TIFF 6.0's field types (and 13, an offset of a directory)."""

_DIRECTORIES: Final = frozenset({330, 34665, 34853, 40965})
"""Tags whose values are offsets of further directories: SubIFDs, EXIF, GPS, interoperability."""

_DATA: Final = {273: 279, 324: 325, 513: 514}
"""Tags with offsets of strips, tiles and a thumbnail, and the tags with their lengths."""


def walk_bmp(data: bytes) -> Walked:
    """The structure of the BMP in `data`. Raises StrangeError."""
    if len(data) < 26:
        raise StrangeError("it is too short for a BMP")
    offset, header = struct.unpack_from("<LL", data, 10)
    if header == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = size = 0
    elif header >= 40 and len(data) >= 54:
        width, height, _, bits, compression, size = struct.unpack_from("<llHHLL", data, 18)
    else:
        raise StrangeError("its header is of no known kind")
    walked = Walked(abs(width), abs(height))
    if compression in (0, 3, 6):
        size = (walked.width * bits + 31) // 32 * 4 * walked.height
    elif not size:
        raise StrangeError("its size is not told")
    walked.end = offset + size
    if header >= 124 and len(data) >= 138:
        profile, length = struct.unpack_from("<LL", data, 126)
        walked.end = max(walked.end, 14 + profile + length if length else 0)
    walked.end = min(walked.end, len(data))
    return walked


def walk_tiff(data: bytes) -> Walked:
    """The structure of the TIFF in `data`. Raises StrangeError."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        raise StrangeError("it does not begin as a TIFF")
    walked = Walked(end=8)
    todo = [struct.unpack_from(order + "L", data, 4)[0]]
    seen: set[int] = set()
    while todo and len(seen) < MAX_SEGMENTS:
        at = todo.pop()
        if at in seen or not 0 < at <= len(data) - 2:
            continue
        seen.add(at)
        todo += _directory(data, order, at, walked)
    walked.end = min(walked.end, len(data))
    return walked


def _directory(data: bytes, order: str, at: int, walked: Walked) -> list[int]:
    """Read one directory; offsets of those it leads to."""
    (count,) = struct.unpack_from(order + "H", data, at)
    end = at + 2 + 12 * count
    walked.end = max(walked.end, end + 4)
    values: dict[int, list[int]] = {}
    for entry in range(at + 2, min(end, len(data) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHL", data, entry)
        size = _TYPE_SIZES.get(kind, 1) * number
        place = entry + 8
        if size > 4:
            (place,) = struct.unpack_from(order + "L", data, entry + 8)
            walked.end = max(walked.end, place + size)
        if kind in (3, 4, 13) and place + size <= len(data):
            code = "H" if kind == 3 else "L"
            values[tag] = list(struct.unpack_from(f"{order}{number}{code}", data, place))
    walked.width = max([walked.width, *values.get(256, [])[:1]])
    walked.height = max([walked.height, *values.get(257, [])[:1]])
    for offsets, lengths in _DATA.items():
        pairs = zip(values.get(offsets, []), values.get(lengths, []), strict=False)
        walked.end = max([walked.end, *(place + length for place, length in pairs)])
    further = [offset for tag in _DIRECTORIES for offset in values.get(tag, [])]
    if end + 4 <= len(data):
        further.append(struct.unpack_from(order + "L", data, end)[0])
    return further
