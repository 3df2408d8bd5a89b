"""Files in a coding that holds one file: compress.exe, BinHex, MacBinary, uuencode, yEnc.

Never gives out more than the collector's limits; what breaks the coding's rules is damage, and what
was read before it is given out all the same.
"""

from __future__ import annotations

import binascii
import re
import struct
from typing import Final

from gateway.engines.identify_archives import UU_BEGIN, XX_DIGITS, is_xx
from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import Damaged, Unsupported

_SZDD: Final = b"SZDD\x88\xf0\x27\x33A"
_SZDD_QBASIC: Final = b"SZ\x20\x88\xf0\x27\x33\xd1"
_WINDOW: Final = 4096
_BINHEX_DIGITS: Final = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BINHEX_REPEAT: Final = 0x90
_BINHEX_START: Final = re.compile(rb"\(This file must be converted with BinHex[^\r\n]*[\r\n]+\s*:")
_BASE64_DIGITS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_UU: Final = bytes(0x20 + (each or 0x40) for each in range(64))
_YENC_BEGIN: Final = re.compile(
    rb"^=ybegin (?P<rest>[^\r\n]*) name=(?P<name>[^\r\n]*)\r?\n", re.MULTILINE
)
_YENC_END: Final = re.compile(rb"\r?\n=yend\b")
_UNSHIFT: Final = bytes((each - 42) & 0xFF for each in range(256))


def unpack_szdd(data: bytes, name: str, into: Collector) -> None:
    """A file of Microsoft's compress.exe: LZSS in a window of 4096 bytes. Raises LimitReachedError.

    Its name lost its last letter, which the header has.
    """
    if data.startswith(_SZDD) and len(data) >= 14:
        size, start, first = struct.unpack_from("<L", data, 10)[0], 14, _WINDOW - 16
    elif data.startswith(_SZDD_QBASIC) and len(data) >= 12:
        size, start, first = struct.unpack_from("<L", data, 8)[0], 12, _WINDOW - 18
    else:
        into.problem(Unsupported("compressed by compress.exe in a way that nothing here opens"))
        return
    if size > into.member_limit:
        raise into.over_member_limit()
    content = _expanded(data, start, size, first)
    if len(content) < size:
        into.problem(Damaged(f"it ends after {len(content)} of {size} bytes"))
    last = data[9:10] if data.startswith(_SZDD) and data[9:10].isalnum() else b""
    into.add(_expanded_name(name, last).encode("utf-8", "replace"), content)


def _expanded(data: bytes, at: int, size: int, place: int) -> bytes:
    """At most `size` bytes; fewer where the file ends early."""
    window = bytearray(b" " * _WINDOW)
    made = bytearray()
    while at < len(data) and len(made) < size:
        flags, at = data[at], at + 1
        for bit in range(8):
            if flags >> bit & 1:
                piece, step = data[at : at + 1], 1
                source, length = -1, len(piece)
            else:
                piece, step = data[at : at + 2], 2
                if len(piece) < 2:
                    return bytes(made[:size])
                source, length = piece[0] | (piece[1] & 0xF0) << 4, (piece[1] & 0x0F) + 3
            at += step
            for index in range(length):
                byte = piece[0] if source < 0 else window[(source + index) % _WINDOW]
                made.append(byte)
                window[place] = byte
                place = (place + 1) % _WINDOW
    return bytes(made[:size])


def _expanded_name(name: str, last: bytes) -> str:
    letter = last.decode("ascii", "replace").lower()
    for suffix in (".szdd", "_"):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)] + (letter if suffix == "_" else "")
    return name or "content"


def unpack_binhex(data: bytes, name: str, into: Collector) -> None:
    """The forks of a BinHex 4.0 file (RFC 1741, appendix A). Raises LimitReachedError."""
    found = _BINHEX_START.search(data)
    if found is None:
        into.problem(Damaged("the line that begins it is not there"))
        return
    coded = data[found.end() :].partition(b":")[0]
    packed = _six_bits(coded, _BINHEX_DIGITS)
    raw = _repeated(packed, into)
    size = raw[0] if raw else 0
    if len(raw) < size + 22:
        into.problem(Damaged("it ends within its header"))
        return
    lengths = struct.unpack_from(">LL", raw, size + 12)
    at = size + 22
    for fork, length in zip((b"", b".rsrc"), lengths, strict=True):
        piece = raw[at : at + length]
        if len(piece) < length:
            into.problem(Damaged(f"it ends after {len(piece)} of {length} bytes"))
        if piece:
            into.add(raw[1 : 1 + size] + fork, piece)
        at += length + 2


