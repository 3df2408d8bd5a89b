"""The registry's functions over the emulated registry."""

from __future__ import annotations

import ntpath
import struct
from dataclasses import dataclass

from gateway.emulation.contract import Kind
from gateway.emulation.winapi.calls import (
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_HANDLE,
    ERROR_MORE_DATA,
    ERROR_NO_MORE_ITEMS,
    Call,
    api,
    constants,
)
from gateway.emulation.winapi.machine import Machine
from gateway.emulation.windows.registry import ROOT_NUMBERS

REG_SZ, REG_EXPAND_SZ, REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_QWORD = 1, 2, 3, 4, 7, 11

_THERE = (
    *(
        r"hklm\software",
        r"hkcu\software",
        r"hklm\system",
        r"hkcu\control panel",
        r"hkcu\environment",
    ),
    *(r"hkcr", r"hku", r"hklm\hardware\description", r"hklm", r"hkcu"),
)
"""Keys that exist, with what Microsoft keeps below them; others only when somebody made them."""

_SIGNS = ("vmware", "vbox", "virtualbox", "virtual machine", "sandboxie", "qemu", "xen", "wine")

constants("advapi32", "RegFlushKey/1=0 RegNotifyChangeKeyValue/5=0 RegDisablePredefinedCache/0=0")


@dataclass(slots=True)
class Key:
    """An open key."""

    path: str


def _kept(machine: Machine) -> dict[str, str]:
    keys: dict[str, str] = machine.keep.things.setdefault("keys", {})
    return keys


def _base(call: Call, handle: int) -> str | None:
    root = ROOT_NUMBERS.get(handle & 0xFFFFFFFF)
    if root is not None and handle & 0xFFFFFFFF >= 0x80000000:
        return root
    key = call.machine.handles.get(handle, Key)
    return key.path if key is not None else None


def _joined(call: Call, handle: int, below: str) -> str | None:
    base = _base(call, handle)
    if base is None:
        return None
    return f"{base}\\{below.strip(chr(92))}"[:2000] if below else base


def exists(machine: Machine, path: str) -> bool:
    """Whether a key is there; a question for a virtual machine's is told."""
    lowered = path.lower()
    if lowered in _kept(machine) or any(
        key.startswith(f"{lowered}\\") for key in machine.registry.values
    ):
        return True
    if any(sign in lowered for sign in _SIGNS):
        machine.recorder.note(Kind.REGISTRY, "read", path, failed="no such key")
        return False
    return (
        lowered in _THERE
        or "\\microsoft\\" in f"{lowered}\\"
        or lowered.startswith((r"hklm\system\currentcontrolset\control", r"hkcu\control panel"))
        or lowered.endswith((r"\software\classes", r"\currentcontrolset\services"))
    )


def opened(call: Call, path: str | None, place: int, *, make: bool) -> int:
    """A key's handle, put at `place`; an error of Windows where it is not there."""
    if path is None:
        return ERROR_INVALID_HANDLE
    machine = call.machine
    if not make and not exists(machine, path):
        return ERROR_FILE_NOT_FOUND
    if make:
        _kept(machine)[path.lower()] = path
    call.put_pointer(place, machine.handles.add(Key(path)))
    return 0


@api("advapi32", "RegOpenKeyExA RegOpenKeyExW", 5)
def open_key_ex(call: Call) -> int:
    return opened(call, _joined(call, call[0], call.text(1)), call[4], make=False)


@api("advapi32", "RegOpenKeyA RegOpenKeyW", 3)
def open_key(call: Call) -> int:
    return opened(call, _joined(call, call[0], call.text(1)), call[2], make=False)


@api("advapi32", "RegCreateKeyExA RegCreateKeyExW", 9)
def create_key_ex(call: Call) -> int:
    path = _joined(call, call[0], call.text(1))
    if path is not None:
        call.put_u32(call[8], 2 if exists(call.machine, path) else 1)
    return opened(call, path, call[7], make=True)


@api("advapi32", "RegCreateKeyA RegCreateKeyW", 3)
def create_key(call: Call) -> int:
    return opened(call, _joined(call, call[0], call.text(1)), call[2], make=True)


