"""Which calls of Windows' libraries are behaviour, and of which kind. Data.

A name without the A or W of its letters stands for both. Numbers are those of arguments, from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.emulation.contract import Kind


class When(StrEnum):
    """On what a call counts."""

    ALWAYS = "always"
    WRITES = "writes"
    """The file is opened for writing or made; else the call reads it."""
    MODE = "mode"
    """As `writes`, from the words of `fopen`."""
    FOREIGN = "foreign"
    """The process is not the caller's own."""
    EXECUTES = "executes"
    """The memory may be run afterwards."""
    WAITS = "waits"
    """It waits for a second or longer."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call is: kind and action; its target and further words by number of argument.

    target: -1 names the call itself. process: the argument that holds a process's handle; number:
    the argument that decides for `when`.
    """

    kind: Kind
    action: str
    target: int = -1
    words: tuple[int, ...] = ()
    when: When = When.ALWAYS
    number: int = 1
    process: int = 0


def _both(names: str, effect: Effect) -> dict[str, Effect]:
    """For both forms of each name."""
    return {f"{name}{form}": effect for name in names.split() for form in "AW"}


def _each(names: str, effect: Effect) -> dict[str, Effect]:
    return dict.fromkeys(names.split(), effect)


_CALL = Effect(Kind.SCRIPT, "call")
_FOREIGN = Effect(Kind.MEMORY, "write-foreign", when=When.FOREIGN)

_FILES: dict[str, Effect] = {
    **_both("CreateFile", Effect(Kind.FILE, "write", 0, when=When.WRITES)),
    **_each("_lcreat", Effect(Kind.FILE, "write", 0)),
    **_each("fopen _wfopen _fsopen _wfsopen", Effect(Kind.FILE, "write", 0, (), When.MODE, 1)),
    **_each("fopen_s _wfopen_s freopen", Effect(Kind.FILE, "write", 1, (), When.MODE, 2)),
    **_both("CopyFile CopyFileEx", Effect(Kind.FILE, "write", 1, (0,))),
    **_both("MoveFile MoveFileEx MoveFileWithProgress", Effect(Kind.FILE, "rename", 1, (0,))),
    **_both("ReplaceFile", Effect(Kind.FILE, "rename", 0, (1,))),
    **_each("rename _wrename", Effect(Kind.FILE, "rename", 1, (0,))),
    **_both("DeleteFile RemoveDirectory", Effect(Kind.FILE, "delete", 0)),
    **_each("remove _unlink _wunlink _wremove unlink", Effect(Kind.FILE, "delete", 0)),
    **_both("CreateDirectory CreateDirectoryEx", Effect(Kind.FILE, "make-directory", 0)),
    **_both("SetFileAttributes", Effect(Kind.FILE, "change-mode", 0, (1,))),
    **_both("CreateHardLink CreateSymbolicLink", Effect(Kind.FILE, "link", 0, (1,))),
}

_REGISTRY: dict[str, Effect] = {
    **_both("RegSetValueEx", Effect(Kind.REGISTRY, "write", 1)),
    **_both("RegDeleteValue RegDeleteKey RegDeleteKeyEx", Effect(Kind.REGISTRY, "delete", 1)),
    **_both("RegSetKeyValue", Effect(Kind.REGISTRY, "write", 2, (1,))),
    **_both("SHSetValue", Effect(Kind.REGISTRY, "write", 2, (1,))),
    **_both(
        "RegCreateKeyEx RegOpenKeyEx RegCreateKey RegOpenKey", Effect(Kind.REGISTRY, "read", 1)
    ),
    **_both("CreateService", Effect(Kind.REGISTRY, "write", 1, (7,))),
}

_NETWORK: dict[str, Effect] = {
    **_both("InternetOpenUrl", Effect(Kind.NETWORK, "connect", 1)),
    **_both("URLDownloadToFile URLDownloadToCacheFile", Effect(Kind.NETWORK, "connect", 1, (2,))),
    **_both("DnsQuery_", Effect(Kind.NETWORK, "resolve", 0)),
    **_each("DnsQuery_UTF8", Effect(Kind.NETWORK, "resolve", 0)),
}

