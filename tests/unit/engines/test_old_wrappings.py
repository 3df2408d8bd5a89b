"""Archives and codings of older systems: called by their names, opened or honestly not."""

from __future__ import annotations

import base64
import binascii
import struct
from pathlib import Path

import pytest

from gateway.engines.identify import identify
from gateway.engines.unpack.dispatch import SUPPORTED, unpack
from gateway.engines.unpack.model import (
    Contents,
    Damaged,
    Limit,
    OverLimit,
    UnpackLimits,
    Unsupported,
)

REAL = Path("/usr/share/clamav-testfiles")
PROGRAM = b"MZ" + bytes(range(256)) * 3 + b"\x90\x90\x90" + b"=" * 50
UU_DIGITS = bytes(range(0x20, 0x60))
XX_DIGITS = b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HQX_DIGITS = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
B64_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def opened(
    data: bytes, name: str = "", limits: UnpackLimits | None = None
) -> tuple[str, Contents, list[bytes]]:
    """The type of `data`, its contents as told, and their bytes."""
    written: list[bytes] = []

    def write(content: bytes) -> int:
        written.append(content)
        return 0

    kind = identify(data, name).guess.type
    return kind, unpack(data, kind, name, limits or UnpackLimits(), write), written


def uu(content: bytes, begin: bytes = b"begin 644 a.exe") -> bytes:
    lines = [binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)]
    return begin + b"\n" + b"".join(lines) + b"`\nend\n"


def xx(content: bytes) -> bytes:
    head, body = uu(content).split(b"\n", 1)
    body = body.removesuffix(b"`\nend\n").translate(bytes.maketrans(UU_DIGITS, XX_DIGITS))
    return head + b"\n" + body + b"+\nend\n"


def yenc(content: bytes) -> bytes:
    coded = b"".join(
        bytes((0x3D, each + 64 & 0xFF)) if each in b"\0\n\r=" else bytes((each,))
        for each in (byte + 42 & 0xFF for byte in content)
    )
    head = b"=ybegin line=128 size=%d name=a.exe\r\n" % len(content)
    return head + coded + b"\r\n=yend size=%d\r\n" % len(content)


def binhex(content: bytes) -> bytes:
    header = b"\x05a.exe\0APPL????\0\0" + struct.pack(">LL", len(content), 0) + b"\0\0"
    raw = (header + content + bytes(4)).replace(b"\x90", b"\x90\0")
    run = b"=" * 50
    raw = raw.replace(run, b"=\x90" + bytes((len(run),)))
    coded = base64.b64encode(raw).rstrip(b"=").translate(bytes.maketrans(B64_DIGITS, HQX_DIGITS))
    lines = b"\n".join(coded[at : at + 64] for at in range(0, len(coded), 64))
    return b"(This file must be converted with BinHex 4.0)\n:" + lines + b":\n"


def szdd(content: bytes) -> bytes:
    """Literals only, but for the last 50 bytes: one reference to spaces the window begins with."""
    body = b"".join(b"\xff" + content[at : at + 8] for at in range(0, len(content), 8))
    return b"SZDD\x88\xf0\x27\x33A" + b"e" + struct.pack("<L", len(content)) + body


def macbinary(content: bytes) -> bytes:
    header = b"\0\x05a.exe".ljust(65, b"\0") + b"APPL????"
    header = header.ljust(83, b"\0") + struct.pack(">LL", len(content), 0)
    return header.ljust(128, b"\0") + content + bytes(-len(content) % 128)


MADE = {
    "uue": uu(PROGRAM),
    "binhex": binhex(PROGRAM),
    "szdd": szdd(PROGRAM),
    "macbinary": macbinary(PROGRAM),
    "yenc": yenc(PROGRAM),
}


@pytest.mark.parametrize("kind", MADE)
def test_the_program_in_a_coding_is_found(kind: str) -> None:
    told, contents, written = opened(MADE[kind], "a.ex_" if kind == "szdd" else "a")
    assert (told, written, contents.problems) == (kind, [PROGRAM], ())
    assert contents.children[0].name == "a.exe"
    assert contents.children[0].guess.type == "pe"


