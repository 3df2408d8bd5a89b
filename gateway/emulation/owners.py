"""Names of guests that tell whose they are, so that what a killed process left is found again."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

_sequence = itertools.count()


def new_name(kind: str) -> str:
    """Unique: `kind`, this process's number and start, a running number."""
    return f"{kind}-{os.getpid()}-{_start_time(os.getpid())}-{next(_sequence)}"


def alive(name: str) -> bool:
    """Whether the process lives that gave the name; a name of another form is never a leftover."""
    words = name.split("-")
    if len(words) != 4 or not words[1].isdecimal():
        return True
    return _start_time(int(words[1])) == words[2]


def _start_time(pid: int) -> str:
    """A process's start in clock ticks (proc(5), field 22); empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
