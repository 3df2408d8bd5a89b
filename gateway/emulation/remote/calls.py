"""Windows API calls of CAPE's monitor as behaviours: one table. Pure.

Names of calls and arguments are those of CAPE's reports (`behavior.processes[].calls[]`). A call
that is not in the table tells nothing that a rule asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.emulation.contract import Kind
from gateway.emulation.effects import host_and_port

Arguments = Mapping[str, str]

_OWN_PROCESS = frozenset({"0xffffffff", "0xffffffffffffffff", "-1"})
"""The handle by which a process means itself."""

_LONG_SLEEP = 60_000
"""Milliseconds from which waiting tells something."""

_EXECUTE_AND_WRITE = 0x40
"""PAGE_EXECUTE_READWRITE."""

_SERVICES = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call does."""

    kind: Kind
    action: str
    target: str
    arguments: tuple[str, ...] = ()


Translate = Callable[[Arguments], Effect | None]


def effect(api: str, arguments: Arguments) -> Effect | None:
    """What a call does; None where it is not behaviour."""
    translate = _TABLE.get(api) or _TABLE.get(api.removesuffix("W").removesuffix("A"))
    return translate(arguments) if translate is not None else None


def _first(arguments: Arguments, *names: str) -> str:
    return next((arguments[name] for name in names if arguments.get(name)), "")


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        return 0


def path_of(text: str) -> str:
    """A path as Windows shows it, without the prefix of the object manager."""
    return re.sub(r"^\\(\?\?|\\\?)\\", "", text)


def _on_file(action: str, *names: str) -> Translate:
    def translate(arguments: Arguments) -> Effect | None:
        path = path_of(_first(arguments, *names))
        return Effect(Kind.FILE, action, path) if ":\\" in path or path[:2] == "\\\\" else None

    return translate


def _renamed(arguments: Arguments) -> Effect | None:
    old, new = _first(arguments, "ExistingFileName"), _first(arguments, "NewFileName")
    return Effect(Kind.FILE, "rename", path_of(new), (path_of(old),)) if new else None


def _on_key(action: str) -> Translate:
    def translate(arguments: Arguments) -> Effect | None:
        key = _first(arguments, "FullName", "Registry", "ObjectAttributes")
        value = _first(arguments, "Buffer", "Data")
        return Effect(Kind.REGISTRY, action, key, (value,) if value else ()) if key else None

    return translate


def _started(arguments: Arguments) -> Effect | None:
    program = path_of(_first(arguments, "ApplicationName", "FilePath", "FileName", "ImagePathName"))
    line = _first(arguments, "CommandLine") or f"{program} {_first(arguments, 'Parameters')}"
    target = program or line.strip().split(" ", 1)[0].strip('"')
    return Effect(Kind.PROCESS, "execute", target, (line.strip(),)) if target else None


def _service(arguments: Arguments) -> Effect | None:
    name, program = _first(arguments, "ServiceName"), _first(arguments, "BinaryPathName")
    if not name:
        return None
    return Effect(Kind.REGISTRY, "write", rf"{_SERVICES}\{name}\ImagePath", (program,))


def _connected(arguments: Arguments) -> Effect | None:
    host = _first(arguments, "ServerName", "ip", "Host", "hostname")
    port = _first(arguments, "ServerPort", "port", "Port") or "80"
    if not host or host.startswith("127."):
        return None
    return Effect(Kind.NETWORK, "connect", host_and_port(host, port))


def _opened_url(arguments: Arguments) -> Effect | None:
    url = _first(arguments, "URL", "Url", "szURL")
    found = re.match(r"(\w+)://([^/:?#]+)(?::(\d+))?", url)
    if found is None:
        return None
    port = found[3] or {"https": "443", "ftp": "21"}.get(found[1].lower(), "80")
    return Effect(Kind.NETWORK, "connect", f"{found[2]}:{port}", (f"GET {url}",))


