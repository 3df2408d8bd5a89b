"""speakeasy's handlers, for functions that we have none of our own for.

Its emulator object is made when the first is needed, over our processor and memory. What its
handlers keep (windows, strings, cryptography) stays theirs; files, registry, network, processes
and threads are never asked of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import speakeasy.winenv.arch as arch
from speakeasy.windows import objman
from speakeasy.windows.win32 import Win32Emulator
from speakeasy.winenv.api.winapi import API_HANDLERS, WindowsApi

from gateway.emulation.contract import StopKind
from gateway.emulation.winapi.calls import Call, Function
from gateway.emulation.winapi.memory import Fault
from gateway.emulation.winapi.settings import SETTINGS

if TYPE_CHECKING:
    from gateway.emulation.winapi.machine import Machine

_NOT_ASKED = re.compile(
    r"File|Reg[A-Z]|Process|Thread|Internet|Http|WinHttp|^WSA|Service|Pipe|Hook|Callback|Shell"
    r"|^(send|recv|socket|connect|bind|listen|accept|system|qsort|bsearch)|Window|Dialog|Message"
    r"|^Nt|^Zw|^Ps|^Mm|^Io|^Ke|^Ex[A-Z]|Wait|Load|Crypt|^Find|Resource|Volume|Privilege"
)
"""Functions whose effects must be seen, or that speakeasy's own loop would have to carry out."""

_USERMODE = "usermode"

_KERNEL = 0x7FFF0000
"""Where the kernel's memory begins in 32 bits. speakeasy wants its own records of processes there,
which no program reads and the machine does not map."""


class _Emulator(Win32Emulator):  # type: ignore[misc]
    """speakeasy's emulator without its loop: memory and processor are the machine's."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        super().__init__(SETTINGS)
        self.profiler = None
        self.arch = arch.ARCH_AMD64 if machine.width == 8 else arch.ARCH_X86
        self.set_ptr_size(self.arch)
        self.emu_eng.emu = machine.cpu.engine
        self.om = objman.ObjectManager(emu=self)
        self.api = WindowsApi(self)
        self.curr_process = objman.Process(self)
        self.curr_thread = objman.Thread(self)

    def mem_map(self, size: int, base: int | None = None, **_: object) -> int:
        """Memory from the machine."""
        if size < 0x1000 and base is None:
            return self.machine.heap.zeroed(size)
        if base is None or (self.machine.width == 4 and base >= _KERNEL):
            base = 0x10000
        return self.machine.memory.map(size, "speakeasy", base).base

    def mem_free(self, base: int) -> None:
        """Given back."""
        if not self.machine.heap.free(base):
            self.machine.memory.unmap(base)

    def set_last_error(self, code: int) -> None:
        """The machine's."""
        self.machine.last_error = code

    def get_last_error(self) -> int:
        """The machine's."""
        return self.machine.last_error

    def get_user_modules(self) -> list[object]:
        """The machine keeps them."""
        return []

    def get_env(self) -> dict[str, str]:
        """The machine's, by small names."""
        return {name.lower(): value for name, value in self.machine.environment.items()}


def _table() -> dict[str, dict[str | int, tuple[Any, Any]]]:
    """Handlers by library and name: (class, attributes of speakeasy's hook)."""
    found: dict[str, dict[str | int, tuple[Any, Any]]] = {}
    for name, kind in API_HANDLERS:
        if _USERMODE not in kind.__module__ or kind.__module__.endswith(".com_api"):
            continue
        functions = found.setdefault(f"{str(name).lower()}.dll", {})
        for each in vars(kind).values():
            attributes = getattr(each, "__apihook__", None)
            if attributes is not None:
                functions[attributes[0]] = (kind, attributes)
                if attributes[4]:
                    functions[attributes[4]] = (kind, attributes)
    return found


TABLE = _table()

_SOCKET_ORDINALS = {
    1: "accept",
    2: "bind",
    3: "closesocket",
    4: "connect",
    5: "getpeername",
    6: "getsockname",
    7: "getsockopt",
    8: "htonl",
    9: "htons",
    10: "ioctlsocket",
    11: "inet_addr",
    12: "inet_ntoa",
    13: "listen",
    14: "ntohl",
    15: "ntohs",
    16: "recv",
    17: "recvfrom",
    18: "select",
    19: "send",
    20: "sendto",
    21: "setsockopt",
    22: "shutdown",
    23: "socket",
    51: "gethostbyaddr",
    52: "gethostbyname",
    57: "gethostname",
    111: "WSAGetLastError",
    112: "WSASetLastError",
    115: "WSAStartup",
    116: "WSACleanup",
    151: "__WSAFDIsSet",
}


class Fallback:
    """speakeasy for one machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._emulator: _Emulator | None = None
        self._handlers: dict[Any, Any] = {}

    @staticmethod
    def names(dll: str) -> list[str]:
        """The names that speakeasy knows in a library, with both endings where it has one."""
        found: list[str] = []
        for name in TABLE.get(dll, {}):
            if isinstance(name, str) and not _NOT_ASKED.search(name):
                found.append(name)
                if dll not in ("msvcrt.dll", "ucrtbase.dll"):
                    found += [f"{name}A", f"{name}W"]
        return found

    @staticmethod
    def by_ordinal(dll: str, ordinal: int) -> str:
        """The name behind an ordinal; empty for one that is not known."""
        if dll in ("ws2_32.dll", "wsock32.dll"):
            return _SOCKET_ORDINALS.get(ordinal, "")
        known = TABLE.get(dll, {}).get(ordinal)
        return str(known[1][0]) if known else ""

    def function(self, dll: str, name: str) -> Function | None:
        """A function that runs speakeasy's handler; None where it has none."""
        if _NOT_ASKED.search(name):
            return None
        plain = name[:-1] if name[-1:] in "AW" else name
        for library in (dll, "kernel32.dll", "msvcrt.dll"):
            functions = TABLE.get(library, {})
            known = functions.get(name) or functions.get(plain)
            if known is not None:
                kind, (_, handler, count, convention, _) = known
                cleans = convention == arch.CALL_CONV_STDCALL
                return Function(name, (dll,), self._running(kind, handler, count), count, cleans)
        return None

    def _running(self, kind: Any, handler: Any, count: int) -> Any:
        def run(call: Call) -> int:
            words = [call[index] for index in range(count)]
            context = {"func_name": f"{call.dll.removesuffix('.dll')}.{call.name}"}
            try:
                emulator = self._emulator
                if emulator is None:
                    emulator = self._emulator = _Emulator(self._machine)
                if kind not in self._handlers:
                    self._handlers[kind] = kind(emulator)
                answer = handler(self._handlers[kind], emulator, words, context)
            except Fault:
                raise
            except Exception as error:  # noqa: BLE001 - foreign code: whatever fails, it was not done
                words_ = f"{call.name} is not emulated for what it was asked ({str(error)[:80]})"
                self._machine.recorder.lacks(call.name)
                self._machine.stop(StopKind.INCOMPLETE, words_)
                return 0
            return answer if isinstance(answer, int) else 0

        return run
