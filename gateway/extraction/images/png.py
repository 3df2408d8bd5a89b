"""PNG (W3C, third edition): chunks up to IEND."""

from __future__ import annotations

import struct
import zlib
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

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PIXELS: Final = frozenset(
    {
        *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB"),
        *(b"cICP", b"mDCV", b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT"),
    }
)
_METADATA: Final = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"})


def walk(data: bytes) -> Walked:
    """The structure of the PNG in `data`. Raises StrangeError."""
    if not data.startswith(_SIGNATURE):
        raise StrangeError("it does not begin as a PNG")
    walked, at = Walked(), len(_SIGNATURE)
    for _ in range(MAX_SEGMENTS):
        if at + 12 > len(data):
            walked.end = len(data)  # cut off: viewers show what is there
            return walked
        length, name = struct.unpack_from(">L4s", data, at)
        if not name.isalpha():
            raise StrangeError("a chunk has no name")
        start, at = at, at + 12 + length
        if name == b"IHDR" and start + 16 <= len(data):
            walked.width, walked.height = struct.unpack_from(">LL", data, start + 8)
        if name == b"IEND":
            walked.end = min(at, len(data))
            return walked
        if name not in _PIXELS:
            _extra(walked, name, data[start + 8 : start + 8 + length], start, min(at, len(data)))
    raise StrangeError("it has too many chunks")


def _extra(walked: Walked, name: bytes, content: bytes, start: int, end: int) -> None:
    """A chunk beside the pixels: kept, metadata, or the hiding place of another file."""
    shown = name.decode("ascii")
    if holds_a_file(content):
        walked.cut(start, end, f"file in a {shown} chunk")
    elif name == b"eXIf":
        orientation = exif.orientation(content)
        body = exif.only_orientation(orientation)
        kept = _chunk(name, body) if orientation != 1 else b""
        if content != body:
            walked.cuts.append(Cut(start, end, "EXIF data", True, kept))
    elif name in _METADATA:
        walked.cut(start, end, "metadata", metadata=True)
    elif len(content) > MAX_PRIVATE and name[0] & 0x20:
        walked.cut(start, end, f"large private chunk {shown}")


def _chunk(name: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(name + body)
    return struct.pack(">L", len(body)) + name + body + struct.pack(">L", checksum)
