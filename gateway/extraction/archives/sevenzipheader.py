"""The part of a 7-Zip header that says how its streams are packed: read, changed, written.

What follows it (which file is which piece of a stream, names, dates) is kept as bytes. Source:
7zFormat.txt of the LZMA SDK. Never unpacks anything.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from typing import Final

from gateway.extraction.archives.sevenzip import (
    CODERS_SIZE,
    CRC,
    END,
    FOLDER,
    HEADER,
    MAIN_STREAMS,
    PACK,
    SIGNATURE,
    SIZE,
    START_HEADER,
    UNPACK,
    number,
)

COPY: Final = b"\0"
_HAS_PROPERTIES, _IS_COMPLEX = 0x20, 0x10
_MOST: Final = 10_000
"""Streams, folders or coders of one archive."""
_MOST_CODERS: Final = 32
"""Coders of one folder, inputs and outputs of one coder; 7-Zip's own limit."""


class HeaderError(Exception):
    """The header breaks its format's rules, or has what nobody here reads. One sentence."""


@dataclass(frozen=True, slots=True)
class Coder:
    """One method with its numbers of inputs and outputs."""

    method: bytes
    properties: bytes = b""
    inputs: int = 1
    outputs: int = 1


@dataclass(frozen=True, slots=True)
class Folder:
    """Coders, and how they are joined. Inputs and outputs are numbered through all coders.

    `pairs` are (input, output it reads), `packed` the inputs that read packed streams, in their
    order; `sizes` what each output gives.
    """

    coders: tuple[Coder, ...]
    pairs: tuple[tuple[int, int], ...] = ()
    packed: tuple[int, ...] = (0,)
    sizes: tuple[int, ...] = ()

    def coder_reading(self, stream_input: int) -> int:
        """The index of the coder that has this input."""
        for index, coder in enumerate(self.coders):
            if stream_input < coder.inputs:
                return index
            stream_input -= coder.inputs
        raise HeaderError("a coder has no such input")

    def consumer(self, index: int) -> int | None:
        """The input that reads the only output of a coder; None for the last one."""
        output = self._first_output(index)
        return next((stream for stream, source in self.pairs if source == output), None)

    def size_of(self, index: int) -> int:
        """What the only output of a coder gives."""
        return self.sizes[self._first_output(index)]

    def without(self, index: int) -> Folder:
        """The folder without a coder of one input, which is packed, and one output."""
        coder = self.coders[index]
        consumer = self.consumer(index)
        stream = sum(each.inputs for each in self.coders[:index])
        output = self._first_output(index)
        if (coder.inputs, coder.outputs) != (1, 1) or stream not in self.packed:
            raise HeaderError("its streams are joined in a way that nobody here reads")
        if consumer is None:  # nothing else was done to the stream
            coders = (*self.coders[:index], Coder(COPY), *self.coders[index + 1 :])
            return replace(self, coders=coders)
        joined = (consumer if each == stream else each for each in self.packed)
        return Folder(
            (*self.coders[:index], *self.coders[index + 1 :]),
            tuple(
                (each - (each > stream), source - (source > output))
                for each, source in self.pairs
                if source != output
            ),
            tuple(each - (each > stream) for each in joined),
            (*self.sizes[:output], *self.sizes[output + 1 :]),
        )

    def _first_output(self, index: int) -> int:
        return sum(each.outputs for each in self.coders[:index])


@dataclass(frozen=True, slots=True)
class Streams:
    """A PackInfo and an UnpackInfo: where packed streams lie, and how folders unpack them.

    `digests` are the checksums of folders as they stand.
    """

    at: int
    sizes: tuple[int, ...]
    folders: tuple[Folder, ...]
    digests: bytes = b""

    @property
    def checksum(self) -> int | None:
        """The checksum of the only folder; None where there is none."""
        if self.digests[:2] != bytes([CRC, 1]) or len(self.folders) != 1:
            return None
        return int.from_bytes(self.digests[2:6], "little")


def raw_header(data: bytes) -> bytes:
    """The header as it stands, perhaps packed itself. Raises HeaderError."""
    if len(data) < START_HEADER.size or not data.startswith(SIGNATURE):
        raise HeaderError("it is no 7-Zip archive")
    _, _, _, offset, size, crc = START_HEADER.unpack_from(data)
    start = START_HEADER.size + offset
    header = data[start : start + size]
    if len(header) != size or not header or zlib.crc32(header) != crc:
        raise HeaderError("it is cut off")
    return header


def whole_archive(version: bytes, body: bytes, header: bytes) -> bytes:
    """An archive of its packed streams and its header."""
    start = struct.pack("<QQL", len(body), len(header), zlib.crc32(header))
    checksum = struct.pack("<L", zlib.crc32(start))
    return b"".join((SIGNATURE, version, checksum, start, body, header))


