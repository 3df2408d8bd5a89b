"""Memory of the process and of others: heaps, pages, what is written into foreign processes."""

from __future__ import annotations

import struct

from gateway.emulation.contract import Kind
from gateway.emulation.winapi.calls import (
    ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER,
    Call,
    api,
    constants,
)
from gateway.emulation.winapi.handles import CURRENT_PROCESS, Process
from gateway.emulation.winapi.machine import Machine

EXECUTABLE = 0xF0
"""PAGE_EXECUTE and its relatives (winnt.h)."""

_LARGE = 192 << 20
_ZERO = 8

constants(
    "kernel32",
    "HeapDestroy/1=1 HeapSetInformation/4=1 HeapLock/1=1 HeapUnlock/1=1 HeapValidate/3=1 "
    "HeapCompact/2=1048576 VirtualLock/2=1 VirtualUnlock/2=1 FlushInstructionCache/3=1 "
    "GlobalUnlock/1=0 LocalUnlock/1=0 GlobalFlags/1=0 IsBadStringPtrA/2=0 IsBadCodePtr/1=0",
)


def foreign(machine: Machine, handle: int) -> Process | None:
    """The process of a handle, when it is another than the program's own."""
    if handle in CURRENT_PROCESS:
        return None
    return machine.handles.get(handle, Process)


def own(machine: Machine, handle: int) -> bool:
    """Whether a handle means the program's own process."""
    process = machine.handles.get(handle, Process)
    return handle in CURRENT_PROCESS or (process is not None and process.path == machine.path)


@api("kernel32", "GetProcessHeap", 0)
def process_heap(call: Call) -> int:
    return call.machine.heap.base


@api("kernel32", "HeapCreate", 3)
def heap_create(call: Call) -> int:
    return call.machine.heap.base


@api("kernel32 ntdll", "HeapAlloc RtlAllocateHeap", 3)
def heap_alloc(call: Call) -> int:
    size = call[2]
    if size > _LARGE:
        return 0
    heap = call.machine.heap
    return heap.zeroed(size) if call.u32(1) & _ZERO else heap.allocate(size)


@api("kernel32 ntdll", "HeapReAlloc RtlReAllocateHeap", 4)
def heap_realloc(call: Call) -> int:
    if call[3] > _LARGE:
        return 0
    heap = call.machine.heap
    old = heap.sizes.get(call[2], 0)
    moved = heap.again(call[2], call[3])
    if call.u32(1) & _ZERO and call[3] > old:
        call.put(moved + old, bytes(call[3] - old))
    return moved


@api("kernel32 ntdll", "HeapFree RtlFreeHeap", 3)
def heap_free(call: Call) -> int:
    call.machine.heap.free(call[2])
    return 1


@api("kernel32 ntdll", "HeapSize RtlSizeHeap", 3)
def heap_size(call: Call) -> int:
    return call.machine.heap.sizes.get(call[2], -1)


@api("kernel32", "GlobalAlloc LocalAlloc", 2)
def global_alloc(call: Call) -> int:
    return call.machine.heap.zeroed(call[1]) if call[1] <= _LARGE else 0


@api("kernel32", "GlobalReAlloc LocalReAlloc", 3)
def global_realloc(call: Call) -> int:
    return call.machine.heap.again(call[0], call[1])


@api("kernel32", "GlobalFree LocalFree", 1)
def global_free(call: Call) -> int:
    call.machine.heap.free(call[0])
    return 0


@api("kernel32", "GlobalLock LocalLock GlobalHandle LocalHandle", 1)
def global_lock(call: Call) -> int:
    return call[0]


@api("kernel32", "GlobalSize LocalSize", 1)
def global_size(call: Call) -> int:
    return call.machine.heap.sizes.get(call[0], 0)


@api("kernel32", "VirtualAlloc", 4)
def virtual_alloc(call: Call) -> int:
    return _allocated(call, call[0], call[1], call.u32(3))


def _allocated(call: Call, wanted: int, size: int, protection: int) -> int:
    memory = call.machine.memory
    region = memory.at(wanted) if wanted else None
    if region is not None:
        _protected(call, region.base, protection, size)
        return wanted & ~0xFFF
    if not 0 < size <= _LARGE:
        return call.fail(ERROR_INVALID_PARAMETER)
    first = 0x0060_0000 if call.machine.width == 4 else 0x1_0000_0000
    made = memory.map(size, "allocated", wanted or first, executable=bool(protection & EXECUTABLE))
    made.protection = protection
    if protection & EXECUTABLE:
        call.machine.watch(made)
    return made.base


@api("kernel32", "VirtualAllocEx VirtualAllocExNuma", 5)
def virtual_alloc_ex(call: Call) -> int:
    if own(call.machine, call[0]):
        return _allocated(call, call[1], call[2], call.u32(4))
    process = foreign(call.machine, call[0])
    if process is None:
        return call.fail(ERROR_INVALID_HANDLE)
    base = call[1] or process.next_region
    process.next_region = max(process.next_region, base + call[2] + 0xFFFF & ~0xFFFF)
    call.saw(process.path, f"{call[2]} bytes", f"protection {call.u32(4):#x}")
    return base


@api("kernel32", "VirtualFree", 3)
def virtual_free(call: Call) -> int:
    region = call.machine.memory.at(call[0])
    if region is not None and call.u32(2) & 0x8000 and region.tag == "allocated":
        call.machine.memory.unmap(region.base)
    return 1


@api("kernel32", "VirtualFreeEx", 4)
def virtual_free_ex(call: Call) -> int:
    return 1


