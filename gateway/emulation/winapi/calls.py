"""How functions of Windows are written here: the table they register in, and a call's arguments.

A handler takes a `Call` and answers a number, or one of the answers below. A generator handler
calls back into the program: it yields `Invoke` and is sent what the function returned.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from gateway.emulation.winapi.machine import Machine

FALSE, TRUE = 0, 1

ERROR_FILE_NOT_FOUND = 2
ERROR_PATH_NOT_FOUND = 3
ERROR_ACCESS_DENIED = 5
ERROR_INVALID_HANDLE = 6
ERROR_NO_MORE_FILES = 18
ERROR_INVALID_PARAMETER = 87
ERROR_INSUFFICIENT_BUFFER = 122
ERROR_ALREADY_EXISTS = 183
ERROR_MORE_DATA = 234
ERROR_NO_MORE_ITEMS = 259
ERROR_SERVICE_DOES_NOT_EXIST = 1060
"""winerror.h"""


@dataclass(frozen=True, slots=True)
class Invoke:
    """Call a function of the program."""

    address: int
    arguments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """The thread waits until `ready`, or for `seconds` of the emulated clock (None: for ever)."""

    ready: Callable[[], bool]
    seconds: float | None
    when_ready: int = 0
    when_late: int = 0x102


@dataclass(frozen=True, slots=True)
class Float:
    """A floating-point number, which is answered in another register."""

    value: float
    single: bool = False


@dataclass(frozen=True, slots=True)
class Long:
    """A number of 64 bits: on 32-bit machines it needs two registers."""

    value: int


Answer = int | Invoke | Wait | Float | Long | None
Running = Generator[Invoke, int, "Answer"]
Handler = Callable[["Call"], "Answer | Running"]


@dataclass(frozen=True, slots=True)
class Function:
    """A library's function: `count` arguments, taken off the stack if it `cleans` (stdcall)."""

    name: str
    dlls: tuple[str, ...]
    handler: Handler
    count: int
    cleans: bool


FUNCTIONS: dict[str, Function] = {}
"""All functions by their names. Names mean the same in whichever library they stand."""

H = TypeVar("H", bound=Callable[..., object])


def api(dlls: str, names: str, count: int, *, cleans: bool = True) -> Callable[[Handler], Handler]:
    """Register a handler under all `names` in all `dlls` (both separated by blanks)."""

    def register(handler: Handler) -> Handler:
        where = tuple(f"{dll}.dll" if "." not in dll else dll for dll in dlls.split())
        for name in names.split():
            FUNCTIONS[name] = Function(name, where, handler, count, cleans)
        return handler

    return register


def crt(names: str) -> Callable[[Handler], Handler]:
    """Register functions of the C runtime (cdecl: the caller cleans the stack)."""
    return api("msvcrt ucrtbase", names, 0, cleans=False)


def constants(dlls: str, table: str, *, cleans: bool = True) -> None:
    """Register functions that do nothing here: words `Name/arguments=answer`."""
    for word in table.split():
        name, _, rest = word.partition("/")
        count, _, value = rest.partition("=")
        number = int(value or "0", 0)
        api(dlls, name, int(count or "0"), cleans=cleans)(_constant(number))


def _constant(value: int) -> Handler:
    return lambda call: value


class Call:
    """One call: its arguments are read when they are asked for."""

    __slots__ = ("dll", "function", "machine", "name", "sp")

    def __init__(self, machine: Machine, dll: str, name: str, function: Function, sp: int) -> None:
        self.machine = machine
        self.dll = dll
        self.name = name
        self.function = function
        self.sp = sp

    # --- arguments -----------------------------------------------------------------------------

    def __getitem__(self, index: int) -> int:
        return self.machine.cpu.argument(self.sp, index)

    def signed(self, index: int) -> int:
        """An int."""
        value = self[index] & 0xFFFFFFFF
        return value - (1 << 32) if value & 0x80000000 else value

    def u32(self, index: int) -> int:
        """A DWORD."""
        return self[index] & 0xFFFFFFFF

    def double(self, index: int, slot: int | None = None) -> float:
        """A double; `slot` is its place on the 32-bit stack when others stand before it."""
        return self.machine.cpu.double_argument(self.sp, index, index * 2 if slot is None else slot)

    @property
    def wide(self) -> bool:
        """Whether this is the variant for UTF-16."""
        return self.name.endswith("W")

    def text(self, index: int) -> str:
        """A text in the function's own width; empty for a null pointer."""
        return self.text_at(self[index])

    def text_at(self, address: int, wide: bool | None = None) -> str:
        """A text at an address; a small number (MAKEINTRESOURCE) reads as `#number`."""
        if address < 0x10000:
            return f"#{address}" if address else ""
        memory = self.machine.memory
        is_wide = self.wide if wide is None else wide
        return memory.wide(address) if is_wide else memory.ansi(address)

    # --- answers -------------------------------------------------------------------------------

    def put(self, address: int, data: bytes) -> None:
        """Bytes, where the pointer is not null."""
        if address:
            self.machine.memory.write(address, data)

    def put_u32(self, address: int, value: int) -> None:
        """A DWORD, where the pointer is not null."""
        self.put(address, struct.pack("<I", value & 0xFFFFFFFF))

    def put_pointer(self, address: int, value: int) -> None:
        """A pointer or handle, where the pointer is not null."""
        if address:
            self.machine.memory.put_pointer(address, value)

    def encoded(self, text: str, wide: bool | None = None) -> bytes:
        """A text in the function's own width, with its end mark."""
        if self.wide if wide is None else wide:
            return text.encode("utf-16-le", "surrogatepass") + b"\0\0"
        return text.encode("latin-1", "replace") + b"\0"

    def put_text(self, address: int, room: int, text: str) -> int:
        """A text into a buffer of `room` characters; its length, or the length needed (with the
        end mark) when it does not fit, as most functions of Windows answer."""
        data = self.encoded(text)
        unit = 2 if self.wide else 1
        if len(data) > room * unit or not address:
            self.machine.last_error = ERROR_INSUFFICIENT_BUFFER
            return len(data) // unit
        self.put(address, data)
        return len(data) // unit - 1

    def fail(self, error: int, answer: int = 0) -> int:
        """The answer of a function that did not work, with GetLastError set."""
        self.machine.last_error = error
        return answer

    def saw(self, *words: str) -> None:
        """Write the call itself down: for functions whose use tells something."""
        self.machine.recorder.call(self.name, *words)