def written(streams: Streams) -> bytes:
    """The PackInfo and UnpackInfo of `streams`."""
    pack = bytes([PACK]) + number(streams.at) + number(len(streams.sizes)) + bytes([SIZE])
    pack += b"".join(map(number, streams.sizes)) + bytes([END])
    unpack = bytes([UNPACK, FOLDER]) + number(len(streams.folders)) + b"\0"
    unpack += b"".join(map(_written_folder, streams.folders)) + bytes([CODERS_SIZE])
    unpack += b"".join(number(size) for folder in streams.folders for size in folder.sizes)
    return pack + unpack + streams.digests + bytes([END])


def _written_folder(folder: Folder) -> bytes:
    pieces = [number(len(folder.coders))]
    for coder in folder.coders:
        is_complex = (coder.inputs, coder.outputs) != (1, 1)
        flags = len(coder.method) | (_HAS_PROPERTIES if coder.properties else 0)
        pieces.append(bytes([flags | (_IS_COMPLEX if is_complex else 0)]) + coder.method)
        if is_complex:
            pieces.append(number(coder.inputs) + number(coder.outputs))
        if coder.properties:
            pieces.append(number(len(coder.properties)) + coder.properties)
    pieces += [number(stream) + number(source) for stream, source in folder.pairs]
    if len(folder.packed) > 1:
        pieces += map(number, folder.packed)
    return b"".join(pieces)


class Cursor:
    """Reads a header from its beginning. Raises HeaderError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def main_streams(self) -> tuple[Streams, bytes, bytes] | None:
        """The streams of a header, and what stands before and behind them; None without any."""
        self._expect(HEADER)
        if self._id() != MAIN_STREAMS:
            return None
        before = self._at
        streams = self.streams(closed=False)
        return streams, self._data[:before], self._data[self._at :]

    def streams(self, *, closed: bool = True) -> Streams:
        """PackInfo and UnpackInfo; with the mark that closes them, where nothing else follows."""
        self._expect(PACK)
        at, count = self._number(), self._count(_MOST)
        self._expect(SIZE)
        sizes = tuple(self._number() for _ in range(count))
        self._skip_digests(count)
        self._expect(UNPACK, FOLDER)
        number_of_folders = self._count(_MOST)
        self._expect(0)
        read = [self._folder() for _ in range(number_of_folders)]
        self._expect(CODERS_SIZE)
        folders = tuple(
            replace(folder, sizes=tuple(self._number() for _ in range(outputs)))
            for folder in read
            for outputs in [sum(coder.outputs for coder in folder.coders)]
        )
        start = self._at
        self._skip_digests(len(folders))
        digests = self._data[start : self._at - 1]
        if sum(len(folder.packed) for folder in folders) != len(sizes):
            raise HeaderError("its streams do not add up")
        if closed:
            self._expect(END)
        return Streams(at, sizes, folders, digests)

    def _folder(self) -> Folder:
        coders = tuple(self._coder() for _ in range(self._count(_MOST_CODERS)))
        inputs = sum(coder.inputs for coder in coders)
        outputs = sum(coder.outputs for coder in coders)
        pairs = tuple((self._number(), self._number()) for _ in range(outputs - 1))
        joined = {stream for stream, _ in pairs}
        free = inputs - len(joined)
        if free == 1:
            packed = tuple(stream for stream in range(inputs) if stream not in joined)
        else:
            packed = tuple(self._number() for _ in range(max(0, free)))
        if not packed or any(stream >= inputs for stream in (*packed, *joined)):
            raise HeaderError("its coders are joined wrongly")
        return Folder(coders, pairs, packed)

    def _coder(self) -> Coder:
        flags = self._id()
        method = self._take(flags & 0x0F)
        inputs = outputs = 1
        if flags & _IS_COMPLEX:
            inputs, outputs = self._count(_MOST_CODERS), self._count(_MOST_CODERS)
        properties = self._take(self._number()) if flags & _HAS_PROPERTIES else b""
        return Coder(method, properties, inputs, outputs)

    def _skip_digests(self, count: int) -> None:
        """Checksums, where there are any, and the mark of the end."""
        mark = self._id()
        if mark == CRC:
            known = count
            if self._id() != 1:
                known = sum(octet.bit_count() for octet in self._take(-(-count // 8)))
            self._take(4 * known)
            mark = self._id()
        if mark != END:
            raise HeaderError("something stands where it should not")

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise HeaderError("it ends too early")
        self._at += count
        return taken

    def _id(self) -> int:
        return self._take(1)[0]

    def _expect(self, *wanted: int) -> None:
        for each in wanted:
            if self._id() != each:
                raise HeaderError("something stands where it should not")

    def _number(self) -> int:
        first = self._id()
        mask, value = 0x80, 0
        for place in range(8):
            if not first & mask:
                return value + ((first & mask - 1) << 8 * place)
            value |= self._id() << 8 * place
            mask >>= 1
        return value

    def _count(self, most: int) -> int:
        count = self._number()
        if count > most:
            raise HeaderError("it has too many parts")
        return count
