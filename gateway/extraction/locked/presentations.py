"""A decrypted presentation of PowerPoint 97-2003, made one that no longer says it is locked.

The foreign parser leaves the stream of the encrypted summary, which readers take for a lock, and
blanks the record that held the key, which leaves a hole between the records. Source: [MS-PPT] 2.3.
"""

from __future__ import annotations

import struct
from typing import Final

from gateway.extraction.ole.compound import Compound

_SUMMARY: Final = "EncryptedSummary"
_USER, _STREAM = "Current User", "PowerPoint Document"
_HEAD: Final = struct.Struct("<HHL")
_EDIT_OFFSET: Final = 16
"""Of the current edit's offset in the stream `Current User` (2.3.2)."""
_DIRECTORY_OFFSET: Final = 20
"""Of the directory's offset in the record of an edit (2.3.3)."""


def unlocked(opened: bytes) -> bytes:
    """`opened` without what is left of its lock. Raises ExtractError, struct.error."""
    file = Compound(opened)
    summary = file.root.child_named(_SUMMARY)
    if summary is not None:
        file.remove(summary)
    user, entry = file.root.child_named(_USER), file.root.child_named(_STREAM)
    if user is not None and entry is not None:
        stream = bytearray(file.read(entry))
        (edit,) = struct.unpack_from("<L", file.read(user), _EDIT_OFFSET)
        (directory,) = struct.unpack_from("<L", stream, edit + _DIRECTORY_OFFSET)
        _fill(stream, sorted((directory, edit)))
        file.write(entry, stream)
    return file.written()


def _fill(stream: bytearray, known: list[int]) -> None:
    """Make one record of no kind of the zeros between the last record before `known` places and the
    next of them."""
    at = 0
    while at + _HEAD.size <= len(stream):
        head, kind, size = _HEAD.unpack_from(stream, at)
        if (head, kind, size) == (0, 0, 0):
            following = next((place for place in known if place >= at + _HEAD.size), 0)
            if not following or any(stream[at:following]):
                return
            _HEAD.pack_into(stream, at, 0, 0, following - at - _HEAD.size)
            at = following
        else:
            at += _HEAD.size + size
