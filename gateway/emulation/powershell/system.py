"""Types of .NET that ask or change the machine: files, environment, processes, registry.

A small function for each type. What they would do is told, nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.emulation.contract import Kind
from gateway.emulation.powershell import objects, outside
from gateway.emulation.powershell.values import UNKNOWN, Net, Type, Unknown, Value, as_bytes, text
from gateway.emulation.windows import facts

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine

_FOLDERS = {
    "startup": facts.STARTUP,
    "applicationdata": facts.ROAMING,
    "localapplicationdata": facts.LOCAL,
    "desktop": facts.DESKTOP,
    "mydocuments": facts.DOCUMENTS,
    "userprofile": facts.HOME,
    "commonapplicationdata": r"C:\ProgramData",
    "system": facts.SYSTEM,
}
"""Environment.SpecialFolder on the emulated machine."""

_ENVIRONMENT: dict[str, Value] = {
    "newline": "\r\n",
    "username": "anna",
    "machinename": "DESK-17",
    "tickcount": 81234567,
    "commandline": "powershell.exe",
}


def _at(given: list[Value], place: int) -> Value:
    return given[place] if len(given) > place else None


def _file(m: Machine, name: str, given: list[Value]) -> Value:
    first, second = _at(given, 0), _at(given, 1)
    disk = m.session.world.disk
    if name.startswith(("writeall", "appendall")):
        data = as_bytes(second) if name.endswith("bytes") else text(second).encode()
        outside.save(m, first, data if isinstance(data, bytes) else b"")
        return None
    if name.startswith("readall"):
        file = disk.get(text(first))
        m.session.recorder.note(Kind.FILE, "read", disk.full(text(first)))
        if file is None:
            return UNKNOWN
        return file.data if name.endswith("bytes") else file.data.decode("utf-8", "replace")
    if name == "delete":
        m.session.recorder.note(Kind.FILE, "delete", disk.full(text(first)))
    elif name in ("copy", "move"):
        m.session.recorder.note(Kind.FILE, "read", disk.full(text(first)))
        m.session.recorder.note(Kind.FILE, "write", disk.full(text(second)))
    return UNKNOWN


def _environment(m: Machine, name: str, given: list[Value]) -> Value:
    first = text(_at(given, 0)).lower()
    if name == "getfolderpath":
        return _FOLDERS.get(first, UNKNOWN)
    if name == "getenvironmentvariable":
        return m.variable(f"env:{first}")
    return _ENVIRONMENT.get(name, UNKNOWN)


def _thread(m: Machine, name: str, given: list[Value]) -> Value:
    if name != "sleep":
        return UNKNOWN
    first = _at(given, 0)
    m.session.recorder.sleep((first if isinstance(first, int) else 0) / 1000)
    m.effects += 1
    return None


def _dns(m: Machine, name: str, given: list[Value]) -> Value:
    m.session.recorder.note(Kind.NETWORK, "resolve", text(_at(given, 0)))
    return UNKNOWN


def _process(m: Machine, name: str, given: list[Value]) -> Value:
    first = _at(given, 0)
    if name != "start":
        return UNKNOWN
    if isinstance(first, Net):
        line = [text(first.fields.get(field)) for field in ("filename", "arguments")]
        outside.launch(m, " ".join(line).strip(), text(first.fields.get("windowstyle")).lower())
    elif isinstance(first, Unknown):
        outside.launch(m, first)
    else:
        outside.launch(m, f"{text(first)} {text(_at(given, 1))}".strip())
    return UNKNOWN


def _path(m: Machine, name: str, given: list[Value]) -> Value:
    temporary = m.variable("env:temp")
    if name == "gettemppath":
        return temporary or UNKNOWN
    return rf"{text(temporary)}\tmp4A1C.tmp" if name == "gettempfilename" else "k3vq2x1m.t0w"


def _web_request(m: Machine, name: str, given: list[Value]) -> Value:
    return Net("net.httpwebrequest", {"url": _at(given, 0)}) if name == "create" else UNKNOWN


def _type(m: Machine, name: str, given: list[Value]) -> Value:
    """`[Type]::GetType("System.Net.WebClient, System")`: a type by its name."""
    outside.tell_secret(m, "[type]", name, given)
    found = _at(given, 0)
    if name != "gettype" or not isinstance(found, str):
        return UNKNOWN
    return Type(found.split(",")[0].strip().lower().removeprefix("system."))


def _runspaces(m: Machine, name: str, given: list[Value]) -> Value:
    return Net("runspace")


def _powershell(m: Machine, name: str, given: list[Value]) -> Value:
    return Net("powershell") if name == "create" else UNKNOWN


def _activator(m: Machine, name: str, given: list[Value]) -> Value:
    kind = _at(given, 0)
    if name != "createinstance" or not isinstance(kind, Type):
        return UNKNOWN
    return objects.create(m, kind.name, given[1:])


def _registry(m: Machine, name: str, given: list[Value]) -> Value:
    if name == "setvalue":
        value = text(given[2] if len(given) > 2 else "")
        key = f"{text(_at(given, 0))}\\{text(_at(given, 1))}"
        m.session.world.registry.write(key, value, value)
    return UNKNOWN


def _unknown(m: Machine, name: str, given: list[Value]) -> Value:
    return UNKNOWN


TYPES: dict[str, Callable[[Machine, str, list[Value]], Value]] = {
    "io.file": _file,
    "io.directory": _unknown,
    "io.path": _path,
    "environment": _environment,
    "threading.thread": _thread,
    "net.dns": _dns,
    "diagnostics.process": _process,
    "activator": _activator,
    "microsoft.win32.registry": _registry,
    "net.webrequest": _web_request,
    "net.httpwebrequest": _web_request,
    "type": _type,
    "powershell": _powershell,
    "management.automation.powershell": _powershell,
    "runspacefactory": _runspaces,
    "management.automation.runspaces.runspacefactory": _runspaces,
}
"""By type: the member's name in lower case and its arguments give the value."""
