"""Archives and compressed files through libarchive, member by member, from memory.

Only formats and filters that libarchive reads by itself are enabled: some of its filters would
start a program. Links and devices are noted, never followed. See archive_read(3).
"""

from __future__ import annotations

from libarchive.exception import ArchiveError

from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import Damaged, Encrypted, Unsupported
from gateway.extraction.archives.library import (
    ARCHIVE_FATAL,
    FILTERS,
    FORMATS,
    Entry,
    Reader,
    reading,
)

__all__ = ["FORMATS", "unpack_archive"]

_READABLE = (*FILTERS, "rpm")
"""A package's header counts as a compression around its cpio archive: it is read, never written."""


def unpack_archive(data: bytes, formats: tuple[str, ...], stem: str, into: Collector) -> None:
    """Read all members of `data` into `into`. `stem` names the content of a compressed file.

    Raises LimitReachedError; everything else that goes wrong becomes a problem.
    """
    try:
        with reading(data, formats, _READABLE) as archive:
            for entry in archive.entries():
                raw_name = stem.encode("utf-8", "replace") if archive.is_raw else entry.raw_name
                _take(archive, entry, raw_name, into)
    except ArchiveError as error:
        into.problem(_problem_of(error, anything_read=len(into) > 0))


def _take(archive: Reader, entry: Entry, raw_name: bytes, into: Collector) -> None:
    """One member: its content, or a note why there is none."""
    shown = raw_name.decode("utf-8", "replace")[:100]
    if entry.is_folder:
        return
    if entry.is_link:
        into.note("unpack.link", f"member {shown!r} is a link; it was not followed")
        return
    if not entry.is_file:
        into.note("unpack.device", f"member {shown!r} is a device or a pipe")
        return
    into.count()
    if entry.encrypted:
        into.problem(Encrypted())
        into.add_unreadable(raw_name, entry.size, encrypted=True)
        return
    try:
        content = archive.content(into.member_limit)
    except ArchiveError as error:
        problem = _problem_of(error, anything_read=True)
        into.problem(problem)
        into.add_unreadable(raw_name, entry.size, encrypted=isinstance(problem, Encrypted))
        if error.retcode is not None and error.retcode <= ARCHIVE_FATAL:
            raise
        return
    if content is None:
        raise into.over_member_limit()
    into.add(raw_name, content)


def _problem_of(error: ArchiveError, *, anything_read: bool) -> Damaged | Encrypted | Unsupported:
    """libarchive tells kinds of errors apart only by its sentences."""
    sentence = str(error.msg or "unreadable")
    sentence = " ".join(sentence.split())[:200]
    words = sentence.lower()
    if "encrypt" in words or "passphrase" in words:
        return Encrypted(listed=anything_read)
    if "support" in words or "not implemented" in words:
        return Unsupported(f"libarchive cannot read it: {sentence}")
    return Damaged(sentence)
