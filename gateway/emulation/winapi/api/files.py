"""Files, folders, pipes and consoles of kernel32, over the emulated disk."""

from __future__ import annotations

import ntpath
import struct
from dataclasses import dataclass

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.contract import Kind
from gateway.emulation.winapi.api import stdio
from gateway.emulation.winapi.calls import (
    ERROR_ALREADY_EXISTS,
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_HANDLE,
    ERROR_NO_MORE_FILES,
    ERROR_PATH_NOT_FOUND,
    Call,
    api,
    constants,
)
from gateway.emulation.winapi.handles import Plain
from gateway.emulation.windows import facts
from gateway.emulation.windows.disk import File

INVALID = -1
_READ_MAX = 64 << 20
_EPOCH = 116444736000000000
"""1970 in units of 100 ns since 1601."""

STANDARD = {0xFFFFFFF6: 0x10, 0xFFFFFFF5: 0x14, 0xFFFFFFF4: 0x18}
"""GetStdHandle's numbers and the handles of the console."""

_CONSOLE = {0x10: 0, 0x14: 1, 0x18: 2}

constants(
    "kernel32",
    "FlushFileBuffers/1=1 SetConsoleMode/2=1 SetConsoleTitleA/1=1 SetConsoleTitleW/1=1 "
    "SetConsoleCtrlHandler/2=1 SetConsoleTextAttribute/2=1 GetConsoleCP/0=437 AllocConsole/0=1 "
    "GetConsoleOutputCP/0=437 SetConsoleOutputCP/1=1 SetConsoleCP/1=1 FreeConsole/0=1 "
    "SetConsoleCursorPosition/2=1 GetConsoleWindow/0=0x5010 AttachConsole/1=1 "
    "FlushConsoleInputBuffer/1=1 LockFile/5=1 UnlockFile/5=1 LockFileEx/6=1 UnlockFileEx/5=1 "
    "SetFileTime/4=1 SetHandleInformation/3=1 AreFileApisANSI/0=1 SetFileApisToOEM/0 CancelIo/1=1 "
    "SetEndOfFile/1=1 Wow64DisableWow64FsRedirection/1=1 Wow64RevertWow64FsRedirection/1=1 "
    "DefineDosDeviceA/3=1 SetVolumeLabelA/2=1 ConnectNamedPipe/2=1 DisconnectNamedPipe/1=1 "
    "SetNamedPipeHandleState/4=1 GetLogicalDrives/0=4",
)


@dataclass(slots=True)
class OpenFile:
    """A file that is open: its place is kept here, its bytes on the disk."""

    file: File
    position: int = 0
    deletes: bool = False


@dataclass(slots=True)
class Found:
    """What FindFirstFile found, and where it stands."""

    entries: list[tuple[str, int, int]]
    position: int = 0


@dataclass(slots=True)
class Mapping:
    """A file mapping: the file, or memory of `size` bytes. `view` is where it is mapped."""

    file: File | None
    size: int
    name: str = ""
    view: int = 0