def _resolved(arguments: Arguments) -> Effect | None:
    name = _first(arguments, "NodeName", "Name", "HostName", "hostname")
    return Effect(Kind.NETWORK, "resolve", name) if name else None


def _written_memory(arguments: Arguments) -> Effect | None:
    handle = _first(arguments, "ProcessHandle").lower()
    if not handle or handle in _OWN_PROCESS:
        return None
    other = _first(arguments, "ProcessId", "PID") or handle
    return Effect(Kind.MEMORY, "write-foreign", f"process {other}")


def _protected(arguments: Arguments) -> Effect | None:
    wanted = _number(_first(arguments, "NewAccessProtection", "Protection", "Win32Protect"))
    if wanted & _EXECUTE_AND_WRITE:
        return Effect(Kind.MEMORY, "make-executable", "writable memory")
    return None


def _slept(arguments: Arguments) -> Effect | None:
    waited = _number(_first(arguments, "Milliseconds"))
    if waited < _LONG_SLEEP:
        return None
    return Effect(Kind.PROCESS, "sleep", f"{waited // 1000} s")


def _killed(arguments: Arguments) -> Effect | None:
    handle = _first(arguments, "ProcessHandle").lower()
    if handle in _OWN_PROCESS or handle in ("", "0x00000000", "0x0", "0x0000000000000000"):
        return None
    return Effect(Kind.PROCESS, "kill", f"process {_first(arguments, 'ProcessId') or handle}")


def _plain(kind: Kind, action: str, target: str) -> Translate:
    return lambda arguments: Effect(kind, action, target)


_TABLE: dict[str, Translate] = {
    "CreateProcessInternal": _started,
    "CreateProcessWithToken": _started,
    "CreateProcessWithLogon": _started,
    "NtCreateUserProcess": _started,
    "ShellExecuteEx": _started,
    "WinExec": _started,
    "system": _started,
    "NtWriteFile": _on_file("write", "HandleName", "FileName"),
    "CopyFile": _on_file("write", "NewFileName"),
    "CopyFileEx": _on_file("write", "NewFileName"),
    "URLDownloadToFile": _on_file("write", "FileName"),
    "MoveFileWithProgress": _renamed,
    "MoveFileWithProgressTransacted": _renamed,
    "DeleteFile": _on_file("delete", "FileName"),
    "NtDeleteFile": _on_file("delete", "FileName"),
    "RemoveDirectory": _on_file("delete", "DirectoryName"),
    "RegSetValueEx": _on_key("write"),
    "NtSetValueKey": _on_key("write"),
    "RegDeleteKey": _on_key("delete"),
    "RegDeleteValue": _on_key("delete"),
    "NtDeleteKey": _on_key("delete"),
    "NtDeleteValueKey": _on_key("delete"),
    "CreateService": _service,
    "InternetConnect": _connected,
    "WinHttpConnect": _connected,
    "connect": _connected,
    "WSAConnect": _connected,
    "ConnectEx": _connected,
    "InternetOpenUrl": _opened_url,
    "URLDownloadToCacheFile": _opened_url,
    "getaddrinfo": _resolved,
    "GetAddrInfo": _resolved,
    "GetAddrInfoEx": _resolved,
    "gethostbyname": _resolved,
    "DnsQuery_": _resolved,
    "DnsQuery": _resolved,
    "WriteProcessMemory": _written_memory,
    "NtWriteVirtualMemory": _written_memory,
    "NtMapViewOfSection": _written_memory,
    "CreateRemoteThread": _written_memory,
    "NtCreateThreadEx": _written_memory,
    "NtQueueApcThread": _written_memory,
    "NtProtectVirtualMemory": _protected,
    "VirtualProtectEx": _protected,
    "NtDelayExecution": _slept,
    "NtTerminateProcess": _killed,
    "ExitWindowsEx": _plain(Kind.PROCESS, "reboot", "the machine"),
    "NtLoadDriver": _plain(Kind.PROCESS, "load-module", "a driver"),
}
"""Calls by their name without the letter for its characters (A, W)."""
