"""The system's own functions (ntdll) that programs use to go past kernel32."""

from __future__ import annotations

import struct

from gateway.emulation.winapi import faults, unwind
from gateway.emulation.winapi.api.memory import EXECUTABLE, defaced, foreign, own, written
from gateway.emulation.winapi.api.processes import all_processes, new_thread, taken_over
from gateway.emulation.winapi.calls import Call, Running, api, constants
from gateway.emulation.winapi.handles import ForeignThread, Plain

_INVALID_HANDLE = 0xC0000008
_TOO_SMALL = 0xC0000004
_NOT_IMPLEMENTED = 0xC0000002

constants(
    "ntdll",
    "RtlFreeUnicodeString/1 NtSetInformationThread/4=0 ZwSetInformationThread/4=0 "
    "NtYieldExecution/0=0 RtlAdjustPrivilege/4=0 NtFlushInstructionCache/3=0 NtTestAlert/0=0 "
    "NtRaiseHardError/6=0 RtlSetProcessIsCritical/3=0 NtShutdownSystem/1=0 "
    "RtlNtStatusToDosError/1=87 NtSetInformationProcess/4=0 RtlPcToFileHeader/2=0 "
    "RtlLookupFunctionEntry/3=0 RtlCaptureContext/1=0 RtlUnwind/4=0 NtFreeVirtualMemory/4=0 "
    "NtUnmapViewOfSectionEx/3=0 RtlInitializeSListHead/1=0 NtFlushBuffersFile/2=0 NtSetEvent/2=0",
)
constants(
    "kernel32",
    "RtlPcToFileHeader/2=0 RtlLookupFunctionEntry/3=0 RtlVirtualUnwind/8=0 RtlCaptureContext/1=0",
)


@api("ntdll kernel32", "RtlUnwindEx", 6)
def unwind_frames(call: Call) -> Running:
    return unwind.unwinding(call)


@api("ntdll", "RtlInitUnicodeString", 2)
def init_unicode(call: Call) -> int:
    text = call.machine.memory.wide(call[1]) if call[1] else ""
    size = 2 * len(text)
    call.put(call[0], struct.pack("<HH", size, size + 2))
    call.put_pointer(call[0] + call.machine.width, call[1])
    return 0


@api("ntdll", "RtlInitAnsiString", 2)
def init_ansi(call: Call) -> int:
    size = len(call.machine.memory.ansi(call[1])) if call[1] else 0
    call.put(call[0], struct.pack("<HH", size, size + 1))
    call.put_pointer(call[0] + call.machine.width, call[1])
    return 0


@api("ntdll", "NtUnmapViewOfSection ZwUnmapViewOfSection", 2)
def unmap_section(call: Call) -> int:
    process = foreign(call.machine, call[0])
    if process is not None:
        call.saw(process.path)
    return 0


@api("ntdll", "NtAllocateVirtualMemory ZwAllocateVirtualMemory", 6)
def allocate(call: Call) -> int:
    machine = call.machine
    base, size = machine.memory.pointer(call[1]), machine.memory.pointer(call[3])
    executable = bool(call.u32(5) & EXECUTABLE)
    if own(machine, call[0]):
        if not 0 < size <= 192 << 20:
            return 0xC0000017
        region = machine.memory.map(size, "allocated", base or 0x0070_0000, executable=executable)
        if executable:
            machine.watch(region)
        machine.memory.put_pointer(call[1], region.base)
        return 0
    process = foreign(machine, call[0])
    if process is None:
        return _INVALID_HANDLE
    call.saw(process.path, f"{size} bytes")
    machine.memory.put_pointer(call[1], base or process.next_region)
    process.next_region += size + 0xFFFF & ~0xFFFF
    return 0


@api("ntdll", "NtProtectVirtualMemory ZwProtectVirtualMemory", 5)
def protect(call: Call) -> int:
    machine = call.machine
    call.put_u32(call[4], 4)
    if own(machine, call[0]):
        place = machine.memory.pointer(call[1])
        defaced(machine, place, call.u32(3))
        region = machine.memory.at(place)
        if (
            region is not None
            and call.u32(3) & EXECUTABLE
            and region.tag in ("allocated", "heap", "stack")
        ):
            region.executable = True
            machine.watch(region)
        return 0
    process = foreign(machine, call[0])
    if process is None:
        return _INVALID_HANDLE
    call.saw(process.path)
    return 0


@api("ntdll", "NtWriteVirtualMemory ZwWriteVirtualMemory", 5)
def write_memory(call: Call) -> int:
    data = call.machine.memory.read(call[2], min(call[3], 32 << 20))
    call.put_pointer(call[4], len(data))
    if own(call.machine, call[0]):
        call.put(call[1], data)
        return 0
    process = foreign(call.machine, call[0])
    if process is None:
        return _INVALID_HANDLE
    written(call.machine, process, call[1], data)
    return 0


@api("ntdll", "NtReadVirtualMemory ZwReadVirtualMemory", 5)
def read_memory(call: Call) -> int:
    data = (
        call.machine.memory.read(call[1], call[3])
        if own(call.machine, call[0])
        else bytes(min(call[3], 4096))
    )
    call.put(call[2], data)
    call.put_pointer(call[4], len(data))
    return 0


