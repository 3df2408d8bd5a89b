"""Members of a zip archive replaced; all others keep their bytes, compressed as they are.

For archives that people send, not for Office packages: names stay in the bytes they came in, since
what is no UTF-8 may be of any code page. Members are found by their content and not by a number or
a name, so that whoever unpacked the archive and this module need not agree on anything else.
Never guesses: a content that is not there is an error, and the caller has nothing to deliver.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

from gateway.extraction.contract import ExtractError
from gateway.extraction.zipcopy import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    DEFLATED,
    FLAG_UTF8,
    LOCAL,
    LOCAL_SIGNATURE,
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
"""The extra field that holds the name in UTF-8 (APPNOTE 4.6.9). It is about the name, which stays;
all other fields describe the old bytes, their size or their time, and go."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """Members whose content has the given digest (hexadecimal) and size get `content`."""

    sha256: str
    size: int
    content: bytes


def repack(untrusted_zip: bytes, replaced: Collection[Replaced]) -> bytes:
    """The archive with every member of those contents replaced.

    Raises ExtractError when it is no zip file, contradicts itself, or lacks one of the contents.
    """
    archive = read_archive(untrusted_zip)
    by_digest = {each.sha256: each for each in replaced}
    found = _members(archive, by_digest)
    missing = by_digest.keys() - {each.sha256 for each in found.values()}
    if missing:
        raise ExtractError("a member that changes was not found in the archive's directory")
    return _written(archive, {index: each.content for index, each in found.items()})


def _members(archive: Archive, by_digest: Mapping[str, Replaced]) -> dict[int, Replaced]:
    """Which members hold the contents. One that cannot be read holds none of them."""
    sizes = {each.size for each in by_digest.values()}
    found: dict[int, Replaced] = {}
    for index, member in enumerate(archive.members):
        if member.size not in sizes:
            continue
        try:
            digest = sha256(read_member(archive, member)).hexdigest()
        except ExtractError:
            continue
        if digest in by_digest:
            found[index] = by_digest[digest]
    return found


def _written(archive: Archive, contents: Mapping[int, bytes]) -> bytes:
    body: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for index, member in enumerate(archive.members):
        content = contents.get(index)
        if content is None:
            local, central = copied(archive.data, member, at)
        else:
            local, central = _made(member, content, at)
        body.append(local)
        directory.append(central)
        at += len(local)
    return b"".join((*body, *directory, end_of(archive, directory, at)))


def _made(member: Member, content: bytes, at: int) -> tuple[bytes, bytes]:
    """Local and central entry of a member with new content; creator, time, attributes, name and
    comment stay."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    entry = CENTRAL.unpack_from(member.central)
    flags, when, date = entry[3] & FLAG_UTF8, entry[5], entry[6]
    name, extra, comment = _variable(member.central, *entry[10:13])
    extra = _about_the_name(extra)
    sizes = (zlib.crc32(content), len(packed), len(content))
    common = (_NEEDED_VERSION, flags, DEFLATED, when, date, *sizes, len(name), len(extra))
    local = LOCAL.pack(LOCAL_SIGNATURE, *common) + name + extra + packed
    made_by, internal, external = entry[1], entry[14], entry[15]
    rest = (len(comment), 0, internal, external, at)
    central = CENTRAL.pack(CENTRAL_SIGNATURE, made_by, *common, *rest)
    return local, central + name + extra + comment


def _variable(entry: bytes, name: int, extra: int, comment: int) -> tuple[bytes, bytes, bytes]:
    """Name, extra fields and comment of a central entry, by their lengths."""
    start = CENTRAL.size
    middle = start + name
    end = middle + extra
    return entry[start:middle], entry[middle:end], entry[end : end + comment]


def _about_the_name(extra: bytes) -> bytes:
    kept = []
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag == _UNICODE_PATH:
            kept.append(extra[at : at + 4 + length])
        at += 4 + length
    return b"".join(kept)
