"""The file inside an OLE package: a stream `Ole10Native` ([MS-OLEDS] 2.3.6)."""

from __future__ import annotations

import struct
from typing import Final

STREAM: Final = "\x01Ole10Native"
_U32: Final = struct.Struct("<I")


def packaged(stream: bytes) -> tuple[str, bytes] | None:
    """Label and bytes of the file in an Ole10Native stream; None when it is no package. It holds
    size, flags, label, path, 8 bytes, path, size, data."""
    label_end = stream.find(b"\0", 6)
    path_end = stream.find(b"\0", label_end + 1)
    if label_end < 0 or path_end < 0 or path_end + 9 > len(stream):
        return None
    length = _U32.unpack_from(stream, path_end + 5)[0]
    start = path_end + 9 + length
    if start + 4 > len(stream):
        return None
    size = _U32.unpack_from(stream, start)[0]
    content = stream[start + 4 : start + 4 + size]
    return (stream[6:label_end].decode("cp1252", "replace"), content) if content else None
