"""The shell: starting by verb, known folders, paths."""

from __future__ import annotations

import ntpath
import struct

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.winapi.api import shortcuts
from gateway.emulation.winapi.calls import Call, api, constants
from gateway.emulation.winapi.handles import Plain, Process
from gateway.emulation.windows import facts

constants(
    "shell32 ole32 oleaut32 comctl32 shlwapi",
    "SHChangeNotify/4=0 CoInitialize/1=0 CoInitializeEx/2=0 CoUninitialize/0=0 OleInitialize/1=0 "
    "OleUninitialize/0=0 CoInitializeSecurity/9=0 InitCommonControls/0=0 "
    "InitCommonControlsEx/1=1 IsUserAnAdmin/0=0 DragAcceptFiles/2=0 Shell_NotifyIconA/2=1 "
    "Shell_NotifyIconW/2=1 SHEmptyRecycleBinA/3=0 SHGetMalloc/1=0x80004005 "
    "PathIsNetworkPathA/1=0 PathIsNetworkPathW/1=0 CoTaskMemFree/1=0 "
    "SetCurrentProcessExplicitAppUserModelID/1=0 SHAutoComplete/2=0 CoFreeUnusedLibraries/0=0",
)


def _started(call: Call, verb: str, file: str, parameters: str, show: int) -> None:
    line = f'"{file}" {parameters}'.strip()
    words = [
        word
        for word in (verb if verb not in ("", "open") else "", "" if show else "hidden")
        if word
    ]
    if file.lower().startswith(("http:", "https:")):
        call.machine.recorder.call("opens an address", file)
        return
    call.machine.commands.start(line, *words)


@api("shell32", "ShellExecuteA ShellExecuteW", 6)
def shell_execute(call: Call) -> int:
    _started(call, call.text(1), call.text(2), call.text(3), call.u32(5))
    return 42


@api("shell32", "ShellExecuteExA ShellExecuteExW", 1)
def shell_execute_ex(call: Call) -> int:
    """SHELLEXECUTEINFO."""
    memory, width, place = call.machine.memory, call.machine.width, call[0]
    start = 16 if width == 4 else 24
    texts = [
        call.text_at(memory.pointer(place + start + width * n - (4 if width == 4 else 0)))
        for n in range(4)
    ]
    if width == 4:
        verb, file, parameters = (
            call.text_at(memory.pointer(place + 12 + 4 * n)) for n in range(3)
        )
        show, process_at = memory.u32(place + 28), place + 56
    else:
        verb, file, parameters = texts[0], texts[1], texts[2]
        show, process_at = memory.u32(place + 56), place + 104
    _started(call, verb, file, parameters, show)
    process = Process(7400, file, f"{file} {parameters}")
    if memory.u32(place + 4) & 0x40:
        memory.put_pointer(process_at, call.machine.handles.add(process))
    return 1


def _folder(call: Call, number: int) -> str:
    known = {**facts.NAMESPACES, 0x23: r"C:\ProgramData", 0x2E: r"C:\Users\Public\Documents"}
    return known.get(number & 0xFF, facts.HOME)


@api("shell32", "SHGetFolderPathA SHGetFolderPathW", 5)
def folder_path(call: Call) -> int:
    call.put(call[4], call.encoded(_folder(call, call.u32(1))))
    return 0


@api("shell32", "SHGetSpecialFolderPathA SHGetSpecialFolderPathW", 4)
def special_folder(call: Call) -> int:
    call.put(call[1], call.encoded(_folder(call, call.u32(2))))
    return 1


_KNOWN = {
    0x3EB685DB: facts.ROAMING,
    0xF1B32785: facts.LOCAL,
    0xB4BFCC3A: facts.DESKTOP,
    0xFDD39AD0: facts.DOCUMENTS,
    0x374DE290: facts.DOWNLOADS,
    0xB97D20BB: facts.STARTUP,
    0x62AB5D82: r"C:\ProgramData",
    0x1AC14E77: facts.SYSTEM,
}
"""FOLDERIDs by their first word (knownfolders.h)."""


@api("shell32", "SHGetKnownFolderPath", 4)
def known_folder(call: Call) -> int:
    path = _KNOWN.get(call.machine.memory.u32(call[0]), facts.HOME)
    call.put_pointer(call[3], call.machine.heap.keep(path.encode("utf-16-le") + b"\0\0"))
    return 0


@api("shell32", "SHCreateDirectoryExA SHCreateDirectoryExW", 3)
def create_directory(call: Call) -> int:
    try:
        call.machine.disk.make_folder(call.text(1))
    except ScriptError:
        return 183
    return 0


