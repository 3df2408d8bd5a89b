"""7-Zip archives, written: one solid stream of LZMA2, with or without a password.

libarchive's own writer needs a temporary file, which guests do not have. Source: 7zFormat.txt of
the LZMA SDK; the numbers below are its property ids. Never reads an archive itself.
"""

from __future__ import annotations

import lzma
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.extraction.archives import library
from gateway.extraction.archives.changes import Bounds, Changes, Names
from gateway.extraction.archives.filters import LARGE
from gateway.extraction.archives.library import FORMATS, Entry, reading
from gateway.extraction.archives.members import members, names_in
from gateway.extraction.archives.sevenzipcrypt import AES, decoded_key, encrypt
from gateway.model import Removal

SIGNATURE: Final = b"7z\xbc\xaf\x27\x1c"
START_HEADER: Final = struct.Struct("<6s2sLQQL")

END, HEADER, MAIN_STREAMS, FILES, PACK, UNPACK, SUBSTREAMS = 0, 1, 4, 5, 6, 7, 8
SIZE, CRC, FOLDER, CODERS_SIZE, NUM_STREAMS = 9, 10, 11, 12, 13
EMPTY_STREAM, EMPTY_FILE, NAMES, CREATED, ACCESSED, MODIFIED, ATTRIBUTES = (
    14,
    15,
    17,
    18,
    19,
    20,
    21,
)
ENCODED_HEADER: Final = 23

_VERSION: Final = b"\0\4"
_LZMA2: Final = b"\x21"
_DICTIONARY: Final = 8 * 1024 * 1024
_DICTIONARY_CODE: Final = 22
"""8 MiB as LZMA2 writes it: 2 << (22 / 2 + 11)."""


def _filters(size: int) -> list[dict[str, int]]:
    """LZMA2 for an archive that had `size` bytes; see `filters.LARGE`."""
    preset = 0 if size > LARGE else 6
    return [{"id": lzma.FILTER_LZMA2, "preset": preset, "dict_size": _DICTIONARY}]


_EPOCH: Final = 11_644_473_600
"""Seconds from 1601, where FILETIME begins, to 1970."""
_WINDOWS_FOLDER, _WINDOWS_FILE, _UNIX_EXTENSION = 0x10, 0x20, 0x8000
_WHY_LESS: Final = "a device, a pipe or a hard link has no place in a 7-Zip archive"


@dataclass(frozen=True, slots=True)
class _File:
    """One member as the header lists it; `crc` is None for what has no bytes."""

    name: str
    entry: Entry
    size: int
    crc: int | None


def made_7z(
    data: bytes,
    type_name: str,
    changes: Changes,
    bounds: Bounds,
    *,
    password: str = "",
    hide_names: bool = False,
) -> tuple[bytes, tuple[Removal, ...]]:
    """The members of `data` with `changes` as a 7-Zip archive, and what it cannot hold.

    Raises ExtractError, EncryptedError and ArchiveError.
    """
    names = Names(names_in(data, type_name))
    packer = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=_filters(len(data)))
    packed: list[bytes] = []
    files: list[_File] = []
    left_out: list[Removal] = []
    with reading(data, FORMATS[type_name]) as reader:
        for member in members(reader, bounds):
            entry, content = member.entry, member.content or member.entry.target
            if not (entry.is_file or entry.is_folder or entry.kind == library.SYMLINK):
                shown = entry.raw_name.decode("utf-8", "replace")
                left_out.append(Removal("device, pipe or hard link", shown, _WHY_LESS))
                continue
            raw_name = entry.raw_name
            change = changes.of(content, raw_name) if entry.is_file else None
            if change is not None:
                content = change.content
                if change.renames:
                    raw_name = names.free(change.renamed(raw_name))
            crc = zlib.crc32(content) if content else None
            name = raw_name.decode("utf-8", "replace").rstrip("/")
            files.append(_File(name, entry, len(content), crc))
            packed.append(packer.compress(content))
    packed.append(packer.flush())
    changes.check_complete()
    total = sum(file.size for file in files)
    stream = b"".join(packed) if total else b""
    return _archive(files, stream, total, password, hide_names), tuple(left_out)


def _archive(
    files: Sequence[_File], packed: bytes, size: int, password: str, hide_names: bool
) -> bytes:
    """The whole file: start, stream, header."""
    body = [packed]
    streams = b""
    if packed:
        streams, body = _folder(packed, size, 0, password)
        sizes = [file for file in files if file.crc is not None]
        substreams = bytes([SUBSTREAMS, NUM_STREAMS]) + number(len(sizes)) + bytes([SIZE])
        substreams += b"".join(number(file.size) for file in sizes[:-1])
        substreams += bytes([CRC, 1])
        substreams += b"".join(struct.pack("<L", file.crc) for file in sizes) + bytes([END])
        streams = bytes([MAIN_STREAMS]) + streams + substreams + bytes([END])
    header = bytes([HEADER]) + streams + _files_info(files) + bytes([END])
    if password and hide_names:
        at = sum(map(len, body))
        plain = lzma.compress(header, lzma.FORMAT_RAW, filters=_filters(0))
        streams, more = _folder(plain, len(header), at, password, zlib.crc32(header))
        body += more
        header = bytes([ENCODED_HEADER]) + streams + bytes([END])
    offset = sum(map(len, body))
    start = struct.pack("<QQL", offset, len(header), zlib.crc32(header))
    return b"".join(
        (SIGNATURE, _VERSION, struct.pack("<L", zlib.crc32(start)), start, *body, header)
    )


