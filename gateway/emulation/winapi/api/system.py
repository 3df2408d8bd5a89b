"""The machine as programs ask for it: versions, clocks, memory, names, environment, errors."""

from __future__ import annotations

import struct
import time

from gateway.emulation.contract import StopKind
from gateway.emulation.winapi import faults, unwind
from gateway.emulation.winapi.calls import Call, Long, Running, api, constants
from gateway.emulation.windows import facts
from gateway.emulation.windows.disk import expanded

_EPOCH = 116444736000000000
_ACCELERATES = 300
"""Questions for the time after which the clock runs ahead: who asks more often waits in a loop."""

constants(
    "kernel32 kernelbase",
    "GetVersion/0=0x4A65000A SetErrorMode/1=0 GetErrorMode/0=0 IsProcessorFeaturePresent/1=1 "
    "GetSystemDefaultLangID/0=0x409 GetUserDefaultLangID/0=0x409 GetSystemDefaultLCID/0=0x409 "
    "GetUserDefaultLCID/0=0x409 GetUserDefaultUILanguage/0=0x409 "
    "GetSystemDefaultUILanguage/0=0x409 GetThreadLocale/0=0x409 SetThreadLocale/1=1 "
    "GetACP/0=1252 GetOEMCP/0=437 IsValidCodePage/1=1 IsValidLocale/2=1 IsDBCSLeadByte/1=0 "
    "IsDBCSLeadByteEx/2=0 Beep/2=1 GetThreadUILanguage/0=0x409 SetThreadUILanguage/1=0x409 "
    "VerSetConditionMask/4=1 VerifyVersionInfoA/4=1 VerifyVersionInfoW/4=1 "
    "GetActiveProcessorCount/1=8 GetSystemFirmwareTable/4=0 GetFirmwareEnvironmentVariableA/4=0 "
    "RegisterApplicationRestart/2=0 SetSystemTime/1=1 UnhandledExceptionFilter/1=1 "
    "GetNumaHighestNodeNumber/1=1 GetCurrentPackageId/2=15700 GetCurrentProcessorNumber/0=1 "
    "RemoveVectoredExceptionHandler/1=1 RtlRemoveVectoredExceptionHandler/1=1 "
    "HeapQueryInformation/5=0",
)
constants(
    "winmm",
    "timeBeginPeriod/1=0 timeEndPeriod/1=0 PlaySoundA/3=1 PlaySoundW/3=1 mciSendStringA/4=0 "
    "waveOutGetNumDevs/0=1",
)
constants("kernel32", "OutputDebugStringA/1=0 OutputDebugStringW/1=0")


def _clock(call: Call) -> float:
    """Seconds since the start; faster the more often it is asked for."""
    kept = call.machine.keep.things
    kept["clock"] = count = kept.get("clock", 0) + 1
    if count > _ACCELERATES:
        call.machine.recorder.slept += min(5.0, 0.001 * (count - _ACCELERATES))
    return call.machine.now()


@api("kernel32 winmm", "GetTickCount timeGetTime", 0)
def get_tick_count(call: Call) -> int:
    return int(5_400_000 + _clock(call) * 1000) & 0xFFFFFFFF


@api("kernel32", "GetTickCount64", 0)
def get_tick_count_64(call: Call) -> Long:
    return Long(int(5_400_000 + _clock(call) * 1000))


@api("kernel32", "QueryPerformanceCounter", 1)
def performance_counter(call: Call) -> int:
    call.put(call[0], struct.pack("<Q", int((5400 + _clock(call)) * 10_000_000)))
    return 1


@api("kernel32", "QueryPerformanceFrequency", 1)
def performance_frequency(call: Call) -> int:
    call.put(call[0], struct.pack("<Q", 10_000_000))
    return 1


@api("kernel32", "GetSystemTimeAsFileTime GetSystemTimePreciseAsFileTime", 1)
def time_as_file_time(call: Call) -> int:
    call.put(call[0], struct.pack("<Q", int((facts.START_TIME + _clock(call)) * 1e7) + _EPOCH))
    return 0


def _system_time(moment: float) -> bytes:
    parts = time.gmtime(moment)
    words = (parts.tm_year, parts.tm_mon, (parts.tm_wday + 1) % 7, parts.tm_mday)
    return struct.pack(
        "<8H", *words, parts.tm_hour, parts.tm_min, parts.tm_sec, int(moment % 1 * 1000)
    )


@api("kernel32", "GetSystemTime GetLocalTime", 1)
def get_system_time(call: Call) -> int:
    call.put(call[0], _system_time(facts.START_TIME + _clock(call)))
    return 0


@api("kernel32", "FileTimeToSystemTime", 2)
def file_to_system_time(call: Call) -> int:
    raw = int.from_bytes(call.machine.memory.read(call[0], 8), "little")
    call.put(call[1], _system_time(max(0.0, (raw - _EPOCH) / 1e7)))
    return 1


