"""Zip files read strictly and copied raw: members that stay keep their compressed bytes.

Office packages are zip files whose readers differ in what they tolerate, which is how content
hides. So anything two readers could see differently (two members of one name, local and central
entries that contradict, overlapping members) is an error here. Never writes to a file system.
Source: PKWARE APPNOTE 6.3.10.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.extraction.contract import EncryptedError, ExtractError

MAX_MEMBERS = 10_000
"""Members of one package. The largest honest workbooks stay below 2,000."""
MAX_MEMBER_BYTES = 64 * 1024 * 1024
"""Inflated size of one member that is read. Beyond, Office itself struggles."""

_EOCD = struct.Struct("<4s4H2LH")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
_LOCATOR = struct.Struct("<4sLQL")
_WIDE_EOCD = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_SIGNATURE, _WIDE_SIGNATURE = b"PK\x06\x07", b"PK\x06\x06"
_EOCD_SIGNATURE = b"PK\x05\x06"
CENTRAL_SIGNATURE = b"PK\x01\x02"
LOCAL_SIGNATURE = b"PK\x03\x04"
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_LONGEST_COMMENT = 0xFFFF
_MANY, _OVERFLOW = 0xFFFF, 0xFFFFFFFF
"""Counts, and sizes or offsets, that say "see zip64"."""
_ZIP64_EXTRA = 1
STORED, DEFLATED = 0, 8
FLAG_ENCRYPTED, _FLAG_DESCRIPTOR, FLAG_UTF8 = 0x0001, 0x0008, 0x0800


@dataclass(frozen=True, slots=True)
class Member:
    """One central directory entry, checked against its local header. Offsets in bytes."""

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    offset: int
    start: int
    central: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip file's members in directory order, and the bytes outside of its structure.

    `prefix` and `suffix` count the bytes before the first member and after the end record.
    """

    data: bytes
    members: tuple[Member, ...]
    comment: bytes
    prefix: int
    suffix: int


def read_archive(untrusted_data: bytes, *, sealed: bool = False) -> Archive:
    """The validated directory of `untrusted_data`.

    Raises ExtractError when it is no zip file or contradicts itself, EncryptedError when a
    member is encrypted, unless `sealed` says that this may be.
    """
    end = _find_end(untrusted_data)
    count, length, start, comment_length = _EOCD.unpack_from(untrusted_data, end)[4:]
    after = end + _EOCD.size + comment_length
    if (count, length, start) != (count % _MANY, length % _OVERFLOW, start % _OVERFLOW):
        count, length, start, end = _wide_end(untrusted_data, end)
    if count > MAX_MEMBERS:
        raise ExtractError(f"the package has {count} members, more than {MAX_MEMBERS}")
    if start + length > end:
        raise ExtractError("the package's directory lies outside of the file")
    members = _read_directory(untrusted_data, start, start + length, count)
    if not sealed and any(member.flags & FLAG_ENCRYPTED for member in members):
        raise EncryptedError("a member of the package is encrypted")
    first = min((member.offset for member in members), default=0)
    comment = untrusted_data[after - comment_length : after]
    suffix = untrusted_data[after:].strip(b"\0\r\n\t ")
    return Archive(untrusted_data, members, comment, first, len(suffix))


def _find_end(data: bytes) -> int:
    end = data.rfind(_EOCD_SIGNATURE)
    while end >= 0:
        if end + _EOCD.size <= len(data):
            (comment,) = struct.unpack_from("<H", data, end + 20)
            if end + _EOCD.size + comment <= len(data):
                return end
        end = data.rfind(_EOCD_SIGNATURE, 0, end)
    raise ExtractError("the package is cut off: it has no zip directory")


