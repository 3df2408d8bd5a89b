"""Who may start a guest next: turns by urgency, then by size, then in the order of arrival.

As many turns are out at a time as there are slots; the line behind them is bounded. When it is
full, the newcomer goes, or whoever is less urgent than the newcomer and came last.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.stages.services import Urgency

LARGE = 1 << 20
"""Bytes from which a sample waits behind smaller ones of its urgency: reading it alone takes longer
than most small ones run."""

PATIENCE_SECONDS = 30.0
"""After which size no longer counts, so that a large sample is not overtaken for ever."""


class LineFullError(Exception):
    """There is no place in the line; the message says how long it is."""


@dataclass(slots=True, eq=False)
class Ticket:
    """A place in the line. `urgency` may rise while somebody more urgent waits for the same."""

    urgency: Urgency
    size: int
    since: float
    number: int
    turn: asyncio.Future[None]

    def place(self, now: float) -> tuple[int, bool, int]:
        """What the line is sorted by, the next one first."""
        behind = self.size >= LARGE and now - self.since < PATIENCE_SECONDS
        return self.urgency, behind, self.number


class Turns:
    """A line before `slots` places, with at most `most` waiting; `clock` in seconds."""

    def __init__(self, slots: int, most: int, clock: Callable[[], float]) -> None:
        self._free = slots
        self._most = most
        self._clock = clock
        self._line: list[Ticket] = []
        self._numbers = itertools.count()
        self.running = 0
        self.refused = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    def waiting_for(self, urgency: Urgency) -> int:
        """How many of that urgency wait."""
        return sum(ticket.urgency is urgency for ticket in self._line)

    @property
    def oldest(self) -> float:
        """Seconds that the longest waiting one has waited; 0 when nobody waits."""
        return self._clock() - min((each.since for each in self._line), default=self._clock())

    def ticket(self, urgency: Urgency, size: int) -> Ticket:
        """A new place in the line. Raises LineFullError."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        made = Ticket(urgency, size, self._clock(), next(self._numbers), turn)
        if self._free:
            self._free -= 1
            turn.set_result(None)
            return made
        if len(self._line) >= self._most:
            self._make_room(urgency)
        self._line.append(made)
        return made

    @asynccontextmanager
    async def turn(self, ticket: Ticket) -> AsyncIterator[None]:
        """Wait for the ticket's turn, and hold it. Raises LineFullError when it was pushed out."""
        try:
            await ticket.turn
        except asyncio.CancelledError:
            self._leave(ticket)
            raise
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._pass_on()

    def _make_room(self, urgency: Urgency) -> None:
        """Push out the last of those less urgent. Raises LineFullError when there is none."""
        last = max(self._line, key=lambda ticket: (ticket.urgency, ticket.number), default=None)
        self.refused += 1
        reason = f"the emulator's line is full: {len(self._line)} samples wait"
        if last is None or last.urgency <= urgency:
            raise LineFullError(reason)
        self._line.remove(last)
        last.turn.set_exception(LineFullError(reason))

    def _leave(self, ticket: Ticket) -> None:
        """Whoever waited is gone."""
        if ticket in self._line:
            self._line.remove(ticket)
        elif ticket.turn.done() and not ticket.turn.cancelled():
            self._pass_on()

    def _pass_on(self) -> None:
        """The place goes to the next in line that still waits."""
        now = self._clock()
        while self._line:
            ticket = min(self._line, key=lambda each: each.place(now))
            self._line.remove(ticket)
            if not ticket.turn.done():
                ticket.turn.set_result(None)
                return
        self._free += 1
