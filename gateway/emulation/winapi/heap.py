"""The program's heap: blocks in arenas that grow, their sizes kept out of its reach."""

from __future__ import annotations

from gateway.emulation.winapi.memory import Memory

_ARENA = 1 << 20
_ALIGN = 16
_SMALL = 64 * 1024
"""Blocks up to this size are used again when they were freed."""


class Heap:
    """All heaps of the process are this one."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._first = 0x0200_0000 if memory.width == 4 else 0x2000_0000
        self._start = 0
        self._end = 0
        self._free: dict[int, list[int]] = {}
        self.sizes: dict[int, int] = {}
        self.base = memory.map(0x1000, "heap", self._first).base

    def allocate(self, size: int) -> int:
        """A block; its contents are what they were. Raises MemoryOver."""
        rounded = max(_ALIGN, -(-size // _ALIGN) * _ALIGN)
        kept = self._free.get(rounded)
        if kept:
            address = kept.pop()
        elif rounded > _ARENA // 2:
            address = self._memory.map(rounded, "heap", self._first).base
        else:
            if self._start + rounded > self._end:
                region = self._memory.map(_ARENA, "heap", self._first)
                self._start, self._end = region.base, region.end
            address = self._start
            self._start += rounded
        self.sizes[address] = size
        return address

    def zeroed(self, size: int) -> int:
        """A block of zeros."""
        address = self.allocate(size)
        self._memory.write(address, bytes(size))
        return address

    def free(self, address: int) -> bool:
        """Give a block back; whether it was one."""
        size = self.sizes.pop(address, None)
        if size is None:
            return False
        rounded = max(_ALIGN, -(-size // _ALIGN) * _ALIGN)
        if rounded <= _SMALL:
            self._free.setdefault(rounded, []).append(address)
        elif rounded > _ARENA // 2:
            self._memory.unmap(address)
        return True

    def again(self, address: int, size: int) -> int:
        """A block of another size with the same contents; `address` 0 makes a new one."""
        if not address:
            return self.allocate(size)
        old = self.sizes.get(address, 0)
        moved = self.allocate(size)
        self._memory.write(moved, self._memory.read(address, min(old, size)))
        self.free(address)
        return moved

    def keep(self, data: bytes) -> int:
        """A block with these bytes."""
        address = self.allocate(len(data))
        self._memory.write(address, data)
        return address