def opened(call: Call, path: str, access: int, disposition: int, flags: int = 0) -> int:
    """CreateFile's work."""
    machine = call.machine
    disk = machine.disk
    if path.lower().startswith(("\\\\.\\pipe", "\\\\?\\pipe")):
        machine.recorder.call("opens a pipe", path)
        return machine.handles.add(Plain("pipe", path))
    if path.lower().startswith("\\\\.\\"):
        machine.recorder.call("opens a device", path)
        if any(
            word in path.lower() for word in ("vbox", "vmware", "hgfs", "vmci", "sice", "ntice")
        ):
            machine.recorder.note(Kind.FILE, "read", path, failed="no such file")
            return call.fail(ERROR_FILE_NOT_FOUND, INVALID)
        return machine.handles.add(Plain("device", path))
    if path.upper() in ("CONOUT$", "CONIN$"):
        return 0x14 if path.upper() == "CONOUT$" else 0x10
    known = disk.get(path)
    if known is None and disk.folder_exists(path):
        return (
            machine.handles.add(Plain("folder", path))
            if flags & 0x02000000
            else call.fail(5, INVALID)
        )
    writes = bool(access & 0x40000116)
    if known is None and disposition in (3, 5):
        disk.exists(path)
        machine.recorder.note(Kind.FILE, "read", disk.full(path), failed="no such file")
        return call.fail(ERROR_FILE_NOT_FOUND, INVALID)
    if known is not None and disposition == 1:
        return call.fail(80, INVALID)
    try:
        if known is None or disposition in (2, 5):
            disk.write(path, b"")
        elif not writes and access & 0x80000000:
            disk.read(path)
    except ScriptError:
        return call.fail(ERROR_PATH_NOT_FOUND, INVALID)
    file = disk.get(path)
    if file is None:
        return call.fail(ERROR_FILE_NOT_FOUND, INVALID)
    machine.last_error = ERROR_ALREADY_EXISTS if known is not None and disposition in (2, 4) else 0
    return machine.handles.add(OpenFile(file, deletes=bool(flags & 0x04000000)))


@api("kernel32", "CreateFileA CreateFileW", 7)
def create_file(call: Call) -> int:
    return opened(call, call.text(0), call.u32(1), call.u32(4), call.u32(5))


@api("kernel32", "_lopen _lcreat", 2)
def open_file(call: Call) -> int:
    path = call.machine.memory.ansi(call[0])
    return opened(
        call,
        path,
        0x40000000 if call.name == "_lcreat" else 0x80000000,
        2 if call.name == "_lcreat" else 3,
    )


@api("kernel32", "ReadFile", 5)
def read_file(call: Call) -> int:
    machine = call.machine
    number = _CONSOLE.get(call[0])
    if number is not None:
        data = stdio.streams(machine).by_number[0].buffer.readline()[: call.u32(2)]
    else:
        thing = machine.handles.any(call[0])
        if isinstance(thing, OpenFile):
            size = min(call.u32(2), _READ_MAX)
            data = thing.file.data[thing.position : thing.position + size]
            thing.position += len(data)
        elif isinstance(thing, Plain):
            data = b""
        else:
            return call.fail(ERROR_INVALID_HANDLE)
    call.put(call[1], data)
    call.put_u32(call[3], len(data))
    return 1


@api("kernel32", "WriteFile", 5)
def write_file(call: Call) -> int:
    machine = call.machine
    data = machine.memory.read(call[1], min(call.u32(2), _READ_MAX))
    call.put_u32(call[3], len(data))
    if call[0] in _CONSOLE:
        stdio.say(machine, data)
        return 1
    thing = machine.handles.any(call[0])
    if isinstance(thing, Plain):
        if "physicaldrive" in thing.text.lower() or thing.text.lower().endswith("\\\\.\\c:"):
            machine.recorder.note(Kind.FILE, "write", thing.text, "the disk itself")
        return 1
    if not isinstance(thing, OpenFile):
        return call.fail(ERROR_INVALID_HANDLE)
    put_at(call, thing, data)
    return 1


def put_at(call: Call, thing: OpenFile, data: bytes) -> None:
    """Write into an open file at its place."""
    disk, file = call.machine.disk, thing.file
    if not file.written:
        disk.write(file.path, file.data, "changed in place")
        file = thing.file = disk.get(file.path) or file
    before = file.data[: thing.position].ljust(thing.position, b"\0")
    disk.change(file, before + data + file.data[thing.position + len(data) :])
    thing.position += len(data)


@api("kernel32", "SetFilePointer", 4)
def set_file_pointer(call: Call) -> int:
    thing = call.machine.handles.get(call[0], OpenFile)
    if thing is None:
        return call.fail(ERROR_INVALID_HANDLE, 0xFFFFFFFF)
    start = (0, thing.position, len(thing.file.data))[min(call.u32(3), 2)]
    thing.position = max(0, min(start + call.signed(1), 1 << 30))
    return thing.position


