"""What the system keeps in a program's own memory: thread block, process block, loader's lists.

Offsets are those of Windows 10 (winternl.h and the public symbols); only fields that programs
read are filled. The loader's lists are complete circles: a walk through them comes to its end.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from gateway.emulation.winapi.memory import Memory

PID, MAIN_TID = 4242, 4246
_BUILD = 19045
_PROCESSORS = 8


class _Offsets(NamedTuple):
    """Where fields lie, by a pointer's size."""

    teb_self: int
    teb_stack: int
    teb_ids: int
    teb_tls: int
    teb_peb: int
    teb_error: int
    peb_image: int
    peb_ldr: int
    peb_parameters: int
    peb_heap: int
    peb_processors: int
    peb_version: int
    ldr_lists: int
    entry_base: int
    entry_names: int
    parameter_image: int
    parameter_directory: int
    parameter_environment: int


_OF = {
    4: _Offsets(
        *(0x18, 0x04, 0x20, 0x2C, 0x30, 0x34, 0x08, 0x0C, 0x10, 0x18, 0x64, 0xA4, 0x0C),
        *(0x18, 0x24, 0x38, 0x24, 0x48),
    ),
    8: _Offsets(
        *(0x30, 0x08, 0x40, 0x58, 0x60, 0x68, 0x10, 0x18, 0x20, 0x30, 0xB8, 0x118, 0x10),
        *(0x30, 0x48, 0x60, 0x38, 0x80),
    ),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A module in the loader's lists."""

    path: str
    base: int
    entry: int
    size: int


class Blocks:
    """Thread block, process block and what hangs on them, for one process."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._width = memory.width
        self.of = _OF[self._width]
        start = 0x7FFD_0000 if self._width == 8 else 0x7EF0_0000
        self.teb = memory.map(0x2000, "thread block", start).base
        self.peb = memory.map(0x1000, "process block", start + 0x10000).base
        self._room = memory.map(0x40000, "loader", start + 0x20000)
        self._next = self._room.base
        self._ldr = self._take(0x80)

    def _take(self, size: int) -> int:
        address = self._next
        self._next += -(-size // 16) * 16
        return address

    def _text(self, text: str) -> bytes:
        """A UNICODE_STRING."""
        data = text.encode("utf-16-le")
        address = self._take(len(data) + 2)
        self._memory.write(address, data + b"\0\0")
        head = struct.pack("<HH", len(data), len(data) + 2)
        if self._width == 8:
            return head + bytes(4) + struct.pack("<Q", address)
        return head + struct.pack("<I", address)

    def set_up(self, image: int, heap: int, path: str, line: str, environment: str) -> None:
        """Fill the process block."""
        memory, of, peb = self._memory, self.of, self.peb
        memory.put_pointer(peb + of.peb_image, image)
        memory.put_pointer(peb + of.peb_ldr, self._ldr)
        memory.put_pointer(peb + of.peb_heap, heap)
        memory.put_u32(peb + of.peb_processors, _PROCESSORS)
        version = struct.pack("<IIHHI", 10, 0, _BUILD, 0, 2)
        memory.write(peb + of.peb_version, version)
        parameters = self._take(0x100)
        memory.put_pointer(peb + of.peb_parameters, parameters)
        folder = path.rpartition("\\")[0] + "\\"
        memory.write(parameters + of.parameter_directory, self._text(folder))
        memory.write(parameters + of.parameter_image, self._text(path) + self._text(line))
        block = environment.encode("utf-16-le")
        address = self._take(len(block) + 4)
        memory.write(address, block + bytes(4))
        memory.put_pointer(parameters + of.parameter_environment, address)
        memory.put_u32(self._ldr, 0x58)
        memory.write(self._ldr + 4, b"\1")

    def thread(self, stack: int, limit: int, tid: int, slots: int) -> bytes:
        """A thread block's bytes, for a thread that is about to start."""
        of, pack = self.of, "<Q" if self._width == 8 else "<I"
        block = bytearray(0x2000)

        def put(offset: int, value: int) -> None:
            struct.pack_into(pack, block, offset, value)

        put(0, (1 << 8 * self._width) - 1 if self._width == 4 else 0)
        put(of.teb_stack, stack)
        put(of.teb_stack + self._width, limit)
        put(of.teb_self, self.teb)
        put(of.teb_ids, PID)
        put(of.teb_ids + self._width, tid)
        put(of.teb_tls, slots)
        put(of.teb_peb, self.peb)
        return bytes(block)

    def list_modules(self, modules: list[Loaded]) -> None:
        """Write the loader's three lists anew."""
        width, of, memory = self._width, self.of, self._memory
        entries = [self._entry(each) for each in modules]
        for number in range(3):
            head = self._ldr + of.ldr_lists + 2 * width * number
            chosen = entries if number < 2 else entries[1:]  # the third leaves the program out
            links = [head, *(entry + 2 * width * number for entry in chosen)]
            for place, link in enumerate(links):
                memory.put_pointer(link, links[(place + 1) % len(links)])
                memory.put_pointer(link + width, links[place - 1])

    def _entry(self, module: Loaded) -> int:
        width, of = self._width, self.of
        entry = self._take(0x120 if width == 8 else 0xA8)
        pack = "<QQQ" if width == 8 else "<III"
        self._memory.write(
            entry + of.entry_base, struct.pack(pack, module.base, module.entry, module.size)
        )
        names = self._text(module.path) + self._text(module.path.rpartition("\\")[2])
        self._memory.write(entry + of.entry_names, names)
        return entry

    @property
    def last_error(self) -> int:
        """GetLastError of the running thread."""
        return self._memory.u32(self.teb + self.of.teb_error)

    @last_error.setter
    def last_error(self, value: int) -> None:
        self._memory.put_u32(self.teb + self.of.teb_error, value)
