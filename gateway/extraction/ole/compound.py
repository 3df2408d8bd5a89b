"""A compound file changed in place: streams of the same length, storages taken out.

Whatever is not touched keeps its bytes and its place: offsets that Word, Excel and PowerPoint keep
in their streams stay true. What goes is overwritten, its sectors are freed, its directory entry is
blank, and its storage's tree is balanced anew. Read strictly: two streams over the same sectors, a
chain that bites itself, a file that is cut off are errors, since readers differ over them.
Source: [MS-CFB].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.extraction.contract import ExtractError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_ENTRIES = 20_000
"""Directory entries; a document with a thousand embedded objects has a tenth of it."""
MAX_STREAM_BYTES = 128 * 1024 * 1024
"""Bytes of one stream that is read into memory."""

_FREE, _END, _FAT_SECTOR, _DIFAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_NONE = 0xFFFFFFFF
_HEADER_SECTORS = 109
_ENTRY = 128
_UNUSED, _STORAGE, _STREAM, _ROOT = 0, 1, 2, 5
_RED, _BLACK = 0, 1


@dataclass(slots=True)
class Entry:
    """A stream or storage. `id` is its number in the directory."""

    id: int
    name: str
    kind: int
    start: int
    size: int
    left: int
    right: int
    child: int
    children: list[Entry] = field(default_factory=list)
    parent: Entry | None = None

    @property
    def is_stream(self) -> bool:
        """Whether it is a stream, not a storage."""
        return self.kind == _STREAM

    @property
    def path(self) -> str:
        """Names from the root on, by slashes."""
        above = self.parent.path if self.parent is not None else ""
        return f"{above}/{self.name}".lstrip("/") if self.kind != _ROOT else ""

    def walk(self) -> Iterator[Entry]:
        """All entries below this one, outer before inner."""
        waiting = list(reversed(self.children))
        while waiting:
            entry = waiting.pop()
            yield entry
            waiting.extend(reversed(entry.children))

    def child_named(self, name: str) -> Entry | None:
        """The child of that name (upper and lower case are one)."""
        wanted = name.lower()
        return next((entry for entry in self.children if entry.name.lower() == wanted), None)


class Compound:
    """The file in memory, and its directory as a tree below `root`.

    Raises ExtractError when `untrusted_data` is no compound file or contradicts itself.
    """

    def __init__(self, untrusted_data: bytes) -> None:
        self._data = bytearray(untrusted_data)
        self._original = len(untrusted_data)
        self._touched: dict[int, Entry] = {}
        try:
            self._read_header()
            self._fat, self._fat_at = self._read_fat()
            self._read_directory()
            self._mini_fat, self._mini_fat_at = self._table(
                self._chain(self._mini_start, self._mini_count)
            )
            self._mini_home = self._chain(self.root.start) if self.root.size else []
        except struct.error:
            raise ExtractError("the compound file is cut off") from None
        self._refuse_overlaps()

    def streams(self) -> Iterator[Entry]:
        """All streams."""
        return (entry for entry in self.root.walk() if entry.is_stream)

    def read(self, entry: Entry) -> bytes:
        """A stream's bytes. Raises ExtractError when it is too large."""
        if entry.size > MAX_STREAM_BYTES:
            raise ExtractError(f"a stream is larger than {MAX_STREAM_BYTES} bytes")
        data = b"".join(self._data[at : at + count] for at, count in self._pieces(entry))
        return data[: entry.size]

    def write(self, entry: Entry, content: bytes | bytearray) -> None:
        """Put `content` in place of a stream of exactly that length."""
        if len(content) != entry.size:
            raise ValueError("a stream in place keeps its length")
        done = 0
        for at, count in self._pieces(entry):
            part = content[done : done + count]
            self._data[at : at + len(part)] = part
            done += count

    def remove(self, entry: Entry) -> None:
        """Take out a stream, or a storage with all in it."""
        parent = entry.parent
        if parent is None:
            raise ValueError("the root storage stays")
        for inner in (*entry.walk(), entry):
            if inner.is_stream:
                self._free(inner)
            self._blank(inner.id)
        parent.children.remove(entry)
        self._touched[parent.id] = parent

    def stream(self, name: str) -> Entry | None:
        """The stream of that name at the root; None where there is none, or a storage."""
        entry = self.root.child_named(name)
        return entry if entry is not None and entry.is_stream else None

    def needed_stream(self, name: str, whose: str) -> Entry:
        """The same; raises ExtractError, which calls the file `whose`, where there is none."""
        entry = self.stream(name)
        if entry is None:
            raise ExtractError(f"{whose} has no stream {name}")
        return entry

    def rename(self, entry: Entry, name: str) -> None:
        """Give an entry another name of that length, with the same place in the directory's order
        (the caller sees to that)."""
        raw = name.encode("utf-16-le")
        if len(name) != len(entry.name):
            raise ValueError("a name in place keeps its length")
        at = self._entry_at[entry.id]
        self._data[at : at + len(raw)] = raw
        entry.name = name

    def hidden(self) -> int:
        """Bytes that are not zero behind the last sector in use."""
        return len(bytes(self._data[self._used_end() : self._original]).strip(b"\0"))

    def orphans(self) -> list[str]:
        """Names of entries that are filled but hang on no storage."""
        return [entry.name for entry in self._orphans]

    def drop_orphans(self) -> None:
        """Blank entries that hang on no storage."""
        for entry in self._orphans:
            self._blank(entry.id)
        self._orphans.clear()

    def written(self) -> bytes:
        """The file as it is now, without what stands behind its last sector in use."""
        for parent in self._touched.values():
            if self._entry_is_used(parent.id):
                self._relink(parent)
        return bytes(self._data[: self._used_end()])

    def whole(self) -> bytes:
        """The file as it is now, also what stands behind its last sector in use."""
        return bytes(self._data)

    # Reading

    def _read_header(self) -> None:
        if not self._data.startswith(MAGIC) or len(self._data) < 512:
            raise ExtractError("the file is no compound file")
        major, order, shift, mini_shift = struct.unpack_from("<4H", self._data, 26)
        if order != 0xFFFE or (major, shift) not in ((3, 9), (4, 12)) or mini_shift != 6:
            raise ExtractError("the compound file's header contradicts itself")
        self._sector: int = 1 << int(shift)
        if len(self._data) % self._sector:
            # Writers leave the last sector short; everything below may count on whole ones.
            self._data += bytes(-len(self._data) % self._sector)
        self._sectors = len(self._data) // self._sector - 1
        (self._directory_start,) = struct.unpack_from("<L", self._data, 48)
        self._cutoff, self._mini_start, self._mini_count = struct.unpack_from("<3L", self._data, 56)
        if self._cutoff != 4096:
            raise ExtractError("the compound file's header contradicts itself")

    def _at(self, sector: int) -> int:
        """Offset of a sector."""
        if sector >= self._sectors:
            raise ExtractError("the compound file is cut off")
        return (sector + 1) * self._sector

    def _read_fat(self) -> tuple[list[int], list[int]]:
        (count,) = struct.unpack_from("<L", self._data, 44)
        slots = list(struct.unpack_from(f"<{_HEADER_SECTORS}L", self._data, 76))
        (following,) = struct.unpack_from("<L", self._data, 68)
        seen: set[int] = set()
        while following not in (_END, _FREE) and len(slots) < count:
            if following in seen:
                raise ExtractError("the compound file's tables run in a circle")
            seen.add(following)
            each = struct.unpack_from(f"<{self._sector // 4}L", self._data, self._at(following))
            slots += each[:-1]
            following = each[-1]
        sectors = [slot for slot in slots[:count] if slot != _FREE]
        return self._table(sectors)

    def _table(self, sectors: list[int]) -> tuple[list[int], list[int]]:
        """The numbers in `sectors`, and the offset of each of these sectors."""
        offsets = [self._at(sector) for sector in sectors]
        numbers: list[int] = []
        for at in offsets:
            numbers += struct.unpack_from(f"<{self._sector // 4}L", self._data, at)
        return numbers, offsets

    def _chain(self, start: int, limit: int | None = None) -> list[int]:
        """Sectors from `start` on. `limit` is how many there are said to be."""
        found: list[int] = []
        seen: set[int] = set()
        while start not in (_END, _FREE) and (limit is None or len(found) < limit):
            if start >= len(self._fat) or start in seen:
                raise ExtractError("the compound file's chains are damaged")
            seen.add(start)
            found.append(start)
            start = self._fat[start]
        return found

    def _read_directory(self) -> None:
        per_sector = self._sector // _ENTRY
        self._entry_at: list[int] = []
        for sector in self._chain(self._directory_start):
            at = self._at(sector)
            self._entry_at += [at + number * _ENTRY for number in range(per_sector)]
        if not self._entry_at or len(self._entry_at) > MAX_ENTRIES:
            raise ExtractError("the compound file's directory is damaged")
        self.root = self._entry(0)
        if self.root.kind != _ROOT:
            raise ExtractError("the compound file's directory is damaged")
        reached = {0}
        waiting = [self.root]
        while waiting:
            parent = waiting.pop()
            for number in self._siblings(parent.child, reached):
                entry = self._entry(number)
                entry.parent = parent
                parent.children.append(entry)
                if not entry.is_stream:
                    waiting.append(entry)
        unreached = (self._entry(n) for n in range(len(self._entry_at)) if n not in reached)
        self._orphans = [entry for entry in unreached if entry.kind != _UNUSED]

    def _siblings(self, top: int, reached: set[int]) -> list[int]:
        found: list[int] = []
        waiting = [top]
        while waiting:
            number = waiting.pop()
            if number == _NONE:
                continue
            if number >= len(self._entry_at) or number in reached:
                raise ExtractError("the compound file's directory is damaged")
            reached.add(number)
            entry = self._entry(number)
            if entry.kind not in (_STORAGE, _STREAM):
                raise ExtractError("the compound file's directory is damaged")
            found.append(number)
            waiting += [entry.left, entry.right]
        return found

    def _entry(self, number: int) -> Entry:
        at = self._entry_at[number]
        length, kind = struct.unpack_from("<HB", self._data, at + 64)
        left, right, child = struct.unpack_from("<3L", self._data, at + 68)
        start, size, high = struct.unpack_from("<3L", self._data, at + 116)
        name = bytes(self._data[at : at + max(0, min(length, 64) - 2)])
        if self._sector == 4096:
            size |= high << 32
        return Entry(
            number, name.decode("utf-16-le", "replace"), kind, start, size, left, right, child
        )

    def _pieces(self, entry: Entry) -> list[tuple[int, int]]:
        """Where a stream lies: offsets and lengths of its sectors, as many as its size needs."""
        if not entry.size:
            return []
        if entry.size >= self._cutoff:
            count = -(-entry.size // self._sector)
            sectors = self._chain(entry.start, count)
            if len(sectors) < count:
                raise ExtractError("a stream is shorter than the directory says")
            return [(self._at(sector), self._sector) for sector in sectors]
        minis = self._mini_chain(entry.start, -(-entry.size // 64))
        if len(minis) * 64 < entry.size:
            raise ExtractError("a stream is shorter than the directory says")
        return [(self._mini_at(mini), 64) for mini in minis]

    def _mini_chain(self, start: int, limit: int) -> list[int]:
        found: list[int] = []
        while start not in (_END, _FREE) and len(found) < limit:
            if start >= len(self._mini_fat):
                raise ExtractError("the compound file's chains are damaged")
            found.append(start)
            start = self._mini_fat[start]
        return found

    def _mini_at(self, mini: int) -> int:
        home, within = divmod(mini * 64, self._sector)
        if home >= len(self._mini_home):
            raise ExtractError("the compound file's chains are damaged")
        return self._at(self._mini_home[home]) + within

    def _refuse_overlaps(self) -> None:
        """Each sector belongs to one stream: else writing one would change another."""
        self._claimed: set[int] = set()
        for entry in self.streams():
            for at, _ in self._pieces(entry):
                if at in self._claimed:
                    raise ExtractError("two streams of the compound file share their bytes")
                self._claimed.add(at)

    # Writing

    def _used_end(self) -> int:
        """Offset behind the last sector that is not free."""
        last = min(len(self._fat), self._sectors) - 1
        while last >= 0 and self._fat[last] == _FREE:
            last -= 1
        return (last + 2) * self._sector

    def _free(self, entry: Entry) -> None:
        for at, count in self._pieces(entry):
            self._data[at : at + count] = bytes(count)
        if not entry.size:
            return
        if entry.size >= self._cutoff:
            for sector in self._chain(entry.start):
                self._fat[sector] = _FREE
                self._put(self._fat_at, sector)
        else:
            for mini in self._mini_chain(entry.start, len(self._mini_fat)):
                self._mini_fat[mini] = _FREE
                self._put(self._mini_fat_at, mini)

    def _put(self, table: list[int], number: int) -> None:
        """Mark the table's entry `number` as free in the file."""
        home, within = divmod(number, self._sector // 4)
        struct.pack_into("<L", self._data, table[home] + within * 4, _FREE)

    def _blank(self, number: int) -> None:
        at = self._entry_at[number]
        self._data[at : at + _ENTRY] = bytes(68) + b"\xff" * 12 + bytes(48)

    def _entry_is_used(self, number: int) -> bool:
        return self._data[self._entry_at[number] + 66] != _UNUSED

    def _relink(self, parent: Entry) -> None:
        """Balance a storage's entries anew. Only the lowest level is red, when it is not full
        ([MS-CFB] 2.6.4); shorter names come first, then upper case decides."""
        ordered = sorted(parent.children, key=_order)
        full_levels = (len(ordered) + 1).bit_length() - 1
        top = self._balance(ordered, full_levels)
        struct.pack_into("<L", self._data, self._entry_at[parent.id] + 76, top)

    def _balance(self, ordered: list[Entry], full_levels: int) -> int:
        if not ordered:
            return _NONE
        middle = len(ordered) // 2
        entry = ordered[middle]
        at = self._entry_at[entry.id]
        left = self._balance(ordered[:middle], full_levels - 1)
        right = self._balance(ordered[middle + 1 :], full_levels - 1)
        self._data[at + 67] = _RED if full_levels <= 0 else _BLACK
        struct.pack_into("<2L", self._data, at + 68, left, right)
        return entry.id


def _order(entry: Entry) -> tuple[int, bytes]:
    return len(entry.name.encode("utf-16-le")), entry.name.upper().encode("utf-16-be")


def empty() -> bytes:
    """The smallest compound file: a root storage with nothing in it and no class."""
    header = MAGIC + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9L", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack(f"<{_HEADER_SECTORS}L", 0, *[_FREE] * (_HEADER_SECTORS - 1))
    fat = struct.pack("<128L", _FAT_SECTOR, _END, *[_FREE] * 126)
    name = "Root Entry".encode("utf-16-le")
    root = name + bytes(64 - len(name)) + struct.pack("<HBB", len(name) + 2, _ROOT, _BLACK)
    root += b"\xff" * 12 + bytes(36) + struct.pack("<3L", _END, 0, 0)
    blank = bytes(68) + b"\xff" * 12 + bytes(48)
    return header + fat + root + blank * 3
