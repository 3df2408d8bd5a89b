"""Variables that the C runtime exports, and the functions that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.winapi.calls import Call, api, crt

if TYPE_CHECKING:
    from gateway.emulation.winapi.machine import Machine

LIBRARIES = frozenset(("msvcrt.dll", "ucrtbase.dll"))


def _pointers(machine: Machine, texts: list[str], wide: bool) -> int:
    """A row of pointers to texts, with its end mark."""
    encoding, end = ("utf-16-le", b"\0\0") if wide else ("latin-1", b"\0")
    places = [machine.heap.keep(text.encode(encoding, "replace") + end) for text in texts]
    row = machine.heap.zeroed(machine.width * (len(places) + 1))
    for number, place in enumerate(places):
        machine.memory.put_pointer(row + machine.width * number, place)
    return row


def _made(machine: Machine, name: str) -> int | None:
    """The value of a variable; None for names that are none."""
    heap = machine.heap
    if name in ("_acmdln", "_wcmdln"):
        wide = name == "_wcmdln"
        line = machine.command_line
        return heap.keep(
            line.encode("utf-16-le") + b"\0\0"
            if wide
            else line.encode("latin-1", "replace") + b"\0"
        )
    if name == "__argc":
        return len(machine.arguments)
    if name in ("__argv", "__wargv"):
        return _pointers(machine, list(machine.arguments), name == "__wargv")
    if name in ("_environ", "__initenv", "_wenviron", "__winitenv"):
        block = [f"{key}={value}" for key, value in sorted(machine.environment.items())]
        return _pointers(machine, block, name in ("_wenviron", "__winitenv"))
    if name == "_pgmptr":
        return heap.keep(machine.path.encode("latin-1", "replace") + b"\0")
    if name == "_wpgmptr":
        return heap.keep(machine.path.encode("utf-16-le") + b"\0\0")
    if name == "_pctype":
        return heap.keep(b"".join(_class(code).to_bytes(2, "little") for code in range(256)))
    return {
        "_fmode": 0x4000,
        "_commode": 0,
        "_timezone": 0,
        "_daylight": 0,
        "__mb_cur_max": 1,
        "_adjust_fdiv": 0,
        "_osver": 19045,
        "_winmajor": 10,
        "_winminor": 0,
        "_winver": 0xA00,
        "_doserrno": 0,
        "_sys_nerr": 43,
        "_HUGE": 0,
    }.get(name)


def _class(code: int) -> int:
    """A character's class (ctype.h: _UPPER, _LOWER, _DIGIT ...)."""
    char = chr(code)
    found = 0
    if code < 128:
        found |= 1 if char.isupper() else 0
        found |= 2 if char.islower() else 0
        found |= 4 if char.isdigit() else 0
        found |= 8 if char in " \t\n\r\v\f" else 0
        found |= 0x20 if code < 32 or code == 127 else 0
        found |= 0x40 if char == " " else 0
        found |= 0x80 if char in "0123456789abcdefABCDEF" else 0
        found |= 0x100 if char.isalpha() else 0
        found |= 0x10 if char.isprintable() and not char.isalnum() and char != " " else 0
    return found


def address(machine: Machine, name: str) -> int:
    """Where a variable lies; 0 for names that are none."""
    kept: dict[str, int] = machine.keep.things.setdefault("variables", {})
    if name in kept:
        return kept[name]
    if name == "_iob":
        from gateway.emulation.winapi.api.stdio import streams

        kept[name] = streams(machine).standard
        return kept[name]
    value = _made(machine, name)
    if value is None:
        return 0
    place = machine.heap.zeroed(16)
    machine.memory.put_pointer(place, value)
    kept[name] = place
    return place


def _leads_to(names: str, variable: str) -> None:
    crt(names)(lambda call: address(call.machine, variable))


for _names, _variable in (
    ("__p__fmode", "_fmode"),
    ("__p__commode", "_commode"),
    ("__p__acmdln", "_acmdln"),
    ("__p__wcmdln", "_wcmdln"),
    ("__p___argc", "__argc"),
    ("__p___argv", "__argv"),
    ("__p___wargv", "__wargv"),
    ("__p__environ", "_environ"),
    ("__p__wenviron", "_wenviron"),
    ("__p___initenv", "__initenv"),
    ("__p__pgmptr", "_pgmptr"),
    ("__daylight", "_daylight"),
    ("__timezone", "_timezone"),
):
    _leads_to(_names, _variable)


@crt("__pctype_func")
def pctype(call: Call) -> int:
    return call.machine.memory.pointer(address(call.machine, "_pctype"))


@crt("_get_initial_narrow_environment")
def initial_environment(call: Call) -> int:
    return call.machine.memory.pointer(address(call.machine, "_environ"))


@crt("_get_initial_wide_environment")
def initial_wide_environment(call: Call) -> int:
    return call.machine.memory.pointer(address(call.machine, "_wenviron"))


@crt("__getmainargs __wgetmainargs")
def getmainargs(call: Call) -> int:
    machine = call.machine
    wide = call.name.startswith("__w")
    call.put_u32(call[0], len(machine.arguments))
    for index, name in (
        (1, "__wargv" if wide else "__argv"),
        (2, "_wenviron" if wide else "_environ"),
    ):
        call.put_pointer(call[index], machine.memory.pointer(address(machine, name)))
    return 0


@api("msvcrt ucrtbase", "_errno __doserrno", 0, cleans=False)
def errno(call: Call) -> int:
    kept: dict[str, int] = call.machine.keep.things.setdefault("variables", {})
    if call.name not in kept:
        kept[call.name] = call.machine.heap.zeroed(16)
    return kept[call.name]


def set_errno(machine: Machine, value: int) -> None:
    """The C runtime's errno."""
    kept: dict[str, int] = machine.keep.things.setdefault("variables", {})
    if "_errno" not in kept:
        kept["_errno"] = machine.heap.zeroed(16)
    machine.memory.put_u32(kept["_errno"], value)