def _wide_end(data: bytes, end: int) -> tuple[int, int, int, int]:
    """Count, length and offset of the directory where they stand in a zip64 record, and where the
    records behind the directory begin (APPNOTE 4.3.14 and 4.3.15)."""
    at = end - _LOCATOR.size
    if at < 0:
        raise ExtractError("the package's directory is damaged")
    signature, _, record, _ = _LOCATOR.unpack_from(data, at)
    if signature != _LOCATOR_SIGNATURE or record + _WIDE_EOCD.size > at:
        raise ExtractError("the package's directory is damaged")
    fields = _WIDE_EOCD.unpack_from(data, record)
    if fields[0] != _WIDE_SIGNATURE:
        raise ExtractError("the package's directory is damaged")
    return fields[7], fields[8], fields[9], record


def _read_directory(data: bytes, start: int, stop: int, count: int) -> tuple[Member, ...]:
    members: list[Member] = []
    at = start
    while at + CENTRAL.size <= stop and data[at : at + 4] == CENTRAL_SIGNATURE:
        member, at = _read_entry(data, at, start)
        members.append(member)
    if len(members) != count:
        raise ExtractError("the package's directory is damaged")
    _refuse_overlaps(members)
    return tuple(members)


def _read_entry(data: bytes, at: int, directory: int) -> tuple[Member, int]:
    fields = CENTRAL.unpack_from(data, at)
    flags, method = fields[3], fields[4]
    crc, packed, size, name_length, extra_length, comment_length = fields[7:13]
    offset = fields[16]
    name_at = at + CENTRAL.size
    raw_name = data[name_at : name_at + name_length]
    extra = data[name_at + name_length : name_at + name_length + extra_length]
    following = name_at + name_length + extra_length + comment_length
    size, packed, offset = _widen(extra, size, packed, offset)
    start = _check_local(data, offset, raw_name, method)
    if start + packed > directory:
        raise ExtractError("a member of the package reaches beyond its end")
    name = raw_name.decode("utf-8" if flags & FLAG_UTF8 else "cp437", "replace")
    central = data[at:following]
    return Member(name, method, flags, crc, packed, size, offset, start, central), following


def _widen(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset with those that say "see zip64" replaced (APPNOTE 4.5.3)."""
    if _OVERFLOW not in (size, packed, offset):
        return size, packed, offset
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag == _ZIP64_EXTRA:
            wide = list(struct.unpack_from(f"<{length // 8}Q", extra, at + 4))
            values = [size, packed, offset]
            for index, value in enumerate(values):
                if value == _OVERFLOW and wide:
                    values[index] = wide.pop(0)
            return values[0], values[1], values[2]
        at += 4 + length
    return size, packed, offset


def _check_local(data: bytes, offset: int, raw_name: bytes, method: int) -> int:
    """Where the member's compressed bytes start; the local header must agree with the directory."""
    if offset + LOCAL.size > len(data):
        raise ExtractError("a member of the package lies outside of the file")
    fields = LOCAL.unpack_from(data, offset)
    name_at = offset + LOCAL.size
    name_end = name_at + fields[9]
    if fields[0] != LOCAL_SIGNATURE or data[name_at:name_end] != raw_name or fields[3] != method:
        raise ExtractError("the package's directory and its members contradict each other")
    return int(name_end + fields[10])


def _refuse_overlaps(members: list[Member]) -> None:
    reached = 0
    for member in sorted(members, key=lambda member: member.offset):
        if member.offset < reached:
            raise ExtractError("members of the package overlap")
        reached = member.start + member.packed


def read_member(archive: Archive, member: Member, limit: int = MAX_MEMBER_BYTES) -> bytes:
    """The inflated bytes of `member`; raises ExtractError beyond `limit` or when damaged."""
    if member.size > limit:
        raise ExtractError(f"{member.name} is larger than {limit} bytes")
    packed = memoryview(archive.data)[member.start : member.start + member.packed]
    if member.method == STORED:
        content = bytes(packed)
    else:
        content = _inflate(packed, member, min(limit, member.size))
    if len(content) != member.size or zlib.crc32(content) != member.crc:
        raise ExtractError(f"{member.name} is damaged")
    return content


def peek(archive: Archive, member: Member, count: int) -> bytes:
    """The first `count` bytes of `member`, unchecked; fewer when it is short or damaged."""
    packed = memoryview(archive.data)[member.start : member.start + member.packed]
    if member.method == STORED:
        return bytes(packed[:count])
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, count)
    except zlib.error:
        return b""


