"""Compressions around an archive or a file, put back in their order.

gzip keeps its old header: the file's name and time stand there and nowhere else (RFC 1952).
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable
from typing import Final

from gateway.extraction.archives import library
from gateway.extraction.archives.library import Writer
from gateway.extraction.contract import ExtractError

_GZIP: Final = 1
_GZIP_MARK: Final = b"\x1f\x8b\x08"
_GZIP_FIXED: Final = 10
_HAS_CRC, _HAS_EXTRA, _HAS_NAME, _HAS_COMMENT = 2, 4, 8, 16
_PLAIN_HEADER: Final = _GZIP_MARK + b"\0\0\0\0\0\0\xff"
"""No name, no time, made by an unknown system."""


def compressed(plain: bytes, filters: tuple[int, ...], original: bytes) -> bytes:
    """`plain` by `filters`, libarchive's numbers, the innermost first; `original` is the whole
    old file. Raises ExtractError for a compression nobody here can write."""
    for place, code in enumerate(filters):
        outermost = place == len(filters) - 1
        if code == _GZIP:
            plain = _gzip(plain, original if outermost else b"")
        elif (method := _METHODS.get(code)) is not None:
            plain = method(plain)
        else:
            raise ExtractError("the compression around the archive cannot be written")
    return plain


def _gzip(plain: bytes, original: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(plain) + packer.flush()
    end = struct.pack("<2L", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
    return (_gzip_header(original) or _PLAIN_HEADER) + body + end


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


def _by_library(filter_name: str) -> Callable[[bytes], bytes]:
    def compress(plain: bytes) -> bytes:
        def fill(into: Writer) -> None:
            with library.plain_header(len(plain)) as header:
                into.member(header, plain)

        return library.written("raw", filter_name, b"", fill)

    return compress


def _lzma_alone(plain: bytes) -> bytes:
    return lzma.compress(plain, lzma.FORMAT_ALONE)


_METHODS: Final[dict[int, Callable[[bytes], bytes]]] = {
    2: bz2.compress,
    3: _by_library("compress"),
    5: _lzma_alone,
    6: lzma.compress,
    9: _by_library("lzip"),
    13: _by_library("lz4"),
    14: _by_library("zstd"),
}
"""By libarchive's numbers of filters (archive.h)."""
