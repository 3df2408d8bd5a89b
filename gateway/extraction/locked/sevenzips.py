"""7-Zip archives behind a password: the encryption is taken off, everything else stays as it is.

libarchive reads no encrypted 7-Zip archive. Those streams that are encrypted are decrypted, their
coder is taken out of the header, and libarchive reads what is left.
"""

from __future__ import annotations

import lzma
import struct
import zlib
from dataclasses import replace
from typing import Final

from libarchive.exception import ArchiveError

from gateway.extraction.archives.changes import Bounds, Changes
from gateway.extraction.archives.library import FORMATS, reading
from gateway.extraction.archives.members import explained
from gateway.extraction.archives.sevenzip import ENCODED_HEADER, START_HEADER, made_7z
from gateway.extraction.archives.sevenzipcrypt import AES, decoded_key, decrypt
from gateway.extraction.archives.sevenzipheader import (
    COPY,
    Coder,
    Cursor,
    Folder,
    HeaderError,
    Streams,
    raw_header,
    whole_archive,
    written,
)
from gateway.extraction.contract import ExtractError

_TYPE: Final = "7z"
_LZMA, _LZMA2 = b"\x03\x01\x01", b"\x21"
_MAX_HEADER: Final = 64 * 1024 * 1024
"""Bytes of a header that is itself compressed."""
_PROBE: Final = 4096
"""Bytes of one stream that show whether a word is wrong."""
_BOUNDS: Final = Bounds()


class _Keys:
    """The keys that one password makes, each made once."""

    def __init__(self, password: str) -> None:
        self._password = password
        self._made: dict[tuple[int, bytes], bytes] = {}

    def decrypted(self, packed: bytes, coder: Coder) -> bytes:
        rounds, salt, vector = AES.read_properties(coder.properties)
        if (rounds, salt) not in self._made:
            self._made[rounds, salt] = decoded_key(self._password, rounds, salt)
        return decrypt(packed, self._made[rounds, salt], vector)


class _WrongWordError(Exception):
    """What was decrypted makes no sense."""


class _Opener:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self, password: str) -> bytes | None:
        try:
            plain = _without_encryption(self._data, _Keys(password))
        except _WrongWordError:
            return None
        except (HeaderError, ValueError) as error:
            raise ExtractError(f"the archive's header cannot be read: {error}") from None
        return plain if _reads(plain) else None


def opener(data: bytes) -> _Opener | None:
    """See `locks.Lock`."""
    try:
        header = raw_header(data)
        if header[0] == ENCODED_HEADER:
            packed_header = Cursor(header[1:]).streams()
            if _is_sealed(packed_header):
                return _Opener(data)
            header = _unpacked_header(data, packed_header, _Keys(""))
        found = Cursor(header).main_streams()
    except (HeaderError, _WrongWordError, ValueError) as error:
        raise ExtractError(f"the archive's header cannot be read: {error}") from None
    return _Opener(data) if found is not None and _is_sealed(found[0]) else None


def lock(original: bytes, opened: bytes, content: bytes, password: str) -> bytes:
    """See `locks.Lock`. Names are hidden where they were."""
    try:
        header = raw_header(original)
        hidden = header[0] == ENCODED_HEADER and _is_sealed(Cursor(header[1:]).streams())
        made, _ = made_7z(
            content, _TYPE, Changes(()), _BOUNDS, password=password, hide_names=hidden
        )
    except HeaderError as error:
        raise ExtractError(f"the archive's header cannot be read: {error}") from None
    except ArchiveError as error:
        raise explained(error) from None
    return made


def preload() -> None:
    """See `locks.Lock`."""
    decrypt(bytes(16), bytes(32), bytes(16))


def _is_sealed(streams: Streams) -> bool:
    return any(coder.method == AES.ID for folder in streams.folders for coder in folder.coders)