def _folder(
    packed: bytes, size: int, at: int, password: str, crc: int | None = None
) -> tuple[bytes, list[bytes]]:
    """PackInfo and UnpackInfo of one stream of LZMA2 at offset `at`, and its bytes."""
    coder = b"\x21" + _LZMA2 + b"\1" + bytes([_DICTIONARY_CODE])  # one byte of id, properties
    folder, sizes = b"\1" + coder, number(size)
    if password:
        vector = os.urandom(16)
        properties = AES.properties(vector)
        aes = b"\x24" + AES.ID + number(len(properties)) + properties  # four bytes of id
        # Two coders: what the first one reads (0) is what the second one gives (1).
        folder, sizes = b"\2" + coder + aes + b"\0\1", sizes + number(len(packed))
        packed = encrypt(packed, decoded_key(password, AES.ROUNDS, b""), vector)
    pack = bytes([PACK]) + number(at) + b"\1" + bytes([SIZE]) + number(len(packed)) + bytes([END])
    digest = bytes([CRC, 1]) + struct.pack("<L", crc) if crc is not None else b""
    unpack = bytes([UNPACK, FOLDER, 1, 0]) + folder + bytes([CODERS_SIZE]) + sizes + digest
    return pack + unpack + bytes([END]), [packed]


def _files_info(files: Sequence[_File]) -> bytes:
    """FilesInfo: which members have no bytes, names, times, attributes."""
    empty = [file for file in files if file.crc is None]
    pieces = [bytes([FILES]), number(len(files))]
    if empty:
        pieces.append(_property(EMPTY_STREAM, _bits(file.crc is None for file in files)))
        no_folders = [not file.entry.is_folder for file in empty]
        if any(no_folders):
            pieces.append(_property(EMPTY_FILE, _bits(no_folders)))
    names = b"".join(file.name.encode("utf-16-le", "replace") + b"\0\0" for file in files)
    pieces.append(_property(NAMES, b"\0" + names))
    for which, times in (
        (CREATED, [(file.entry.ctime, 0) for file in files]),
        (ACCESSED, [(file.entry.atime, 0) for file in files]),
        (MODIFIED, [(file.entry.mtime, file.entry.mtime_nanoseconds) for file in files]),
    ):
        if any(seconds is not None for seconds, _ in times):
            pieces.append(_property(which, _times(times)))
    attributes = b"".join(struct.pack("<L", _attributes(file.entry)) for file in files)
    pieces.append(_property(ATTRIBUTES, b"\1\0" + attributes))
    return b"".join((*pieces, bytes([END])))


def _property(which: int, value: bytes) -> bytes:
    return bytes([which]) + number(len(value)) + value


def _times(times: Sequence[tuple[int | None, int]]) -> bytes:
    """Times in units of 100 ns since 1601, of those members that have one."""
    known = [seconds is not None for seconds, _ in times]
    head = b"\1" if all(known) else b"\0" + _bits(known)
    ticks = (
        max(0, (seconds + _EPOCH) * 10_000_000 + nanoseconds // 100)
        for seconds, nanoseconds in times
        if seconds is not None
    )
    return head + b"\0" + b"".join(struct.pack("<Q", each) for each in ticks)


def _attributes(entry: Entry) -> int:
    """Windows' attributes, with the mode of Unix above them."""
    kind = entry.kind or library.REGULAR
    windows = _WINDOWS_FOLDER if entry.is_folder else _WINDOWS_FILE
    return (kind | entry.mode & 0o7777) << 16 | _UNIX_EXTENSION | windows


def _bits(values: Iterable[bool]) -> bytes:
    """A vector of bits, the highest bit of each byte first."""
    return bytes(_bytes_of(values))


def _bytes_of(values: Iterable[bool]) -> Iterator[int]:
    octet, mask = 0, 0x80
    for value in values:
        octet |= mask if value else 0
        mask >>= 1
        if not mask:
            yield octet
            octet, mask = 0, 0x80
    if mask != 0x80:
        yield octet


def number(value: int) -> bytes:
    """A number in one to nine bytes: leading ones of the first byte count those that follow."""
    for more in range(8):
        if value < 1 << 7 * (more + 1):
            first = 0xFF00 >> more & 0xFF | value >> 8 * more
            return bytes([first]) + (value & (1 << 8 * more) - 1).to_bytes(more, "little")
    return b"\xff" + value.to_bytes(8, "little")
