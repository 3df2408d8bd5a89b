"""How a sample is started in the guest, or why it is not. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.emulation.contract import Sample
from gateway.emulation.interpreters import Unsupported, guest_name
from gateway.emulation.windows.facts import DOWNLOADS

TYPES = frozenset({"pe", "msi"})

_WINE, _WINE32 = "/usr/lib/wine/wine64", "/usr/lib/wine/wine"
_FOLDER = "/home/anna/.wine/drive_c/users/anna/Downloads"
_MACHINES = frozenset({0x14C, 0x8664})
"""Of 32 and of 64 bits."""

_HEADERS = 120
"""Bytes of the headers up to the data directories."""

_PE32_PLUS = 0x20B
_DLL = 0x2000
"""IMAGE_FILE_DLL of the file header (Microsoft's PE format, Characteristics)."""

_NATIVE = 1
"""IMAGE_SUBSYSTEM_NATIVE: a driver."""

_ENDINGS = (".exe", ".scr", ".com", ".pif", ".dll", ".cpl", ".ocx", ".msi")
_CLR = 14
"""Number of the data directory of programs for .NET."""


@dataclass(frozen=True, slots=True)
class Start:
    """path: where the sample lies in the guest; name: its last part; command: what starts it."""

    path: str
    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Program:
    """What a program's headers say."""

    library: bool
    wide: bool


def start(sample: Sample, arguments: tuple[str, ...]) -> Start | Unsupported:
    """How to start `sample`."""
    if sample.type == "msi":
        return _start(sample, ".msi", _WINE, (r"C:\windows\system32\msiexec.exe", "/qn", "/i"))
    if sample.type != "pe":
        return Unsupported(f"microvm does not run files of type '{sample.type}'")
    found = _program(sample.data)
    if isinstance(found, Unsupported):
        return found
    loader = _WINE if found.wide else _WINE32
    if not found.library:
        return _start(sample, ".exe", loader, (), arguments)
    folder = "system32" if found.wide else "syswow64"
    return _start(sample, ".dll", loader, (rf"C:\windows\{folder}\rundll32.exe",), ("#1",))


def _start(
    sample: Sample,
    ending: str,
    loader: str,
    before: tuple[str, ...],
    after: tuple[str, ...] = (),
) -> Start:
    name = guest_name(sample.name, sample.type)
    if not name.lower().endswith(_ENDINGS):
        name = f"{name}{ending}"
    path = f"{DOWNLOADS}\\{name}"
    if ending == ".dll":
        path, after = f"{path},{after[0]}", ()
    return Start(f"{_FOLDER}/{name}", name, (loader, *before, path, *after))


def _program(untrusted_program: bytes) -> _Program | Unsupported:
    """What the file header says; Unsupported where Wine cannot run it."""
    data = untrusted_program
    at = int.from_bytes(data[60:64], "little")
    head = data[at : at + 264]
    if data[:2] != b"MZ" or head[:4] != b"PE\0\0" or len(head) < _HEADERS:
        return Unsupported("it is no complete Windows program")
    machine = int.from_bytes(head[4:6], "little")
    if machine not in _MACHINES:
        return Unsupported(f"it is built for a machine of number {machine:#x}")
    if int.from_bytes(head[92:94], "little") == _NATIVE:
        return Unsupported("it is a driver, and Wine has no kernel of Windows")
    wide = int.from_bytes(head[24:26], "little") == _PE32_PLUS
    entry = (136 if wide else 120) + 8 * _CLR
    if any(head[entry : entry + 8]):
        return Unsupported("it is written for .NET, which the guest does not have")
    return _Program(bool(int.from_bytes(head[22:24], "little") & _DLL), wide)
