"""Writes VBA projects (MS-OVBA): compressed sources, the `dir` stream, PROJECT.

The projects hold source only, no compiled code: Office compiles them when it opens the file
(the version 0xFFFF in _VBA_PROJECT says so, MS-OVBA section 2.3.4.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from struct import pack

from tools.corpus.compound import Tree, compound_file

CHUNK = 4096
CODEPAGE, CODEPAGE_NAME = 1252, "cp1252"
PROJECT_ID = "{5A4E0C1B-7F3D-4B52-9C0E-2D3A6E1F8B07}"
PROJECT_NAME = "Project"
VISIBLE = b"\xff"
"""The project may be looked at (MS-OVBA section 2.3.1.17)."""
STDOLE = (
    r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb"
    "#OLE Automation"
)
DOCUMENT_CLASS = "1Normal.ThisDocument"
WORKBOOK_CLASS = "0{00020819-0000-0000-C000-000000000046}"


@dataclass(frozen=True, slots=True)
class Module:
    """A VBA module: its name, its source, and for a document module the class it extends."""

    name: str
    source: str
    document_class: str = ""

    def text(self) -> bytes:
        """The source as stored: attributes first, CRLF line ends."""
        lines = [f'Attribute VB_Name = "{self.name}"']
        if self.document_class:
            lines += [f'Attribute VB_Base = "{self.document_class}"', *_DOCUMENT_ATTRIBUTES]
        return "\r\n".join([*lines, *self.source.splitlines(), ""]).encode(CODEPAGE_NAME)


_DOCUMENT_ATTRIBUTES = (
    "Attribute VB_GlobalNameSpace = False",
    "Attribute VB_Creatable = False",
    "Attribute VB_PredeclaredId = True",
    "Attribute VB_Exposed = True",
    "Attribute VB_TemplateDerived = True",
    "Attribute VB_Customizable = True",
)


def vba_project_tree(modules: Iterable[Module]) -> Tree:
    """The storages and streams of a project, to put at a compound file's root or `Macros`."""
    listed = tuple(modules)
    streams: dict[str, bytes] = {module.name: compress(module.text()) for module in listed}
    streams["_VBA_PROJECT"] = b"\xcc\x61\xff\xff\x00\x00\x00"
    streams["dir"] = compress(_dir_stream(listed))
    return {"VBA": streams, "PROJECT": _project_stream(listed), "PROJECTwm": _names(listed)}


def vba_project_bin(modules: Iterable[Module]) -> bytes:
    """The bytes of vbaProject.bin, as Office Open XML files carry it."""
    return compound_file(vba_project_tree(modules))


def compress(data: bytes) -> bytes:
    """MS-OVBA section 2.4.1: a signature octet, then chunks of up to 4096 octets."""
    chunks = (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))
    return b"\x01" + b"".join(map(_compress_chunk, chunks))


def _compress_chunk(chunk: bytes) -> bytes:
    body, position = bytearray(), 0
    while position < len(chunk):
        flags_at, flags = len(body), 0
        body.append(0)
        for bit in range(8):
            if position >= len(chunk):
                break
            token, length = _best_token(chunk, position)
            flags |= (1 << bit) if length > 1 else 0
            body += token
            position += length
        body[flags_at] = flags
    if len(body) > CHUNK:
        return pack("<H", 0x3000 | (CHUNK + 2 - 3)) + chunk.ljust(CHUNK, b"\0")
    return pack("<H", 0xB000 | (len(body) + 2 - 3)) + bytes(body)


def _best_token(chunk: bytes, position: int) -> tuple[bytes, int]:
    """A copy token (2 octets) for the longest earlier match of 3 or more, else the literal."""
    offset_bits = max((position - 1).bit_length(), 4) if position else 4
    longest = min((0xFFFF >> offset_bits) + 3, len(chunk) - position)
    found = -1
    length = 2
    while length < longest:
        candidate = chunk.rfind(chunk[position : position + length + 1], 0, position + length)
        if candidate < 0:
            break
        found, length = candidate, length + 1
    if found < 0:
        return chunk[position : position + 1], 1
    offset = position - found
    return pack("<H", (offset - 1) << (16 - offset_bits) | (length - 3)), length


