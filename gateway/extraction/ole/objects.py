"""Objects of a PowerPoint 97-2003 presentation: compressed storages in records of its stream.

Other documents keep objects as storages of their compound file; here each is a compound file of
its own in a record (ExOleObjStg, [MS-PPT] 2.10.34). Only gives them out, changes nothing.
"""

from __future__ import annotations

import zlib
from typing import Final

from gateway.extraction.ole.slides import last_edit, records

_STORAGE: Final = 0x1011
MAX_BYTES: Final = 64 * 1024 * 1024
"""Bytes of all objects of one presentation together, inflated."""


def presentation_objects(stream: bytes, current_user: bytes) -> tuple[list[bytes], bool]:
    """The objects, macro projects among them, in the stream `PowerPoint Document`, and whether
    those are all: False where one cannot be inflated or all are over `MAX_BYTES`.

    `current_user` is the stream `Current User`, empty where there is none. Raises ExtractError
    where the records do not fit into each other.
    """
    found: list[bytes] = []
    left = MAX_BYTES
    for record in records(stream, last_edit(current_user) if current_user else None):
        if record.type != _STORAGE:
            continue
        data = stream[record.start : record.start + record.size]
        if record.instance:
            inflater = zlib.decompressobj()
            try:
                data = inflater.decompress(data[4:], left + 1)
            except zlib.error:
                return found, False
        if len(data) > left:
            return found, False
        left -= len(data)
        found.append(data)
    return found, True