def _without_encryption(data: bytes, keys: _Keys) -> bytes:
    """The archive with its streams decrypted. Raises _WrongWordError."""
    header = raw_header(data)
    if header[0] == ENCODED_HEADER:
        header = _unpacked_header(data, Cursor(header[1:]).streams(), keys)
    found = Cursor(header).main_streams()
    if found is None:
        return whole_archive(data[6:8], b"", header)
    streams, before, after = found
    packed: list[bytes] = []
    folders: list[Folder] = []
    at = START_HEADER.size + streams.at
    sizes = iter(streams.sizes)
    for folder in streams.folders:
        for stream in folder.packed:
            size = next(sizes)
            packed.append(_opened(data[at : at + size], folder, stream, keys))
            at += size
        folders.append(_unsealed(folder))
    plain = replace(streams, at=0, sizes=tuple(map(len, packed)), folders=tuple(folders))
    return whole_archive(data[6:8], b"".join(packed), before + written(plain) + after)


def _opened(raw: bytes, folder: Folder, stream: int, keys: _Keys) -> bytes:
    """A packed stream without its encryption, if it has any."""
    index = folder.coder_reading(stream)
    coder = folder.coders[index]
    if coder.method != AES.ID:
        return raw
    consumer = folder.consumer(index)
    if consumer is not None:
        _check(keys.decrypted(raw[:_PROBE], coder), folder.coders[folder.coder_reading(consumer)])
    plain = keys.decrypted(raw, coder)[: folder.size_of(index)]
    if len(plain) != folder.size_of(index):
        raise HeaderError("an encrypted stream is too short")
    return plain


def _check(beginning: bytes, coder: Coder) -> None:
    """Whether decrypted bytes begin as the next coder's input does: saves most of the work."""
    first = beginning[:1]
    if coder.method == _LZMA and first != b"\0":
        raise _WrongWordError
    if coder.method == _LZMA2 and first not in (b"\0", b"\1") and first < b"\xe0":
        raise _WrongWordError


def _unsealed(folder: Folder) -> Folder:
    while (index := _sealed_coder(folder)) is not None:
        folder = folder.without(index)
    return folder


def _sealed_coder(folder: Folder) -> int | None:
    coders = enumerate(folder.coders)
    return next((index for index, coder in coders if coder.method == AES.ID), None)


def _unpacked_header(data: bytes, streams: Streams, keys: _Keys) -> bytes:
    """A header that is compressed, and perhaps encrypted, itself."""
    if len(streams.folders) != 1 or len(streams.sizes) != 1:
        raise HeaderError("it has several parts")
    (folder,) = streams.folders
    at = START_HEADER.size + streams.at
    content = data[at : at + streams.sizes[0]]
    stream: int | None = folder.packed[0]
    while stream is not None:
        index = folder.coder_reading(stream)
        coder, size = folder.coders[index], folder.size_of(index)
        if size > _MAX_HEADER:
            raise HeaderError("it is too large")
        if coder.method == AES.ID:
            content = keys.decrypted(content, coder)[:size]
        else:
            content = _decoded(content, coder, size)
        stream = folder.consumer(index)
    if streams.checksum not in (None, zlib.crc32(content)):
        raise _WrongWordError
    return content


def _decoded(packed: bytes, coder: Coder, size: int) -> bytes:
    """What LZMA or LZMA2 packed. Raises _WrongWordError when it was no such thing."""
    if coder.method == COPY:
        return packed[:size]
    if coder.method == _LZMA and len(coder.properties) == 5:
        packed = coder.properties + struct.pack("<Q", size) + packed
        decoder = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=4 * _MAX_HEADER)
    elif coder.method == _LZMA2 and len(coder.properties) == 1:
        filters = [{"id": lzma.FILTER_LZMA2, "dict_size": _MAX_HEADER}]
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    else:
        raise HeaderError("it is packed by a rare method")
    try:
        return decoder.decompress(packed, size)
    except lzma.LZMAError:
        raise _WrongWordError from None


def _reads(plain: bytes) -> bool:
    """Whether the first member with bytes can be read, by its checksum."""
    try:
        with reading(plain, FORMATS[_TYPE]) as reader:
            for entry in reader.entries():
                if entry.is_file and entry.size > 0:
                    return reader.content(_BOUNDS.member_bytes) is not None
    except ArchiveError:
        return False
    return True
