"""WebP (RFC 9649): chunks within the RIFF container."""

from __future__ import annotations

import struct
from typing import Final

from gateway.extraction.images import exif
from gateway.extraction.images.structure import (
    MAX_PRIVATE,
    MAX_SEGMENTS,
    Cut,
    StrangeError,
    Walked,
    holds_a_file,
)

_PIXELS: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04


def walk(data: bytes) -> Walked:
    """The structure of the WebP in `data`. Raises StrangeError."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise StrangeError("it does not begin as a WebP")
    (size,) = struct.unpack_from("<L", data, 4)
    walked = Walked(end=min(8 + size, len(data)))
    at = 12
    for _ in range(MAX_SEGMENTS):
        if at + 8 > walked.end:
            return walked
        name, length = struct.unpack_from("<4sL", data, at)
        start, at = at, at + 8 + length + (length & 1)
        if name == b"VP8X" and start + 18 <= len(data):
            walked.width = 1 + int.from_bytes(data[start + 12 : start + 15], "little")
            walked.height = 1 + int.from_bytes(data[start + 15 : start + 18], "little")
        elif name not in _PIXELS:
            content = data[start + 8 : start + 8 + length]
            _extra(walked, name, content, start, min(at, walked.end))
    raise StrangeError("it has too many chunks")


def _extra(walked: Walked, name: bytes, content: bytes, start: int, end: int) -> None:
    if holds_a_file(content):
        walked.cut(start, end, "file in a chunk")
    elif name == b"EXIF":
        tiff = content.removeprefix(b"Exif\0\0")
        orientation = exif.orientation(tiff)
        body = exif.only_orientation(orientation)
        kept = name + struct.pack("<L", len(body)) + body if orientation != 1 else b""
        if content != body:
            walked.cuts.append(Cut(start, end, "EXIF data", True, kept))
    elif name == b"XMP ":
        walked.cut(start, end, "metadata", metadata=True)
    elif len(content) > MAX_PRIVATE:
        walked.cut(start, end, "large private chunk")


def finish(made: bytes) -> bytes:
    """The file after cuts, with its size and the flags for what is gone put right."""
    flags = made[20] if made[12:16] == b"VP8X" and len(made) > 20 else None
    written = made[:4] + struct.pack("<L", len(made) - 8) + made[8:]
    if flags is None:
        return written
    left = flags
    if b"EXIF" not in made[30:]:
        left &= ~_EXIF_FLAG
    if b"XMP " not in made[30:]:
        left &= ~_XMP_FLAG
    return written[:20] + bytes((left,)) + written[21:]
