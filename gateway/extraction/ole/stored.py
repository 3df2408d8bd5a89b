"""Storages within a stream: what they are, and the empty one that takes their place.

PowerPoint keeps objects and its macro project so, Word the objects of a locked document.
"""

from __future__ import annotations

import zlib
from typing import Final

from gateway.extraction.contract import ExtractError
from gateway.extraction.kinds import Kind
from gateway.extraction.ole.compound import Compound, empty

MAX_OBJECT: Final = 64 * 1024 * 1024
"""Bytes of one object once inflated; what is larger is taken out unseen."""
EMPTY: Final = empty()
EMPTY_PACKED: Final = zlib.compress(EMPTY, 9)


def inflated(packed: bytes, limit: int = MAX_OBJECT) -> bytes:
    """What is compressed in `packed`, up to `limit` bytes; empty for what is damaged."""
    try:
        return zlib.decompressobj().decompress(packed, limit)
    except zlib.error:
        return b""


def put(stream: bytearray, start: int, stop: int, content: bytes, whose: str) -> None:
    """`content` in place of an object, and zeros up to its end. Raises ExtractError, which calls
    the file `whose`, where it does not fit."""
    if len(content) > stop - start:
        raise ExtractError(f"an object of {whose} cannot be emptied in its place")
    stream[start:stop] = content + bytes(stop - start - len(content))


def kind_of(data: bytes) -> tuple[Kind | None, str]:
    """What a storage is: nothing any more, a macro project, a control, an object."""
    try:
        storage = Compound(data)
    except ExtractError:
        # What cannot be read is an object all the same: other readers are laxer.
        return Kind.OLE_OBJECTS, "embedded object that cannot be read"
    names = {entry.name.lower() for entry in storage.root.walk()}
    if not names:
        return None, ""
    if "_vba_project" in names or "vba" in names:
        return Kind.MACROS, "VBA macros"
    if "\x03ocxname" in names or "\x03ocxdata" in names:
        return Kind.ACTIVEX, "ActiveX control"
    return Kind.OLE_OBJECTS, "embedded OLE object"
