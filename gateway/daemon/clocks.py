"""The two clocks of a session: how long each side may stay silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.smtp.session import Side


class Clocks:
    """Calls `ring` with a side whose time is over.

    A timer is only made when none runs for its side, or rings too late: a session sees hundreds of
    events, and nearly all of them only move the deadline further away.
    """

    def __init__(self, ring: Callable[[Side], None]) -> None:
        self._ring = ring
        self._timers: dict[Side, asyncio.TimerHandle] = {}
        self._deadlines: dict[Side, float | None] = {}

    def set(self, side: Side, seconds: float | None) -> None:
        """Give `side` so many seconds from now; None: as long as it likes."""
        loop = asyncio.get_running_loop()
        deadline = None if seconds is None else loop.time() + seconds
        self._deadlines[side] = deadline
        if deadline is None:
            return
        timer = self._timers.get(side)
        if timer is not None and timer.when() <= deadline:
            return  # it looks again when it rings
        if timer is not None:
            timer.cancel()
        self._timers[side] = loop.call_at(deadline, self._look, side)

    def stop(self) -> None:
        """Ring no more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._deadlines.clear()

    def _look(self, side: Side) -> None:
        del self._timers[side]
        deadline = self._deadlines.get(side)
        if deadline is None:
            return
        loop = asyncio.get_running_loop()
        if deadline > loop.time():
            self._timers[side] = loop.call_at(deadline, self._look, side)
        else:
            self._ring(side)
