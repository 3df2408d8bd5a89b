"""The terminal: its width, its colours, and the guard against text from outside.

A subject or a file name may hold escape sequences; printed raw they could rewrite what the
administrator sees. `printable` is the one way from outside to the screen.
"""

from __future__ import annotations

import shutil
import sys

from rich.console import Console
from rich.text import Text

MIN_WIDTH, MAX_WIDTH = 60, 110
"""Columns: below, sentences turn into columns of words; above, they are hard to follow."""

STANDARD_WIDTH = 80
"""Where the output is no terminal."""


def printable(untrusted_text: str, *, lines: bool = False) -> str:
    """`untrusted_text` with every control and format character replaced; newlines stay if asked."""
    return "".join(
        char if char.isprintable() or (lines and char == "\n") else "\N{REPLACEMENT CHARACTER}"
        for char in untrusted_text
    )


def width() -> int:
    """Columns to fill: the terminal's, within reason."""
    if not sys.stdout.isatty():
        return STANDARD_WIDTH
    return max(MIN_WIDTH, min(MAX_WIDTH, shutil.get_terminal_size().columns))


def console() -> Console:
    """Standard output. Colours only on a terminal (and never with NO_COLOR, as rich does)."""
    return Console(width=width(), highlight=False, markup=False, emoji=False, soft_wrap=False)


def styled(text: str, style: str = "", *, lines: bool = False) -> Text:
    """Text for the console from anywhere. The style ends with it: more can be appended. Newlines
    stay if asked."""
    return Text().append(printable(text, lines=lines), style)


def hanging(lead: Text, body: Text, columns: int, indent: int) -> Text:
    """`lead` padded to `indent` columns, then `body` wrapped beside it. `columns`: the width."""
    pieces = body.wrap(_MEASURE, max(columns - indent, 20))
    out = Text()
    for number, piece in enumerate(pieces):
        piece.rstrip()
        if number:
            out.append("\n" + " " * indent)
        else:
            out.append_text(lead)
            out.append(" " * max(indent - lead.cell_len, 1))
        out.append_text(piece)
    return out if pieces else lead


_MEASURE = Console(width=MAX_WIDTH)
"""rich wants a console to measure text with."""