@api("shell32", "SHFileOperationA SHFileOperationW", 1)
def file_operation(call: Call) -> int:
    """SHFILEOPSTRUCT."""
    memory, width = call.machine.memory, call.machine.width
    kind = memory.u32(call[0] + width)
    start = call[0] + 2 * width
    source, target = (
        call.text_at(memory.pointer(start)),
        call.text_at(memory.pointer(start + width)),
    )
    disk = call.machine.disk
    try:
        if kind == 3:
            disk.delete(source)
        else:
            disk.move(source, target, copy=kind == 2)
    except ScriptError:
        return 2
    return 0


@api("shell32", "CommandLineToArgvW", 2)
def command_line_to_argv(call: Call) -> int:
    line = call.machine.memory.wide(call[0])
    words, word, quoted = [], "", False
    for char in line:
        if char == '"':
            quoted = not quoted
        elif char in " \t" and not quoted:
            words += [word] if word else []
            word = ""
        else:
            word += char
    words += [word] if word else []
    width, heap, memory = call.machine.width, call.machine.heap, call.machine.memory
    row = heap.zeroed(width * (len(words) + 1))
    for number, each in enumerate(words):
        memory.put_pointer(row + width * number, heap.keep(each.encode("utf-16-le") + b"\0\0"))
    call.put_u32(call[1], len(words))
    return row


@api("shlwapi", "PathFileExistsA PathFileExistsW", 1)
def path_exists(call: Call) -> int:
    disk = call.machine.disk
    return int(disk.exists(call.text(0)) or disk.folder_exists(call.text(0)))


@api("shlwapi", "PathIsDirectoryA PathIsDirectoryW", 1)
def path_is_directory(call: Call) -> int:
    return 16 if call.machine.disk.folder_exists(call.text(0)) else 0


@api("shlwapi", "PathCombineA PathCombineW", 3)
def path_combine(call: Call) -> int:
    call.put(call[0], call.encoded(ntpath.normpath(ntpath.join(call.text(1), call.text(2)))))
    return call[0]


@api("shlwapi", "PathAppendA PathAppendW", 2)
def path_append(call: Call) -> int:
    call.put(call[0], call.encoded(ntpath.join(call.text(0), call.text(1).lstrip("\\"))))
    return 1


@api("shlwapi", "PathAddBackslashA PathAddBackslashW", 1)
def path_backslash(call: Call) -> int:
    call.put(call[0], call.encoded(call.text(0).rstrip("\\") + "\\"))
    return call[0]


@api("shlwapi", "PathRemoveFileSpecA PathRemoveFileSpecW", 1)
def path_remove_file(call: Call) -> int:
    call.put(call[0], call.encoded(ntpath.dirname(call.text(0))))
    return 1


@api("shlwapi", "PathFindFileNameA PathFindFileNameW PathFindExtensionA PathFindExtensionW", 1)
def path_find(call: Call) -> int:
    text = call.text(0)
    tail = ntpath.basename(text) if "FileName" in call.name else ntpath.splitext(text)[1]
    return call[0] + (len(text) - len(tail)) * (2 if call.wide else 1)


@api("ole32", "CoCreateGuid", 1)
def create_guid(call: Call) -> int:
    call.put(call[0], bytes(range(16)))
    return 0


@api("ole32", "CoTaskMemAlloc", 1)
def task_alloc(call: Call) -> int:
    return call.machine.heap.zeroed(call[0])


@api("ole32", "CoCreateInstance", 5)
def create_instance(call: Call) -> int:
    """Shortcuts are made; a program that needs another object is stopped: none is here."""
    raw = call.machine.memory.read(call[0], 16)
    first, second, third = struct.unpack("<IHH", raw[:8])
    name = f"{{{first:08X}-{second:04X}-{third:04X}-{raw[8:10].hex()}-{raw[10:].hex()}}}".upper()
    if name == shortcuts.CLASS:
        return shortcuts.create(call, call[3], call[4])
    call.saw(name)
    call.machine.lacks(f"the class {name}")
    return 0


@api("shell32", "FindExecutableA FindExecutableW", 3)
def find_executable(call: Call) -> int:
    call.put(call[2], call.encoded(rf"{facts.SYSTEM}\notepad.exe"))
    return 42


@api("mpr", "WNetOpenEnumA WNetOpenEnumW", 5)
def net_open_enum(call: Call) -> int:
    call.saw()
    call.put_pointer(call[4], call.machine.handles.add(Plain("network")))
    return 0


constants(
    "mpr",
    "WNetEnumResourceA/4=259 WNetEnumResourceW/4=259 WNetCloseEnum/1=0 WNetAddConnection2A/4=53 "
    "WNetAddConnection2W/4=53",
)
