"""GIF (89a specification): blocks up to the trailer."""

from __future__ import annotations

import struct
from typing import Final

from gateway.extraction.images.structure import (
    MAX_PRIVATE,
    MAX_SEGMENTS,
    StrangeError,
    Walked,
    holds_a_file,
)

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_ANIMATION: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")


def walk(data: bytes) -> Walked:
    """The structure of the GIF in `data`. Raises StrangeError."""
    if len(data) < 13:
        raise StrangeError("it is too short for a GIF")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    walked = Walked(width, height)
    at = 13 + _table_size(flags)
    for _ in range(MAX_SEGMENTS):
        if at >= len(data):
            walked.end = len(data)  # cut off: viewers show what is there
            return walked
        start, kind = at, data[at]
        if kind == _TRAILER:
            walked.end = at + 1
            return walked
        if kind == _EXTENSION:
            label = data[at + 1] if at + 1 < len(data) else 0
            at = _after_blocks(data, at + 2)
            _extra(walked, label, data[start:at], start, at)
        elif kind == _IMAGE:
            local = data[at + 9] if at + 9 < len(data) else 0
            at = _after_blocks(data, at + 10 + _table_size(local) + 1)
        elif kind == 0:
            at += 1  # some writers leave a stray terminator, and all readers skip it
        else:
            raise StrangeError("a block is of no known kind")
    raise StrangeError("it has too many blocks")


def _table_size(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Behind the sub-blocks at `at` and their terminator."""
    while at < len(data):
        size = data[at]
        at += 1 + size
        if size == 0:
            return at
    return len(data)


def _extra(walked: Walked, label: int, block: bytes, start: int, end: int) -> None:
    if label not in (_COMMENT, _APPLICATION):
        return
    named = block[3:14]
    if label == _APPLICATION and named in _ANIMATION:
        return
    if holds_a_file(block):
        walked.cut(start, end, "file in a comment or application block")
    elif label == _COMMENT or named == b"XMP DataXMP":
        what = "comment" if label == _COMMENT else "metadata"
        walked.cut(start, end, what, metadata=True)
    elif len(block) > MAX_PRIVATE:
        walked.cut(start, end, "large private block")
