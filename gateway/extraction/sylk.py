"""SYLK: spreadsheets written as lines of text, which open where a table of values is expected.

Excel and LibreOffice read a file that begins with `ID;P` as SYLK whatever its name is. Its cells
can hold formulas and Excel 4 macros, its names run them on opening. What is left here are values,
sizes and looks. An ordinary table whose first heading happens to be ID has no such lines and keeps
its bytes. Pure. Source: Microsoft, Symbolic Link (SYLK) file format, as Excel writes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gateway.mime.splice import Replacement

_BEGINS: Final = re.compile(rb"ID;P")
_LINE: Final = re.compile(rb"[^\r\n]+")
_FIELD: Final = re.compile(rb"(?:[^;]|;;)*")
"""Semicolons within a field are doubled."""

_ACTS: Final = re.compile(rb"(?:C|NN|NE|NU|NL|O);[A-Z]")
"""Cells, names, links to other files, options (`O;E` makes a macro sheet)."""
_WHOLE: Final = frozenset({b"NN", b"NE", b"NU", b"NL", b"O"})
"""Records that go: what a sheet of values does not need."""

_PLACE: Final = re.compile(rb"[XYRC]\d{1,7}\Z")
_VALUE: Final = re.compile(
    rb"K(?:[+-]?[\d.]+(?:[eE][+-]?\d+)?|TRUE|FALSE|#[A-Z0-9/]{2,7}[!?]?|\"(?:[^\";]|;;|\"\")*\")\Z"
)
"""A number, a truth value, an error, or a text in quotes."""


@dataclass(frozen=True, slots=True)
class SylkEdit:
    """One line that changes: what it becomes, and what goes with it."""

    edit: Replacement
    what: str


def is_sylk(table: bytes) -> bool:
    """Whether spreadsheets read `table` as SYLK, and find more in it than a heading."""
    if _BEGINS.match(table) is None:
        return False
    return any(_ACTS.match(line[0]) for line in _LINE.finditer(table))


def edits(table: bytes) -> list[SylkEdit]:
    """What makes `table`, which is SYLK, one of values; in order."""
    found: list[SylkEdit] = []
    for line in _LINE.finditer(table):
        text = line[0]
        if _ACTS.match(text) is None:
            continue
        if text.partition(b";")[0] in _WHOLE:
            what = "name, link or option of SYLK"
            found.append(SylkEdit(Replacement(line.start(), _behind(table, line.end()), b""), what))
        elif (plain := _plain(text)) != text:
            edit = Replacement(line.start(), line.end(), plain)
            found.append(SylkEdit(edit, "formula of SYLK"))
    return found


def _behind(table: bytes, end: int) -> int:
    """Behind the line end at `end`."""
    if table[end : end + 2] == b"\r\n":
        return end + 2
    return min(end + 1, len(table))


def _plain(cell: bytes) -> bytes:
    """The record of a cell with its place and its value only."""
    fields = [field for field in _FIELD.findall(cell) if field]
    kept = (field for field in fields[1:] if _PLACE.match(field) or _VALUE.match(field))
    return b";".join((fields[0], *kept))