_MEMORY: dict[str, Effect] = {
    **_each("WriteProcessMemory NtWriteVirtualMemory ZwWriteVirtualMemory", _FOREIGN),
    **_each("CreateRemoteThread CreateRemoteThreadEx RtlCreateUserThread", _FOREIGN),
    **_each(
        "NtCreateThreadEx ZwCreateThreadEx",
        Effect(Kind.MEMORY, "write-foreign", when=When.FOREIGN, process=3),
    ),
    **_each(
        "NtMapViewOfSection ZwMapViewOfSection",
        Effect(Kind.MEMORY, "write-foreign", when=When.FOREIGN, process=1),
    ),
    **_each("NtUnmapViewOfSection ZwUnmapViewOfSection", _FOREIGN),
    **_each("QueueUserAPC", Effect(Kind.MEMORY, "write-foreign", when=When.FOREIGN, process=1)),
    **_each("VirtualAlloc", Effect(Kind.MEMORY, "make-executable", when=When.EXECUTES, number=3)),
    **_each("VirtualAllocEx", Effect(Kind.MEMORY, "make-executable", when=When.EXECUTES, number=4)),
    **_each("VirtualProtect", Effect(Kind.MEMORY, "make-executable", when=When.EXECUTES, number=2)),
    **_each(
        "VirtualProtectEx", Effect(Kind.MEMORY, "make-executable", when=When.EXECUTES, number=3)
    ),
}

_PROCESS: dict[str, Effect] = {
    **_each("TerminateProcess", Effect(Kind.PROCESS, "kill", when=When.FOREIGN)),
    **_each("Sleep", Effect(Kind.PROCESS, "sleep", when=When.WAITS, number=0)),
    **_each("SleepEx", Effect(Kind.PROCESS, "sleep", when=When.WAITS, number=0)),
    **_each("ExitWindowsEx NtShutdownSystem NtRaiseHardError", Effect(Kind.PROCESS, "reboot")),
    **_both("InitiateSystemShutdown InitiateSystemShutdownEx", Effect(Kind.PROCESS, "reboot")),
    **_both("LookupPrivilegeValue", Effect(Kind.PROCESS, "set-identity", 1)),
    **_each("SetSystemTime SetLocalTime", Effect(Kind.PROCESS, "set-clock")),
}

_CALLS: dict[str, Effect] = {
    **_each("IsDebuggerPresent CheckRemoteDebuggerPresent OutputDebugStringA", _CALL),
    **_both("FindWindow FindWindowEx", Effect(Kind.SCRIPT, "call", -1, (0, 1))),
    **_both("SetWindowsHookEx", Effect(Kind.SCRIPT, "call", -1, (0,))),
    **_each("GetAsyncKeyState GetKeyState GetKeyboardState RegisterRawInputDevices", _CALL),
    **_each("GetRawInputData GetClipboardData BitBlt", _CALL),
    **_both("MessageBox MessageBoxEx", Effect(Kind.SCRIPT, "call", -1, (1, 2))),
    **_both("CreateMutex", Effect(Kind.SCRIPT, "call", -1, (2,))),
    **_both("OpenMutex", Effect(Kind.SCRIPT, "call", -1, (2,))),
    **_both("ShellExecute", Effect(Kind.SCRIPT, "call", -1, (1, 2, 3))),
    **_both("LoadLibrary LoadLibraryEx", Effect(Kind.SCRIPT, "call", -1, (0,))),
    **_both("HttpOpenRequest", Effect(Kind.SCRIPT, "call", -1, (1, 2))),
    **_both("InternetConnect", Effect(Kind.SCRIPT, "call", -1, (1, 2))),
    **_each("WinHttpConnect WinHttpOpenRequest", Effect(Kind.SCRIPT, "call", -1, (1, 2))),
    **_both("CryptAcquireContext", Effect(Kind.SCRIPT, "call", -1, (1, 2))),
    **_each("CryptEncrypt CryptGenKey CryptDeriveKey CryptImportKey CryptGenRandom", _CALL),
    **_each("BCryptEncrypt BCryptGenRandom BCryptGenerateSymmetricKey CryptUnprotectData", _CALL),
    **_each("CreateToolhelp32Snapshot EnumProcesses EnumWindows SetThreadContext", _CALL),
    **_each("NtSetContextThread SuspendThread NtQueryInformationProcess BlockInput", _CALL),
    **_both("OpenService", Effect(Kind.SCRIPT, "call", -1, (1,))),
    **_each("ControlService DeleteService wine_get_version", _CALL),
    **_both("SystemParametersInfo", Effect(Kind.SCRIPT, "call", -1, (0, 2))),
    **_each("GlobalMemoryStatusEx GetTickCount64 OpenProcess", _CALL),
    **_each("system _wsystem", Effect(Kind.SCRIPT, "call", -1, (0,))),
}

CALLS: dict[str, Effect] = {
    **_FILES,
    **_REGISTRY,
    **_NETWORK,
    **_MEMORY,
    **_PROCESS,
    **_CALLS,
    **_each("RegCloseKey", Effect(Kind.REGISTRY, "read")),
}
"""By name. `RegCloseKey` and the openings of keys tell only which handle means which key."""
