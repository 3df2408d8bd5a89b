"""The old archive read once more, within the bounds that held when it was unpacked.

Stricter than unpacking: what cannot be read in full ends the work, since an archive that lacks a
member, or holds half of one, must never be delivered as the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from libarchive.exception import ArchiveError

from gateway.extraction.archives.changes import Bounds
from gateway.extraction.archives.library import FORMATS, Entry, Reader, reading
from gateway.extraction.contract import EncryptedError, ExtractError


@dataclass(frozen=True, slots=True)
class Member:
    """One member: header, and the bytes of its own (empty for folders, links and devices)."""

    entry: Entry
    content: bytes


def members(reader: Reader, bounds: Bounds) -> Iterator[Member]:
    """Every member in order; the reader's current header is that of the last one given.

    Raises ExtractError, EncryptedError and ArchiveError.
    """
    left = bounds.total_bytes
    for number, entry in enumerate(reader.entries()):
        if number >= bounds.members + bounds.members:  # folders are no parts, and count here
            raise ExtractError(f"the archive has more than {2 * bounds.members} members")
        if entry.encrypted:
            raise EncryptedError("a member of the archive is encrypted")
        if not entry.is_file:
            yield Member(entry, b"")
            continue
        content = reader.content(min(left, bounds.member_bytes))
        if content is None:
            raise ExtractError("the archive unpacks to more than the limits allow")
        left -= len(content)
        yield Member(entry, content)


def names_in(data: bytes, type_name: str) -> list[bytes]:
    """The names of all members. Raises ArchiveError."""
    with reading(data, FORMATS[type_name]) as reader:
        return [entry.raw_name for entry in reader.entries()]


def explained(error: ArchiveError) -> ExtractError:
    """libarchive's error as ours; it tells encryption apart only by its sentences."""
    sentence = " ".join(str(error.msg or "unreadable").split())[:200]
    words = sentence.lower()
    if "encrypt" in words or "passphrase" in words:
        return EncryptedError("the archive is encrypted")
    return ExtractError(f"the archive cannot be read to its end: {sentence}")
