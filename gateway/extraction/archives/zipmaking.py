"""A zip of whatever archive was read: for formats that nobody can write (RAR, cabinets), that
libarchive writes only with files of its own (discs), or whose zip uses a method ours does not.

Names, order, rights, times, folders and symbolic links are kept; devices and pipes are not.
"""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import datetime
from typing import Final

from gateway.extraction.archives import library
from gateway.extraction.archives.changes import Bounds, Changes, Names
from gateway.extraction.archives.library import FORMATS, Entry, reading
from gateway.extraction.archives.members import Member, members, names_in
from gateway.extraction.contract import ExtractError
from gateway.model import Removal

_UNIX: Final = 3
_FOLDER_ATTRIBUTE: Final = 0x10
_FIRST, _LAST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
"""What the date of a zip can say (APPNOTE 4.4.6)."""
_TIMESTAMP: Final = 0x5455
"""The extra field with times in seconds since the epoch (Info-ZIP)."""
_DEFAULT_RIGHTS: Final = 0o644
_WHY_LESS: Final = "a device or a pipe has no place in a zip archive, and acts when it is opened"


def made_zip(
    data: bytes, type_name: str, changes: Changes, bounds: Bounds
) -> tuple[bytes, tuple[Removal, ...]]:
    """The members of `data` with `changes`, as a zip, and what it cannot hold.

    Raises ExtractError, EncryptedError and ArchiveError.
    """
    names = Names(names_in(data, type_name))
    output = io.BytesIO()
    left_out: list[Removal] = []
    with (
        reading(data, FORMATS[type_name]) as reader,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for member in members(reader, bounds):
            if not _fits(member.entry):
                shown = _text(member.entry.raw_name)
                left_out.append(Removal("device or pipe", shown, _WHY_LESS))
                continue
            if member.entry.hard_link is not None and member.entry.is_link:
                member = Member(member.entry, _linked(data, type_name, member.entry, bounds))
            change = changes.of(member.content, member.entry.raw_name)
            content, raw_name = member.content, member.entry.raw_name
            if change is not None:
                content, raw_name = change.content, change.renamed(raw_name)
                if change.renames:
                    raw_name = names.free(raw_name)
            archive.writestr(_info(member.entry, raw_name), content or member.entry.target)
    changes.check_complete()
    return output.getvalue(), tuple(left_out)


def _fits(entry: Entry) -> bool:
    return entry.is_file or entry.is_folder or entry.is_link


def _linked(data: bytes, type_name: str, link: Entry, bounds: Bounds) -> bytes:
    """The content that a hard link shares: a zip has no such links, so it gets a copy."""
    with reading(data, FORMATS[type_name]) as reader:
        for member in members(reader, bounds):
            if member.entry.raw_name == link.hard_link and member.entry.is_file:
                return member.content
    raise ExtractError("a hard link of the archive leads nowhere")


def _info(entry: Entry, raw_name: bytes) -> zipfile.ZipInfo:
    name = _text(raw_name)
    if entry.is_folder and not name.endswith("/"):
        name += "/"
    info = zipfile.ZipInfo(name, _date(entry.mtime))
    kind = entry.kind or library.REGULAR
    rights = entry.mode & 0o7777 or _DEFAULT_RIGHTS
    info.create_system = _UNIX
    info.external_attr = (kind | rights) << 16 | (_FOLDER_ATTRIBUTE if entry.is_folder else 0)
    info.compress_type = zipfile.ZIP_STORED if entry.is_folder else zipfile.ZIP_DEFLATED
    if entry.mtime is not None and -(1 << 31) <= entry.mtime < 1 << 31:
        info.extra = struct.pack("<HHBl", _TIMESTAMP, 5, 1, entry.mtime)
    return info


def _date(seconds: int | None) -> tuple[int, int, int, int, int, int]:
    """Local time, as zip has it; the first or last possible date where that is not enough."""
    if seconds is None:
        return _FIRST
    try:
        when = datetime.fromtimestamp(seconds)
    except (OverflowError, OSError, ValueError):
        return _FIRST if seconds < 0 else _LAST
    date = (when.year, when.month, when.day, when.hour, when.minute, when.second)
    return max(_FIRST, min(date, _LAST))


def _text(raw_name: bytes) -> str:
    """A name for zip, which wants UTF-8. libarchive gives it so wherever a format says how its
    names are written; of others no code page is known."""
    return raw_name.decode("utf-8", "replace")
