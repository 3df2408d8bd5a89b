"""Changing a mail without copying it: a list of segments, each a range of the original or new
bytes.

Property: what no replacement covers stays byte for byte; no replacement gives the original.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from gateway.mime.tree import Bytes

CHUNK: Final = 64 * 1024
"""Bytes read at a time from the original; what one SMTP write takes."""


class SpliceError(ValueError):
    """Replacements that overlap, are out of order or lie outside the original: the caller's
    mistake."""


class Replacement(msgspec.Struct, frozen=True, gc=False):
    """The bytes [start, end) of the original become `new`; start == end inserts."""

    start: int
    end: int
    new: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise SpliceError(f"bad range {self.start}..{self.end}")


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A range of the original that stays."""

    start: int
    end: int


class Inserted(msgspec.Struct, frozen=True, gc=False):
    """New bytes."""

    new: bytes


Segment = Kept | Inserted


def in_order(replacements: Iterable[Replacement]) -> list[Replacement]:
    """Sort replacements of several edits; insertions at one place keep their order. Raises
    `SpliceError` when two overlap."""
    ordered = sorted(replacements, key=lambda r: (r.start, r.end))
    _check(ordered)
    return ordered


def _check(replacements: Sequence[Replacement]) -> None:
    position = 0
    for replacement in replacements:
        if replacement.start < position:
            raise SpliceError(f"replacement at {replacement.start} begins before {position}")
        position = replacement.end


def splice(size: int, replacements: Sequence[Replacement]) -> list[Segment]:
    """Segments of a mail of `size` bytes after the replacements, which must be in order and
    disjoint; empty segments are left out."""
    _check(replacements)
    if replacements and replacements[-1].end > size:
        raise SpliceError(f"replacement ends at {replacements[-1].end}, the mail at {size}")
    segments: list[Segment] = []
    position = 0
    for replacement in replacements:
        if position < replacement.start:
            segments.append(Kept(position, replacement.start))
        if replacement.new:
            segments.append(Inserted(replacement.new))
        position = replacement.end
    if position < size:
        segments.append(Kept(position, size))
    return segments


def spliced_size(segments: Iterable[Segment]) -> int:
    """Bytes of the mail after the splice."""
    return sum(len(s.new) if isinstance(s, Inserted) else s.end - s.start for s in segments)


def chunks(
    segments: Iterable[Segment], read: Callable[[int, int], bytes], chunk: int = CHUNK
) -> Iterator[bytes]:
    """The spliced mail in pieces; `read(offset, length)` gives bytes of the original. Raises
    `SpliceError` when the reader gives fewer bytes than asked for: a short mail must never go
    out."""
    for segment in segments:
        if isinstance(segment, Inserted):
            yield segment.new
            continue
        for start in range(segment.start, segment.end, chunk):
            wanted = min(chunk, segment.end - start)
            piece = read(start, wanted)
            if len(piece) != wanted:
                raise SpliceError(f"wanted {wanted} bytes at {start}, got {len(piece)}")
            yield piece


def apply(data: Bytes, replacements: Sequence[Replacement]) -> bytes:
    """The spliced mail as one object, for small mails and nested ones."""
    return b"".join(
        s.new if isinstance(s, Inserted) else data[s.start : s.end]
        for s in splice(len(data), replacements)
    )
