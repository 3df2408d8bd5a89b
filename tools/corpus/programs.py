"""Programs of the smallest size that a loader accepts: an ELF that exits, a PE that returns."""

from __future__ import annotations

from struct import pack

ELF_BASE = 0x400000
PE_IMAGE_BASE = 0x400000
_ELF_HEADER, _PROGRAM_HEADER = 64, 56


def elf_exit(code: int = 0) -> bytes:
    """A static x86-64 Linux program whose only act is exit(code)."""
    text = b"\xb8\x3c\x00\x00\x00\xbf" + pack("<I", code) + b"\x0f\x05"
    entry = ELF_BASE + _ELF_HEADER + _PROGRAM_HEADER
    size = _ELF_HEADER + _PROGRAM_HEADER + len(text)
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header = ident + pack(
        "<HHIQQQIHHHHHH",
        2,
        62,
        1,
        entry,
        _ELF_HEADER,
        0,
        0,
        _ELF_HEADER,
        _PROGRAM_HEADER,
        1,
        0,
        0,
        0,
    )
    program = pack("<IIQQQQQQ", 1, 5, 0, ELF_BASE, ELF_BASE, size, size, 0x1000)
    return header + program + text


def pe_stub() -> bytes:
    """A 32-bit Windows console program that returns 0 from its entry point."""
    dos = b"MZ".ljust(60, b"\0") + pack("<I", 64)
    coff = b"PE\0\0" + pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, 0xE0, 0x102)
    optional = pack("<HBBIIIIII", 0x10B, 14, 0, 0x200, 0, 0, 0x1000, 0x1000, 0x2000)
    optional += pack("<III", PE_IMAGE_BASE, 0x1000, 0x200)
    optional += pack("<HHHHHHI", 6, 0, 0, 0, 6, 0, 0)
    optional += pack("<IIIHH", 0x2000, 0x200, 0, 3, 0x8140)
    optional += pack("<IIIIII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16) + bytes(16 * 8)
    section = b".text".ljust(8, b"\0") + pack("<IIIIIIHHI", 3, 0x1000, 0x200, 0x200, 0, 0, 0, 0,
                                               0x60000020)  # fmt: skip
    headers = (dos + coff + optional + section).ljust(0x200, b"\0")
    return headers + b"\x31\xc0\xc3".ljust(0x200, b"\0")
