"""Where the records of a PowerPoint 97-2003 stream are: all that a reader could come upon.

Readers do not walk the stream from its start. They follow the stream `Current User` to the last
edit, each edit to the one before, and their directories to the objects ([MS-PPT] 2.1.2). What lies
between objects may be left over from earlier savings and no record at all; and an object may lie
where a walk from the start sees another record's content. So both ways are gone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.extraction.contract import ExtractError

_CONTAINER: Final = 0xF
_EDIT, _DIRECTORY, _CURRENT_USER = 0x0FF5, 0x1772, 0x0FF6
_PACKAGES: Final = frozenset({0x0428})
"""Atoms that carry a zip package and say of themselves that they are containers
(RoundTripCustomTableStyles12Atom, [MS-PPT] 2.11.13)."""
MAX_RECORDS: Final = 500_000
"""Records of one presentation; five hundred slides have a tenth of it."""
_MAX_EDITS: Final = 10_000
"""Savings that one file remembers."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its type and instance, where its content lies, the types of what it lies in."""

    type: int
    instance: int
    start: int
    size: int
    inside: tuple[int, ...]


class OldPresentationError(ExtractError):
    """A presentation of PowerPoint 95 or before: other records altogether."""


def last_edit(current_user: bytes) -> int:
    """Where the last edit stands in the stream, as CurrentUserAtom says ([MS-PPT] 2.3.2).

    Raises OldPresentationError for the stream of an older PowerPoint.
    """
    if len(current_user) < 20 or struct.unpack_from("<H", current_user, 2)[0] != _CURRENT_USER:
        raise OldPresentationError("it is a presentation of PowerPoint 95 or before")
    offset: int = struct.unpack_from("<L", current_user, 16)[0]
    return offset


def records(stream: bytes | bytearray, edit: int | None) -> Iterator[Record]:
    """Every record, from the start of the stream on and from every object that an edit names.

    `edit`: where the last edit stands; None where nothing says so: then all has to be records.
    Raises ExtractError where records do not fit into each other.
    """
    objects = sorted(_objects(stream, edit)) if edit is not None else []
    seen: set[int] = set()
    for start in (0, *objects):
        if start in seen:
            continue
        whole = _Walk(stream, seen, objects, lone=start != 0)
        yield from whole.go(start)


class _Walk:
    """One walk over records; `seen` is told where each begins. `lone`: one object, not all that
    follows it."""

    def __init__(
        self, stream: bytes | bytearray, seen: set[int], objects: Sequence[int], *, lone: bool
    ) -> None:
        self._stream = stream
        self._seen = seen
        self._objects = objects
        self._lone = lone

    def go(self, at: int) -> Iterator[Record]:
        """The records from `at` on, each before what it contains."""
        end = len(self._stream)
        waiting: list[tuple[int, int, tuple[int, ...]]] = [(at, end, ())]
        while waiting:
            at, stop, inside = waiting.pop()
            while at + 8 <= stop:
                head, kind, size = struct.unpack_from("<HHL", self._stream, at)
                if at + 8 + size > stop:
                    if inside or self._lone:
                        raise ExtractError("a record of the presentation reaches beyond its end")
                    at = self._behind(at, stop)
                    continue
                self._seen.add(at)
                if len(self._seen) > MAX_RECORDS:
                    raise ExtractError(f"the presentation has more than {MAX_RECORDS} records")
                yield Record(kind, head >> 4, at + 8, size, inside)
                following = at + 8 + size
                if head & 0xF == _CONTAINER and kind not in _PACKAGES:
                    if inside or not self._lone:
                        waiting.append((following, stop, inside))
                    at, stop, inside = at + 8, following, (*inside, kind)
                elif self._lone and not inside:
                    return
                else:
                    at = following

    def _behind(self, at: int, stop: int) -> int:
        """Where the next object stands behind bytes that are no record.

        Raises ExtractError where nothing tells which bytes are records.
        """
        following = next((each for each in self._objects if each > at), None)
        if following is not None:
            return following
        if self._objects or not any(self._stream[at:stop]):
            return stop  # no reader comes here
        raise ExtractError("a record of the presentation reaches beyond its end")


def edits(stream: bytes | bytearray, edit: int) -> Iterator[int]:
    """Where the edits stand, from the last one at `edit` back to the first; none where there is
    none. Raises ExtractError for a chain that does not end."""
    found: set[int] = set()
    while edit not in found and _is(stream, edit, _EDIT, 28):
        found.add(edit)
        if len(found) > _MAX_EDITS:
            raise ExtractError(f"the presentation was saved more than {_MAX_EDITS} times")
        yield edit
        (edit,) = struct.unpack_from("<L", stream, edit + 16)


def directory_of(stream: bytes | bytearray, edit: int) -> int:
    """Where the directory of the edit at `edit` should stand."""
    offset: int = struct.unpack_from("<L", stream, edit + 20)[0]
    return offset


def listed(stream: bytes | bytearray, directory: int) -> Iterator[tuple[int, int]]:
    """The numbers of the objects in a PersistDirectoryAtom ([MS-PPT] 2.3.4), each with its offset;
    nothing where there is no directory."""
    if not _is(stream, directory, _DIRECTORY, 0):
        return
    (size,) = struct.unpack_from("<L", stream, directory + 4)
    at, stop = directory + 8, min(directory + 8 + size, len(stream))
    while at + 4 <= stop:
        (entry,) = struct.unpack_from("<L", stream, at)
        count = min(entry >> 20, (stop - at - 4) // 4)
        offsets = struct.unpack_from(f"<{count}L", stream, at + 4)
        yield from enumerate(offsets, entry & 0xFFFFF)
        at += 4 + 4 * count


def _objects(stream: bytes | bytearray, edit: int) -> set[int]:
    """Where the edits, their directories and the objects in those stand; empty where the last edit
    is none. Raises ExtractError for a chain that does not end."""
    found: set[int] = set()
    for each in edits(stream, edit):
        found.add(each)
        directory = directory_of(stream, each)
        if _is(stream, directory, _DIRECTORY, 0):
            found.add(directory)
            found.update(at for _, at in listed(stream, directory))
    return {offset for offset in found if offset + 8 <= len(stream)}


def _is(stream: bytes | bytearray, at: int, kind: int, size: int) -> bool:
    """Whether a record of `kind` with at least `size` bytes stands at `at`."""
    if at + 8 + size > len(stream):
        return False
    _, found, length = struct.unpack_from("<HHL", stream, at)
    return bool(found == kind and length >= size)
