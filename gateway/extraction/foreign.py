"""Foreign parsers, and when they may be called.

Code that others wrote in C (libxml2, qpdf, libarchive) reads hostile bytes only in a guest that no
other file shares. Most files never come so far: what is read in Python alone shows that there is
nothing in them to take out. That reading is done `plainly`, in a guest many mails share; where it
is not enough the foreign parser calls `needed` first, which ends the attempt. Never decides what
is dangerous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class ForeignParserNeeded(BaseException):
    """A file cannot be judged in Python alone.

    Like KeyboardInterrupt no Exception, so that no border which turns a parser's failure into an
    answer can take this for one.
    """


class _Shut:
    """Whether the door is shut. A guest has one thread and does one thing at a time."""

    now = False


@contextmanager
def plainly() -> Iterator[None]:
    """Within, `needed` raises ForeignParserNeeded."""
    before, _Shut.now = _Shut.now, True
    try:
        yield
    finally:
        _Shut.now = before


def attempt(work: Callable[[], T]) -> T | None:
    """What `work` answers without foreign parsers; None when one would be needed."""
    try:
        with plainly():
            return work()
    except ForeignParserNeeded:
        return None


def needed() -> None:
    """Say that a foreign parser is about to read hostile bytes."""
    if _Shut.now:
        raise ForeignParserNeeded
