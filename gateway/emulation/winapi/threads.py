"""Threads of the program: who runs, who waits, whose turn it is. They change at calls only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.emulation.winapi.calls import Call, Running, Wait

THREADS_MAX = 64
"""Threads of one program."""


@dataclass(slots=True)
class Frame:
    """A handler that called back into the program. `sp` is the stack's top at its call; `call` is
    None for what starts a thread."""

    running: Running
    sp: int
    call: Call | None
    done: Callable[[], None] | None = None


@dataclass(slots=True)
class Thread:
    """One thread. `context` and `block` hold its registers and its block while others run."""

    number: int
    handle: int
    stack: int
    block: bytes
    frames: list[Frame] = field(default_factory=list)
    context: Any = None
    pc: int = 0
    wait: Wait | None = None
    waiting_call: Call | None = None
    until: float | None = None
    suspended: int = 0
    ended: bool = False
    exit_code: int = 0x103
    queued: list[Running] = field(default_factory=list)
    """What QueueUserAPC left for the next time it waits."""

    def can_run(self, now: float) -> bool:
        """Whether it has something to do."""
        if self.ended or self.suspended:
            return False
        if self.wait is None:
            return True
        return self.wait.ready() or (self.until is not None and self.until <= now)


def next_thread(threads: list[Thread], current: Thread, now: float) -> Thread | None:
    """The next one that can run, after `current` in their order."""
    start = threads.index(current) + 1
    for thread in [*threads[start:], *threads[:start]]:
        if thread.can_run(now):
            return thread
    return None


def next_moment(threads: list[Thread]) -> float | None:
    """When the first of those that wait for a time goes on; None when all wait for ever."""
    times = [t.until for t in threads if not t.ended and not t.suspended and t.until is not None]
    return min(times, default=None)
