"""Archives and codings of older systems, by their marks. Never raises on hostile bytes.

Each mark is checked as far as its own programs check it, and no further: what they would open has
to be called by its name here, or it would pass as data that nobody looks into.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_ARJ_LEAST, _ARJ_MOST = 30, 2600
"""Bytes of an ARJ archive's header (ARJ technical note)."""
_MACBINARY_HEADER: Final = 128
_STUFFIT_HEADER: Final = 128
"""Bytes among which a StuffIt archive has binary numbers, and a text about StuffIt has not."""
_FORK_BLOCK: Final = 128
"""Forks of a MacBinary file are filled up to whole blocks."""
_SYMBIAN_CLASSIC = (b"\x6d\x00\x00\x10", b"\x12\x3a\x00\x10")
_SYMBIAN_APPLICATION = b"\x19\x04\x00\x10"

_BINHEX: Final = re.compile(rb"\(This file must be converted with BinHex[^\r\n]*[\r\n]+\s*:")
_YENC: Final = re.compile(rb"^=ybegin [^\r\n]*\bsize=\d+[^\r\n]* name=", re.MULTILINE)
UU_BEGIN: Final = re.compile(
    rb"^begin(?P<base64>-base64)? [0-7]{3,4} (?P<name>[^\r\n]{1,255})\r?\n(?P<line>[^\r\n]*)",
    re.MULTILINE,
)
"""The first line of uuencode, and of its siblings, with the line behind it (POSIX uuencode)."""
XX_DIGITS: Final = b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_XX_LINE: Final = re.compile(rb"h[+\-0-9A-Za-z]{60}")
"""A whole line of xxencode: 45 bytes."""
_CODED_HEAD: Final = 64 * 1024
"""Bytes in which a coding has to begin; words before it are few."""


def old_archive(data: bytes) -> tuple[str, str] | None:
    """Type and MIME type of an archive of older systems; None for everything else."""
    for kind, mime, is_it in _BINARY:
        if is_it(data):
            return kind, mime
    return None


def coded_text(data: bytes) -> str:
    """The coding that a text is in: `binhex`, `uue` (with xxencode) or `yenc`; else empty."""
    head = data[:_CODED_HEAD]
    if b"BinHex" in head and _BINHEX.search(head):
        return "binhex"
    if b"=ybegin " in head and _YENC.search(head):
        return "yenc"
    if b"begin" in head and any(_is_uu(found) for found in UU_BEGIN.finditer(head)):
        return "uue"
    return ""


def is_xx(line: bytes) -> bool:
    """Whether the first line of a coded file is xxencode and not uuencode: its digits say so."""
    return _XX_LINE.match(line) is not None or (
        not all(0x20 <= each <= 0x60 for each in line) and all(each in XX_DIGITS for each in line)
    )


def _is_uu(found: re.Match[bytes]) -> bool:
    line = found["line"]
    if found["base64"] or is_xx(line):
        return True
    if not line or not all(0x20 <= each <= 0x60 for each in line):
        return False
    digits = -(-((line[0] - 0x20) & 0x3F) // 3) * 4
    return digits > 0 and len(line.rstrip(b" ")) - 1 <= digits + 2


def _is_arj(data: bytes) -> bool:
    size = int.from_bytes(data[2:4], "little")
    return data[:2] == b"\x60\xea" and _ARJ_LEAST <= size <= _ARJ_MOST and data[10:11] == b"\2"


def _is_ace(data: bytes) -> bool:
    return data[7:14] == b"**ACE**" and data[4] == 0


def _is_arc(data: bytes) -> bool:
    """A member's header: mark, method, a DOS name with its NUL, sizes that fit the file."""
    name = data[2:15].partition(b"\0")[0]
    plain = bool(name) and all(0x20 < each < 0x7F for each in name)
    if data[:1] != b"\x1a" or not 1 <= data[1] <= 11 or not plain or len(name) == 13:
        return False
    size = int.from_bytes(data[15:19], "little")
    return len(data) >= 27 and size <= len(data)


def _is_zoo(data: bytes) -> bool:
    return data[20:24] == b"\xdc\xa7\xc4\xfd"


def _is_sis(data: bytes) -> bool:
    """Symbian's packages: those until release 8 by two identifiers, those from 9 on by one."""
    if data[:4] == b"\x7a\x1a\x20\x10":
        return True
    return data[4:8] in _SYMBIAN_CLASSIC and data[8:12] == _SYMBIAN_APPLICATION


def _is_stuffit(data: bytes) -> bool:
    classic = data[:4] == b"SIT!" and data[10:14] == b"rLau"
    later = data[:11] == b"StuffIt (c)" or data[:8] == b"StuffIt!"
    return classic or (later and b"\0" in data[:_STUFFIT_HEADER])


def _is_macbinary(data: bytes) -> bool:
    """A header of 128 bytes whose zeros, name and lengths fit ("MacBinary II standard", 1987)."""
    if len(data) <= _MACBINARY_HEADER or data[0] or data[74] or data[82] or not 0 < data[1] < 64:
        return False
    name = data[2 : 2 + data[1]]
    if any(each < 0x20 or each == 0x3A for each in name):
        return False
    forks = [int.from_bytes(data[at : at + 4], "big") for at in (83, 87)]
    whole = _MACBINARY_HEADER + sum(-(-fork // _FORK_BLOCK) * _FORK_BLOCK for fork in forks)
    return sum(forks) > 0 and whole - _FORK_BLOCK < len(data) < whole + 2 * _FORK_BLOCK


_BINARY: Final[tuple[tuple[str, str, Callable[[bytes], bool]], ...]] = (
    ("arj", "application/x-arj", _is_arj),
    ("ace", "application/x-ace-compressed", _is_ace),
    ("zoo", "application/x-zoo", _is_zoo),
    ("sis", "application/vnd.symbian.install", _is_sis),
    ("stuffit", "application/x-stuffit", _is_stuffit),
    ("arc", "application/x-arc", _is_arc),
    ("macbinary", "application/macbinary", _is_macbinary),
)
