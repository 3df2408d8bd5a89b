"""Instructions of Word's fields, as far as they start or hide something. Text only."""

from __future__ import annotations

import re

DDE = re.compile(r"\bDDE(?:AUTO)?\s+(.+)", re.IGNORECASE | re.DOTALL)
"""A field that asks a program by DDE: what stands behind its name."""

_QUOTE = re.compile(r"QUOTE\s+((?:\d{2,3}\s*)+)")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def quoted(text: str) -> str:
    """`text` with its QUOTE fields, which spell words by their characters' numbers, worked out."""
    return _QUOTE.sub(
        lambda found: "".join(chr(int(code)) for code in found[1].split() if int(code) < 256), text
    )


def dde_command(instruction: str) -> str:
    """The command line that a DDE instruction would start: program and topic."""
    words = _WORD.findall(instruction)
    parts = [(quote or plain).replace("\\\\", "\\") for quote, plain in words]
    return " ".join(parts).strip()[:4000]
