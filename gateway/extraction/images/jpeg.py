"""JPEG (ITU T.81 annex B): segments up to the end of the last picture in the file."""

from __future__ import annotations

import re
import struct
from typing import Final

from gateway.extraction.images import exif
from gateway.extraction.images.structure import (
    MAX_SEGMENTS,
    Cut,
    StrangeError,
    Walked,
    holds_a_file,
)

_NEXT_MARKER: Final = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""In a scan: 0xFF 0x00 is a stuffed byte, 0xFFD0 to 0xFFD7 are restart markers (B.1.1.2)."""

_EXIF: Final = b"Exif\0\0"
_XMP: Final = b"http://ns.adobe.com/x"
_PARTS: Final = b"MPF\0"
"""CIPA DC-007: further pictures (depth, brightness of HDR) follow this one in the file."""

_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP1, _APP2, _APP13, _APP14 = 0xE1, 0xE2, 0xED, 0xEE


def walk(data: bytes) -> Walked:
    """The structure of the JPEG in `data`. Raises StrangeError."""
    walked = Walked()
    at, has_parts = _one_picture(data, 0, walked)
    while has_parts:
        following = len(data) - len(data[at:].lstrip(b"\0"))
        if data[following : following + 2] != b"\xff\xd8":
            break
        at, _ = _one_picture(data, following, Walked())
    walked.end = at
    return walked


def _one_picture(data: bytes, at: int, walked: Walked) -> tuple[int, bool]:
    """Walk one picture from its SOI on; where it ends, and whether more belong to it."""
    if data[at : at + 2] != b"\xff\xd8":
        raise StrangeError("it does not begin as a JPEG")
    at += 2
    has_parts = False
    for _ in range(MAX_SEGMENTS):
        found = _NEXT_MARKER.match(data, at)
        if found is None:
            if at >= len(data) - 1:
                return len(data), has_parts  # cut off: viewers show what is there
            raise StrangeError("a segment does not begin with a marker")
        marker, start, body = found[1][0], at, found.end()
        if marker == _EOI:
            return body, has_parts
        if marker in (_SOI, 0x01):
            at = body
            continue
        if body + 2 > len(data):
            return len(data), has_parts
        at = body + struct.unpack_from(">H", data, body)[0]
        if marker == _SOS:
            scan_end = _NEXT_MARKER.search(data, at)
            if scan_end is None:
                return len(data), has_parts
            at = scan_end.start()
        elif marker in _FRAMES:
            _frame(data, body, walked)
        elif marker == _COM or 0xE0 <= marker <= 0xEF:
            content = data[body + 2 : at]
            has_parts |= marker == _APP2 and content.startswith(_PARTS)
            _extra(walked, marker, content, start, min(at, len(data)))
    raise StrangeError("it has too many segments")


def _frame(data: bytes, body: int, walked: Walked) -> None:
    if body + 7 <= len(data):
        height, width = struct.unpack_from(">HH", data, body + 3)
        walked.width, walked.height = max(walked.width, width), max(walked.height, height)


def _extra(walked: Walked, marker: int, content: bytes, start: int, end: int) -> None:
    """A segment beside the pixels: kept, metadata, or the hiding place of another file."""
    if marker == _APP2 and content.startswith((b"ICC_PROFILE", _PARTS)):
        return
    if marker == _APP14 and content.startswith(b"Adobe"):
        return
    hides = holds_a_file(content)
    if marker == _APP1 and content.startswith(_EXIF):
        orientation = exif.orientation(content[len(_EXIF) :])
        body = _EXIF + exif.only_orientation(orientation)
        written = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
        kept = written if orientation != 1 else b""
        if content != body:
            what = "file in the EXIF data" if hides else "EXIF data"
            walked.cuts.append(Cut(start, end, what, not hides, kept))
    elif hides:
        walked.cut(start, end, "file in a comment or application segment")
    elif (marker == _APP1 and content.startswith(_XMP)) or marker in (_APP13, _COM):
        walked.cut(start, end, "comment" if marker == _COM else "metadata", metadata=True)