@pytest.mark.parametrize("kind", MADE)
def test_no_beginning_of_it_breaks_anything(kind: str) -> None:
    data = MADE[kind]
    for size in range(1, len(data), 7):
        contents = unpack(data[:size], kind, "a", UnpackLimits(), len)
        assert contents.children or contents.problems


@pytest.mark.parametrize("kind", MADE)
def test_limits_hold(kind: str) -> None:
    _, contents, written = opened(MADE[kind], "a", UnpackLimits(member_bytes=100))
    assert [each.which for each in contents.problems if isinstance(each, OverLimit)] == [
        Limit.MEMBER_BYTES
    ]
    assert not written


@pytest.mark.parametrize(
    "data",
    [
        xx(PROGRAM),
        b"Here it is:\r\n\r\n" + uu(PROGRAM).replace(b"\n", b"\r\n"),
        uu(PROGRAM).replace(b" ", b"`").replace(b"begin`644`", b"begin 644 "),
        b"begin-base64 644 a.exe\n" + base64.encodebytes(PROGRAM) + b"====\n",
    ],
    ids=["xxencode", "words before it", "grave accents", "base64"],
)
def test_the_siblings_of_uuencode(data: bytes) -> None:
    kind, contents, written = opened(data, "a.txt")
    assert (kind, written, contents.problems) == ("uue", [PROGRAM], ())


def test_szdd_copies_from_its_window() -> None:
    """Flags 0x01: one literal `A`, then a reference to it (4080), eighteen bytes long."""
    data = b"SZDD\x88\xf0\x27\x33A\0" + struct.pack("<L", 19) + b"\x01A\xf0\xff"
    assert opened(data)[2] == [b"A" * 19]


def test_a_file_of_compress_exe_that_ends_early_is_damaged() -> None:
    _, contents, written = opened(szdd(PROGRAM)[:-9])
    assert written == [PROGRAM[: len(written[0])]]
    assert [type(each) for each in contents.problems] == [Damaged]


UNOPENED = {
    "arj": b"\x60\xea" + struct.pack("<H", 44) + b"\x22\x0b\1\2\x10\0\2" + bytes(60),
    "ace": b"\1\2\x31\0\0\0\x90**ACE**" + bytes(40),
    "arc": b"\x1a\x08A.EXE".ljust(15, b"\0") + struct.pack("<L", 20) + bytes(40),
    "zoo": b"ZOO 2.10 Archive.\x1a\0\0\xdc\xa7\xc4\xfd" + bytes(40),
    "sis": b"\0\0\0\1\x12\x3a\0\x10\x19\x04\0\x10" + bytes(60),
    "stuffit": b"SIT!\0\1\0\0\0\x60rLau" + bytes(60),
}


@pytest.mark.parametrize("kind", UNOPENED)
def test_what_nothing_opens_says_so(kind: str) -> None:
    told, contents, _ = opened(UNOPENED[kind])
    assert told == kind
    assert kind not in SUPPORTED
    assert isinstance(contents.problems[0], Unsupported)
    assert contents.problems[0].sentence.endswith("archive: nothing here opens it") or kind == "sis"


@pytest.mark.parametrize(
    "text",
    [
        b"We begin 644 tests tomorrow.\nThe list follows.\n",
        b"begin 644 tests\ntomorrow we go home\n",
        b"BinHex is a coding of old.\n",
        b"StuffIt! was a program of old.\n",
        b"=ybegin is how yEnc begins\n",
    ],
)
def test_words_about_a_coding_are_words(text: bytes) -> None:
    assert identify(text, "a.txt").guess.type == "text"


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("clam.arj", "arj", False),
        ("clam.sis", "sis", False),
        ("clam.exe.szdd", "szdd", True),
        ("clam.exe.binhex", "binhex", True),
    ],
)
def test_real_files(name: str, kind: str, found: bool) -> None:
    if not (REAL / name).exists():
        pytest.skip("Debian's clamav-testfiles is not installed")
    told, contents, written = opened((REAL / name).read_bytes(), name)
    assert told == kind
    assert ((REAL / "clam.exe").read_bytes() in written) is found
    assert found or isinstance(contents.problems[0], Unsupported)