@api("kernel32", "SetFilePointerEx", 4)
def set_file_pointer_ex(call: Call) -> int:
    small = call.machine.width == 4
    thing = call.machine.handles.get(call[0], OpenFile)
    if thing is None:
        return call.fail(ERROR_INVALID_HANDLE)
    offset = call[1] | call[2] << 32 if small else call[1]
    offset -= (1 << 64) if offset >> 63 else 0
    place, whence = (
        (call[3], call.machine.cpu.argument(call.sp, 4)) if small else (call[2], call[3])
    )
    start = (0, thing.position, len(thing.file.data))[min(whence & 0xFF, 2)]
    thing.position = max(0, min(start + offset, 1 << 30))
    call.put(place, struct.pack("<q", thing.position))
    return 1


def _five(name: str) -> None:
    """SetFilePointerEx takes 20 bytes of a 32-bit stack: its second argument is a long one."""
    from gateway.emulation.winapi.calls import FUNCTIONS

    old = FUNCTIONS[name]
    FUNCTIONS[name] = type(old)(old.name, old.dlls, old.handler, 5, True)


_five("SetFilePointerEx")


@api("kernel32", "GetFileSize", 2)
def get_file_size(call: Call) -> int:
    thing = call.machine.handles.get(call[0], OpenFile)
    call.put_u32(call[1], 0)
    return (
        len(thing.file.data) if thing is not None else call.fail(ERROR_INVALID_HANDLE, 0xFFFFFFFF)
    )


@api("kernel32", "GetFileSizeEx", 2)
def get_file_size_ex(call: Call) -> int:
    thing = call.machine.handles.get(call[0], OpenFile)
    if thing is None:
        return call.fail(ERROR_INVALID_HANDLE)
    call.put(call[1], struct.pack("<q", len(thing.file.data)))
    return 1


@api("kernel32", "GetFileType", 1)
def get_file_type(call: Call) -> int:
    return 2 if call[0] in _CONSOLE else 1


@api("kernel32", "GetStdHandle", 1)
def get_std_handle(call: Call) -> int:
    return STANDARD.get(call.u32(0), 0)


@api("kernel32", "SetStdHandle", 2)
def set_std_handle(call: Call) -> int:
    return 1


@api("kernel32", "GetConsoleMode", 2)
def get_console_mode(call: Call) -> int:
    if call[0] not in _CONSOLE:
        return call.fail(ERROR_INVALID_HANDLE)
    call.put_u32(call[1], 3)
    return 1


@api("kernel32", "GetConsoleScreenBufferInfo", 2)
def console_buffer(call: Call) -> int:
    call.put(call[1], struct.pack("<hhhhHhhhhhh", 80, 300, 0, 0, 7, 0, 0, 79, 24, 80, 25))
    return 1


@api("kernel32", "WriteConsoleA WriteConsoleW", 5)
def write_console(call: Call) -> int:
    size = call.u32(2) * (2 if call.wide else 1)
    data = call.machine.memory.read(call[1], min(size, 1 << 20))
    text = data.decode("utf-16-le" if call.wide else "latin-1", "replace")
    stdio.say(call.machine, text.encode("latin-1", "replace"))
    call.put_u32(call[3], call.u32(2))
    return 1


@api("kernel32", "ReadConsoleA ReadConsoleW", 5)
def read_console(call: Call) -> int:
    line = stdio.streams(call.machine).by_number[0].buffer.readline()[: call.u32(2)]
    text = line.decode("latin-1").replace("\n", "\r\n")[: call.u32(2)]
    call.put(call[1], text.encode("utf-16-le" if call.wide else "latin-1"))
    call.put_u32(call[3], len(text))
    return 1


@api("kernel32 ntdll", "CloseHandle NtClose ZwClose _lclose", 1)
def close_handle(call: Call) -> int:
    thing = call.machine.handles.close(call[0])
    if isinstance(thing, OpenFile) and thing.deletes:
        _try(call, lambda: call.machine.disk.delete(thing.file.path))
    return 0 if call.name.endswith("Close") else 1


