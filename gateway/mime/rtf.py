"""Decompressing the RTF body of Outlook mails ([MS-OXRTFCP]): an LZ77 with a 4 KiB window."""

import struct
from typing import Final

from gateway.mime.decoded import Decoded
from gateway.mime.defects import Defect
from gateway.mime.limits import MAX_RTF_BYTES

_HEADER: Final = struct.Struct("<IIII")  # compressed size, raw size, type, checksum
_COMPRESSED: Final = 0x75465A4C
_UNCOMPRESSED: Final = 0x414C454D
_WINDOW: Final = 4096
_INITIAL: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the window holds at the start (section 2.1.2.1)."""


def decompress_rtf(data: bytes) -> Decoded:
    """The RTF text; damage gives what could be read, with `tnef_damaged`."""
    if len(data) < _HEADER.size:
        return Decoded(b"", (Defect.TNEF_DAMAGED,))
    _, raw_size, kind, _ = _HEADER.unpack_from(data)
    if kind == _UNCOMPRESSED:
        return Decoded(data[_HEADER.size : _HEADER.size + raw_size])
    if kind != _COMPRESSED:
        return Decoded(b"", (Defect.TNEF_DAMAGED,))
    return _unpack(data)


def _unpack(data: bytes) -> Decoded:
    """Follow literals and references. The output after the initial text is also the window: a
    reference at write position w to window offset o means the byte (w - o) mod 4096 back."""
    out = bytearray(_INITIAL)
    position = _HEADER.size
    size = len(data)
    while position < size:
        control = data[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                if position >= size:
                    return Decoded(bytes(out[len(_INITIAL) :]), (Defect.TNEF_DAMAGED,))
                out.append(data[position])
                position += 1
                continue
            reference = int.from_bytes(data[position : position + 2], "big")
            position += 2
            back = (len(out) - (reference >> 4)) % _WINDOW
            if back == 0:  # a reference to the write position ends the text
                return Decoded(bytes(out[len(_INITIAL) :]))
            if back > len(out) or position > size:
                return Decoded(bytes(out[len(_INITIAL) :]), (Defect.TNEF_DAMAGED,))
            for _ in range((reference & 15) + 2):
                out.append(out[-back])
            if len(out) > MAX_RTF_BYTES:
                return Decoded(bytes(out[len(_INITIAL) :]), (Defect.LIMIT_TNEF,))
    return Decoded(bytes(out[len(_INITIAL) :]), (Defect.TNEF_DAMAGED,))
