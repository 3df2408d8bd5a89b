"""Rich texts and bare objects for emulation: objects as Word embeds them, equations, fields."""

from __future__ import annotations

import struct
from uuid import UUID

from gateway.extraction.ole.making import made

EQUATION = UUID("0002CE02-0000-0000-C000-000000000046").bytes_le
LINK = UUID("00000300-0000-0000-C000-000000000046").bytes_le
PACKAGE = UUID("0003000C-0000-0000-C000-000000000046").bytes_le
ACROBAT = UUID("B801CA65-A1FC-11D0-85AD-444553540000").bytes_le
SHEET = UUID("00020820-0000-0000-C000-000000000046").bytes_le
PAINT = UUID("0003000A-0000-0000-C000-000000000046").bytes_le
LIST_VIEW = UUID("BDD1F04B-858B-11D1-B16A-00C0F0283628").bytes_le
_URL_MONIKER = UUID("79EAC9E0-BAF9-11CE-8C82-00AA004BA90B").bytes_le

_EQUATION_HEADER = b"\x1c\0" + struct.pack("<IHI", 0x20000, 0xC28C, 64) + bytes(16)
_MTEF = b"\x03\x01\x01\x03\x0a"
_GIBBERISH = "pragnx tolvi"


def text(body: str) -> bytes:
    """A rich text around `body`."""
    head = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Calibri;}}{\colortbl;\red0\green0\blue0;}"
    return f"{head}\\pard\\f0\\fs22 {body}\\par}}".encode("cp1252")


def ole1(class_name: str, native: bytes) -> bytes:
    """An embedded OLE 1 object ([MS-OLEDS] 2.2.5)."""
    name = class_name.encode() + b"\0"
    return (
        struct.pack("<III", 0x501, 2, len(name))
        + name
        + struct.pack("<III", 0, 0, len(native))
        + native
    )


def embedded(class_name: str, native: bytes, *, words: str = r"\objemb", digits: str = "") -> str:
    """An object in RTF; digits: its data as it stands there, if not in plain hexadecimal."""
    data = digits or ole1(class_name, native).hex()
    return (
        rf"{{\object{words}\objw2000\objh1000{{\*\objclass {class_name}}}{{\*\objdata {data}}}"
        r"{\result{\pard shown}}}"
    )


def lines(data: bytes, width: int = 64) -> str:
    """Hexadecimal digits in lines, as Word writes them."""
    digits = data.hex()
    return "\n".join(digits[at : at + width] for at in range(0, len(digits), width))


def disguised(data: bytes) -> str:
    """Digits between blanks, words without meaning, groups that Word skips, and single digits that
    it forgets."""
    pieces = []
    for number, byte in enumerate(data):
        pieces.append(f"{byte:02X}")
        if number % 7 == 3:
            pieces.append("\n \t")
        if number % 11 == 5:
            pieces.append(rf"{{\*\{_GIBBERISH.split()[0]} 41424344}}")
        if number % 13 == 6:
            pieces.append(rf"\{_GIBBERISH.split()[1]}{number}" + "\n")
        if number % 17 == 8:
            pieces.append("4\\'5c")
    return "".join(pieces)


def package(name: str, data: bytes) -> bytes:
    """The native data of a packaged file ([MS-OLEDS] 2.3.6, without its size)."""
    label = name.encode() + b"\0"
    path = rf"C:\Users\x\{name}".encode() + b"\0"
    inner = struct.pack("<H", 2) + label + path + struct.pack("<HHI", 0, 3, len(path)) + path
    return inner + struct.pack("<I", len(data)) + data


def package_object(name: str, data: bytes) -> bytes:
    """A compound file with a packaged file."""
    inner = package(name, data)
    return made({("\x01Ole10Native",): struct.pack("<I", len(inner)) + inner}, PACKAGE)


def overrunning(command: str) -> bytes:
    """Records whose font's name overruns the editor with a command line and the old address of
    WinExec, as the published proofs do; harmless where nobody overruns."""
    name = command.encode().ljust(44, b"A") + b"\x12\x0c\x43"
    return _MTEF + b"\x0a\x08\x5a\x5a" + name + b"\0"


def wide_matrix() -> bytes:
    """Records with a matrix that overruns the editor."""
    return _MTEF + b"\x0a\x01\x05\x00\x01\x01\x1c\xa0" + b"A" * 64


def fraction() -> bytes:
    """Records of an honest equation: an italic x over two, in a font with a name, in a matrix."""
    x = b"\x02\x83\x78\x00"
    font = b"\x08\x07\x00Times New Roman\0"
    line = b"\x0a\x01" + font + b"\x03\x0e\x00\x00\x01" + x + b"\x00\x01\x02\x88\x32\x00\x00\x00"
    return (
        _MTEF[:4] + b"\x01" + line + b"\x05\x01\x02\x02\x02\x02\x00\x00" + x * 4 + b"\x00\x00\x00"
    )


def equation_stream(records: bytes) -> bytes:
    """A stream `Equation Native`."""
    return _EQUATION_HEADER + records


def equation(records: bytes) -> bytes:
    """A compound file with an equation."""
    return made(
        {("Equation Native",): equation_stream(records), ("\x01CompObj",): bytes(80)}, EQUATION
    )


def native_equation(records: bytes) -> bytes:
    """The same as disguised ones have it: in a stream `Ole10Native`."""
    return made({("\x01oLe10nAtIVe",): struct.pack("<I", len(records)) + records}, EQUATION)


def link(address: str) -> bytes:
    """A compound file that is a link to an address ([MS-OLEDS] 2.3.3)."""
    wide = (address + "\0").encode("utf-16-le")
    moniker = _URL_MONIKER + struct.pack("<I", len(wide)) + wide
    stream = struct.pack("<IIIII", 0x02000001, 9, 1, 0, 0) + moniker
    return made({("\x01Ole",): stream, ("\x03LinkInfo",): bytes(8)}, LINK)


def control(class_id: bytes = LIST_VIEW) -> bytes:
    """A compound file with a control's data."""
    return made({("Contents",): b"\x21\x43\x34\x12\x08\0\0\0" + bytes(200)}, class_id)


def whole_file(stream: str, data: bytes, class_id: bytes) -> bytes:
    """A compound file that holds another program's file."""
    return made({(stream,): data, ("\x01CompObj",): bytes(80)}, class_id)


def field(instruction: str, result: str = "1") -> str:
    """A field in RTF."""
    return rf"{{\field{{\*\fldinst {{{instruction}}}}}{{\fldrslt {{{result}}}}}}}"