def _try(call: Call, run: object) -> int:
    try:
        run()  # type: ignore[operator]
    except ScriptError as error:
        return call.fail(ERROR_ALREADY_EXISTS if error.number == 58 else ERROR_FILE_NOT_FOUND)
    return 1


@api("kernel32", "DeleteFileA DeleteFileW", 1)
def delete_file(call: Call) -> int:
    return _try(call, lambda: call.machine.disk.delete(call.text(0)))


@api("kernel32", "MoveFileA MoveFileW", 2)
def move_file(call: Call) -> int:
    return _try(call, lambda: call.machine.disk.move(call.text(0), call.text(1)))


@api("kernel32", "MoveFileExA MoveFileExW", 3)
def move_file_ex(call: Call) -> int:
    if not call[1] or call.u32(2) & 4:
        call.saw(call.text(0), call.text(1), "at the next start")
        return 1
    return _try(call, lambda: call.machine.disk.move(call.text(0), call.text(1)))


@api("kernel32", "ReplaceFileA ReplaceFileW", 6)
def replace_file(call: Call) -> int:
    return _try(call, lambda: call.machine.disk.move(call.text(1), call.text(0)))


@api("kernel32", "CopyFileA CopyFileW", 3)
def copy_file(call: Call) -> int:
    if call.u32(2) and call.machine.disk.get(call.text(1)) is not None:
        return call.fail(80)
    return _try(call, lambda: call.machine.disk.move(call.text(0), call.text(1), copy=True))


@api("kernel32", "CopyFileExA CopyFileExW", 6)
def copy_file_ex(call: Call) -> int:
    return _try(call, lambda: call.machine.disk.move(call.text(0), call.text(1), copy=True))


@api("kernel32", "CreateDirectoryA CreateDirectoryW", 2)
def create_directory(call: Call) -> int:
    return _try(call, lambda: call.machine.disk.make_folder(call.text(0)))


@api("kernel32", "RemoveDirectoryA RemoveDirectoryW", 1)
def remove_directory(call: Call) -> int:
    disk = call.machine.disk
    disk.folders.pop(disk.full(call.text(0)).lower(), None)
    return 1


def _attributes(call: Call, path: str) -> int:
    disk = call.machine.disk
    file = disk.get(path)
    if file is not None:
        return file.attributes
    if disk.folder_exists(path):
        return 16
    disk.exists(path)
    return -1


@api("kernel32", "GetFileAttributesA GetFileAttributesW", 1)
def get_file_attributes(call: Call) -> int:
    found = _attributes(call, call.text(0))
    return found if found >= 0 else call.fail(ERROR_FILE_NOT_FOUND, 0xFFFFFFFF)


@api("kernel32", "SetFileAttributesA SetFileAttributesW", 2)
def set_file_attributes(call: Call) -> int:
    file = call.machine.disk.get(call.text(0))
    if file is None:
        return call.fail(ERROR_FILE_NOT_FOUND)
    file.attributes = call.u32(1)
    if call.u32(1) & 6:
        call.machine.recorder.note(Kind.FILE, "change-mode", file.path, "hidden")
    return 1


def _stamp() -> bytes:
    return struct.pack("<Q", int(facts.START_TIME * 1e7) + _EPOCH - 10_000_000_000_000)


@api("kernel32", "GetFileAttributesExA GetFileAttributesExW", 3)
def get_file_attributes_ex(call: Call) -> int:
    found = _attributes(call, call.text(0))
    if found < 0:
        return call.fail(ERROR_FILE_NOT_FOUND)
    file = call.machine.disk.get(call.text(0))
    size = len(file.data) if file is not None else 0
    call.put(call[2], struct.pack("<I", found) + _stamp() * 3 + struct.pack("<II", 0, size))
    return 1


