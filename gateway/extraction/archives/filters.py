"""Compressions around an archive or a file, as libarchive puts them back.

gzip keeps its old header: the file's name and time stand there and nowhere else (RFC 1952).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.extraction.contract import ExtractError

_NAMES: Final[dict[int, str]] = {
    1: "gzip",
    2: "bzip2",
    3: "compress",
    5: "lzma",
    6: "xz",
    9: "lzip",
    13: "lz4",
    14: "zstd",
}
"""libarchive's filters by its numbers (archive.h)."""

_SLOW: Final = frozenset({"lzma", "xz", "lzip"})
LARGE: Final = 4 * 1024 * 1024
"""Bytes of a compressed file above which LZMA works at its lowest level: 10 MB a second on one core
instead of 4, and a few per cent more bytes. The budget of one file is 20 s."""

_GZIP: Final = "gzip"
_GZIP_MARK: Final = b"\x1f\x8b\x08"
_GZIP_FIXED: Final = 10
_HAS_CRC, _HAS_EXTRA, _HAS_NAME, _HAS_COMMENT = 2, 4, 8, 16


def names_of(codes: Sequence[int]) -> tuple[str, ...]:
    """The filters of these numbers. Raises ExtractError for one that nobody here can write."""
    unknown = [code for code in codes if code not in _NAMES]
    if unknown:
        raise ExtractError("the compression around the archive cannot be written")
    return tuple(_NAMES[code] for code in codes)


def options(filters: Sequence[str], size: int) -> str:
    """libarchive's options for writing a file that had `size` bytes: no time of now, and no more
    work than a budget allows."""
    chosen = ["gzip:!timestamp"] if _GZIP in filters else []
    if size > LARGE:
        chosen += [f"{name}:compression-level=0" for name in filters if name in _SLOW]
    return ",".join(dict.fromkeys(chosen))


def with_old_header(made: bytes, filters: Sequence[str], original: bytes) -> bytes:
    """`made` with the header of `original`, where gzip is the outermost compression."""
    if not filters or filters[-1] != _GZIP:
        return made
    header = _gzip_header(original)
    return header + made[_GZIP_FIXED:] if header else made


def _gzip_header(data: bytes) -> bytes:
    """The header of a gzip file, without its checksum; empty when it cannot be told."""
    if not data.startswith(_GZIP_MARK) or len(data) < _GZIP_FIXED:
        return b""
    flags, at = data[3], _GZIP_FIXED
    if flags & _HAS_EXTRA:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for text in (_HAS_NAME, _HAS_COMMENT):
        if flags & text:
            at = data.find(b"\0", at) + 1
            if at == 0:
                return b""
    return data[:3] + bytes([flags & ~_HAS_CRC]) + data[4:at] if at <= len(data) else b""
