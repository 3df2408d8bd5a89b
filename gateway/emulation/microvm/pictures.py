"""Pictures from the guest become PNG files that were written here. Pure.

What the guest sends is size and compressed colours; no decoder of a picture format ever sees it.
"""

from __future__ import annotations

import struct
import zlib

_SIDE_MAX = 2048
_HEAD = struct.Struct(">HH")


def png(untrusted_picture: bytes) -> bytes:
    """A PNG file (RFC 2083) of a picture as the guest sends it; empty when it is none."""
    if len(untrusted_picture) < _HEAD.size:
        return b""
    width, height = _HEAD.unpack_from(untrusted_picture)
    if not (0 < width <= _SIDE_MAX and 0 < height <= _SIDE_MAX):
        return b""
    wanted = width * height * 3
    try:
        colours = zlib.decompressobj().decompress(untrusted_picture[_HEAD.size :], wanted)
    except zlib.error:
        return b""
    if len(colours) != wanted:
        return b""
    line = width * 3
    rows = b"".join(b"\0" + colours[at : at + line] for at in range(0, wanted, line))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