@api("kernel32", "GetFileTime", 4)
def get_file_time(call: Call) -> int:
    for index in (1, 2, 3):
        call.put(call[index], _stamp())
    return 1


@api("kernel32", "GetFileInformationByHandle", 2)
def file_information(call: Call) -> int:
    thing = call.machine.handles.get(call[0], OpenFile)
    size = len(thing.file.data) if thing is not None else 0
    call.put(
        call[1],
        struct.pack("<I", 32) + _stamp() * 3 + struct.pack("<6I", 0x1234, 0, size, 1, 0, 77),
    )
    return 1


# --- looking through folders ---------------------------------------------------------------------


def _found_data(call: Call, entry: tuple[str, int, int]) -> bytes:
    """WIN32_FIND_DATA."""
    name, attributes, size = entry
    head = struct.pack("<I", attributes) + _stamp() * 3 + struct.pack("<IIII", 0, size, 0, 0)
    if call.wide:
        return head + name.encode("utf-16-le")[:518].ljust(520, b"\0") + bytes(28)
    return head + name.encode("latin-1", "replace")[:259].ljust(260, b"\0") + bytes(14)


@api("kernel32", "FindFirstFileA FindFirstFileW", 2)
def find_first_file(call: Call) -> int:
    return _find(call, call.text(0), call[1])


@api("kernel32", "FindFirstFileExA FindFirstFileExW", 6)
def find_first_file_ex(call: Call) -> int:
    return _find(call, call.text(0), call[2])


def _find(call: Call, pattern: str, place: int) -> int:
    disk = call.machine.disk
    full = disk.full(pattern)
    folder, name = ntpath.split(full)
    call.machine.recorder.call("lists", full)
    entries: list[tuple[str, int, int]] = []
    if "*" in name or "?" in name:
        if not disk.folder_exists(folder):
            return call.fail(ERROR_PATH_NOT_FOUND, INVALID)
        if name in ("*", "*.*"):
            entries += [(".", 16, 0), ("..", 16, 0)]
            entries += [(ntpath.basename(each), 16, 0) for each in disk.folders_in(folder)]
    elif disk.folder_exists(full):
        entries.append((name, 16, 0))
    for each in disk.matching(full):
        entries.append((ntpath.basename(each.path), each.attributes, len(each.data)))
    if not entries:
        return call.fail(ERROR_FILE_NOT_FOUND, INVALID)
    call.put(place, _found_data(call, entries[0]))
    return call.machine.handles.add(Found(entries, 1))


@api("kernel32", "FindNextFileA FindNextFileW", 2)
def find_next_file(call: Call) -> int:
    found = call.machine.handles.get(call[0], Found)
    if found is None:
        return call.fail(ERROR_INVALID_HANDLE)
    if found.position >= len(found.entries):
        return call.fail(ERROR_NO_MORE_FILES)
    call.put(call[1], _found_data(call, found.entries[found.position]))
    found.position += 1
    return 1


@api("kernel32", "FindClose", 1)
def find_close(call: Call) -> int:
    call.machine.handles.close(call[0])
    return 1


def _crt_found(call: Call, entry: tuple[str, int, int]) -> bytes:
    """struct _finddata (32-bit times on 32 bits), and its relatives with 64-bit times."""
    name, attributes, size = entry
    moment = int(facts.START_TIME)
    wide = call.name.startswith("_w")
    tail = (
        name.encode("utf-16-le")[:518] + b"\0\0"
        if wide
        else name.encode("latin-1", "replace")[:259] + b"\0"
    )
    if call.machine.width == 4 and "64" not in call.name:
        return struct.pack("<5I", attributes & 0x37, moment, moment, moment, size) + tail
    form = "<IxxxxqqqI" if "64i32" in call.name or "64" not in call.name else "<Ixxxxqqqq"
    return struct.pack(form, attributes & 0x37, moment, moment, moment, size) + tail