@api("kernel32", "SystemTimeToFileTime", 2)
def system_to_file_time(call: Call) -> int:
    import calendar

    year, month, _, day, hour, minute, second, _ = struct.unpack(
        "<8H", call.machine.memory.read(call[0], 16)
    )
    moment = calendar.timegm((year, month, day, hour, minute, second, 0, 1, -1))
    call.put(call[1], struct.pack("<Q", max(0, moment * 10_000_000 + _EPOCH)))
    return 1


@api("kernel32", "FileTimeToLocalFileTime LocalFileTimeToFileTime", 2)
def local_file_time(call: Call) -> int:
    call.put(call[1], call.machine.memory.read(call[0], 8))
    return 1


@api("kernel32", "CompareFileTime", 2)
def compare_file_time(call: Call) -> int:
    first, second = (int.from_bytes(call.machine.memory.read(call[n], 8), "little") for n in (0, 1))
    return (first > second) - (first < second)


@api("kernel32", "GetTimeZoneInformation", 1)
def time_zone(call: Call) -> int:
    call.put(call[0], bytes(172))
    return 0


@api("kernel32", "SystemTimeToTzSpecificLocalTime", 3)
def to_local_time(call: Call) -> int:
    call.put(call[2], call.machine.memory.read(call[1], 16))
    return 1


# --- the machine ---------------------------------------------------------------------------------


@api("kernel32", "GetSystemInfo GetNativeSystemInfo", 1)
def system_info(call: Call) -> int:
    if call.machine.width == 8:
        data = struct.pack(
            "<HHIQQQIIIHH", 9, 0, 4096, 0x10000, 0x7FFF_FFFE_FFFF, 255, 8, 8664, 65536, 6, 42243
        )
    else:
        data = struct.pack(
            "<HHIIIIIIIHH", 0, 0, 4096, 0x10000, 0x7FFE_FFFF, 255, 8, 586, 65536, 6, 42243
        )
    call.put(call[0], data)
    return 0


@api("kernel32", "GlobalMemoryStatusEx", 1)
def memory_status_ex(call: Call) -> int:
    total, free = 16 << 30, 9 << 30
    call.put(
        call[0],
        struct.pack("<IIQQQQQQQ", 64, 43, total, free, total * 2, free * 2, 1 << 47, 1 << 46, 0),
    )
    return 1


@api("kernel32", "GlobalMemoryStatus", 1)
def memory_status(call: Call) -> int:
    values = (0x7FFFFFFF,) * 6
    form = "<IIQQQQQQ" if call.machine.width == 8 else "<IIIIIIII"
    call.put(call[0], struct.pack(form, struct.calcsize(form), 43, *values))
    return 0


@api("kernel32", "GetPhysicallyInstalledSystemMemory", 1)
def installed_memory(call: Call) -> int:
    call.put(call[0], struct.pack("<Q", 16 << 20))
    return 1


@api("kernel32", "GetVersionExA GetVersionExW", 1)
def get_version(call: Call) -> int:
    call.put(call[0] + 4, struct.pack("<IIII", 10, 0, 19045, 2))
    return 1


@api("ntdll", "RtlGetVersion", 1)
def rtl_version(call: Call) -> int:
    call.put(call[0] + 4, struct.pack("<IIII", 10, 0, 19045, 2))
    return 0


@api("ntdll", "RtlGetNtVersionNumbers", 3)
def version_numbers(call: Call) -> int:
    for index, value in enumerate((10, 0, 0xF0004A65)):
        call.put_u32(call[index], value)
    return 0


@api("kernel32", "GetComputerNameA GetComputerNameW", 2)
def computer_name(call: Call) -> int:
    room = call.machine.memory.u32(call[1])
    call.put_u32(call[1], len(facts.COMPUTER))
    if room <= len(facts.COMPUTER):
        return call.fail(111)
    call.put(call[0], call.encoded(facts.COMPUTER))
    return 1


@api("kernel32", "GetComputerNameExA GetComputerNameExW", 3)
def computer_name_ex(call: Call) -> int:
    name = facts.COMPUTER if call.u32(0) in (0, 1, 4, 5) else "corp.example"
    room = call.machine.memory.u32(call[2])
    call.put_u32(call[2], len(name))
    if room <= len(name):
        return call.fail(234)
    call.put(call[1], call.encoded(name))
    return 1


@api(
    "kernel32",
    "GetSystemDirectoryA GetSystemDirectoryW GetSystemWow64DirectoryA GetSystemWow64DirectoryW",
    2,
)
def system_directory(call: Call) -> int:
    return call.put_text(call[0], call.u32(1), facts.SYSTEM)


