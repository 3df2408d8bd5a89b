"""Equations as the Equation Editor reads them: whether one overruns a buffer of that program.

The editor (a program of 2000, outside of Office's protections) copies a font's name and a matrix'
partitions into buffers of fixed size. Records are walked one by one, the lists that they form are
not followed; nothing is drawn.
Source: the format MTEF 3 as its maker describes it; CVE-2017-11882, CVE-2018-0802, CVE-2018-0798.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

FILE_HEADER = 28
"""Bytes in front of the records in a stream `Equation Native`; the first word is their number."""
SIZE_HEADER = 4
"""The same in a stream `Ole10Native`: the size of the rest."""
_HEADER = 5
"""Version, platform, product, its version and sub-version."""
_EDITORS_VERSIONS = (2, 3)
"""Versions of the format that the Equation Editor writes; later ones are of other programs."""

FONT_NAME = 32
"""Bytes of a font's name in Windows (LF_FACESIZE), its end included: longer ones overrun."""
MATRIX_SIDE = 31
"""Rows or columns whose partitions, two bits each, fill the editor's eight bytes."""
_RECORDS_MAX = 200_000

_END, _LINE, _CHAR, _TEMPLATE, _PILE, _MATRIX, _EMBELL, _RULER, _FONT, _SIZE = range(10)
_MOVABLE = frozenset({_LINE, _CHAR, _TEMPLATE, _PILE, _MATRIX, _EMBELL})
_LAST_SIZE = 14
"""Records 10 to 14 are sizes without anything behind the tag."""
_MOVED, _RULED, _SPACED = 8, 2, 4
_POINTS, _FAR = 101, 100
_COMMAND = re.compile(rb"[\x20-\x7e]{6,}")


class EquationError(Exception):
    """The records cannot be read."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """What overruns the editor, in words, and the readable text in what it overruns it with."""

    what: str
    text: str = ""


def overrun(untrusted_stream: bytes, before: int) -> Overrun | None:
    """What in an equation overruns the editor; None for an equation that does not.

    before: bytes in front of the records. Raises EquationError.
    """
    if len(untrusted_stream) < before + _HEADER:
        raise EquationError("it ends within its header")
    try:
        return _Walk(untrusted_stream[before:]).find()
    except (IndexError, struct.error):
        raise EquationError("it ends within a record") from None


def is_editors(untrusted_stream: bytes) -> bool:
    """Whether the stream is of a version that the Equation Editor writes."""
    head = untrusted_stream[FILE_HEADER : FILE_HEADER + 1]
    return bool(head) and head[0] in _EDITORS_VERSIONS


class _Walk:
    def __init__(self, records: bytes) -> None:
        self._data = records
        self._at = _HEADER
        self._wide = records[0] != _EDITORS_VERSIONS[0]

    def find(self) -> Overrun | None:
        for _ in range(_RECORDS_MAX):
            if self._at >= len(self._data):
                return None
            found = self._record(self._data[self._at])
            if found is not None:
                return found
        raise EquationError("it has more records than any honest one")

    def _record(self, tag: int) -> Overrun | None:
        """Step over one record, or say what it overruns."""
        kind, options = tag & 0x0F, tag >> 4
        self._at += 1
        if options & _MOVED and kind in _MOVABLE:
            moved = self._data[self._at : self._at + 2]
            self._at += 6 if moved == b"\x80\x80" else 2
        if kind == _MATRIX:
            return self._matrix()
        if kind == _FONT:
            return self._font()
        if kind > _LAST_SIZE:
            raise EquationError(f"it holds a record of the unknown kind {kind}")
        self._at += self._length(kind, options)
        if options & _RULED and kind in (_LINE, _PILE) and self._data[self._at] & 0x0F == _RULER:
            self._at += 2 + 3 * self._data[self._at + 1]
        return None

    def _length(self, kind: int, options: int) -> int:
        """Bytes behind the tag of a record that has a fixed form."""
        if kind == _LINE:
            return 1 if options & _SPACED else 0
        if kind == _CHAR:
            return 3 if self._wide else 2
        if kind == _RULER:
            return 1 + 3 * self._data[self._at]
        if kind == _SIZE:
            return {_POINTS: 3, _FAR: 4}.get(self._data[self._at], 2)
        return {_TEMPLATE: 3, _PILE: 2, _EMBELL: 1}.get(kind, 0)

    def _matrix(self) -> Overrun | None:
        rows, columns = self._data[self._at + 3], self._data[self._at + 4]
        if max(rows, columns) > MATRIX_SIDE:
            behind = self._data[self._at + 5 : self._at + 5 + 512]
            return Overrun(f"a matrix of {rows} rows and {columns} columns", _readable(behind))
        self._at += 5 + (2 * (rows + 1) + 7) // 8 + (2 * (columns + 1) + 7) // 8
        return None

    def _font(self) -> Overrun | None:
        start = self._at + 2
        end = self._data.find(b"\0", start)
        name = self._data[start : end if end >= 0 else len(self._data)]
        if len(name) >= FONT_NAME:
            return Overrun(f"a font whose name has {len(name)} bytes", _readable(name))
        if end < 0:
            raise EquationError("it ends within a font's name")
        self._at = end + 1
        return None


def _readable(overrunning: bytes) -> str:
    """The longest readable text: often the command line that the overrun starts."""
    found = _COMMAND.findall(overrunning)
    return max(found, key=len).decode("ascii").strip() if found else ""
