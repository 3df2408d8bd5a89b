"""The emulated address space: regions, reading and writing, texts. Knows no Windows."""

from __future__ import annotations

import struct
from bisect import bisect_right, insort
from dataclasses import dataclass
from typing import Any

from gateway.emulation.automation.errors import MemoryOver

PAGE = 0x1000
TOTAL_MAX = 384 << 20
"""Bytes of all regions of one run; the guest may use 512 MiB."""

_TEXT_MAX = 64 * 1024
"""Characters of a text that is read from memory: longer ones have no end."""

_SMALL = 64
"""Bytes that are read at a time while the end of a text is looked for."""


class Fault(Exception):  # noqa: N818 - the emulated processor's, not ours
    """Memory that is not there was to be read or written."""

    def __init__(self, address: int, what: str) -> None:
        super().__init__(f"{what} of {address:#x}")
        self.address = address
        self.what = what


@dataclass(slots=True)
class Region:
    """A stretch of mapped memory. `executable` as Windows was told; `tag` says what it is."""

    base: int
    size: int
    tag: str
    executable: bool = False
    protection: int = 4
    ran: bool = False

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.base + self.size


class Memory:
    """Regions over unicorn. `width` is a pointer's size in bytes."""

    def __init__(self, engine: Any, width: int) -> None:
        self._engine = engine
        self.width = width
        self._bases: list[int] = []
        self.regions: dict[int, Region] = {}
        self._total = 0
        self._pointer = "<I" if width == 4 else "<Q"

    # --- regions -------------------------------------------------------------------------------

    def map(self, size: int, tag: str, base: int = 0x10000, *, executable: bool = False) -> Region:
        """Map `size` bytes at `base` or the next free place above it."""
        size = max(PAGE, -(-size // PAGE) * PAGE)
        self._total += size
        if self._total > TOTAL_MAX:
            self._total -= size
            raise MemoryOver("it maps more memory than a guest has")
        place = self._free_from(base & ~(PAGE - 1), size)
        self._engine.mem_map(place, size)
        region = Region(place, size, tag, executable, 0x40 if executable else 4)
        insort(self._bases, place)
        self.regions[place] = region
        return region

    def is_free(self, base: int, size: int) -> bool:
        """Whether nothing is mapped there."""
        base &= ~(PAGE - 1)
        return self._free_from(base, max(PAGE, -(-size // PAGE) * PAGE)) == base

    def _free_from(self, base: int, size: int) -> int:
        index = max(0, bisect_right(self._bases, base) - 1)
        for start in self._bases[index:]:
            region = self.regions[start]
            if region.end <= base:
                continue
            if region.base >= base + size:
                break
            base = -(-region.end // 0x10000) * 0x10000
        if self.width == 4 and base + size > 0x7FFF0000:
            raise MemoryOver("its address space is full")
        return base

    def unmap(self, base: int) -> bool:
        """Give a region back; whether one began there."""
        region = self.regions.pop(base, None)
        if region is None:
            return False
        self._bases.remove(base)
        self._engine.mem_unmap(base, region.size)
        self._total -= region.size
        return True

    def at(self, address: int) -> Region | None:
        """The region that holds an address."""
        index = bisect_right(self._bases, address) - 1
        if index < 0:
            return None
        region = self.regions[self._bases[index]]
        return region if address < region.end else None

    # --- bytes and numbers ---------------------------------------------------------------------

    def read(self, address: int, size: int) -> bytes:
        """Bytes. Raises Fault."""
        if size <= 0:
            return b""
        region = self.at(address)
        if region is None or (address + size > region.end and not self._covered(address, size)):
            raise Fault(address, "a read")
        return bytes(self._engine.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Bytes. Raises Fault."""
        if not data:
            return
        region = self.at(address)
        size = len(data)
        if region is None or (address + size > region.end and not self._covered(address, size)):
            raise Fault(address, "a write")
        self._engine.mem_write(address, bytes(data))

    def _covered(self, address: int, size: int) -> bool:
        end = address + size
        while address < end:
            region = self.at(address)
            if region is None:
                return False
            address = region.end
        return True

    def pointer(self, address: int) -> int:
        """A pointer-sized number."""
        return int(struct.unpack(self._pointer, self.read(address, self.width))[0])

    def put_pointer(self, address: int, value: int) -> None:
        """A pointer-sized number."""
        mask = (1 << (8 * self.width)) - 1
        self.write(address, struct.pack(self._pointer, value & mask))

    def u32(self, address: int) -> int:
        """A number of 32 bits."""
        return int.from_bytes(self.read(address, 4), "little")

    def put_u32(self, address: int, value: int) -> None:
        """A number of 32 bits."""
        self.write(address, (value & 0xFFFFFFFF).to_bytes(4, "little"))

    def u16(self, address: int) -> int:
        """A number of 16 bits."""
        return int.from_bytes(self.read(address, 2), "little")

    # --- texts ---------------------------------------------------------------------------------

    def raw_text(self, address: int, unit: int, limit: int = _TEXT_MAX) -> bytes:
        """The bytes of a text up to its end mark, at most `limit` units."""
        found = bytearray()
        while len(found) < limit * unit:
            region = self.at(address + len(found))
            if region is None:
                raise Fault(address + len(found), "a read")
            here = address + len(found)
            chunk = self.read(here, min(max(_SMALL, len(found)), region.end - here))
            end = _end_mark(chunk, unit)
            if end >= 0:
                found += chunk[:end]
                return bytes(found[: limit * unit])
            if unit == 2 and len(chunk) % 2:
                chunk = chunk[:-1]
                if not chunk:
                    break
            found += chunk
        return bytes(found[: limit * unit])

    def ansi(self, address: int, limit: int = _TEXT_MAX) -> str:
        """A text of bytes."""
        return self.raw_text(address, 1, limit).decode("latin-1")

    def wide(self, address: int, limit: int = _TEXT_MAX) -> str:
        """A text in UTF-16."""
        return self.raw_text(address, 2, limit).decode("utf-16-le", "replace")


def _end_mark(chunk: bytes, unit: int) -> int:
    if unit == 1:
        return chunk.find(0)
    position = chunk.find(b"\0\0")
    while position % 2 and position >= 0:
        position = chunk.find(b"\0\0", position + 1)
    return position
