"""Small functions that many programs call and whose effect nobody sees: consoles, atoms, locales,
lines, rights, drag and drop. Each answers what it answers when it works."""

from __future__ import annotations

import struct

from gateway.emulation.winapi.calls import Call, api, constants

constants(
    "kernel32",
    "FillConsoleOutputAttribute/5=1 WriteConsoleOutputA/5=1 WriteConsoleOutputW/5=1 "
    "WriteConsoleOutputCharacterA/5=1 WriteConsoleOutputCharacterW/5=1 "
    "WriteConsoleOutputAttribute/5=1 ScrollConsoleScreenBufferA/5=1 "
    "ScrollConsoleScreenBufferW/5=1 SetConsoleScreenBufferSize/2=1 SetConsoleWindowInfo/3=1 "
    "SetConsoleCursorInfo/2=1 GetLargestConsoleWindowSize/1=0x19000F0 WriteConsoleInputA/4=1 "
    "WriteConsoleInputW/4=1 SetCurrentConsoleFontEx/3=1 GetCurrentConsoleFont/3=0 "
    "GenerateConsoleCtrlEvent/2=1 CreateConsoleScreenBuffer/5=0x14 "
    "SetConsoleActiveScreenBuffer/1=1 SetConsoleIcon/1=1 GetConsoleAliasA/4=0 "
    "GetConsoleAliasW/4=0 GetConsoleDisplayMode/1=1 SetConsoleDisplayMode/3=1 "
    "SetFileValidData/3=1 CancelIoEx/2=1 CancelSynchronousIo/1=1 GetProfileIntA/3=0 "
    "GetProfileIntW/3=0 WriteProfileStringA/3=1 WriteProfileStringW/3=1 "
    "WritePrivateProfileStructA/5=1 WritePrivateProfileStructW/5=1 SetLocalTime/1=1 "
    "SetTimeZoneInformation/1=1 SetSystemTimeAdjustment/2=1 "
    "RegisterApplicationRecoveryCallback/4=0 WerSetFlags/1=0 WerRegisterMemoryBlock/2=0 "
    "SetProcessMitigationPolicy/3=1 SetProcessPreferredUILanguages/3=1 "
    "SetThreadPreferredUILanguages/3=1 DeactivateActCtx/2=1 ReleaseActCtx/1 "
    "ActivateActCtx/2=1 CreateActCtxA/1=0x5B00 CreateActCtxW/1=0x5B00 "
    "FindActCtxSectionStringA/5=0 FindActCtxSectionStringW/5=0 QueryActCtxW/7=0 "
    "GlobalAddAtomA/1=0xC201 GlobalAddAtomW/1=0xC201 AddAtomA/1=0xC201 AddAtomW/1=0xC201 "
    "GlobalDeleteAtom/1=0 DeleteAtom/1=0 GlobalFindAtomA/1=0 GlobalFindAtomW/1=0 "
    "FindAtomA/1=0 FindAtomW/1=0 SleepConditionVariableSRW/4=1 GetLargePageMinimum/0=0x200000 "
    "CreateMemoryResourceNotification/1=0x5C00 PrefetchVirtualMemory/4=1 HeapSummary/3=0 "
    "GetProcessHandleCount/2=1 GetUserGeoID/1=244 ConvertDefaultLocale/1=0x409 "
    "SetLocaleInfoA/3=1 SetLocaleInfoW/3=1 IsValidLocaleName/1=1 LocaleNameToLCID/2=0x409 "
    "IsNLSDefinedString/5=1 GetCalendarInfoA/6=0 GetCalendarInfoW/6=0 GetGeoInfoA/5=0 "
    "GetGeoInfoW/5=0 SetUserGeoID/1=1 QueryIdleProcessorCycleTime/2=1 "
    "SetFileIoOverlappedRange/3=1 SetFileCompletionNotificationModes/2=1 TransmitCommChar/2=1 "
    "SetCommState/2=1 SetCommTimeouts/2=1 SetCommMask/2=1 PurgeComm/2=1 SetupComm/3=1 "
    "EscapeCommFunction/2=1",
)

constants(
    "wtsapi32",
    "WTSRegisterSessionNotification/2=1 WTSUnRegisterSessionNotification/1=1",
)

constants(
    "advapi32",
    "OpenEventLogA/2=0x8901 OpenEventLogW/2=0x8901 CloseEventLog/1=1 BackupEventLogA/2=1 "
    "BackupEventLogW/2=1 ReadEventLogA/7=0 ReadEventLogW/7=0 GetNumberOfEventLogRecords/2=0 "
    "LockServiceDatabase/1=0x8902 UnlockServiceDatabase/1=1 NotifyBootConfigStatus/1=1 "
    "GetOldestEventLogRecord/2=0 RegDisableReflectionKey/1=0 SetThreadToken/2=1 "
    "InitializeAcl/3=1 AddAccessAllowedAce/4=1 AddAccessDeniedAce/4=1 "
    "SetSecurityDescriptorOwner/3=1 SetSecurityDescriptorGroup/3=1 "
    "IsValidSecurityDescriptor/1=1 IsValidAcl/1=1 SetSecurityDescriptorSacl/4=1",
)

constants(
    "ole32",
    "RegisterDragDrop/2=0 RevokeDragDrop/1=0 OleFlushClipboard/0=0 OleSetClipboard/1=0 "
    "CoRegisterMessageFilter/2=0 OleLockRunning/3=0 CoSetProxyBlanket/8=0 "
    "CoAllowSetForegroundWindow/2=0 CoDisableCallCancellation/1=0 CoRegisterClassObject/5=0 "
    "CoRevokeClassObject/1=0 CoResumeClassObjects/0=0 CoAddRefServerProcess/0=1 "
    "CoReleaseServerProcess/0=0 CoFileTimeNow/1=0 CoLockObjectExternal/3=0",
)

