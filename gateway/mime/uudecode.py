"""Reading uuencoded text, with or without its begin line, damaged lines included."""

import binascii
import re
from typing import Final

from gateway.mime.decoded import Decoded
from gateway.mime.defects import Defect

_BEGIN: Final = re.compile(
    rb"(?:\A|(?<=[\r\n]))begin[ \t]++[0-7]{3,6}[ \t]++[^\r\n]*+(?:\r\n|[\r\n])"
)
_LINE: Final = re.compile(rb"[^\r\n]++")
_END: Final = b"end"


def decode_uu(raw: bytes) -> Decoded:
    """Decode up to the end line. Lines that are no uuencoding are left out and noted."""
    begin = _BEGIN.search(raw)
    position = begin.end() if begin else 0
    pieces: list[bytes] = []
    damaged = False
    ended = False
    for match in _LINE.finditer(raw, position):
        line = match.group()
        if line[:3] == _END and line.strip() == _END:
            ended = True
            break
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            repaired = _repair(line)
            damaged = True
            pieces.append(repaired)
    sound = ended and not damaged
    return Decoded(b"".join(pieces), () if sound else (Defect.UUENCODE_DAMAGED,))


def _repair(line: bytes) -> bytes:
    """Decode a line that is longer than its length says (as some encoders write) or has bad
    characters."""
    wanted = 1 + (((line[0] - 32) & 63) + 2) // 3 * 4
    try:
        return binascii.a2b_uu(line[:wanted])
    except binascii.Error:
        return b""