@api("advapi32", "RegCloseKey", 1)
def close_key(call: Call) -> int:
    call.machine.handles.close(call[0])
    return 0


@api("advapi32", "RegOpenCurrentUser", 2)
def open_current_user(call: Call) -> int:
    return opened(call, "HKCU", call[1], make=False)


def put_value(
    call: Call, path: str | None, kind: int, data: bytes, wide: bool | None = None
) -> int:
    """Set a value; its texts are those of the function's width unless `wide` says otherwise."""
    if path is None:
        return ERROR_INVALID_HANDLE
    wide = call.wide if wide is None else wide
    value: object = data
    shown = data[:40].hex()
    if kind in (REG_SZ, REG_EXPAND_SZ, REG_MULTI_SZ):
        value = shown = data.decode("utf-16-le" if wide else "latin-1", "replace").rstrip("\0")
    elif kind == REG_DWORD:
        value = int.from_bytes(data[:4], "little")
        shown = str(value)
    _kept(call.machine)[ntpath.dirname(path).lower()] = ntpath.dirname(path)
    names = call.machine.keep.things.setdefault("value names", {})
    names[path.lower()] = (path, kind)
    call.machine.registry.write(path, value, shown, str(kind))
    return 0


@api("advapi32", "RegSetValueExA RegSetValueExW", 6)
def set_value_ex(call: Call) -> int:
    base = _base(call, call[0])
    path = f"{base}\\{call.text(1)}" if base is not None else None
    return put_value(
        call, path, call.u32(3), call.machine.memory.read(call[4], min(call.u32(5), 1 << 20))
    )


@api("advapi32", "RegSetValueA RegSetValueW", 5)
def set_value(call: Call) -> int:
    return put_value(call, _joined(call, call[0], call.text(1)), REG_SZ, call.encoded(call.text(3)))


@api("advapi32 shlwapi", "RegSetKeyValueA RegSetKeyValueW SHSetValueA SHSetValueW", 6)
def set_key_value(call: Call) -> int:
    path = _joined(call, call[0], call.text(1))
    data = call.machine.memory.read(call[4], min(call.u32(5), 1 << 20))
    return put_value(call, f"{path}\\{call.text(2)}" if path else None, call.u32(3), data)


def data_of(call: Call, path: str, wide: bool | None = None) -> tuple[int, bytes] | None:
    """A value's type and its bytes, texts as `put_value` takes them."""
    value = call.machine.registry.values.get(path.lower())
    if value is None:
        return None
    known = call.machine.keep.things.get("value names", {}).get(path.lower())
    if isinstance(value, str):
        return (known[1] if known else REG_SZ), call.encoded(value, wide)
    if isinstance(value, int):
        return REG_DWORD, struct.pack("<I", value & 0xFFFFFFFF)
    return (known[1] if known else REG_BINARY), value if isinstance(value, bytes) else b""


def _queried(call: Call, path: str | None, kind: int, place: int, size_at: int) -> int:
    if path is None:
        return ERROR_INVALID_HANDLE
    found = data_of(call, path)
    if found is None:
        call.machine.recorder.note(Kind.REGISTRY, "read", path, failed="no such value")
        return ERROR_FILE_NOT_FOUND
    call.machine.recorder.note(Kind.REGISTRY, "read", path)
    call.put_u32(kind, found[0])
    room = call.machine.memory.u32(size_at) if size_at else 0
    call.put_u32(size_at, len(found[1]))
    if place:
        if room < len(found[1]):
            return ERROR_MORE_DATA
        call.put(place, found[1])
    return 0


@api("advapi32", "RegQueryValueExA RegQueryValueExW", 6)
def query_value_ex(call: Call) -> int:
    base = _base(call, call[0])
    path = f"{base}\\{call.text(1)}" if base is not None else None
    return _queried(call, path, call[3], call[4], call[5])


@api("advapi32", "RegQueryValueA RegQueryValueW", 4)
def query_value(call: Call) -> int:
    return _queried(call, _joined(call, call[0], call.text(1)), 0, call[2], call[3])


