"""Whether a file is one of several that make an archive together: then the others are missing, and
it is not damaged. Reads fixed places of headers only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

SENTENCE: Final = "it is one of several volumes, and the others are needed to open it"

_RAR4, _RAR5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_ZIP_END, _ZIP_PART = b"PK\x05\x06", b"PK\x07\x08"
_MOST_BYTES: Final = 10
"""Bytes of a number in RAR 5 (at seven bits each, of 64)."""


def is_volume(data: bytes, type_name: str) -> bool:
    """Whether `data` says that it is a part of a whole. False for what says nothing."""
    told = _TOLD_BY.get(type_name)
    return told is not None and told(data)


def _rar(data: bytes) -> bool:
    """RAR 4: the first flag of the archive header; RAR 5: the same of the main header's archive
    flags (unrar's technote, RAR 5.0 archive format)."""
    if data.startswith(_RAR5):
        at = len(_RAR5) + 4  # behind the checksum
        for _ in range(2):  # size and type of the header
            _, at = _number(data, at)
        header_flags, at = _number(data, at)
        if header_flags & 1:
            _, at = _number(data, at)  # size of the extra area
        archive_flags, _ = _number(data, at)
        return bool(archive_flags & 1)
    return data.startswith(_RAR4) and len(data) > 11 and bool(data[10] & 1)


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, octet in enumerate(data[at : at + _MOST_BYTES]):
        value |= (octet & 0x7F) << 7 * place
        if not octet & 0x80:
            return value, at + place + 1
    return value, at + _MOST_BYTES


def _zip(data: bytes) -> bool:
    """The number of this disk, or the mark of the first one (APPNOTE 4.4.19 and 8.5.3)."""
    end = data.rfind(_ZIP_END)
    if end >= 0:
        return data[end + 4 : end + 6] not in (b"\0\0", b"\xff\xff")
    return data.startswith(_ZIP_PART)


def _cab(data: bytes) -> bool:
    """Whether a cabinet before or behind belongs to it ([MS-CAB] 2.1)."""
    return len(data) > 32 and bool(data[30] & 3)


_TOLD_BY: Final[dict[str, Callable[[bytes], bool]]] = {"rar": _rar, "zip": _zip, "cab": _cab}
