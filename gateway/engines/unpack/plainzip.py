"""Zip archives that need no foreign parser: a directory without contradictions, deflated members.

Nearly all archives in mail are like that. What is encrypted, packed by another method, holds a
link, names a file in an unclear character set or contradicts itself is libarchive's. Never reads
a member that would pass a limit.
"""

from __future__ import annotations

import stat
from typing import Final

from gateway.engines.unpack.collector import Collector
from gateway.extraction.contract import ExtractError
from gateway.extraction.zipcopy import (
    DEFLATED,
    FLAG_UTF8,
    STORED,
    Archive,
    Member,
    read_archive,
    read_member,
)

MAX_PLAIN: Final = 16 * 1024 * 1024
"""Bytes that the members may claim together; larger archives get a guest of their own."""

_UNIX: Final = 3
"""Made on Unix: the file's mode stands in the upper half of the attributes (APPNOTE 4.4.2.2)."""


def unpack_plainly(data: bytes, into: Collector) -> bool:
    """All members of `data` into `into`; False, and nothing done, when it is not that plain.

    Raises LimitReachedError.
    """
    archive = _plain(data)
    if archive is None:
        return False
    files = [member for member in archive.members if not member.name.endswith("/")]
    limit = into.member_limit
    try:
        # What is over the limit stays unread, and is reported when its turn comes.
        contents = [read_member(archive, one) if one.size <= limit else b"" for one in files]
    except ExtractError:
        return False
    for member, content in zip(files, contents, strict=True):
        into.count()
        if member.size > into.member_limit:
            raise into.over_member_limit()
        into.add(member.name.encode(), content)
    return True


def _plain(data: bytes) -> Archive | None:
    """The archive, when a second reader could see nothing else in it."""
    try:
        archive = read_archive(data)
    except ExtractError:
        return None
    members = archive.members
    names = {member.name for member in members}
    if archive.prefix or archive.suffix or len(names) < len(members):
        return None
    if sum(member.size for member in members) > MAX_PLAIN:
        return None
    return archive if all(map(_is_plain, members)) else None


def _is_plain(member: Member) -> bool:
    if member.method not in (STORED, DEFLATED) or "\0" in member.name or not member.name:
        return False
    if not (member.flags & FLAG_UTF8 or member.name.isascii()) or "\ufffd" in member.name:
        return False
    made_by, attributes = member.central[5], int.from_bytes(member.central[38:42], "little")
    kind = stat.S_IFMT(attributes >> 16) if made_by == _UNIX else 0
    if member.name.endswith("/"):
        return member.size == 0
    return kind in (0, stat.S_IFREG)
