"""Members of a zip archive replaced; all others keep their bytes, compressed as they are.

For archives that people send, not for Office packages: names stay in the bytes they came in, since
what is no UTF-8 may be of any code page. Members are found by their content and not by a number or
a name, so that whoever unpacked the archive and this module need not agree on anything else.
Never guesses: a content that is not there is an error, and the caller has nothing to deliver.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

from gateway.extraction.archives.changes import Change, Changes, Names
from gateway.extraction.contract import ExtractError
from gateway.extraction.zipcopy import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    DEFLATED,
    FLAG_UTF8,
    LOCAL,
    LOCAL_SIGNATURE,
    STORED,
    Archive,
    Member,
    copied,
    end_of,
    read_archive,
    read_member,
)

_NEEDED_VERSION = 20
"""Version needed to extract: deflate (APPNOTE 4.4.3.2)."""

_UNICODE_PATH = 0x7075
"""The extra field that holds the name in UTF-8 (APPNOTE 4.6.9)."""

_ABOUT_THE_FILE = (0x5455, 0x000A, 0x5855, 0x7855, 0x7875)
"""Extra fields with exact times and owners (Info-ZIP, NTFS); they may say more in the local header
than in the directory. All others describe the old bytes or their size, and go."""


class UnknownMethodError(ExtractError):
    """A member that changes may be among those whose compression only libarchive knows."""


def repack(untrusted_zip: bytes, changes: Changes) -> bytes:
    """The archive with every member that changes replaced.

    Raises ExtractError when it is no zip file, contradicts itself, or lacks one of the contents;
    UnknownMethodError when that may be for want of a method.
    """
    archive = read_archive(untrusted_zip)
    found = {
        index: change
        for index, member in enumerate(archive.members)
        if changes.may_concern(member.size)
        and (change := changes.of(_readable(archive, member), _raw_name(member))) is not None
    }
    if not changes.complete and any(_is_strange(member) for member in archive.members):
        raise UnknownMethodError("a member is packed by a method that is rare in zip archives")
    changes.check_complete()
    return _written(archive, found)


def _readable(archive: Archive, member: Member) -> bytes:
    """The member's bytes; none for one that cannot be read, which is never one that changes."""
    try:
        return read_member(archive, member)
    except ExtractError:
        return b""


def _is_strange(member: Member) -> bool:
    return member.method not in (STORED, DEFLATED)


def _written(archive: Archive, changes: Mapping[int, Change]) -> bytes:
    names = Names(_raw_name(member) for member in archive.members)
    body: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for index, member in enumerate(archive.members):
        change = changes.get(index)
        if change is None:
            local, central = copied(archive.data, member, at)
        else:
            new_name = b""
            if change.renames:
                new_name = names.free(change.renamed(_raw_name(member)))
            local, central = made_entry(archive.data, member, change.content, new_name, at)
        body.append(local)
        directory.append(central)
        at += len(local)
    return b"".join((*body, *directory, end_of(archive, directory, at)))


def _raw_name(member: Member) -> bytes:
    return entry_parts(member.central)[0]


def made_entry(
    data: bytes, member: Member, content: bytes, new_name: bytes, at: int
) -> tuple[bytes, bytes]:
    """Local and central entry of a member with new content; creator, time, attributes, comment
    and, without a `new_name`, the name stay."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    entry = CENTRAL.unpack_from(member.central)
    flags, when, date = entry[3] & FLAG_UTF8, entry[5], entry[6]
    name, extra, comment = entry_parts(member.central)
    # The field with the name in UTF-8 says the old one.
    stay = _ABOUT_THE_FILE if new_name else (*_ABOUT_THE_FILE, _UNICODE_PATH)
    extra, local_extra = _only(stay, extra), _only(stay, _local_extra(data, member))
    name = new_name or name
    sizes = (zlib.crc32(content), len(packed), len(content))
    common = (_NEEDED_VERSION, flags, DEFLATED, when, date, *sizes, len(name))
    local = LOCAL.pack(LOCAL_SIGNATURE, *common, len(local_extra)) + name + local_extra + packed
    made_by, internal, external = entry[1], entry[14], entry[15]
    rest = (len(comment), 0, internal, external, at)
    central = CENTRAL.pack(CENTRAL_SIGNATURE, made_by, *common, len(extra), *rest)
    return local, central + name + extra + comment


def entry_parts(entry: bytes) -> tuple[bytes, bytes, bytes]:
    """Name, extra fields and comment of a central entry."""
    name, extra, comment = CENTRAL.unpack_from(entry)[10:13]
    start = CENTRAL.size
    middle = start + name
    end = middle + extra
    return entry[start:middle], entry[middle:end], entry[end : end + comment]


def _local_extra(data: bytes, member: Member) -> bytes:
    name, extra = struct.unpack_from("<2H", data, member.offset + LOCAL.size - 4)
    start = member.offset + LOCAL.size + name
    return data[start : start + extra]


def _only(tags: Sequence[int], extra: bytes) -> bytes:
    """The fields of `extra` that have one of `tags`."""
    kept = []
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag in tags and at + 4 + length <= len(extra):
            kept.append(extra[at : at + 4 + length])
        at += 4 + length
    return b"".join(kept)
