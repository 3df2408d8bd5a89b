"""The version of what reads samples here: it follows from its sources, so nobody has to raise it.

Rules are not in it: they have a version of their own. It is shown beside what was seen and is in
no cache's key (there the gateway's own version stands).
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

_SOURCES = frozenset({".py", ".js"})
"""Endings of what is run or read by the interpreters and the emulated machine."""

_SHOWN = 8
"""Hexadecimal digits: enough to tell releases apart, short enough for a line of a report."""


@cache
def fingerprint(folder: Path = Path(__file__).parent) -> str:
    """A digest of every source in `folder`, with its path. Raises OSError."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SOURCES:
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:_SHOWN]