@api(
    "msvcrt ucrtbase",
    "_findfirst _findfirst32 _findfirst64 _findfirst64i32 _wfindfirst _wfindfirst64 "
    "_wfindfirst64i32 _wfindfirst32",
    0,
    cleans=False,
)
def crt_findfirst(call: Call) -> int:
    disk = call.machine.disk
    full = disk.full(call.text_at(call[0], call.name.startswith("_w")))
    call.machine.recorder.call("lists", full)
    folder, name = ntpath.split(full)
    entries = [(ntpath.basename(f.path), f.attributes, len(f.data)) for f in disk.matching(full)]
    if name in ("*", "*.*"):
        entries = [*((ntpath.basename(d), 16, 0) for d in disk.folders_in(folder)), *entries]
    if not entries:
        return -1
    call.put(call[1], _crt_found(call, entries[0]))
    return call.machine.handles.add(Found(entries, 1))


@api(
    "msvcrt ucrtbase",
    "_findnext _findnext32 _findnext64 _findnext64i32 _wfindnext _wfindnext64 "
    "_wfindnext64i32 _wfindnext32",
    0,
    cleans=False,
)
def crt_findnext(call: Call) -> int:
    found = call.machine.handles.get(call[0], Found)
    if found is None or found.position >= len(found.entries):
        return -1
    call.put(call[1], _crt_found(call, found.entries[found.position]))
    found.position += 1
    return 0


@api("msvcrt ucrtbase", "_findclose", 0, cleans=False)
def crt_findclose(call: Call) -> int:
    call.machine.handles.close(call[0])
    return 0


# --- paths ---------------------------------------------------------------------------------------


@api("kernel32", "GetTempPathA GetTempPathW GetTempPath2A GetTempPath2W", 2)
def get_temp_path(call: Call) -> int:
    return call.put_text(call[1], call.u32(0), f"{facts.TEMP}\\")


@api("kernel32", "GetTempFileNameA GetTempFileNameW", 4)
def get_temp_file_name(call: Call) -> int:
    kept = call.machine.keep.things
    number = call.u32(2) or kept.setdefault("temporary", 0x3A1F)
    kept["temporary"] = number + 1
    path = ntpath.join(call.text(0), f"{call.text(1)[:3]}{number:X}.tmp")
    if not call.u32(2):
        _try(call, lambda: call.machine.disk.write(path, b""))
    call.put(call[3], call.encoded(path))
    return number


@api("kernel32", "GetCurrentDirectoryA GetCurrentDirectoryW", 2)
def get_current_directory(call: Call) -> int:
    return call.put_text(call[1], call.u32(0), call.machine.disk.directory)


@api("kernel32", "SetCurrentDirectoryA SetCurrentDirectoryW", 1)
def set_current_directory(call: Call) -> int:
    path = call.machine.disk.full(call.text(0))
    if not call.machine.disk.folder_exists(path):
        return call.fail(ERROR_PATH_NOT_FOUND)
    call.machine.disk.directory = path
    return 1


@api("kernel32", "GetFullPathNameA GetFullPathNameW", 4)
def get_full_path_name(call: Call) -> int:
    full = call.machine.disk.full(call.text(0))
    length = call.put_text(call[2], call.u32(1), full)
    name = ntpath.basename(full)
    call.put_pointer(call[3], call[2] + (len(full) - len(name)) * (2 if call.wide else 1))
    return length


@api("kernel32", "GetLongPathNameA GetLongPathNameW GetShortPathNameA GetShortPathNameW", 3)
def get_long_path_name(call: Call) -> int:
    return call.put_text(call[1], call.u32(2), call.machine.disk.full(call.text(0)))


@api("kernel32", "SearchPathA SearchPathW", 6)
def search_path(call: Call) -> int:
    name = call.text(1) + (call.text(2) if "." not in call.text(1) else "")
    for folder in (call.machine.disk.directory, facts.SYSTEM, r"C:\Windows"):
        path = ntpath.join(folder, name)
        if call.machine.disk.get(path) is not None:
            return call.put_text(call[4], call.u32(3), path)
    return call.fail(ERROR_FILE_NOT_FOUND)


