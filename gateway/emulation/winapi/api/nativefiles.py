"""Files by the system's own functions (ntdll), which programs use to be heard by nobody."""

from __future__ import annotations

import re
import struct

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.winapi.api.files import OpenFile, opened, put_at
from gateway.emulation.winapi.calls import Call, api, constants

NOT_FOUND = 0xC0000034
INVALID_HANDLE = 0xC0000008
_END_OF_FILE = 0xC0000011
_NOT_IMPLEMENTED = 0xC0000002

_DISPOSITIONS = {0: 2, 1: 3, 2: 1, 3: 4, 4: 5, 5: 2}
"""What NtCreateFile is asked to do, as CreateFile's number for it."""

_DELETE_ON_CLOSE = 0x1000
_DELETES = 0x04000000
_READ_MAX = 64 << 20
_NAME_MAX = 2000

_DEVICE = re.compile(r"^\\(\?\?|DosDevices(\\Global)?|GLOBAL\?\?)\\", re.IGNORECASE)
_VOLUME = re.compile(r"^\\Device\\HarddiskVolume\d+\\", re.IGNORECASE)

constants("ntdll", "NtQueryAttributesFile/2=0xC0000034 NtQueryFullAttributesFile/2=0xC0000034")


def unicode_text(call: Call, place: int) -> str:
    """A UNICODE_STRING."""
    if not place:
        return ""
    memory = call.machine.memory
    size = int.from_bytes(memory.read(place, 2), "little")
    start = memory.pointer(place + call.machine.width)
    return memory.read(start, min(size, 2 * _NAME_MAX)).decode("utf-16-le", "replace")


def object_name(call: Call, place: int) -> tuple[int, str]:
    """OBJECT_ATTRIBUTES: the handle that the name begins at, and the name."""
    memory, width = call.machine.memory, call.machine.width
    return memory.pointer(place + width), unicode_text(call, memory.pointer(place + 2 * width))


def _path(untrusted_name: str) -> str:
    return _VOLUME.sub(r"C:\\", _DEVICE.sub("", untrusted_name))


def _open(call: Call, disposition: int, options: int) -> int:
    _, name = object_name(call, call[2])
    flags = _DELETES if options & _DELETE_ON_CLOSE else 0
    access = call.u32(1)
    access |= 0x80000000 if access & 1 else 0  # FILE_READ_DATA
    handle = opened(call, _path(name), access, disposition, flags)
    if handle < 0:
        return NOT_FOUND
    call.put_pointer(call[0], handle)
    call.put_pointer(call[3] + call.machine.width, 1)
    return 0


@api("ntdll", "NtCreateFile ZwCreateFile", 11)
def create(call: Call) -> int:
    return _open(call, _DISPOSITIONS.get(call.u32(7), 3), call.u32(8))


@api("ntdll", "NtOpenFile ZwOpenFile", 6)
def open_file(call: Call) -> int:
    return _open(call, 3, call.u32(5))


def _placed(call: Call) -> OpenFile | None:
    """The file of a read or write, at the place that the call names."""
    thing = call.machine.handles.get(call[0], OpenFile)
    if thing is not None and call[7]:
        place = struct.unpack("<q", call.machine.memory.read(call[7], 8))[0]
        if 0 <= place < 1 << 30:
            thing.position = place
    return thing


@api("ntdll", "NtWriteFile ZwWriteFile", 9)
def write(call: Call) -> int:
    data = call.machine.memory.read(call[5], min(call.u32(6), _READ_MAX))
    call.put_pointer(call[4] + call.machine.width, len(data))
    thing = _placed(call)
    if thing is not None:
        put_at(call, thing, data)
    return 0


@api("ntdll", "NtReadFile ZwReadFile", 9)
def read(call: Call) -> int:
    thing = _placed(call)
    if thing is None:
        return INVALID_HANDLE
    data = thing.file.data[thing.position : thing.position + min(call.u32(6), _READ_MAX)]
    thing.position += len(data)
    call.put(call[5], data)
    call.put_pointer(call[4] + call.machine.width, len(data))
    return 0 if data or not call.u32(6) else _END_OF_FILE


@api("ntdll", "NtDeleteFile ZwDeleteFile", 1)
def delete(call: Call) -> int:
    _, name = object_name(call, call[0])
    try:
        call.machine.disk.delete(_path(name))
    except ScriptError:
        return NOT_FOUND
    return 0


def _changed(call: Call, thing: OpenFile, place: int, *, renames: bool) -> bool:
    """A file's new name, or that it goes when it is closed; whether that could be done."""
    machine = call.machine
    if not renames:
        thing.deletes = bool(machine.memory.read(place, 1)[0] & 1)
        return True
    size = machine.memory.u32(place + 2 * machine.width)
    text = machine.memory.read(place + 2 * machine.width + 4, min(size, 2 * _NAME_MAX))
    try:
        machine.disk.move(thing.file.path, _path(text.decode("utf-16-le", "replace")))
    except ScriptError:
        return False
    return True


@api("ntdll", "NtSetInformationFile ZwSetInformationFile", 5)
def set_information(call: Call) -> int:
    """FILE_RENAME_INFORMATION (10), disposition (13, 64), position (14)."""
    thing, kind = call.machine.handles.get(call[0], OpenFile), call.u32(4)
    if thing is None:
        return INVALID_HANDLE
    if kind in (10, 13, 64, 65):
        return 0 if _changed(call, thing, call[2], renames=kind in (10, 65)) else NOT_FOUND
    if kind == 14:
        thing.position = min(call.machine.memory.u32(call[2]), 1 << 30)
    return 0


@api("kernel32", "SetFileInformationByHandle", 4)
def set_information_by_handle(call: Call) -> int:
    """FILE_RENAME_INFO (3), FILE_DISPOSITION_INFO (4)."""
    thing, kind = call.machine.handles.get(call[0], OpenFile), call.u32(1)
    if thing is None:
        return call.fail(6)
    if kind in (3, 4, 21, 22):
        return int(_changed(call, thing, call[2], renames=kind in (3, 22)))
    return 1


@api("ntdll", "NtQueryInformationFile ZwQueryInformationFile", 5)
def query_information(call: Call) -> int:
    """FILE_STANDARD_INFORMATION (5), position (14)."""
    thing = call.machine.handles.get(call[0], OpenFile)
    if thing is None:
        return INVALID_HANDLE
    size = len(thing.file.data)
    if call.u32(4) == 5:
        call.put(call[2], struct.pack("<qqIBB", size + 0xFFF & ~0xFFF, size, 1, 0, 0))
        return 0
    if call.u32(4) == 14:
        call.put(call[2], struct.pack("<q", thing.position))
        return 0
    return _NOT_IMPLEMENTED
