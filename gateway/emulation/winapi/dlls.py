"""The system's libraries as programs meet them in memory: real headers, real export tables, and
behind each name a stub at which the emulation stops and Python takes over.

Programs that look functions up by hash through the loader's lists find what they look for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.emulation.winapi.memory import PAGE, Memory

STUB = b"\xeb\xfe"
"""A jump to itself: wherever the processor is stopped, it still stands on the stub."""

STUB_STEP = 16
_STUBS_AT = PAGE
_SPARE = 512
"""Stubs of a library for names that are asked for and are not in its table."""

FIRST_64 = 0x7FF8_0000_0000
FIRST_32 = 0x7300_0000


@dataclass(slots=True)
class Dll:
    """A library that is loaded. `names` by number of the stub."""

    name: str
    base: int
    size: int
    names: list[str]
    entry: int = 0
    stubs: dict[str, int] = field(default_factory=dict)

    def stub(self, number: int) -> int:
        """The address of a stub."""
        return self.base + _STUBS_AT + STUB_STEP * number


class Dlls:
    """All libraries of one run. `exports` gives the names that a library has."""

    def __init__(self, memory: Memory, exports: Callable[[str], Iterable[str]]) -> None:
        self._memory = memory
        self._exports = exports
        self.loaded: dict[str, Dll] = {}
        self.first = FIRST_64 if memory.width == 8 else FIRST_32
        self.last = self.first + (0x1000_0000 if memory.width == 8 else 0x0800_0000)
        self._next = self.first
        self._by_page: dict[int, Dll] = {}

    def load(self, untrusted_name: str) -> Dll:
        """The library of a name, mapped when it is first asked for."""
        name = normal(untrusted_name)
        known = self.loaded.get(name)
        if known is not None:
            return known
        names = sorted(set(self._exports(name)))
        image = _image(name, names, self._memory.width, self._next)
        region = self._memory.map(len(image), f"library {name}", self._next, executable=True)
        self._memory.write(region.base, image)
        self._next = region.end + 0x10000
        dll = Dll(name, region.base, region.size, names)
        dll.stubs = {each: dll.stub(number) for number, each in enumerate(names)}
        self.loaded[name] = dll
        for page in range(region.base // PAGE, region.end // PAGE):
            self._by_page[page] = dll
        return dll

    def address(self, dll: Dll, name: str) -> int:
        """The stub of a function, made when the library's table has no such name; 0 when full."""
        known = dll.stubs.get(name)
        if known is not None:
            return known
        address = dll.stub(len(dll.names))
        if address + STUB_STEP > dll.base + _STUBS_AT + STUB_STEP * _room(len(dll.names)):
            return 0
        dll.names.append(name)
        dll.stubs[name] = address
        return address

    def is_stub(self, address: int) -> bool:
        """Whether an address lies in a library: all that runs there is stubs."""
        return address // PAGE in self._by_page

    def called(self, address: int) -> tuple[str, str] | None:
        """Library and function of a stub."""
        dll = self._by_page.get(address // PAGE)
        if dll is None:
            return None
        number, rest = divmod(address - dll.base - _STUBS_AT, STUB_STEP)
        if rest or not 0 <= number < len(dll.names):
            return None
        return dll.name, dll.names[number]

    def holding(self, address: int) -> Dll | None:
        """The library at an address."""
        return self._by_page.get(address // PAGE)


def normal(untrusted_name: str) -> str:
    """A library's name as it is known here: no folder, lower case, with its ending."""
    name = untrusted_name.replace("/", "\\").rsplit("\\", 1)[-1].strip().lower()
    if name.startswith(("api-ms-win-crt", "ucrtbase", "msvcr")):
        return "ucrtbase.dll" if not name.startswith("msvcr") else "msvcrt.dll"
    if name.startswith(("api-ms-win-", "ext-ms-win-")):
        return "kernelbase.dll"
    if name.endswith("."):
        return name[:-1]
    return name if "." in name else f"{name}.dll"


def _room(used: int) -> int:
    return -(-(used + _SPARE) // 256) * 256


def _image(name: str, names: list[str], width: int, base: int) -> bytes:
    """A library's memory: headers, stubs, the table of exports (PE/COFF, "Export Directory")."""
    room = _room(len(names))
    stubs = (STUB + b"\xcc" * (STUB_STEP - len(STUB))) * room
    table_at = _STUBS_AT + len(stubs)
    count = len(names)
    functions, pointers = table_at + 40, table_at + 40 + 4 * count
    ordinals, texts = pointers + 4 * count, pointers + 6 * count
    strings = bytearray()
    places: list[int] = []
    for each in names:
        places.append(texts + len(strings))
        strings += each.encode("latin-1", "replace") + b"\0"
    own_name = texts + len(strings)
    strings += name.encode("latin-1", "replace") + b"\0"
    directory = struct.pack(
        "<IIHHIIIIIII", 0, 0, 0, 0, own_name, 1, count, count, functions, pointers, ordinals
    )
    table = directory
    table += b"".join(struct.pack("<I", _STUBS_AT + STUB_STEP * n) for n in range(count))
    table += b"".join(struct.pack("<I", place) for place in places)
    table += b"".join(struct.pack("<H", n) for n in range(count))
    table += bytes(strings)
    size = -(-(table_at + len(table)) // PAGE) * PAGE
    headers = _headers(width, base, size, (table_at, len(table)), len(stubs))
    body = headers.ljust(_STUBS_AT, b"\0") + stubs + table
    return body.ljust(size, b"\0")


def _headers(width: int, base: int, size: int, exports: tuple[int, int], code: int) -> bytes:
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 0x80)
    machine = 0x8664 if width == 8 else 0x14C
    optional_size = 240 if width == 8 else 224
    coff = struct.pack("<HHIIIHH", machine, 1, 0x5E000000, 0, 0, optional_size, 0x2022)
    if width == 8:
        start = struct.pack("<HBBIIIII", 0x20B, 14, 0, code, 0, 0, 0, _STUBS_AT)
        start += struct.pack("<QII", base, PAGE, 512)
    else:
        start = struct.pack("<HBBIIIIII", 0x10B, 14, 0, code, 0, 0, 0, _STUBS_AT, 0)
        start += struct.pack("<III", base, PAGE, 512)
    start += struct.pack("<HHHHHHIIIIHH", 10, 0, 10, 0, 10, 0, 0, size, 1024, 0, 3, 0x160)
    start += struct.pack("<QQQQ" if width == 8 else "<IIII", 1 << 20, PAGE, 1 << 20, PAGE)
    start += struct.pack("<II", 0, 16) + struct.pack("<II", *exports) + bytes(15 * 8)
    section = struct.pack("<8sIIIIIIHHI", b".text", size, PAGE, size, PAGE, 0, 0, 0, 0, 0x60000020)
    return dos.ljust(0x80, b"\0") + b"PE\0\0" + coff + start + section
