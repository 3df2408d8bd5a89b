"""How samples are started in the guest."""

from __future__ import annotations

import struct

import pytest

from gateway.emulation.contract import Sample
from gateway.emulation.interpreters import Unsupported
from gateway.emulation.microvm.programs import Start, start


def _program(machine: int = 0x8664, flags: int = 2, subsystem: int = 3, clr: int = 0) -> bytes:
    """The headers of a program (Microsoft's PE format)."""
    magic, head = (0x20B, 136) if machine == 0x8664 else (0x10B, 120)
    pe = bytearray(head + 16 * 8)
    pe[:4] = b"PE\0\0"
    struct.pack_into("<H", pe, 4, machine)
    struct.pack_into("<H", pe, 22, flags)
    struct.pack_into("<H", pe, 24, magic)
    struct.pack_into("<H", pe, 92, subsystem)
    struct.pack_into("<I", pe, head + 8 * 14, clr)
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + bytes(pe)


def _start(name: str, data: bytes, kind: str = "pe") -> Start | Unsupported:
    return start(Sample(name, kind, data), ())


def test_each_width_has_its_loader() -> None:
    wide, narrow = _start("a.exe", _program()), _start("a.exe", _program(0x14C))
    assert isinstance(wide, Start)
    assert isinstance(narrow, Start)
    assert wide.command == ("/usr/lib/wine/wine64", r"C:\Users\anna\Downloads\a.exe")
    assert narrow.command[0] == "/usr/lib/wine/wine"


def test_libraries_are_loaded_by_rundll32() -> None:
    found = _start("x.dat", _program(flags=0x2002))
    assert isinstance(found, Start)
    assert found.command[1:] == (
        r"C:\windows\system32\rundll32.exe",
        r"C:\Users\anna\Downloads\x.dat.dll,#1",
    )


def test_an_installer_is_given_to_msiexec() -> None:
    found = _start("x.msi", b"\xd0\xcf", "msi")
    assert isinstance(found, Start)
    assert found.command[1].endswith("msiexec.exe")
    assert found.command[-1].endswith("x.msi")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\nb", "", "..\\..\\x"])
def test_a_hostile_name_stays_in_the_folder(name: str) -> None:
    found = _start(name, _program())
    assert isinstance(found, Start)
    assert found.path.startswith("/home/anna/.wine/drive_c/users/anna/Downloads/")
    assert found.path.count("/") == "/home/anna/.wine/drive_c/users/anna/Downloads/x".count("/")
    assert ".." not in found.path


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"MZ", "no complete"),
        (_program(0xAA64), "0xaa64"),
        (_program(subsystem=1), "driver"),
        (_program(clr=0x2008), ".NET"),
        (_program(0x14C, clr=0x2008), ".NET"),
    ],
)
def test_what_wine_cannot_run_is_refused(data: bytes, words: str) -> None:
    found = _start("a.exe", data)
    assert isinstance(found, Unsupported)
    assert words in found.reason