@api("kernel32", "GetDriveTypeA GetDriveTypeW", 1)
def get_drive_type(call: Call) -> int:
    return 3 if call.text(0)[:1].upper() in ("C", "") else 1


@api("kernel32", "GetLogicalDriveStringsA GetLogicalDriveStringsW", 2)
def drive_strings(call: Call) -> int:
    data = call.encoded("C:\\\0")
    if len(data) <= call.u32(0) * (2 if call.wide else 1):
        call.put(call[1], data)
    return 4


@api("kernel32", "GetVolumeInformationA GetVolumeInformationW", 8)
def volume_information(call: Call) -> int:
    call.put_text(call[1], call.u32(2), "Windows") if call[1] else 0
    for index, value in ((3, 0x5A3C91E7), (4, 255), (5, 0x3E706FF)):
        call.put_u32(call[index], value)
    if call[6]:
        call.put_text(call[6], call.u32(7), "NTFS")
    return 1


@api("kernel32", "GetDiskFreeSpaceExA GetDiskFreeSpaceExW", 4)
def disk_free_space(call: Call) -> int:
    for index, value in ((1, 180 << 30), (2, 476 << 30), (3, 180 << 30)):
        call.put(call[index], struct.pack("<Q", value))
    return 1


@api("kernel32", "GetDiskFreeSpaceA GetDiskFreeSpaceW", 5)
def disk_free_clusters(call: Call) -> int:
    for index, value in ((1, 8), (2, 512), (3, 47185920), (4, 124780544)):
        call.put_u32(call[index], value)
    return 1


@api("kernel32", "DeviceIoControl", 8)
def device_io_control(call: Call) -> int:
    call.put_u32(call[6], 0)
    return call.fail(1)


# --- mappings and pipes --------------------------------------------------------------------------


@api("kernel32", "CreateFileMappingA CreateFileMappingW", 6)
def create_file_mapping(call: Call) -> int:
    thing = call.machine.handles.get(call[0], OpenFile)
    size = call.u32(4) or (len(thing.file.data) if thing is not None else 0)
    if not size or size > _READ_MAX:
        return call.fail(87)
    return call.machine.handles.add(Mapping(thing.file if thing else None, size, call.text(5)))


@api("kernel32", "OpenFileMappingA OpenFileMappingW", 3)
def open_file_mapping(call: Call) -> int:
    for each in call.machine.handles.find(Mapping):
        if each.name and each.name == call.text(2):
            return call.machine.handles.add(each)
    return call.fail(ERROR_FILE_NOT_FOUND)


@api("kernel32", "MapViewOfFile", 5)
def map_view(call: Call) -> int:
    thing = call.machine.handles.get(call[0], Mapping)
    if thing is None:
        return call.fail(ERROR_INVALID_HANDLE)
    if not thing.view:
        region = call.machine.memory.map(
            thing.size, "view", 0x0100_0000, executable=bool(call.u32(1) & 0x20)
        )
        thing.view = region.base
        if thing.file is not None:
            call.put(region.base, thing.file.data[: thing.size])
        if call.u32(1) & 0x20:
            call.machine.watch(region)
    return thing.view


@api("kernel32", "UnmapViewOfFile", 1)
def unmap_view(call: Call) -> int:
    return _flushed(call)


@api("kernel32", "FlushViewOfFile", 2)
def flush_view(call: Call) -> int:
    return _flushed(call)


def _flushed(call: Call) -> int:
    """What the program changed in a view of a file is in the file."""
    for each in call.machine.handles.find(Mapping):
        if each.view == call[0] and each.file is not None:
            data = call.machine.memory.read(each.view, each.size)
            if data != each.file.data[: each.size]:
                call.machine.disk.write(each.file.path, data, "changed in place")
    return 1


