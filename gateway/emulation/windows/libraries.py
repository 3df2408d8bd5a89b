"""Functions of Windows libraries, as VBA's Declare and Excel 4's CALL reach them.

Each call is written down; those that act are told as what they do. Nothing is executed.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.automation.convert import byte_string, long, text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Cell, Element, Place, Value
from gateway.emulation.contract import Kind
from gateway.emulation.windows import facts, sinkhole
from gateway.emulation.windows.world import World, shown

_Handler = Callable[[World, list[Value]], Value]

_HANDLE, _SUCCESS = 0x1A4, 0
_MEMORY = 0x2A10000
_EXECUTABLE_FROM = 0x10
"""PAGE_EXECUTE and above it all that can be executed (winnt.h)."""


def call_library(
    world: World, library: str, untrusted_name: str, arguments: list[Value | Place]
) -> Value:
    """Call a function; what it answers is success."""
    values = [a.value if isinstance(a, Cell | Element) else a for a in arguments]
    name = untrusted_name.lstrip("#")
    module = library.rsplit("\\", 1)[-1].lower().removesuffix(".dll")
    world.recorder.call(f"{module}!{name}", *map(shown, values))
    key = name.lower()
    handler = _HANDLERS.get(key) or _HANDLERS.get(key[:-1] if key.endswith(("a", "w")) else key)
    if handler is None:
        return _ANSWERS.get(key.removesuffix("a").removesuffix("w"), 1)
    return handler(world, values)


def _download(world: World, values: list[Value]) -> Value:
    """URLDownloadToFile(caller, url, file, reserved, callback)"""
    url, path = text(values[1]), text(values[2])
    data = sinkhole.as_file(sinkhole.answer(world.recorder, "GET", url))
    _write(world, path, data)
    return _SUCCESS


def _download_to_cache(world: World, values: list[Value]) -> Value:
    sinkhole.answer(world.recorder, "GET", text(values[1]))
    return _SUCCESS


def _write(world: World, path: str, data: bytes) -> None:
    try:
        world.disk.write(path, data)
    except ScriptError:  # the folder is missing: the attempt is written down
        world.recorder.notes.append(f"{path} could not be written")


def _shell_execute(world: World, values: list[Value]) -> Value:
    """ShellExecute(window, operation, file, parameters, directory, show)"""
    words = [text(word) for word in values[2:4] if shown(word) not in ("", "0")]
    hidden = len(values) > 5 and shown(values[5]) == "0"
    world.commands.start(" ".join(words), *(["window hidden"] if hidden else []))
    return 42


def _win_exec(world: World, values: list[Value]) -> Value:
    world.commands.start(text(values[0]))
    return 42


def _create_process(world: World, values: list[Value]) -> Value:
    """CreateProcess(application, command line, …)"""
    words = [word for word in map(shown, values[:2]) if word not in ("", "0")]
    world.commands.start(words[-1] if words else "")
    return 1


def _allocate(world: World, values: list[Value]) -> Value:
    """VirtualAlloc(address, size, type, protection): memory for code is told."""
    if values and long(values[-1]) & 0xFFFFFFFF >= _EXECUTABLE_FROM:
        size = shown(values[-3]) if len(values) > 2 else ""
        world.recorder.note(Kind.MEMORY, "make-executable", f"{size} bytes", "VirtualAlloc")
    return _MEMORY


def _protect(world: World, values: list[Value]) -> Value:
    world.recorder.note(Kind.MEMORY, "make-executable", "existing memory", "VirtualProtect")
    return 1


def _write_foreign(world: World, values: list[Value]) -> Value:
    world.recorder.note(Kind.MEMORY, "write-foreign", f"process {shown(values[0])}")
    return 1


def _run_memory(world: World, values: list[Value]) -> Value:
    """Threads, timers and callbacks whose code is an address."""
    world.recorder.note(Kind.SCRIPT, "execute", "code in memory")
    return _HANDLE


def _sleep(world: World, values: list[Value]) -> Value:
    world.recorder.sleep(whole(values[0]) / 1000 if values else 0)
    return 0


def _tick_count(world: World, values: list[Value]) -> Value:
    return int(world.seconds() - facts.START_TIME) * 1000 + 354_211_000


def _load(world: World, values: list[Value]) -> Value:
    if values and isinstance(values[0], str):
        world.recorder.note(Kind.PROCESS, "load-module", values[0])
    return _HANDLE


def _open_url(world: World, values: list[Value]) -> Value:
    """InternetOpenUrl(session, url, …)"""
    sinkhole.answer(world.recorder, "GET", text(values[1]))
    return _HANDLE


def _connect(world: World, values: list[Value]) -> Value:
    """InternetConnect(session, host, port, …)"""
    port = shown(values[2]) if len(values) > 2 else "80"
    world.recorder.note(Kind.NETWORK, "connect", f"{text(values[1])}:{port}")
    return _HANDLE


def _delete_file(world: World, values: list[Value]) -> Value:
    try:
        world.disk.delete(text(values[0]))
    except ScriptError:
        return 0
    return 1


def _copy_file(world: World, values: list[Value]) -> Value:
    try:
        world.disk.move(text(values[0]), text(values[1]), copy=True)
    except ScriptError:
        return 0
    return 1


def _set_value(world: World, values: list[Value]) -> Value:
    """RegSetValueEx(key, name, reserved, type, data, size)"""
    data = shown(values[4]) if len(values) > 4 else ""
    world.registry.write(rf"HKCU\(handle)\{shown(values[1])}", data, data)
    return _SUCCESS


def _move_memory(world: World, values: list[Value]) -> Value:
    size = len(byte_string(values[1])) if len(values) > 1 and _has_bytes(values[1]) else 0
    world.recorder.note(Kind.MEMORY, "anonymous-file", "copied memory", f"{size} bytes")
    return None


def _has_bytes(value: Value) -> bool:
    return isinstance(value, str | bytes)


_HANDLERS: dict[str, _Handler] = {
    "urldownloadtofile": _download,
    "urldownloadtocachefile": _download_to_cache,
    "shellexecute": _shell_execute,
    "winexec": _win_exec,
    "createprocess": _create_process,
    "virtualalloc": _allocate,
    "heapcreate": _allocate,
    "virtualallocex": _allocate,
    "virtualprotect": _protect,
    "virtualprotectex": _protect,
    "writeprocessmemory": _write_foreign,
    "ntwritevirtualmemory": _write_foreign,
    **dict.fromkeys(
        (
            *("createthread", "createremotethread", "queueuserapc", "settimer", "enumwindows"),
            *("enumsystemlocales", "enumchildwindows", "callwindowproc", "enumdateformats"),
            *("enumfonts", "enumpropsex", "graystring", "createtimerqueuetimer", "enumuilanguages"),
            *(
                "ntqueueapcthread",
                "enumsystemlanguagegroups",
                "enumthreadwindows",
                "rtlcreateuserthread",
            ),
        ),
        _run_memory,
    ),
    "sleep": _sleep,
    "sleepex": _sleep,
    "gettickcount": _tick_count,
    "timegettime": _tick_count,
    "loadlibrary": _load,
    "loadlibraryex": _load,
    "internetopenurl": _open_url,
    "internetconnect": _connect,
    "winhttpconnect": _connect,
    "deletefile": _delete_file,
    "copyfile": _copy_file,
    "movefile": _copy_file,
    "regsetvalueex": _set_value,
    "rtlmovememory": _move_memory,
}
"""By name in lower case, without the letter for the character set."""

_ANSWERS: dict[str, Value] = {
    "findwindow": 0,
    "isdebuggerpresent": 0,
    "getasynckeystate": 0,
    "messagebox": 1,
    "getsystemmetrics": 1920,
    "getforegroundwindow": 0x1034E,
}
"""What other functions answer where 1 would be wrong."""
