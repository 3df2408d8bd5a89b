"""Small PNG pictures, drawn from a seed: enough to be shown, measured and hashed."""

from __future__ import annotations

import random
import zlib
from struct import pack


def png(width: int = 48, height: int = 32, seed: int = 1) -> bytes:
    """An 8-bit RGB picture of `width` x `height`: a gradient with one coloured square."""
    tint = random.Random(seed).randbytes(3)
    rows = b"".join(
        b"\0" + b"".join(_pixel(column, row, width, height, tint) for column in range(width))
        for row in range(height)
    )
    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _pixel(column: int, row: int, width: int, height: int, tint: bytes) -> bytes:
    if width // 4 <= column < width // 2 and height // 4 <= row < height // 2:
        return tint
    return bytes((column * 255 // width, row * 255 // height, 128))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))
