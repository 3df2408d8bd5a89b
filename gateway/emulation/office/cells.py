"""Names of cells: `B3`, `$A$1:C9`, `R1C2`. Pure."""

from __future__ import annotations

import re

_A1 = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})\Z")
_R1C1 = re.compile(r"R(\d+)C(\d+)\Z", re.IGNORECASE)
COLUMNS, ROWS = 16384, 1_048_576
"""A sheet's size (Excel 2007 and later)."""


def cell_place(name: str) -> tuple[int, int] | None:
    """Row and column from 1; None for what is no cell's name."""
    found = _A1.match(name.strip())
    if found:
        row, column = int(found[2]), column_number(found[1])
        return (row, column) if 1 <= row <= ROWS and column <= COLUMNS else None
    other = _R1C1.match(name.strip())
    return (int(other[1]), int(other[2])) if other else None


def column_number(letters: str) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """The opposite of `column_number`."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def area(name: str) -> tuple[int, int, int, int] | None:
    """First row and column, last row and column; None for what is no area's name."""
    first, _, last = name.replace("$", "").partition(":")
    if first.isalpha() and last.isalpha():
        return 1, column_number(first), ROWS, column_number(last)
    if first.isdigit() and last.isdigit():
        return int(first), 1, int(last), COLUMNS
    start = cell_place(first)
    end = cell_place(last) if last else start
    if start is None or end is None:
        return None
    rows, columns = sorted((start[0], end[0])), sorted((start[1], end[1]))
    return rows[0], columns[0], rows[1], columns[1]