@api(
    "kernel32",
    "GetWindowsDirectoryA GetWindowsDirectoryW "
    "GetSystemWindowsDirectoryA GetSystemWindowsDirectoryW",
    2,
)
def windows_directory(call: Call) -> int:
    return call.put_text(call[0], call.u32(1), r"C:\Windows")


@api("kernel32", "GetStartupInfoA GetStartupInfoW", 1)
def startup_info(call: Call) -> int:
    size = 104 if call.machine.width == 8 else 68
    call.put(call[0], struct.pack("<I", size).ljust(size, b"\0"))
    return 0


@api("kernel32", "GetCommandLineA GetCommandLineW", 0)
def command_line(call: Call) -> int:
    kept = call.machine.keep.things
    if call.name not in kept:
        kept[call.name] = call.machine.heap.keep(call.encoded(call.machine.command_line))
    return int(kept[call.name])


# --- environment ---------------------------------------------------------------------------------


def _variable(call: Call, name: str) -> str | None:
    for each, value in call.machine.environment.items():
        if each.lower() == name.lower():
            return value
    return None


@api("kernel32", "GetEnvironmentVariableA GetEnvironmentVariableW", 3)
def get_variable(call: Call) -> int:
    value = _variable(call, call.text(0))
    return call.put_text(call[1], call.u32(2), value) if value is not None else call.fail(203)


@api("kernel32", "SetEnvironmentVariableA SetEnvironmentVariableW", 2)
def set_variable(call: Call) -> int:
    call.machine.environment[call.text(0)] = call.text(1)
    return 1


@api("kernel32", "ExpandEnvironmentStringsA ExpandEnvironmentStringsW", 3)
def expand_variables(call: Call) -> int:
    text = expanded(call.text(0))
    call.put_text(call[1], call.u32(2), text)
    return len(text) + 1


@api("kernel32", "GetEnvironmentStringsA GetEnvironmentStringsW GetEnvironmentStrings", 0)
def environment_strings(call: Call) -> int:
    block = "\0".join(f"{name}={value}" for name, value in sorted(call.machine.environment.items()))
    return call.machine.heap.keep(call.encoded(f"{block}\0"))


constants("kernel32", "FreeEnvironmentStringsA/1=1 FreeEnvironmentStringsW/1=1")


# --- errors and debuggers ------------------------------------------------------------------------


@api("kernel32 ntdll", "GetLastError RtlGetLastWin32Error", 0)
def get_last_error(call: Call) -> int:
    return call.machine.last_error


@api("kernel32 ntdll", "SetLastError RtlSetLastWin32Error", 1)
def set_last_error(call: Call) -> int:
    call.machine.last_error = call.u32(0)
    return 0


@api("kernel32", "FormatMessageA FormatMessageW", 7)
def format_message(call: Call) -> int:
    text = (
        "The operation completed.\r\n"
        if call.u32(2) == 0
        else "The system cannot find the file specified.\r\n"
    )
    if call.u32(0) & 0x100:
        call.put_pointer(call[4], call.machine.heap.keep(call.encoded(text)))
    else:
        call.put(call[4], call.encoded(text[: max(0, call.u32(5) - 1)]))
    return len(text)


@api("kernel32", "IsDebuggerPresent", 0)
def is_debugger_present(call: Call) -> int:
    call.saw()
    return 0


@api("kernel32", "CheckRemoteDebuggerPresent", 2)
def remote_debugger(call: Call) -> int:
    call.saw()
    call.put_u32(call[1], 0)
    return 1


@api("kernel32", "DebugBreak", 0)
def debug_break(call: Call) -> int:
    call.saw()
    return 0


@api("kernel32", "SetUnhandledExceptionFilter", 1)
def unhandled_filter(call: Call) -> int:
    old, call.machine.keep.unhandled = call.machine.keep.unhandled, call[0]
    return old


@api("kernel32 ntdll", "AddVectoredExceptionHandler RtlAddVectoredExceptionHandler", 2)
def add_vectored(call: Call) -> int:
    handlers = call.machine.keep.vectored
    handlers.insert(0 if call.u32(0) else len(handlers), call[1])
    return 0x7700 + len(handlers)


@api("kernel32 ntdll", "RaiseException", 4)
def raise_exception(call: Call) -> int | Running:
    if call.machine.width == 8:
        return unwind.raising(call)
    call.machine.go_back(call)
    faults.raised(call.machine, call.u32(0), call.machine.current.pc, f"exception {call.u32(0):#x}")
    call.machine.elsewhere()
    return 0


@api("kernel32", "FatalExit FatalAppExitA FatalAppExitW", 2)
def fatal_exit(call: Call) -> int:
    call.machine.stop(StopKind.CRASHED, "the program ended itself (fatal exit)")
    return 0


@api("kernel32 ntdll", "EncodePointer DecodePointer RtlEncodePointer RtlDecodePointer", 1)
def encode_pointer(call: Call) -> int:
    return call[0]
