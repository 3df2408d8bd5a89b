"""Facts about the bytes of a whole mail: line end style, bare CR, mixed line ends, NULs.

Works in blocks, so that a mapped file is never copied as a whole.
"""

import re
from typing import Final, NamedTuple

from gateway.mime.defects import Defect, DefectNote
from gateway.mime.tree import Bytes, LineEnd

_BLOCK: Final = 1024 * 1024
_BARE_CR: Final = re.compile(rb"\r(?!\n)")
_BARE_LF: Final = re.compile(rb"(?<!\r)\n")


class ByteFacts(NamedTuple):
    """Line end style of the first line, and what is wrong with the bytes."""

    line_end: LineEnd
    defects: tuple[DefectNote, ...]


def byte_facts(data: Bytes) -> ByteFacts:
    """Look once over all bytes. A mail without any LF has CR line ends if it has a CR."""
    first_lf = data.find(b"\n")
    if first_lf == -1:
        first_cr = data.find(b"\r")
        style = LineEnd.CRLF if first_cr == -1 else LineEnd.CR
        return ByteFacts(style, _nul(data))
    style = LineEnd.CRLF if first_lf > 0 and data[first_lf - 1 : first_lf] == b"\r" else LineEnd.LF
    notes = list(_nul(data))
    bare_cr, bare_lf = _bare(data)
    if bare_cr >= 0:
        notes.append(DefectNote(Defect.BARE_CR, bare_cr))
    if bare_lf >= 0 and data.find(b"\r\n") != -1:
        notes.append(DefectNote(Defect.MIXED_LINE_ENDS, bare_lf))
    return ByteFacts(style, tuple(notes))


def _nul(data: Bytes) -> tuple[DefectNote, ...]:
    found = data.find(b"\0")
    return () if found == -1 else (DefectNote(Defect.NUL_BYTES, found),)


def _bare(data: Bytes) -> tuple[int, int]:
    """Offsets of the first CR without LF and of the first LF without CR, or -1.

    Taking out the pairs and looking for what is left is the fastest way Python has (twice as fast
    as counting); the regular expressions only run once something was found.
    """
    bare_cr = bare_lf = -1
    size = len(data)
    start = 0
    while start < size and (bare_cr < 0 or bare_lf < 0):
        end = min(start + _BLOCK, size)
        if end < size and data[end - 1 : end + 1] == b"\r\n":
            end += 1  # a pair is not cut
        block = data[start:end]
        left = block.replace(b"\r\n", b"")
        if bare_cr < 0 and b"\r" in left:
            bare_cr = start + _first(_BARE_CR, block)
        if bare_lf < 0 and b"\n" in left:
            bare_lf = start + _first(_BARE_LF, block)
        start = end
    return bare_cr, bare_lf


def _first(pattern: re.Pattern[bytes], block: bytes) -> int:
    match = pattern.search(block)
    return match.start() if match else 0
