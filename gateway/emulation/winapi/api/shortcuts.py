"""Shortcuts: the one object of COM that most installers make (IShellLink with IPersistFile).

Its tables of functions are rows of stubs in a library that no program loads by name. Which file a
shortcut leads to is told when it is saved.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.winapi.calls import Call, api
from gateway.emulation.winapi.machine import Machine

_DLL = "shortcuts.of.shell32"
_NO_INTERFACE = 0x80004002
_FAILED = 0x80004005

_UNKNOWN = "QueryInterface/3 AddRef/1 Release/1 "
_LINK = (
    f"{_UNKNOWN}GetPath/5 GetIDList/2 SetIDList/2 GetDescription/3 SetDescription/2 "
    "GetWorkingDirectory/3 SetWorkingDirectory/2 GetArguments/3 SetArguments/2 GetHotkey/2 "
    "SetHotkey/2 GetShowCmd/2 SetShowCmd/2 GetIconLocation/4 SetIconLocation/3 SetRelativePath/3 "
    "Resolve/3 SetPath/2"
)
_FILE = f"{_UNKNOWN}GetClassID/2 IsDirty/1 Load/3 Save/3 SaveCompleted/2 GetCurFile/2"
_TABLES = {"LinkA": _LINK, "LinkW": _LINK, "File": _FILE}
"""The functions in the order of shobjidl.h and objidl.h, with their arguments (`this` counts)."""

CLASS = "{00021401-0000-0000-C000-000000000046}"
_INTERFACES = {0x000214EE: "LinkA", 0x000214F9: "LinkW", 0x0000010B: "File", 0: "LinkW"}
"""By the first word of their identifiers; 0 is IUnknown."""


@dataclass(slots=True)
class Shortcut:
    """What the program has said about a shortcut, and its faces in the program's memory."""

    path: str = ""
    arguments: str = ""
    faces: dict[str, int] | None = None


def create(call: Call, interface: int, target: int) -> int:
    """A new shortcut's face for an interface, put at `target`; an error of COM when unknown."""
    return _face(call, Shortcut(faces={}), interface, target)


def _face(call: Call, shortcut: Shortcut, interface: int, target: int) -> int:
    machine = call.machine
    name = _INTERFACES.get(machine.memory.u32(interface))
    if name is None:
        call.put_pointer(target, 0)
        return _NO_INTERFACE
    assert shortcut.faces is not None
    if name not in shortcut.faces:
        place = machine.heap.zeroed(2 * machine.width)
        machine.memory.put_pointer(place, _table(machine, name))
        shortcut.faces[name] = place
        machine.keep.things.setdefault("shortcuts", {})[place] = shortcut
    call.put_pointer(target, shortcut.faces[name])
    return 0


def _table(machine: Machine, name: str) -> int:
    """The row of stubs of an interface, made once."""
    known: dict[str, int] = machine.keep.things.setdefault("shortcut tables", {})
    if name not in known:
        words = [word.partition("/")[0] for word in _TABLES[name].split()]
        row = machine.heap.zeroed(machine.width * len(words))
        dll = machine.dlls.load(_DLL)
        for number, word in enumerate(words):
            stub = machine.dlls.address(dll, f"{name}::{word}")
            machine.memory.put_pointer(row + machine.width * number, stub)
        known[name] = row
    return known[name]


def _shortcut(call: Call) -> Shortcut:
    found = call.machine.keep.things.get("shortcuts", {}).get(call[0])
    return found if isinstance(found, Shortcut) else Shortcut(faces={})


def _said(call: Call) -> str:
    return call.text_at(call[1], call.name.startswith("LinkW"))


def _asked(call: Call) -> int:
    return _face(call, _shortcut(call), call[1], call[2])


def _counted(call: Call) -> int:
    return 1


def _done(call: Call) -> int:
    return 0


def _path(call: Call) -> int:
    _shortcut(call).path = _said(call)
    return 0


def _arguments(call: Call) -> int:
    _shortcut(call).arguments = _said(call)
    return 0


def _got(call: Call) -> int:
    """A text of the shortcut; nothing but its path is kept."""
    text = _shortcut(call).path if call.name.endswith("GetPath") else ""
    wide = call.name.startswith("LinkW")
    call.put(call[1], call.encoded(text[: max(0, call.u32(2) - 1)], wide))
    return 0


def _saved(call: Call) -> int:
    shortcut = _shortcut(call)
    goal = f"{shortcut.path} {shortcut.arguments}".strip()
    try:
        path = call.text_at(call[1], True)
        call.machine.disk.write(path, f"shortcut to {goal}".encode(), f"shortcut to {goal}")
    except ScriptError:
        return _FAILED
    return 0


_HANDLERS = {
    "QueryInterface": _asked,
    "AddRef": _counted,
    "Release": _counted,
    "SetPath": _path,
    "SetArguments": _arguments,
    "GetPath": _got,
    "GetDescription": _got,
    "GetWorkingDirectory": _got,
    "GetArguments": _got,
    "Save": _saved,
}

for _table_name, _words in _TABLES.items():
    for _word in _words.split():
        _name, _, _count = _word.partition("/")
        api(_DLL, f"{_table_name}::{_name}", int(_count))(_HANDLERS.get(_name, _done))