@api("ntdll", "NtCreateThreadEx ZwCreateThreadEx", 11)
def create_thread(call: Call) -> int:
    machine = call.machine
    if own(machine, call[3]):
        thread = new_thread(call, call[4], call[5], suspended=bool(call.u32(6) & 1))
        call.put_pointer(call[0], thread.handle)
        return 0
    process = foreign(machine, call[3])
    if process is None:
        return _INVALID_HANDLE
    taken_over(machine, process, "a thread of its own")
    call.put_pointer(call[0], machine.handles.add(ForeignThread(process)))
    return 0


@api("ntdll", "RtlCreateUserThread", 10)
def create_user_thread(call: Call) -> int:
    machine = call.machine
    process = foreign(machine, call[0])
    if process is None:
        thread = new_thread(call, call[6], call[7])
        call.put_pointer(call[8], thread.handle)
        return 0
    taken_over(machine, process, "a thread of its own")
    call.put_pointer(call[8], machine.handles.add(ForeignThread(process)))
    return 0


@api("ntdll", "NtCreateSection ZwCreateSection", 7)
def create_section(call: Call) -> int:
    size = int.from_bytes(call.machine.memory.read(call[3], 8), "little") if call[3] else 0x1000
    call.put_pointer(
        call[0], call.machine.handles.add(Plain("section", number=min(size, 32 << 20)))
    )
    return 0


@api("ntdll", "NtMapViewOfSection ZwMapViewOfSection", 10)
def map_section(call: Call) -> int:
    machine = call.machine
    section = machine.handles.get(call[0], Plain)
    process = foreign(machine, call[1])
    if process is not None:
        call.saw(process.path)
        taken_over(machine, process, "memory that both share")
        call.put_pointer(call[2], process.next_region)
        return 0
    region = machine.memory.map(
        section.number if section is not None else 4096, "view", 0x0070_0000
    )
    call.put_pointer(call[2], region.base)
    call.put_pointer(call[6], region.size)
    return 0


@api("ntdll", "NtQueryInformationProcess ZwQueryInformationProcess", 5)
def query_process(call: Call) -> int:
    machine, kind = call.machine, call.u32(1)
    if kind in (7, 0x1E, 0x1F):
        machine.recorder.call("asks whether it is debugged")
        if kind == 0x1E:
            return 0xC0000353
        call.put_pointer(call[2], 1 if kind == 0x1F else 0)
        return 0
    if kind == 0:
        process = foreign(machine, call[0])
        peb = machine.blocks.peb if process is None else 0x7EFDE000
        width = machine.width
        for number, value in enumerate((0, peb, 255, 8, process.pid if process else 4242, 3320)):
            call.put_pointer(call[2] + width * number, value)
        call.put_u32(call[4], 6 * width)
        return 0
    return _NOT_IMPLEMENTED


@api("ntdll", "NtQuerySystemInformation ZwQuerySystemInformation", 4)
def query_system(call: Call) -> int:
    machine, kind = call.machine, call.u32(0)
    if kind == 0x23:
        machine.recorder.call("asks whether it is debugged")
        call.put(call[1], b"\0\1")
        return 0
    if kind == 5:
        return _process_list(call)
    return _NOT_IMPLEMENTED


def _process_list(call: Call) -> int:
    """SYSTEM_PROCESS_INFORMATION, as far as names and numbers go."""
    machine = call.machine
    machine.recorder.call("lists processes")
    size = 256
    listed = all_processes(machine)
    call.put_u32(call[3], size * len(listed))
    if call.u32(2) < size * len(listed):
        return _TOO_SMALL
    wide = machine.width == 8
    for number, (pid, parent, name) in enumerate(listed):
        text = machine.heap.keep(name.encode("utf-16-le") + b"\0\0")
        length = 2 * len(name)
        block = bytearray(size)
        struct.pack_into("<II", block, 0, 0 if number + 1 == len(listed) else size, 0)
        struct.pack_into("<HHxxxxQ" if wide else "<HHI", block, 56, length, length + 2, text)
        struct.pack_into("<QQ" if wide else "<II", block, 80 if wide else 68, pid, parent)
        call.put(call[1] + size * number, bytes(block))
    return 0


@api("ntdll", "NtContinue ZwContinue", 2)
def nt_continue(call: Call) -> int:
    faults.go_on(call.machine, call[0])
    call.machine.elsewhere()
    return 0


@api("ntdll", "RtlDecompressBuffer", 6)
def decompress(call: Call) -> int:
    import lznt1

    data = call.machine.memory.read(call[3], min(call.u32(4), 32 << 20))
    try:
        plain = lznt1.decompress(data)[: call.u32(2)]
    except (ValueError, IndexError, struct.error):
        return 0xC0000242
    call.put(call[1], bytes(plain))
    call.put_u32(call[5], len(plain))
    return 0


@api("ntdll", "RtlComputeCrc32", 3)
def crc32(call: Call) -> int:
    import zlib

    return zlib.crc32(call.machine.memory.read(call[1], call.u32(2)), call.u32(0))
