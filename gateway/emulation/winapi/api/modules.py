"""Libraries and the program itself: loading, looking functions up, resources."""

from __future__ import annotations

import ntpath
import re
from typing import Any

from gateway.emulation.contract import Kind
from gateway.emulation.winapi import image
from gateway.emulation.winapi.calls import (
    ERROR_FILE_NOT_FOUND,
    Call,
    Invoke,
    Running,
    api,
    constants,
)
from gateway.emulation.winapi.dlls import normal
from gateway.emulation.windows import facts

_SANDBOXES = re.compile(
    r"sbiedll|dbghelp_|api_log|dir_watch|pstorec|vmcheck|wpespy|cmdvrt|snxhk|cuckoo"
)
"""Libraries of sandboxes: who asks for them looks for an observer."""

_SYSTEM = re.compile(
    r"^(ntdll|kernel|user32|gdi|advapi|shell32|shlwapi|ole|com|ws2|wsock|wininet|winhttp|urlmon|crypt"
    r"|bcrypt|ncrypt|rpcrt|secur32|sspicli|netapi|psapi|version|winmm|imm32|iphlpapi|dnsapi|msv|ucrt"
    r"|vcrun|msvcp|dbghelp|setupapi|userenv|wtsapi|mpr|uxtheme|dwmapi|powrprof|winspool|propsys"
    r"|api-ms|ext-ms|mscoree|amsi|wldap|cabinet|msimg|usp10|d3d|opengl|dxgi|avicap|samlib|vaultcli"
    r"|rasapi|wevtapi|taskschd|normaliz|profapi|bcryptprim|rstrtmgr|sechost|combase|dpapi|wintrust)"
)

constants(
    "kernel32",
    "DisableThreadLibraryCalls/1=1 SetDllDirectoryA/1=1 SetDllDirectoryW/1=1 FreeResource/1=0 "
    "SetDefaultDllDirectories/1=1 FreeLibrary/1=1 AddDllDirectory/1=1",
)


def _handle(call: Call, untrusted_name: str, *, loads: bool) -> int:
    machine = call.machine
    name = normal(untrusted_name)
    if _SANDBOXES.search(name):
        machine.recorder.call("asks for a library of a sandbox", untrusted_name)
        return call.fail(126)
    if name in machine.dlls.loaded:
        return machine.dlls.loaded[name].base
    if machine.disk.get(untrusted_name) is not None:
        file = machine.disk.get(untrusted_name)
        if file is not None and file.written:
            machine.recorder.note(Kind.PROCESS, "load-module", file.path)
    if ntpath.basename(machine.path).lower() == name:
        return machine.images[0].base if machine.images else 0
    if not loads or not _SYSTEM.match(name):
        return call.fail(126)
    return machine.load_dll(name).base


@api("kernel32", "LoadLibraryA LoadLibraryW", 1)
def load_library(call: Call) -> int:
    return _handle(call, call.text(0), loads=True)


@api("kernel32", "LoadLibraryExA LoadLibraryExW", 3)
def load_library_ex(call: Call) -> int:
    return _handle(call, call.text(0), loads=True)


@api("kernel32", "GetModuleHandleA GetModuleHandleW", 1)
def get_module_handle(call: Call) -> int:
    if not call[0]:
        return call.machine.images[0].base if call.machine.images else 0
    return _handle(call, call.text(0), loads=False)


@api("kernel32", "GetModuleHandleExA GetModuleHandleExW", 3)
def get_module_handle_ex(call: Call) -> int:
    machine = call.machine
    if call.u32(0) & 4:
        dll = machine.dlls.holding(call[1])
        found = dll.base if dll is not None else machine.images[0].base if machine.images else 0
    elif not call[1]:
        found = machine.images[0].base if machine.images else 0
    else:
        found = _handle(call, call.text(1), loads=False)
    call.put_pointer(call[2], found)
    return int(bool(found))


@api("kernel32 kernelbase", "GetProcAddress", 2)
def get_proc_address(call: Call) -> int:
    machine = call.machine
    name = machine.memory.ansi(call[1], 200) if call[1] >= 0x10000 else f"#{call[1]}"
    for each in machine.images:
        if each.base == call[0]:
            return each.exports.get(name, 0)
    dll = machine.dlls.holding(call[0])
    if dll is None:
        return call.fail(127)
    return machine.resolve(dll.name, name)


@api("ntdll", "LdrGetProcedureAddress", 4)
def ldr_get_procedure(call: Call) -> int:
    machine = call.machine
    dll = machine.dlls.holding(call[0])
    if dll is None or not call[1]:
        return 0xC0000139
    size = machine.memory.u16(call[1])
    text = machine.memory.pointer(call[1] + machine.width)
    name = machine.memory.read(text, size).decode("latin-1")
    call.put_pointer(call[3], machine.resolve(dll.name, name))
    return 0


