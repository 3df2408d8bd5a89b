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
    crs, lfs, pairs = _count(data)
    if crs != pairs:
        match = _BARE_CR.search(data)  # type: ignore[call-overload]  # bytes or mmap: both are buffers
        notes.append(DefectNote(Defect.BARE_CR, match.start() if match else 0))
    if pairs and lfs != pairs:
        match = _BARE_LF.search(data)  # type: ignore[call-overload]
        notes.append(DefectNote(Defect.MIXED_LINE_ENDS, match.start() if match else 0))
    return ByteFacts(style, tuple(notes))


def _nul(data: Bytes) -> tuple[DefectNote, ...]:
    found = data.find(b"\0")
    return () if found == -1 else (DefectNote(Defect.NUL_BYTES, found),)


def _count(data: Bytes) -> tuple[int, int, int]:
    """Number of CR, of LF, and of CRLF pairs."""
    crs = lfs = pairs = 0
    size = len(data)
    for start in range(0, size, _BLOCK):
        block = data[start : start + _BLOCK]
        crs += block.count(b"\r")
        lfs += block.count(b"\n")
        pairs += block.count(b"\r\n")
        if block.endswith(b"\r") and data[start + _BLOCK : start + _BLOCK + 1] == b"\n":
            pairs += 1
    return crs, lfs, pairs
