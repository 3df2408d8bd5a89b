"""Legacy Office documents for tests, built by hand: the least that formats allow, and more."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

from tools.corpus.compound import Tree, compound_file

VBA: Tree = {"VBA": {"dir": b"x" * 80, "_VBA_PROJECT": b"\xcc\x61" + bytes(60)}, "PROJECT": b"ID"}
OBJECT: Tree = {"\x01Ole10Native": b"\0\0\0\0MZ program", "\x01CompObj": bytes(40)}
CONTROL: Tree = {"\x03OCXNAME": "Box".encode("utf-16-le"), "\x03OCXDATA": bytes(30)}


def word_streams(
    pieces: Sequence[str], template: str = "", flags: int = 0, version: int = 0xC1
) -> dict[str, bytes]:
    """The two streams of a Word document whose text lies in `pieces`, every second one wide.

    `pieces` joined are the text; its fields stand in the field table of the main story.
    """
    stream = bytearray(0x400)
    struct.pack_into("<2H", stream, 0, 0xA5EC, version)
    struct.pack_into("<H", stream, 0x0A, 0x0200 | flags)
    text = "".join(pieces)
    struct.pack_into("<L", stream, 0x4C, len(text))
    positions, places = [0], []
    for number, piece in enumerate(pieces):
        wide = number % 2 == 1
        where = len(stream)
        stream += piece.encode("utf-16-le" if wide else "cp1252")
        places.append(where if wide else where * 2 | 0x40000000)
        positions.append(positions[-1] + len(piece))
    clx = struct.pack(f"<{len(positions)}L", *positions)
    clx += b"".join(struct.pack("<HLH", 0, place, 0) for place in places)
    table = bytearray(b"\x02" + struct.pack("<L", len(clx)) + clx)
    struct.pack_into("<2L", stream, 0x1A2, 0, len(table))
    marks = [(at, sign) for at, sign in enumerate(text) if sign in "\x13\x14\x15"]
    fields = struct.pack(f"<{len(marks) + 1}L", *(at for at, _ in marks), len(text) + 1)
    fields += b"".join(bytes([ord(sign), 0x2E if sign == "\x13" else 0x80]) for _, sign in marks)
    _append(stream, table, 0x11A, fields)
    strings = [template if index == 1 else "" for index in range(18)]
    packed = b"".join(struct.pack("<H", len(each)) + each.encode("utf-16-le") for each in strings)
    _append(stream, table, 0x19A, b"\xff\xff" + struct.pack("<2H", 18, 0) + packed)
    return {"WordDocument": bytes(stream), "1Table": bytes(table)}


def _append(stream: bytearray, table: bytearray, slot: int, content: bytes) -> None:
    struct.pack_into("<2L", stream, slot, len(table), len(content))
    table += content


def word(pieces: Sequence[str], extra: Tree | None = None, template: str = "") -> bytes:
    """A Word document."""
    return compound_file({**word_streams(pieces, template), **(extra or {})})


def record(kind: int, content: bytes = b"") -> bytes:
    """A record of a workbook."""
    return struct.pack("<2H", kind, len(content)) + content


def label(text: str) -> bytes:
    """A short string of a workbook with its length and flags."""
    return bytes([len(text), 0]) + text.encode("cp1252")


def formula(row: int, column: int, rule: bytes, value: float | str | bool) -> bytes:
    """A formula cell with its last result."""
    cell = struct.pack("<3H", row, column, 15)
    if isinstance(value, bool):
        result = bytes([1, 0, value, 0, 0, 0, 0xFF, 0xFF])
    elif isinstance(value, str):
        result = bytes([0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
    else:
        result = struct.pack("<d", value)
    made = record(0x06, cell + result + bytes(6) + struct.pack("<H", len(rule)) + rule)
    if isinstance(value, str):
        made += record(0x207, struct.pack("<HB", len(value), 0) + value.encode("cp1252"))
    return made


def source(target: str, count: int) -> bytes:
    """A supporting link."""
    text = target.encode("cp1252")
    return record(0x1AE, struct.pack("<HHB", count, len(text), 0) + text)


SELF = record(0x1AE, struct.pack("<2H", 1, 0x0401))
DDE_NAME = record(0x23, struct.pack("<3H", 0x0002, 0, 0) + label("/c calc"))


def name(text: bytes, rule: bytes, flags: int = 0) -> bytes:
    """A defined name."""
    head = struct.pack("<HBBH3HBBBB", flags, 0, len(text), len(rule), 0, 0, 0, 0, 0, 0, 0)
    return record(0x18, head[:14] + b"\0" + text + rule)


def book(names: bytes = b"", sheets: Mapping[str, tuple[int, bytes]] | None = None) -> bytes:
    """The stream of a workbook: `sheets` are dt and cells by name, `names` what comes before."""
    sheets = sheets if sheets is not None else {"One": (0, b"")}
    bof = struct.pack("<6HL", 0x0600, 5, 0x0DBB, 0x07CC, 0x41, 0, 6)[:16]
    head = record(0x809, bof) + record(0xD3)
    room = sum(8 + 4 + len(text) for text in sheets) + len(head) + len(names) + 4
    bounds, bodies = b"", b""
    for text, (kind, cells) in sheets.items():
        at = room + len(bodies)
        bounds += record(0x85, struct.pack("<LBB", at, 0, kind) + label(text))
        inner = bof[:2] + struct.pack("<H", 0x40 if kind == 1 else 0x10) + bof[4:]
        bodies += record(0x809, inner) + record(0x200, bytes(14)) + cells + record(0x0A)
    return head + bounds + names + record(0x0A) + bodies


def excel(stream: bytes, extra: Tree | None = None) -> bytes:
    """A workbook."""
    return compound_file({"Workbook": stream, **(extra or {})})


REF_3D = b"\x3a\0\0\0\0\0\0"
NAME_X = b"\x39\0\0\x01\0\0\0"
SUM = b"\x1e\x01\0\x1e\x02\0\x03"


def acting_book() -> bytes:
    """A workbook with macros of both kinds, DDE, a query, objects and a control."""
    names = source("cmd\x03/c calc", 0) + DDE_NAME + SELF
    names += record(0x17, struct.pack("<H", 2) + struct.pack("<6H", 0, 0, 0, 1, 0, 0))
    names += name(b"\x01", REF_3D, 0x20) + name(b"Rate", SUM)
    cells = formula(0, 0, NAME_X, "shown text") + formula(1, 0, SUM, 3.0)
    cells += (
        formula(2, 0, b"\x42\0\x96\0", 7.5) + record(0x1AD, bytes(12)) + record(0xDC, b"SELECT")
    )
    macro = formula(0, 0, b"\x42\0\x6e\0", True)
    stream = book(names, {"One": (0, cells), "Macro": (1, macro)})
    return excel(stream, {"_VBA_PROJECT_CUR": VBA, "MBD00012345": OBJECT, "Ctls": b"x" * 20})


def part(kind: int, content: bytes, instance: int = 0, container: bool = False) -> bytes:
    """A record of a presentation."""
    return (
        struct.pack("<HHL", instance << 4 | (0xF if container else 0), kind, len(content)) + content
    )


def stored(tree: Tree) -> bytes:
    """A storage as a presentation holds it."""
    data = compound_file(tree)
    return part(0x1011, struct.pack("<L", len(data)) + zlib.compress(data), instance=1)


def action(kind: int, over: bool = False) -> bytes:
    """What a click (or the passing pointer) does."""
    return part(0x0FF2, part(0x0FF3, bytes(8) + bytes([kind, 1]) + bytes(6)), int(over), True)


def link(target: str) -> bytes:
    """A hyperlink of a presentation."""
    return part(0x0FD7, part(0x0FBA, target.encode("utf-16-le"), 1), 0, True)


def presentation(records: bytes, token: int = 0xE391C05F) -> bytes:
    """A presentation."""
    user = struct.pack("<HHL", 0, 0x0FF6, 20) + struct.pack("<2L", 20, token) + bytes(12)
    return compound_file({"PowerPoint Document": records, "Current User": user})


def acting_presentation() -> bytes:
    """A presentation with macros, an object, a control, actions and a link to a program."""
    info = part(0x03FF, part(0x0400, struct.pack("<3L", 7, 1, 2)), 1, True)
    inner = info + stored({**VBA}) + stored(OBJECT) + stored(CONTROL)
    inner += action(1) + action(2) + action(4, over=True) + action(4) + action(3)
    inner += link("file:///c:/windows/calc.exe") + link("https://example.org/")
    return presentation(part(0x03E8, inner, 0, True))