@api("kernel32", "CreatePipe", 4)
def create_pipe(call: Call) -> int:
    for index in (0, 1):
        call.put_pointer(call[index], call.machine.handles.add(Plain("pipe")))
    return 1


@api("kernel32", "CreateNamedPipeA CreateNamedPipeW", 8)
def create_named_pipe(call: Call) -> int:
    call.saw(call.text(0))
    return call.machine.handles.add(Plain("pipe", call.text(0)))


@api("kernel32", "PeekNamedPipe", 6)
def peek_named_pipe(call: Call) -> int:
    for index in (3, 4, 5):
        call.put_u32(call[index], 0)
    return 0


# --- settings in files ---------------------------------------------------------------------------


def _ini(call: Call, path: str) -> dict[str, dict[str, str]]:
    file = call.machine.disk.get(_ini_path(path))
    sections: dict[str, dict[str, str]] = {}
    section = ""
    for line in (file.data.decode("latin-1") if file is not None else "").splitlines():
        line = line.strip()
        if line.startswith("[") and "]" in line:
            section = line[1 : line.index("]")]
            sections.setdefault(section, {})
        elif "=" in line and not line.startswith(";"):
            name, _, value = line.partition("=")
            sections.setdefault(section, {})[name.strip()] = value.strip()
    return sections


def _ini_path(path: str) -> str:
    return path if "\\" in path else rf"C:\Windows\{path}"


def _looked_up(call: Call, section: str, name: str, path: str) -> str | None:
    for each, values in _ini(call, path).items():
        if each.lower() == section.lower():
            for key, value in values.items():
                if key.lower() == name.lower():
                    return value
    return None


@api("kernel32", "WritePrivateProfileStringA WritePrivateProfileStringW", 4)
def write_profile(call: Call) -> int:
    path = call.text(3)
    sections = _ini(call, path)
    values = sections.setdefault(call.text(0), {})
    if call[2]:
        values[call.text(1)] = call.text(2)
    else:
        values.pop(call.text(1), None)
    lines = [
        f"[{name}]\r\n" + "".join(f"{k}={v}\r\n" for k, v in each.items())
        for name, each in sections.items()
    ]
    return _try(
        call,
        lambda: call.machine.disk.write(
            _ini_path(path), "".join(lines).encode("latin-1", "replace")
        ),
    )


@api("kernel32", "GetPrivateProfileStringA GetPrivateProfileStringW", 6)
def read_profile(call: Call) -> int:
    found = _looked_up(call, call.text(0), call.text(1), call.text(5))
    text = (found if found is not None else call.text(2))[: max(0, call.u32(4) - 1)]
    call.put(call[3], call.encoded(text))
    return len(text)


@api("kernel32", "GetPrivateProfileIntA GetPrivateProfileIntW", 4)
def read_profile_number(call: Call) -> int:
    found = _looked_up(call, call.text(0), call.text(1), call.text(3))
    return int(found) if found is not None and found.isdigit() else call.signed(2)


@api("kernel32", "GetPrivateProfileSectionA GetPrivateProfileSectionW", 4)
def read_profile_section(call: Call) -> int:
    """All `name=value` of a section."""
    wanted = call.text(0).lower()
    values = next((v for k, v in _ini(call, call.text(3)).items() if k.lower() == wanted), {})
    return _put_list(call, [f"{name}={value}" for name, value in values.items()], 1)


@api("kernel32", "GetPrivateProfileSectionNamesA GetPrivateProfileSectionNamesW", 3)
def read_profile_names(call: Call) -> int:
    return _put_list(call, list(_ini(call, call.text(2))), 0)


def _put_list(call: Call, texts: list[str], place: int) -> int:
    """Texts one after another, ended by an empty one; `place`: the argument with the buffer, whose
    size in characters stands in the next."""
    joined = "".join(f"{text}\0" for text in texts)[: max(0, call.u32(place + 1) - 2)]
    call.put(call[place], call.encoded(f"{joined}\0"))
    return len(joined)
