"""Writes OLE compound files (MS-CFB, version 3): storages, streams, the mini stream.

Only writing, only what fits 109 FAT sectors (about 7 MB): no reader, no DIFAT chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from struct import pack
from typing import TypeAlias

Tree: TypeAlias = Mapping[str, "bytes | Tree"]
"""Names to streams (octets) or storages (another tree)."""

SECTOR, MINI_SECTOR, MINI_CUTOFF = 512, 64, 4096
HEADER_FAT_SLOTS = 109
FREE, END_OF_CHAIN, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NO_ENTRY = 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5
RED, BLACK = 0, 1


@dataclass(slots=True)
class _Entry:
    """One directory entry (MS-CFB section 2.6.1) while its links are being found."""

    name: str
    kind: int
    data: bytes = b""
    children: list[int] = field(default_factory=list)
    left: int = NO_ENTRY
    right: int = NO_ENTRY
    child: int = NO_ENTRY
    colour: int = BLACK
    start: int = END_OF_CHAIN

    def pack(self, size: int) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        links = pack("<BBIII", self.kind, self.colour, self.left, self.right, self.child)
        return name.ljust(64, b"\0") + pack("<H", len(name)) + links + bytes(16 + 4 + 16) + pack(
            "<IQ", self.start, size
        )  # fmt: skip


class _Sectors:
    """Sectors and their allocation table, filled in order."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = bytearray()
        self.table: list[int] = []

    def add(self, data: bytes) -> int:
        """Appends one chain; returns its first sector, END_OF_CHAIN for no data."""
        if not data:
            return END_OF_CHAIN
        start, count = len(self.table), -(-len(data) // self.size)
        self.data += data.ljust(count * self.size, b"\0")
        self.table += [*range(start + 1, start + count), END_OF_CHAIN]
        return start


def compound_file(root: Tree) -> bytes:
    """The bytes of a compound file that holds `root`. Raises ValueError when it grows too big."""
    entries = [_Entry("Root Entry", ROOT)]
    _enter(entries, 0, root)
    sectors, mini = _Sectors(SECTOR), _Sectors(MINI_SECTOR)
    for entry in entries:
        if entry.kind == STREAM:
            target = mini if len(entry.data) < MINI_CUTOFF else sectors
            entry.start = target.add(entry.data)
    entries[0].start = sectors.add(bytes(mini.data))
    sizes = [len(mini.data), *(len(entry.data) for entry in entries[1:])]
    packed = b"".join(entry.pack(size) for entry, size in zip(entries, sizes, strict=True))
    blank = _Entry("", 0, start=0).pack(0)
    blank = bytes(66) + blank[66:]
    directory = sectors.add(packed + blank * (-len(entries) % 4))
    mini_table = sectors.add(_table_bytes(mini.table, SECTOR // 4))
    mini_sectors = -(-len(mini.table) * 4 // SECTOR)
    return _finish(sectors, directory, mini_table, mini_sectors)


def _finish(sectors: _Sectors, directory: int, mini_table: int, mini_sectors: int) -> bytes:
    """Adds the allocation table itself and the header (MS-CFB section 2.2)."""
    fat_count = 1
    while fat_count * (SECTOR // 4) < len(sectors.table) + fat_count:
        fat_count += 1
    if fat_count > HEADER_FAT_SLOTS:
        raise ValueError("too big for a compound file without a DIFAT chain")
    first = len(sectors.table)
    table = _table_bytes(sectors.table + [FAT_SECTOR] * fat_count, fat_count * SECTOR // 4)
    slots = [*range(first, first + fat_count), *[FREE] * (HEADER_FAT_SLOTS - fat_count)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += pack("<IIIII", 0, fat_count, directory, 0, MINI_CUTOFF)
    header += pack("<IIII", mini_table, mini_sectors, END_OF_CHAIN, 0)
    header += pack(f"<{HEADER_FAT_SLOTS}I", *slots)
    return header + bytes(sectors.data) + table


def _table_bytes(table: list[int], multiple: int) -> bytes:
    padded = table + [FREE] * (-len(table) % multiple)
    return pack(f"<{len(padded)}I", *padded)


def _enter(entries: list[_Entry], parent: int, tree: Tree) -> None:
    """Appends the members of a storage, depth first, and links them as a red-black tree."""
    numbers: list[int] = []
    for name in sorted(tree, key=_sort_key):
        content = tree[name]
        numbers.append(len(entries))
        if isinstance(content, bytes):
            entries.append(_Entry(name, STREAM, content))
        else:
            entries.append(_Entry(name, STORAGE, start=0))
            _enter(entries, numbers[-1], content)
    full_levels = (len(numbers) + 1).bit_length() - 1
    entries[parent].child = _balance(entries, numbers, full_levels)


def _sort_key(name: str) -> tuple[int, str]:
    """MS-CFB section 2.6.4: shorter names first, then by upper case."""
    return len(name.encode("utf-16-le")), name.upper()


def _balance(entries: list[_Entry], numbers: list[int], black_levels: int) -> int:
    """Links sorted entries as a balanced tree; the last, incomplete level is red."""
    if not numbers:
        return NO_ENTRY
    middle = len(numbers) // 2
    entry = entries[numbers[middle]]
    entry.colour = BLACK if black_levels > 0 else RED
    entry.left = _balance(entries, numbers[:middle], black_levels - 1)
    entry.right = _balance(entries, numbers[middle + 1 :], black_levels - 1)
    return numbers[middle]


def stream_names(tree: Tree, prefix: str = "") -> Iterator[str]:
    """The paths of all streams of a tree, for listings and tests."""
    for name, content in tree.items():
        if isinstance(content, bytes):
            yield prefix + name
        else:
            yield from stream_names(content, f"{prefix}{name}/")
