"""The registry and processes by the system's own functions (ntdll)."""

from __future__ import annotations

import re
import struct

from gateway.emulation.winapi.api.nativefiles import (
    INVALID_HANDLE,
    NOT_FOUND,
    object_name,
    unicode_text,
)
from gateway.emulation.winapi.api.processes import opened_process, started
from gateway.emulation.winapi.api.registry import Key, data_of, exists, opened, put_value
from gateway.emulation.winapi.calls import Call, api
from gateway.emulation.winapi.handles import Process

_ROOTS = (
    (re.compile(r"^\\registry\\machine\\?", re.IGNORECASE), "HKLM\\"),
    (re.compile(r"^\\registry\\user\\S-1-5-21-[\d-]+_classes\\?", re.IGNORECASE), "HKCR\\"),
    (re.compile(r"^\\registry\\user\\S-1-5-21-[\d-]+\\?", re.IGNORECASE), "HKCU\\"),
    (re.compile(r"^\\registry\\user\\?", re.IGNORECASE), "HKU\\"),
)
_TOO_SMALL = 0xC0000023
_INVALID = 0xC000000D
_PARTIAL = 2
"""KeyValuePartialInformation."""


def _path(call: Call, place: int) -> str:
    """A key by its object's attributes, as the other functions call it."""
    root, name = object_name(call, place)
    key = call.machine.handles.get(root, Key)
    if key is not None:
        return f"{key.path}\\{name}" if name else key.path
    for pattern, short in _ROOTS:
        found = pattern.match(name)
        if found is not None:
            return f"{short}{name[found.end() :]}".rstrip("\\")
    return name


@api("ntdll", "NtCreateKey ZwCreateKey", 7)
def create_key(call: Call) -> int:
    path = _path(call, call[2])
    call.put_u32(call[6], 2 if exists(call.machine, path) else 1)
    return opened(call, path, call[0], make=True)


@api("ntdll", "NtOpenKey ZwOpenKey", 3)
@api("ntdll", "NtOpenKeyEx ZwOpenKeyEx", 4)
def open_key(call: Call) -> int:
    return NOT_FOUND if opened(call, _path(call, call[2]), call[0], make=False) else 0


def _value(call: Call) -> str | None:
    key = call.machine.handles.get(call[0], Key)
    return f"{key.path}\\{unicode_text(call, call[1])}" if key is not None else None


@api("ntdll", "NtSetValueKey ZwSetValueKey", 6)
def set_value(call: Call) -> int:
    path = _value(call)
    if path is None:
        return INVALID_HANDLE
    data = call.machine.memory.read(call[4], min(call.u32(5), 1 << 20))
    return put_value(call, path, call.u32(3), data, wide=True)


@api("ntdll", "NtQueryValueKey ZwQueryValueKey", 6)
def query_value(call: Call) -> int:
    path = _value(call)
    if path is None:
        return INVALID_HANDLE
    found = data_of(call, path, wide=True)
    if found is None:
        return NOT_FOUND
    if call.u32(2) != _PARTIAL:
        return _INVALID
    whole = struct.pack("<III", 0, found[0], len(found[1])) + found[1]
    call.put_u32(call[5], len(whole))
    if call.u32(4) < len(whole):
        return _TOO_SMALL
    call.put(call[3], whole)
    return 0


@api("ntdll", "NtDeleteValueKey ZwDeleteValueKey", 2)
def delete_value(call: Call) -> int:
    path = _value(call)
    if path is None:
        return INVALID_HANDLE
    call.machine.registry.delete(path)
    return 0


@api("ntdll", "NtDeleteKey ZwDeleteKey", 1)
def delete_key(call: Call) -> int:
    key = call.machine.handles.get(call[0], Key)
    if key is None:
        return INVALID_HANDLE
    call.machine.registry.delete(key.path)
    return 0


# --- processes -----------------------------------------------------------------------------------


@api("ntdll", "NtOpenProcess ZwOpenProcess", 4)
def open_process(call: Call) -> int:
    """CLIENT_ID holds the number."""
    handle = opened_process(call, call.machine.memory.pointer(call[3]) & 0xFFFFFFFF, call.u32(1))
    call.put_pointer(call[0], handle)
    return 0 if handle else _INVALID


_PARAMETERS = "process parameters"


@api("ntdll", "RtlCreateProcessParametersEx", 11)
@api("ntdll", "RtlCreateProcessParameters", 10)
def parameters(call: Call) -> int:
    """What a process is to be started with: kept by its address, for who starts it."""
    place = call.machine.heap.zeroed(0x500)
    made = call.machine.keep.things.setdefault(_PARAMETERS, {})
    made[place] = (unicode_text(call, call[4]), unicode_text(call, call[1]))
    call.put_pointer(call[0], place)
    return 0


@api("ntdll", "NtCreateUserProcess ZwCreateUserProcess", 11)
def create_process(call: Call) -> int:
    machine = call.machine
    line, image = machine.keep.things.get(_PARAMETERS, {}).get(call[8], ("", ""))
    if not (line or image):
        return _INVALID
    suspended = 4 if call.u32(7) & 1 else 0
    place = machine.heap.zeroed(4 * machine.width)
    started(call, line, image.removeprefix("\\??\\"), suspended, place)
    call.put_pointer(call[0], machine.memory.pointer(place))
    call.put_pointer(call[1], machine.memory.pointer(place + machine.width))
    return 0


_SECTION_PROCESS = "a process of a section"


@api("ntdll", "NtCreateProcessEx ZwCreateProcessEx", 9)
@api("ntdll", "NtCreateProcess ZwCreateProcess", 8)
def create_process_of_section(call: Call) -> int:
    """A process of a section of memory, which no file needs to hold any more."""
    machine = call.machine
    if call[5]:
        machine.recorder.call(_SECTION_PROCESS)
    call.put_pointer(call[0], machine.handles.add(Process(7400, machine.path)))
    return 0