def _inflate(packed: memoryview, member: Member, limit: int) -> bytes:
    if member.method != DEFLATED:
        raise ExtractError(f"{member.name} is packed by a method Office does not use")
    try:
        # One byte more than it claims: a member that lies about its size is caught, not inflated.
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit + 1)
    except zlib.error:
        raise ExtractError(f"{member.name} is damaged") from None


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to one member: new bytes (None keeps them), a new name (empty keeps it)."""

    content: bytes | None = None
    name: str = ""
    remove: bool = False


def write_archive(archive: Archive, edits: Mapping[str, Edit]) -> bytes:
    """The zip file with `edits` (by member name) applied; order and raw bytes of the rest stay."""
    body: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for member in archive.members:
        edit = edits.get(member.name)
        if edit is not None and edit.remove:
            continue
        if edit is None:
            local, central = copied(archive.data, member, at)
        else:
            local, central = _replaced(archive, member, edit, at)
        body.append(local)
        directory.append(central)
        at += len(local)
    return b"".join((*body, *directory, end_of(archive, directory, at)))


def end_of(archive: Archive, directory: Sequence[bytes], at: int) -> bytes:
    """The end record, with the archive's comment, for a `directory` that starts at offset `at`."""
    count, size = len(directory), sum(map(len, directory))
    comment = archive.comment
    end = _EOCD.pack(_EOCD_SIGNATURE, 0, 0, count, count, size, at, len(comment))
    return end + comment


def copied(data: bytes, member: Member, at: int) -> tuple[bytes, bytes]:
    """A member's local and central entry as they are, for a place at offset `at`."""
    local = data[member.offset : member.start + member.packed]
    if member.flags & _FLAG_DESCRIPTOR:
        local += _descriptor(data, member)
    return local, _moved(member, at)


def _moved(member: Member, at: int) -> bytes:
    """The central entry with its new offset, also where that stands in a zip64 field."""
    entry = bytearray(member.central)
    (narrow,) = struct.unpack_from("<L", entry, 42)
    if narrow != _OVERFLOW:
        struct.pack_into("<L", entry, 42, at)
        return bytes(entry)
    old, new = struct.pack("<Q", member.offset), struct.pack("<Q", at)
    name_length, extra_length = struct.unpack_from("<2H", entry, 28)
    start = CENTRAL.size + name_length
    extra = bytes(entry[start : start + extra_length]).replace(old, new, 1)
    entry[start : start + extra_length] = extra
    return bytes(entry)


def _descriptor(data: bytes, member: Member) -> bytes:
    """The data descriptor as it stands behind the member, else the usual one (APPNOTE 4.3.9)."""
    end = member.start + member.packed
    narrow = struct.pack("<3L", member.crc, member.packed & _OVERFLOW, member.size & _OVERFLOW)
    wide = struct.pack("<L2Q", member.crc, member.packed, member.size)
    usual = _DESCRIPTOR_SIGNATURE + narrow
    for form in (usual, _DESCRIPTOR_SIGNATURE + wide, narrow, wide):
        if data[end : end + len(form)] == form:
            return form
    return usual


def _replaced(archive: Archive, member: Member, edit: Edit, at: int) -> tuple[bytes, bytes]:
    content = read_member(archive, member) if edit.content is None else edit.content
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    name = (edit.name or member.name).encode()
    flags = FLAG_UTF8 if not name.isascii() else 0
    made = CENTRAL.unpack_from(member.central)
    # Creator, time and attributes stay; extra fields described the old bytes and go.
    when, date = made[5], made[6]
    common = (20, flags, DEFLATED, when, date, zlib.crc32(content), len(packed), len(content))
    local = LOCAL.pack(LOCAL_SIGNATURE, *common, len(name), 0) + name + packed
    central = CENTRAL.pack(
        CENTRAL_SIGNATURE, made[1], *common, len(name), 0, 0, 0, made[14], made[15], at
    )
    return local, central + name