constants(
    "shlwapi",
    "SHRegGetBoolUSValueA/4=0 SHRegGetBoolUSValueW/4=0 PathGetDriveNumberA/1=2 "
    "PathGetDriveNumberW/1=2 IsOS/1=1",
)

constants("kernel32", "WakeByAddressSingle/1 WakeByAddressAll/1 CharToOemBuffA/3=1")


@api("kernel32", "FillConsoleOutputCharacterA FillConsoleOutputCharacterW", 5)
def fill_console(call: Call) -> int:
    call.put_u32(call[4], call.u32(2))
    return 1


@api("kernel32", "GetNumberOfConsoleInputEvents", 2)
def console_events(call: Call) -> int:
    call.put_u32(call[1], 0)
    return 1


@api(
    "kernel32",
    "ReadConsoleInputA ReadConsoleInputW PeekConsoleInputA PeekConsoleInputW",
    4,
)
def console_input(call: Call) -> int:
    """Somebody presses Return once (INPUT_RECORD of a key); nobody looks at it before."""
    if call.name.startswith("Peek"):
        call.put_u32(call[3], 0)
        return 1
    call.put(call[1], struct.pack("<HxxiHHHHI", 1, 1, 1, 13, 28, 13, 0))
    call.put_u32(call[3], 1)
    return 1


@api("kernel32", "GetConsoleCursorInfo", 2)
def cursor_info(call: Call) -> int:
    call.put(call[1], struct.pack("<Ii", 25, 1))
    return 1


@api("kernel32", "ReadDirectoryChangesW", 8)
def directory_changes(call: Call) -> int:
    """Nothing changes: the answer is as when somebody takes the folder away."""
    return call.fail(995)


@api("user32", "CharToOemA OemToCharA", 2)
def oem(call: Call) -> int:
    pages = ("latin-1", "cp437") if call.name.startswith("Char") else ("cp437", "latin-1")
    data = call.machine.memory.raw_text(call[0], 1)
    call.put(call[1], data.decode(pages[0]).encode(pages[1], "replace") + b"\0")
    return 1


def _formatted(call: Call, text: str) -> int:
    if not call.signed(5):
        return len(text) + 1
    return call.put_text(call[4], call.signed(5), text) + 1


@api("kernel32", "GetNumberFormatA GetNumberFormatW", 6)
def number_format(call: Call) -> int:
    return _formatted(call, call.text(2)[:200])


@api("kernel32", "GetCurrencyFormatA GetCurrencyFormatW", 6)
def currency_format(call: Call) -> int:
    return _formatted(call, f"${call.text(2)[:200]}")


@api("kernel32", "FileTimeToDosDateTime", 3)
def dos_time(call: Call) -> int:
    """The first of January 2024, at noon: a program's archive holds some time."""
    call.put(call[1], struct.pack("<H", (2024 - 1980) << 9 | 1 << 5 | 1))
    call.put(call[2], struct.pack("<H", 12 << 11))
    return 1


@api("kernel32 psapi", "GetProcessMemoryInfo K32GetProcessMemoryInfo", 3)
def process_memory(call: Call) -> int:
    size = min(call.u32(2), 80)
    words = [size, 1200, *([9 << 20] * 8)]
    form = "<II8Q" if call.machine.width == 8 else "<II8I"
    call.put(call[1], struct.pack(form, *words)[:size])
    return 1


@api("kernel32 psapi", "GetPerformanceInfo K32GetPerformanceInfo", 2)
def performance(call: Call) -> int:
    """Pages of 4 KiB, as on a machine with 16 GiB."""
    width = call.machine.width
    pages = (900_000, 4_800_000, 1_200_000, 4_190_000, 2_600_000, 1_900_000, 90_000, 50_000, 40_000)
    form = "<IxxxxQQQQQQQQQQIII" if width == 8 else "<IIIIIIIIIIIIII"
    data = struct.pack(form, 0, *pages, 4096, 61_000, 168, 2100)
    call.put(call[0], data[: call.u32(1)])
    return 1


@api("kernel32", "GetSystemPowerStatus", 1)
def power_status(call: Call) -> int:
    call.put(call[0], struct.pack("<BBBBII", 1, 1, 96, 0, 0xFFFFFFFF, 0xFFFFFFFF))
    return 1


@api("kernel32 psapi", "GetModuleInformation K32GetModuleInformation", 4)
def module_information(call: Call) -> int:
    machine = call.machine
    region = machine.memory.at(call[1])
    if region is None:
        return call.fail(6)
    for number, value in enumerate((region.base, region.size, region.base)):
        call.put_pointer(call[2] + number * machine.width, value)
    return 1


@api("kernel32", "GetLogicalProcessorInformation", 2)
def processors(call: Call) -> int:
    """Eight cores (SYSTEM_LOGICAL_PROCESSOR_INFORMATION)."""
    form = "<QIxxxxQQ" if call.machine.width == 8 else "<IIQQ"
    data = b"".join(struct.pack(form, 1 << core, 0, 0, 0) for core in range(8))
    room = call.machine.memory.u32(call[1])
    call.put_u32(call[1], len(data))
    if room < len(data):
        return call.fail(122)
    call.put(call[0], data)
    return 1