def _repeated(packed: bytes, into: Collector) -> bytes:
    """Runs written out: 0x90 and a count repeat the byte before; a count of 0 is 0x90 itself."""
    made = bytearray()
    pieces = packed.split(bytes((_BINHEX_REPEAT,)))
    made += pieces[0]
    index = 1
    while index < len(pieces):
        piece = pieces[index]
        index += 1
        # An empty piece is a count that is the mark itself: 0x90 0x90.
        count, rest = (piece[0], piece[1:]) if piece else (_BINHEX_REPEAT, b"")
        if not piece and index < len(pieces):
            rest = pieces[index]
            index += 1
        if count == 0:
            made.append(_BINHEX_REPEAT)
        elif made:
            made += made[-1:] * (count - 1)
        made += rest
        if len(made) > into.member_limit + 1024:
            raise into.over_member_limit()
    return bytes(made)


def unpack_macbinary(data: bytes, name: str, into: Collector) -> None:
    """The forks of a MacBinary file. Raises LimitReachedError."""
    at = 128
    if len(data) < at:
        into.problem(Damaged("it ends within its header"))
        return
    inner = data[2 : 2 + data[1]]
    for fork, place in ((b"", 83), (b".rsrc", 87)):
        (length,) = struct.unpack_from(">L", data, place)
        piece = data[at : at + length]
        if len(piece) < length:
            into.problem(Damaged(f"it ends after {len(piece)} of {length} bytes"))
        if piece:
            into.add(inner + fork, piece)
        at += -(-length // 128) * 128


def unpack_uue(data: bytes, name: str, into: Collector) -> None:
    """Every file of a text in uuencode, xxencode or `begin-base64`. Raises LimitReachedError."""
    for found in UU_BEGIN.finditer(data):
        lines = data[found.start("line") :].splitlines()
        if found["base64"]:
            made = _six_bits(b"".join(_until(lines, b"====")), _BASE64_DIGITS)
        else:
            made = _uu_lines(_until(lines, b"end"), xx=is_xx(found["line"]), into=into)
        if made:
            into.add(found["name"].strip(), made)
    if not len(into):
        into.problem(Damaged("no line of it can be decoded"))


def _until(lines: list[bytes], end: bytes) -> list[bytes]:
    stripped = [line.rstrip() for line in lines]
    return lines[: stripped.index(end)] if end in stripped else lines


def _uu_lines(lines: list[bytes], *, xx: bool, into: Collector) -> bytes:
    table = bytes.maketrans(XX_DIGITS, _TO_UU) if xx else None
    made = bytearray()
    for line in lines:
        digits = line.translate(table) if table else line
        try:
            made += binascii.a2b_uu(digits)
        except binascii.Error:
            # Some encoders pad lines beyond their length: the length counts.
            length = -(-(((digits[:1] or b" ")[0] - 0x20) & 0x3F) // 3) * 4
            try:
                made += binascii.a2b_uu(digits[: 1 + length])
            except binascii.Error:
                into.problem(Damaged("a line of it breaks the coding's rules"))
    return bytes(made)


def unpack_yenc(data: bytes, name: str, into: Collector) -> None:
    """Every file of a text in yEnc (yEnc draft 1.3). Raises LimitReachedError."""
    for found in _YENC_BEGIN.finditer(data):
        end = _YENC_END.search(data, found.end())
        body = data[found.end() : end.start() if end else len(data)]
        if body.startswith(b"=ypart "):
            body = body.partition(b"\n")[2]
            into.problem(Unsupported("it is one of several parts, and the others are needed"))
        body = body.translate(None, b"\r\n")
        first, *rest = body.split(b"=")
        plain = first + b"".join(
            bytes(((each[0] - 64) & 0xFF,)) + each[1:] for each in rest if each
        )
        into.add(found["name"].strip(), plain.translate(_UNSHIFT))
        if end is None:
            into.problem(Damaged("it ends before its last line"))
    if not len(into):
        into.problem(Damaged("the line that begins it is not there"))


def _six_bits(coded: bytes, digits: bytes) -> bytes:
    """Bytes of `coded`, four digits for three; what is no digit is passed over."""
    foreign = bytes(each for each in range(256) if each not in digits)
    clean = coded.translate(bytes.maketrans(digits, _BASE64_DIGITS), foreign)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