_WRITABLE = 0xCC
"""PAGE_READWRITE, PAGE_WRITECOPY and their executable relatives."""


def defaced(machine: Machine, address: int, protection: int) -> None:
    """Code of Windows is made writable: told by the function that begins there, or the library."""
    library = machine.dlls.holding(address) if protection & _WRITABLE else None
    if library is not None:
        called = machine.dlls.called(address)
        name = f"{called[0]} {called[1]}" if called is not None else library.name
        machine.recorder.call("makes code of Windows writable", name)


_CODE_SECTION = 0x20000000
"""IMAGE_SCN_MEM_EXECUTE (PE format, section flags)."""


def _was_data(machine: Machine, address: int) -> bool:
    """Whether an address lies in a section of the program that is not for code."""
    for image in machine.images:
        for section in image.parsed.sections:
            start = image.base + section.VirtualAddress
            if start <= address < start + max(section.Misc_VirtualSize, section.SizeOfRawData):
                return not section.Characteristics & _CODE_SECTION
    return False


def _protected(call: Call, address: int, protection: int, size: int) -> int:
    region = call.machine.memory.at(address)
    if region is None:
        return 4
    defaced(call.machine, address, protection)
    if protection & EXECUTABLE and _was_data(call.machine, address):
        call.machine.watch_piece(address, min(size, region.end - address))
    old, region.protection = region.protection, protection
    if protection & EXECUTABLE and region.tag in ("allocated", "heap", "stack"):
        region.executable = True
        call.machine.watch(region)
    return old


@api("kernel32", "VirtualProtect", 4)
def virtual_protect(call: Call) -> int:
    if call.machine.memory.at(call[0]) is None:
        return call.fail(ERROR_INVALID_PARAMETER)
    call.put_u32(call[3], _protected(call, call[0], call.u32(2), call[1]))
    return 1


@api("kernel32", "VirtualProtectEx", 5)
def virtual_protect_ex(call: Call) -> int:
    if own(call.machine, call[0]):
        call.put_u32(call[4], _protected(call, call[1], call.u32(3), call[2]))
        return 1
    process = foreign(call.machine, call[0])
    if process is None:
        return call.fail(ERROR_INVALID_HANDLE)
    call.saw(process.path, f"protection {call.u32(3):#x}")
    call.put_u32(call[4], 4)
    return 1


@api("kernel32", "VirtualQuery", 3)
def virtual_query(call: Call) -> int:
    return _query(call, call[0], call[1], call[2])


@api("kernel32", "VirtualQueryEx", 4)
def virtual_query_ex(call: Call) -> int:
    return _query(call, call[1], call[2], call[3])


def _query(call: Call, address: int, place: int, room: int) -> int:
    """MEMORY_BASIC_INFORMATION."""
    wide = call.machine.width == 8
    region = call.machine.memory.at(address)
    page = address & ~0xFFF
    if region is None:
        data = struct.pack(
            "<QQIIQIII" if wide else "<IIIIIII",
            *(
                (page, 0, 0, 0, 0x1000, 0x10000, 1, 0)
                if wide
                else (page, 0, 0, 0x1000, 0x10000, 1, 0)
            ),
        )
    else:
        image = region.tag.startswith(("program", "library"))
        kind, protection = (0x1000000, 0x20) if image else (0x20000, region.protection)
        size = region.end - page
        words = (page, region.base, protection)
        if wide:
            data = struct.pack("<QQIIQIII", *words, 0, size, 0x1000, protection, kind)
        else:
            data = struct.pack("<IIIIIII", *words, size, 0x1000, protection, kind)
    data = data.ljust(48 if wide else 28, b"\0")
    if room < len(data):
        return 0
    call.put(place, data)
    return len(data)


@api("kernel32", "WriteProcessMemory", 5)
def write_process_memory(call: Call) -> int:
    data = call.machine.memory.read(call[2], min(call[3], 32 << 20))
    call.put_pointer(call[4], len(data))
    if own(call.machine, call[0]):
        defaced(call.machine, call[1], _WRITABLE)
        call.put(call[1], data)
        return 1
    process = foreign(call.machine, call[0])
    if process is None:
        return call.fail(ERROR_INVALID_HANDLE)
    written(call.machine, process, call[1], data)
    return 1


def written(machine: Machine, process: Process, address: int, data: bytes) -> None:
    """Bytes that went into another process: told, and kept as what may be code there."""
    kind = "a program" if data[:2] == b"MZ" else f"{len(data)} bytes"
    machine.recorder.note(Kind.MEMORY, "write-foreign", process.path, kind)
    if len(process.written) < 16 and len(data) >= 16:
        process.written[address] = data
        machine.keep.things.setdefault("unpacked", []).append(data)


@api("kernel32", "ReadProcessMemory", 5)
def read_process_memory(call: Call) -> int:
    if own(call.machine, call[0]):
        call.put(call[2], call.machine.memory.read(call[1], call[3]))
        call.put_pointer(call[4], call[3])
        return 1
    process = foreign(call.machine, call[0])
    if process is None:
        return call.fail(ERROR_INVALID_HANDLE)
    call.saw(process.path, f"{call[3]} bytes")
    call.put(call[2], bytes(min(call[3], 1 << 20)))
    call.put_pointer(call[4], call[3])
    return 1


@api("kernel32", "IsBadReadPtr IsBadWritePtr", 2)
def is_bad_pointer(call: Call) -> int:
    return int(call.machine.memory.at(call[0]) is None)