def _dir_stream(modules: tuple[Module, ...]) -> bytes:
    """The `dir` stream before compression (MS-OVBA section 2.3.4.2), record by record."""
    information = [
        _record(0x01, pack("<I", 1)),  # 32-bit Windows
        _record(0x02, pack("<I", 0x409)),
        _record(0x14, pack("<I", 0x409)),
        _record(0x03, pack("<H", CODEPAGE)),
        _record(0x04, PROJECT_NAME.encode()),
        _record(0x05, b"") + _record(0x40, b""),
        _record(0x06, b"") + _record(0x3D, b""),
        _record(0x07, pack("<I", 0)),
        _record(0x08, pack("<I", 0)),
        pack("<HIIH", 0x09, 4, 1, 1),  # this record's size field is fixed at 4
        _record(0x0C, b"") + _record(0x3C, b""),
    ]
    libid = STDOLE.encode()
    reference = [
        _twice(0x16, 0x3E, "stdole"),
        _record(0x0D, pack("<I", len(libid)) + libid + pack("<IH", 0, 0)),
    ]
    head = _record(0x0F, pack("<H", len(modules))) + _record(0x13, b"\xff\xff")
    listed = b"".join(map(_module_record, modules))
    return b"".join(information + reference) + head + listed + _record(0x10, b"")


def _module_record(module: Module) -> bytes:
    kind = 0x22 if module.document_class else 0x21
    return b"".join(
        (
            _twice(0x19, 0x47, module.name),
            _twice(0x1A, 0x32, module.name),
            _record(0x1C, b"") + _record(0x48, b""),
            _record(0x31, pack("<I", 0)),  # the source begins at offset 0: no compiled code
            _record(0x1E, pack("<I", 0)),
            _record(0x2C, b"\xff\xff"),
            _record(kind, b""),
            _record(0x2B, b""),
        )
    )


def _record(identity: int, value: bytes) -> bytes:
    return pack("<HI", identity, len(value)) + value


def _twice(identity: int, unicode_identity: int, text: str) -> bytes:
    """A record in the code page, then the same in UTF-16."""
    plain, wide = text.encode(CODEPAGE_NAME), text.encode("utf-16-le")
    return _record(identity, plain) + _record(unicode_identity, wide)


def _project_stream(modules: tuple[Module, ...]) -> bytes:
    """The PROJECT stream (MS-OVBA section 2.3.1), a text in the form of an ini file."""
    lines = [f'ID="{PROJECT_ID}"']
    for module in modules:
        is_document = bool(module.document_class)
        lines.append(
            f"Document={module.name}/&H00000000" if is_document else f"Module={module.name}"
        )
    lines += [
        f'Name="{PROJECT_NAME}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{_sealed(bytes(4), 0x3C)}"',
        f'DPB="{_sealed(bytes(1), 0x5A)}"',
        f'GC="{_sealed(VISIBLE, 0x78)}"',
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{module.name}=0, 0, 0, 0, C" for module in modules),
        "",
    ]
    return "\r\n".join(lines).encode(CODEPAGE_NAME)


def _names(modules: tuple[Module, ...]) -> bytes:
    """PROJECTwm: each name in the code page and in UTF-16, both ended by zero."""
    names = (m.name.encode(CODEPAGE_NAME) + b"\0" + m.name.encode("utf-16-le") for m in modules)
    return b"".join(name + b"\0\0" for name in names) + b"\0\0"


def _sealed(data: bytes, seed: int) -> str:
    """MS-OVBA section 2.4.3.2: how PROJECT writes its protection state. `seed` is any octet."""
    project_key = sum(PROJECT_ID.encode()) & 0xFF
    out = bytearray((seed, seed ^ 2, seed ^ project_key))
    plain_before = project_key
    for octet in bytes((seed & 6) // 2) + pack("<I", len(data)) + data:
        out.append(octet ^ (out[-2] + plain_before & 0xFF))
        plain_before = octet
    return out.hex().upper()
