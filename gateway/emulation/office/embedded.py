"""Files inside OLE objects: packages in the stream `\\x01Ole10Native` (MS-OLEDS 2.3.6)."""

from __future__ import annotations

import io
import struct

import olefile

_FILES_MAX = 64
_NATIVE = "\x01ole10native"


def native_files(data: bytes) -> list[tuple[str, bytes]]:
    """Names and bytes of the files in an OLE compound file's packages."""
    found: list[tuple[str, bytes]] = []
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            for path in ole.listdir()[:2000]:
                if path[-1].lower() == _NATIVE and len(found) < _FILES_MAX:
                    package = package_of(ole.openstream(path).read())
                    if package is not None:
                        found.append(package)
    except (OSError, ValueError, struct.error, IndexError):
        return found
    return found


def package_of(stream: bytes) -> tuple[str, bytes] | None:
    """The name and bytes in one package's stream."""
    position = 6  # size of the rest, flags
    label, position = _text(stream, position)
    name, position = _text(stream, position)
    position += 4
    if position + 4 > len(stream):
        return None
    (path_size,) = struct.unpack_from("<I", stream, position)
    position += 4 + path_size
    if position + 4 > len(stream):
        return None
    (size,) = struct.unpack_from("<I", stream, position)
    content = stream[position + 4 : position + 4 + size]
    return (name or label or "package.bin").replace("/", "\\").rsplit("\\", 1)[-1], content


def _text(stream: bytes, position: int) -> tuple[str, int]:
    end = stream.find(b"\0", position)
    if end < 0:
        return "", len(stream)
    return stream[position:end].decode("cp1252", "replace"), end + 1
