"""Objects of a PowerPoint 97-2003 presentation: compressed storages in records of its stream.

Other documents keep objects as storages of their compound file; here each is a compound file of
its own in a record (ExOleObjStg, [MS-PPT] 2.10.34). Only gives them out, changes nothing.
"""

from __future__ import annotations

import zlib
from typing import Final

from gateway.extraction.ole.slides import last_edit, records

_STORAGE: Final = 0x1011
_ZLIB_HEADER: Final = 2
_PIECE: Final = 256
"""Bytes inflated at once: of the piece that is damaged nothing comes out."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""Bytes of all objects of one presentation together, inflated."""


def presentation_objects(stream: bytes, current_user: bytes) -> tuple[list[bytes], bool]:
    """The objects, macro projects among them, in the stream `PowerPoint Document`, and whether
    those are all: False where one is damaged or all are over `MAX_BYTES`. What comes out of a
    damaged one is among them: PowerPoint and others may be content with it.

    `current_user` is the stream `Current User`, empty where there is none. Raises ExtractError
    where the records do not fit into each other.
    """
    found: list[bytes] = []
    left, whole = MAX_BYTES, True
    for record in records(stream, last_edit(current_user) if current_user else None):
        if record.type != _STORAGE:
            continue
        data = stream[record.start : record.start + record.size]
        if record.instance:
            size = int.from_bytes(data[:4], "little")
            data = _inflated(data[4 + _ZLIB_HEADER :], left + 1)
            whole = whole and len(data) >= size
        if len(data) > left:
            return found, False
        left -= len(data)
        found.append(data)
    return found, whole


def _inflated(packed: bytes, limit: int) -> bytes:
    """What comes out up to the first damage. The checksum behind it is not asked for: a wrong one
    keeps nobody from the object."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    made = bytearray()
    try:
        for at in range(0, len(packed), _PIECE):
            made += inflater.decompress(packed[at : at + _PIECE], limit - len(made))
            if len(made) >= limit:
                break
    except zlib.error:
        pass
    return bytes(made)