@api("advapi32", "RegGetValueA RegGetValueW", 7)
def get_value(call: Call) -> int:
    path = _joined(call, call[0], call.text(1))
    return _queried(call, f"{path}\\{call.text(2)}" if path else None, call[4], call[5], call[6])


@api("advapi32", "RegDeleteValueA RegDeleteValueW", 2)
def delete_value(call: Call) -> int:
    base = _base(call, call[0])
    if base is None:
        return ERROR_INVALID_HANDLE
    path = f"{base}\\{call.text(1)}"
    there = path.lower() in call.machine.registry.values
    call.machine.registry.delete(path)
    return 0 if there else ERROR_FILE_NOT_FOUND


def _deleted(call: Call) -> int:
    path = _joined(call, call[0], call.text(1))
    if path is None:
        return ERROR_INVALID_HANDLE
    there = exists(call.machine, path)
    call.machine.registry.delete(path)
    _kept(call.machine).pop(path.lower(), None)
    return 0 if there else ERROR_FILE_NOT_FOUND


api(
    "advapi32 shlwapi",
    "RegDeleteKeyA RegDeleteKeyW RegDeleteTreeA RegDeleteTreeW SHDeleteKeyA SHDeleteKeyW",
    2,
)(_deleted)
api("advapi32", "RegDeleteKeyExA RegDeleteKeyExW", 4)(_deleted)


def _values(call: Call, base: str) -> list[str]:
    lowered = f"{base.lower()}\\"
    names = call.machine.keep.things.get("value names", {})
    found = [key for key in call.machine.registry.values if key.startswith(lowered)]
    return [
        ntpath.basename(names[key][0] if key in names else key)
        for key in found
        if "\\" not in key[len(lowered) :]
    ]


def _subkeys(call: Call, base: str) -> list[str]:
    lowered = f"{base.lower()}\\"
    paths = [*_kept(call.machine), *map(ntpath.dirname, call.machine.registry.values)]
    found = {path[len(lowered) :].split("\\")[0] for path in paths if path.startswith(lowered)}
    return sorted(name for name in found if name)


@api("advapi32", "RegEnumKeyExA RegEnumKeyExW", 8)
def enum_key_ex(call: Call) -> int:
    base = _base(call, call[0])
    names = _subkeys(call, base) if base is not None else []
    if call.u32(1) >= len(names):
        return ERROR_NO_MORE_ITEMS
    name = names[call.u32(1)]
    call.put(call[2], call.encoded(name))
    call.put_u32(call[3], len(name))
    return 0


@api("advapi32", "RegEnumKeyA RegEnumKeyW", 4)
def enum_key(call: Call) -> int:
    base = _base(call, call[0])
    names = _subkeys(call, base) if base is not None else []
    if call.u32(1) >= len(names):
        return ERROR_NO_MORE_ITEMS
    call.put(call[2], call.encoded(names[call.u32(1)]))
    return 0


@api("advapi32", "RegEnumValueA RegEnumValueW", 8)
def enum_value(call: Call) -> int:
    base = _base(call, call[0])
    names = _values(call, base) if base is not None else []
    if base is None or call.u32(1) >= len(names):
        return ERROR_NO_MORE_ITEMS
    name = names[call.u32(1)]
    call.put(call[2], call.encoded(name))
    call.put_u32(call[3], len(name))
    return _queried(call, f"{base}\\{name}", call[5], call[6], call[7])


@api("advapi32", "RegQueryInfoKeyA RegQueryInfoKeyW", 12)
def query_info_key(call: Call) -> int:
    base = _base(call, call[0])
    if base is None:
        return ERROR_INVALID_HANDLE
    keys, values = _subkeys(call, base), _values(call, base)
    for index, value in (
        *((4, len(keys)), (5, max(map(len, keys), default=0)), (6, 0)),
        *((7, len(values)), (8, max(map(len, values), default=0)), (9, 4096), (10, 0)),
    ):
        call.put_u32(call[index], value)
    return 0
