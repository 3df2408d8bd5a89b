"""A program's file in memory: sections, relocations, imports, exports, resources (PE/COFF)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pefile

from gateway.emulation.winapi.memory import Memory, Region

IMAGE_MAX = 128 << 20
"""Bytes of a program in memory."""

_DLL = 0x2000
_X86, _X64 = 0x14C, 0x8664
_NATIVE = 1


class NoImage(Exception):  # noqa: N818 - said, not handled: it ends the run with these words
    """The file is no program that can be run here, in words."""


@dataclass(slots=True)
class Image:
    """A program that is mapped. `exports` by name (or `#ordinal`)."""

    region: Region
    entry: int
    is_dll: bool
    exports: dict[str, int]
    callbacks: list[int] = field(default_factory=list)
    parsed: Any = None

    @property
    def base(self) -> int:
        """Where it lies."""
        return self.region.base


def parse(data: bytes) -> Any:
    """The file's headers. Raises NoImage."""
    try:
        parsed = pefile.PE(data=data, fast_load=True)
        wanted = ("IMPORT", "EXPORT", "BASERELOC", "TLS", "DELAY_IMPORT")
        names = [pefile.DIRECTORY_ENTRY[f"IMAGE_DIRECTORY_ENTRY_{name}"] for name in wanted]
        parsed.parse_data_directories(directories=names)
    except (pefile.PEFormatError, AttributeError, ValueError, IndexError, KeyError) as error:
        raise NoImage(f"it is no valid program: {error}") from error
    if parsed.FILE_HEADER.Machine not in (_X86, _X64):
        raise NoImage(f"it is written for another processor ({parsed.FILE_HEADER.Machine:#x})")
    if parsed.OPTIONAL_HEADER.Subsystem == _NATIVE:
        raise NoImage("it is a driver, which runs inside of Windows itself")
    if parsed.OPTIONAL_HEADER.SizeOfImage > IMAGE_MAX:
        raise NoImage("it needs more memory than a guest has")
    return parsed


def width_of(parsed: Any) -> int:
    """Bytes of a pointer."""
    return 8 if parsed.FILE_HEADER.Machine == _X64 else 4


def load(
    parsed: Any, memory: Memory, resolve: Callable[[str, str], int], tag: str = "program"
) -> Image:
    """Map a program and connect its imports; `resolve` gives the address of library and name."""
    wanted = parsed.OPTIONAL_HEADER.ImageBase
    size = max(parsed.OPTIONAL_HEADER.SizeOfImage, 0x1000)
    free = memory.is_free(wanted, size)
    region = memory.map(size, tag, wanted if free else 0x10000000, executable=True)
    if region.base != wanted and not hasattr(parsed, "DIRECTORY_ENTRY_BASERELOC"):
        raise NoImage("it cannot lie at the address that it needs")
    memory.write(region.base, _sections(parsed, region.size))
    if region.base != wanted:
        _relocate(parsed, memory, region.base, region.base - wanted)
    _connect(parsed, memory, region.base, resolve)
    entry = parsed.OPTIONAL_HEADER.AddressOfEntryPoint
    return Image(
        region,
        region.base + entry if entry else 0,
        bool(parsed.FILE_HEADER.Characteristics & _DLL),
        _exports(parsed, region.base),
        _callbacks(parsed, memory, region.base),
        parsed,
    )


def _sections(parsed: Any, size: int) -> bytes:
    raw = parsed.__data__
    image = bytearray(size)
    head = min(parsed.OPTIONAL_HEADER.SizeOfHeaders, size, len(raw))
    image[:head] = raw[:head]
    for section in parsed.sections:
        start = section.PointerToRawData & ~0x1FF
        length = section.SizeOfRawData
        if section.Misc_VirtualSize:
            length = min(length, -(-section.Misc_VirtualSize // 0x1000) * 0x1000)
        piece = bytes(raw[start : start + length])
        place = section.VirtualAddress
        if place < size:
            piece = piece[: size - place]
            image[place : place + len(piece)] = piece
    return bytes(image)


def _relocate(parsed: Any, memory: Memory, base: int, delta: int) -> None:
    sizes = {3: 4, 10: 8}
    for block in parsed.DIRECTORY_ENTRY_BASERELOC:
        for entry in block.entries:
            length = sizes.get(entry.type)
            if length is None:
                continue
            place = base + entry.rva
            value = int.from_bytes(memory.read(place, length), "little") + delta
            memory.write(place, (value & ((1 << 8 * length) - 1)).to_bytes(length, "little"))


def _connect(parsed: Any, memory: Memory, base: int, resolve: Callable[[str, str], int]) -> None:
    preferred = parsed.OPTIONAL_HEADER.ImageBase
    tables = [*getattr(parsed, "DIRECTORY_ENTRY_IMPORT", [])]
    tables += getattr(parsed, "DIRECTORY_ENTRY_DELAY_IMPORT", [])
    for library in tables:
        dll = library.dll.decode("latin-1")
        for wanted in library.imports:
            name = wanted.name.decode("latin-1") if wanted.name else f"#{wanted.ordinal}"
            memory.put_pointer(base + wanted.address - preferred, resolve(dll, name))


def _exports(parsed: Any, base: int) -> dict[str, int]:
    table = getattr(parsed, "DIRECTORY_ENTRY_EXPORT", None)
    found: dict[str, int] = {}
    for symbol in table.symbols if table is not None else []:
        if symbol.forwarder is None and symbol.address:
            name = symbol.name.decode("latin-1") if symbol.name else f"#{symbol.ordinal}"
            found[name] = base + symbol.address
    return found


def _callbacks(parsed: Any, memory: Memory, base: int) -> list[int]:
    """Functions that run before the entry point (PE/COFF, "TLS Callback Functions")."""
    tls = getattr(parsed, "DIRECTORY_ENTRY_TLS", None)
    if tls is None or not tls.struct.AddressOfCallBacks:
        return []
    place = base + tls.struct.AddressOfCallBacks - parsed.OPTIONAL_HEADER.ImageBase
    found: list[int] = []
    while len(found) < 16 and (address := memory.pointer(place)):
        found.append(address)
        place += memory.width
    return found
