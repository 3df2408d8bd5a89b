"""Objects in the stream `Data` of a Word document: storages of their own, each behind a short head.

Documents locked by CryptoAPI have them there instead of in `ObjectPool` ([MS-DOC] 2.2.6.3).
Properties of characters lead to them; looked for is what such an object begins with, wherever it
stands. Never moves a byte.
"""

from __future__ import annotations

import struct
from typing import Final

from gateway.extraction.contract import Payload
from gateway.extraction.kinds import Kind
from gateway.extraction.ole.compound import MAGIC
from gateway.extraction.ole.findings import Findings
from gateway.extraction.ole.stored import EMPTY, EMPTY_PACKED, inflated, kind_of, put

_HEAD: Final = struct.Struct("<HHL")
"""FOBJH ([MS-DOC] 2.9.94): its own size, whether what follows is compressed, the size of both."""
_BEGINNING: Final = b"\x08\0"
_COMPRESSED: Final = 1
_ENOUGH: Final = 512
"""Compressed bytes that the first eight of an object can take."""


def clean(stream: bytes, found: Findings) -> bytes:
    """`stream`, of the same length, with empty storages for those that `found.removes` names.

    Raises ExtractError for an object that is smaller than an empty one.
    """
    made = bytearray(stream)
    at = stream.find(_BEGINNING)
    while 0 <= at <= len(stream) - _HEAD.size:
        stop = _object_at(stream, at)
        gone = bool(stop) and _clean_object(made, at, stop, found)
        # What stays may have another one behind its end.
        at = stream.find(_BEGINNING, stop if gone else at + 1)
    return bytes(made)


def _object_at(stream: bytes, at: int) -> int:
    """Where the object whose head stands at `at` ends; 0 where there is none."""
    _, flags, size = _HEAD.unpack_from(stream, at)
    if not _HEAD.size < size <= len(stream) - at:
        return 0
    start = at + _HEAD.size
    first = stream[start : min(start + _ENOUGH, at + size)]
    if flags & _COMPRESSED:
        first = inflated(first, len(MAGIC))
    return at + size if first.startswith(MAGIC) else 0


def _clean_object(made: bytearray, at: int, stop: int, found: Findings) -> bool:
    """Whether it went."""
    packed = made[at + 2] & _COMPRESSED
    start = at + _HEAD.size
    data = bytes(made[start:stop])
    data = inflated(data) if packed else data
    kind, what = kind_of(data)
    if kind is None or not found.takes(kind, what, f"Data, object at {at}", acts=False):
        return False
    if kind is not Kind.MACROS:
        found.payloads.append(Payload(kind, f"Data, object at {at}", data))
    content = EMPTY_PACKED if packed else EMPTY
    put(made, start, stop, content, "the document")
    return True
