"""Which guest serves which call: standing guests for mails, one guest per file for the rest.

A standing guest takes many mails apart one after the other and is replaced after a number of
calls, an age, or anything but an answer. A file that is unpacked, examined or extracted gets a
fresh guest; the guest waits a moment for the same file's next stage, and never sees another file.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from gateway.sandbox import limits
from gateway.sandbox.hostlink import HostLink
from gateway.sandbox.links import Guest, GuestLost, Reply
from gateway.sandbox.zygotes import OPINION, PARSERS


class Pool:
    """The guests of one inspector."""

    def __init__(self, host: HostLink, parsers: str = PARSERS, opinion: str = OPINION) -> None:
        self._host = host
        self._parsers = parsers
        self._opinion = opinion
        self._standing: list[Guest] = []
        self._standing_slots = asyncio.Semaphore(limits.STANDING_GUESTS)
        self._file_slots = asyncio.Semaphore(limits.FRESH_GUESTS)
        self._opinion_slot = asyncio.Semaphore(1)
        self._drawing_slots = asyncio.Semaphore(limits.DRAWING_GUESTS)
        self._opinion_guest: Guest | None = None
        self._kept: OrderedDict[str, Guest] = OrderedDict()

    async def standing(self, frame: bytes, descriptors: tuple[int, ...], seconds: float) -> Reply:
        """A call to a standing guest."""
        async with self._standing_slots:
            guest = self._take_standing() or await self._spawn(self._parsers)
            if isinstance(guest, GuestLost):
                return guest
            reply = await guest.call(frame, descriptors, seconds)
            if guest.alive and not _is_worn(guest):
                self._standing.append(guest)
            else:
                guest.close()
            return reply

    async def for_file(
        self, key: str, frame: bytes, descriptors: tuple[int, ...], seconds: float, *, last: bool
    ) -> Reply:
        """A call to the guest of the file `key` (its digest); a fresh one when there is none.

        `last`: no further call for this file is expected.
        """
        async with self._file_slots:
            kept = self._kept.pop(key, None)
            if kept is not None and kept.alive:
                guest = kept
            else:
                self._make_room()
                spawned = await self._spawn(self._parsers)
                if isinstance(spawned, GuestLost):
                    return spawned
                guest = spawned
            reply = await guest.call(frame, descriptors, seconds)
            if guest.alive and not last and key not in self._kept:
                self._keep(key, guest)
            else:
                guest.close()
            return reply

    async def opinion(self, frame: bytes, descriptors: tuple[int, ...], seconds: float) -> Reply:
        """A call to the guest of the second opinion."""
        async with self._opinion_slot:
            guest = self._opinion_guest
            if guest is None or not guest.alive or _is_worn(guest):
                if guest is not None:
                    guest.close()
                spawned = await self._spawn(self._opinion)
                if isinstance(spawned, GuestLost):
                    return spawned
                guest = self._opinion_guest = spawned
            return await guest.call(frame, descriptors, seconds)

    async def once(
        self, operations: str, frame: bytes, descriptors: tuple[int, ...], seconds: float
    ) -> Reply:
        """A call to a fresh guest of another zygote, which ends with it."""
        async with self._drawing_slots:
            guest = await self._spawn(operations)
            if isinstance(guest, GuestLost):
                return guest
            reply = await guest.call(frame, descriptors, seconds)
            guest.close()
            return reply

    async def warm_up(self, *, opinion: bool) -> tuple[str, ...]:
        """Start the zygotes; says what confines their guests."""
        wanted = (self._parsers, self._opinion) if opinion else (self._parsers,)
        zygotes = [await self._host.zygote(operations) for operations in wanted]
        first = zygotes[0]
        return () if isinstance(first, GuestLost) else first.confinement

    def forget(self, key: str) -> None:
        """The file `key` needs no guest any more."""
        guest = self._kept.pop(key, None)
        if guest is not None:
            guest.close()

    def close(self) -> None:
        """Let all idle guests end."""
        for guest in (*self._standing, *self._kept.values()):
            guest.close()
        if self._opinion_guest is not None:
            self._opinion_guest.close()
        self._standing.clear()
        self._kept.clear()
        self._opinion_guest = None

    def _take_standing(self) -> Guest | None:
        while self._standing:
            guest = self._standing.pop()
            if guest.alive:
                return guest
        return None

    def _make_room(self) -> None:
        """Guests that only wait give way, the oldest first."""
        while len(self._kept) >= limits.FRESH_GUESTS:
            _, guest = self._kept.popitem(last=False)
            guest.close()

    def _keep(self, key: str, guest: Guest) -> None:
        self._make_room()
        self._kept[key] = guest
        loop = asyncio.get_running_loop()
        loop.call_later(limits.KEPT_SECONDS, self._forget_if, key, guest, guest.calls)

    def _forget_if(self, key: str, guest: Guest, calls: int) -> None:
        """End a kept guest unless it was used since."""
        if self._kept.get(key) is guest and guest.calls == calls:
            self.forget(key)

    async def _spawn(self, operations: str) -> Guest | GuestLost:
        """A guest of the zygote, which is started when it is not there. Tries twice: a zygote
        that was killed is noticed when it is used."""
        for _ in range(2):
            zygote = await self._host.zygote(operations)
            if isinstance(zygote, GuestLost):
                return zygote
            guest = zygote.spawn()
            if guest is not None:
                return guest
        return GuestLost("the inspector ended", its_fault=False)


def _is_worn(guest: Guest) -> bool:
    return (
        guest.calls >= limits.STANDING_REQUESTS
        or time.monotonic() - guest.born > limits.STANDING_SECONDS
    )
