"""Archives that libarchive writes in the format it read: tar, cpio, ar, and compressed files.

Headers go from its reader to its writer as they are, with owners, attributes and all times. What
was compressed is compressed again by the same methods.
"""

from __future__ import annotations

from itertools import chain
from typing import Final
from zlib import crc32

from gateway.extraction.archives import library
from gateway.extraction.archives.changes import Bounds, Changes, Names
from gateway.extraction.archives.filters import names_of, options, with_old_header
from gateway.extraction.archives.library import FORMATS, Reader, Writer, reading
from gateway.extraction.archives.members import Member, members, names_in
from gateway.extraction.contract import ExtractError

_WRITERS: Final[dict[int, str]] = {
    0x10000: "cpio_newc",
    0x10001: "cpio_odc",
    0x10002: "cpio_bin",
    0x10003: "cpio_bin",
    0x10004: "cpio_newc",
    0x10005: "cpio_newc",
    0x10006: "cpio_newc",
    0x10007: "cpio_pwb",
    0x30000: "pax_restricted",
    0x30001: "pax_restricted",
    0x30002: "pax",
    0x30003: "pax_restricted",
    0x30004: "gnutar",
    0x70000: "ar_svr4",
    0x70001: "ar_svr4",
    0x70002: "ar_bsd",
}
"""libarchive's writers by its numbers of formats (archive.h). `pax_restricted` writes plain ustar
wherever that can hold a member. CRC cpio becomes the same format without sums."""

_RAW: Final = "raw"
"""The writer of a compressed file that is no archive."""


def rewritten(data: bytes, type_name: str, changes: Changes, bounds: Bounds) -> bytes:
    """`data` with `changes`. Raises ExtractError, EncryptedError and ArchiveError."""
    with reading(data, FORMATS[type_name]) as reader:
        found = members(reader, bounds)
        first = next(found, None)
        if first is None:
            raise ExtractError("the archive is empty")
        filters = names_of(reader.filters)
        format_name = _RAW if reader.is_raw else _WRITERS.get(reader.format)
        if format_name is None:
            raise ExtractError("archives of this kind cannot be written")
        names = Names(names_in(data, type_name) if changes.rename and not reader.is_raw else ())
        rewriting = _Rewriting(reader, changes, names)

        def fill(into: Writer) -> None:
            for member in chain((first,), found):
                into.member(reader.current, rewriting.take(member))

        made = library.written(format_name, filters, options(filters, len(data)), fill)
    changes.check_complete()
    rewriting.check(made, type_name)
    return with_old_header(made, filters, data)


class _Rewriting:
    """Members on their way from one archive to the next."""

    def __init__(self, reader: Reader, changes: Changes, names: Names) -> None:
        self._reader = reader
        self._changes = changes
        self._names = names
        self._renamed: dict[bytes, bytes] = {}
        self._wanted: list[tuple[bytes, int, int]] = []

    def take(self, member: Member) -> bytes:
        """The member's new content; the reader's current header is changed to match."""
        header, entry, content = self._reader.current, member.entry, member.content
        raw_name = entry.raw_name
        if entry.hard_link in self._renamed:
            library.link_to(header, self._renamed[entry.hard_link])
        if entry.is_file:
            change = self._changes.of(content, raw_name)
            if change is not None:
                content = change.content
                if change.renames:
                    raw_name = self._names.free(change.renamed(raw_name))
                    self._renamed[entry.raw_name] = raw_name
                    library.rename(header, raw_name)
            library.as_file(header, len(content))
        self._wanted.append((raw_name, len(content), crc32(content)))
        return content

    def check(self, made: bytes, type_name: str) -> None:
        """Read the new archive: a writer may leave out what its format cannot hold, and only
        warn. Raises ExtractError."""
        with reading(made, FORMATS[type_name]) as reader:
            for raw_name, size, checksum in self._wanted:
                entry = next(reader.entries(), None)
                if entry is None or not (reader.is_raw or entry.raw_name == raw_name):
                    raise ExtractError("its format cannot hold all members")
                content = reader.content(size) if size else b""
                if content is None or crc32(content) != checksum:
                    raise ExtractError("its format cannot hold the new content")