@api("ntdll", "LdrLoadDll", 4)
def ldr_load_dll(call: Call) -> int:
    machine = call.machine
    size = machine.memory.u16(call[2])
    text = machine.memory.pointer(call[2] + machine.width)
    name = machine.memory.read(text, size).decode("utf-16-le", "replace")
    found = _handle(call, name, loads=True)
    call.put_pointer(call[3], found)
    return 0 if found else 0xC0000135


@api("kernel32", "GetModuleFileNameA GetModuleFileNameW", 3)
def get_module_file_name(call: Call) -> int:
    return call.put_text(call[1], call.u32(2), _path(call, call[0]))


@api(
    "kernel32 psapi",
    "GetModuleFileNameExA GetModuleFileNameExW K32GetModuleFileNameExA K32GetModuleFileNameExW",
    4,
)
def get_module_file_name_ex(call: Call) -> int:
    return call.put_text(call[2], call.u32(3), _path(call, call[1]))


@api("kernel32 psapi", "GetModuleBaseNameA GetModuleBaseNameW", 4)
def get_module_base_name(call: Call) -> int:
    return call.put_text(call[2], call.u32(3), ntpath.basename(_path(call, call[1])))


def _path(call: Call, handle: int) -> str:
    dll = call.machine.dlls.holding(handle) if handle else None
    return rf"{facts.SYSTEM}\{dll.name}" if dll is not None else call.machine.path


# --- resources -----------------------------------------------------------------------------------


def _resources(call: Call) -> dict[tuple[str, str], tuple[int, int]]:
    """Places and sizes of the program's resources, by kind and name."""
    kept = call.machine.keep.things
    if "resources" not in kept:
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for each in call.machine.images[:1]:
            _collect(each, found)
        kept["resources"] = found
    answer: dict[tuple[str, str], tuple[int, int]] = kept["resources"]
    return answer


def _collect(each: image.Image, found: dict[tuple[str, str], tuple[int, int]]) -> None:
    import pefile

    number = pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]
    each.parsed.parse_data_directories(directories=[number])
    tree: Any = getattr(each.parsed, "DIRECTORY_ENTRY_RESOURCE", None)
    for kind in tree.entries if tree is not None else []:
        for name in getattr(getattr(kind, "directory", None), "entries", []):
            for language in getattr(getattr(name, "directory", None), "entries", [])[:1]:
                data = language.data.struct
                found[_named(kind), _named(name)] = (each.base + data.OffsetToData, data.Size)


def _named(entry: Any) -> str:
    return str(entry.name).upper() if entry.name is not None else f"#{entry.id}"


@api("kernel32", "FindResourceA FindResourceW", 3)
def find_resource(call: Call) -> int:
    return _found_resource(call, call.text(2).upper(), call.text(1).upper())


@api("kernel32", "FindResourceExA FindResourceExW", 4)
def find_resource_ex(call: Call) -> int:
    return _found_resource(call, call.text(1).upper(), call.text(2).upper())


def _found_resource(call: Call, kind: str, name: str) -> int:
    place = _resources(call).get((kind, name))
    if place is None:
        return call.fail(1814)
    handle = call.machine.heap.allocate(16)
    call.machine.keep.things[f"resource {handle}"] = place
    return handle


@api("kernel32", "LoadResource", 2)
def load_resource(call: Call) -> int:
    place = call.machine.keep.things.get(f"resource {call[1]}", (0, 0))
    return int(place[0])


@api("kernel32", "SizeofResource", 2)
def sizeof_resource(call: Call) -> int:
    return int(call.machine.keep.things.get(f"resource {call[1]}", (0, 0))[1])


@api("kernel32", "LockResource", 1)
def lock_resource(call: Call) -> int:
    return call[0]


@api("kernel32", "EnumResourceNamesA EnumResourceNamesW", 4)
def enum_resource_names(call: Call) -> Running:
    kind = call.text(1).upper()
    for found, name in list(_resources(call)):
        if found == kind:
            value = int(name[1:]) if name[:1] == "#" else call.machine.heap.keep(call.encoded(name))
            if not (yield Invoke(call[2], (call[0], call[1], value, call[3]))):
                break
    return 1


@api("version", "GetFileVersionInfoSizeA GetFileVersionInfoSizeW", 2)
def version_size(call: Call) -> int:
    return call.fail(ERROR_FILE_NOT_FOUND)
