"""The services of one mail, as a worker gives them to the plan's stages.

Everything but the next hop is shared by all mails of the worker.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field

from gateway.daemon.underway import Underway
from gateway.engines.antivirus import Clamd
from gateway.engines.reputation import Feeds
from gateway.model import Receipt
from gateway.pipeline import Body
from gateway.sandbox import Inspector
from gateway.stages.services import (
    Emulator,
    Keeper,
    NextHop,
    NoResolver,
    OriginalKeeper,
    Recorder,
    Resolver,
)
from gateway.store import VerdictCache


@dataclass(slots=True)
class Shared:
    """What all mails of a worker use together."""

    inspector: Inspector
    antivirus: Clamd
    emulator: Emulator
    feeds: Feeds
    cache: VerdictCache
    quarantine: Keeper
    originals: OriginalKeeper
    journal: Recorder
    resolver: Resolver = field(default_factory=NoResolver)


class SessionHop:
    """The next hop of one mail's session; notes whether the client was answered by it."""

    delivers = True

    def __init__(self, mail: Underway) -> None:
        self._mail = mail
        self.client_answered = False
        self.uncertain = 0

    @property
    def awaited(self) -> bool:
        """Whether the client still waits for its answer."""
        return self._mail.awaited

    async def forward(
        self, bodies: Sequence[Body], *, hold_reply: bool
    ) -> tuple[Receipt, ...] | None:
        """Hand `bodies` on through the session's relay."""
        forwarded = await self._mail.forward(bodies, hold_reply=hold_reply)
        if forwarded is None:
            return None
        self.client_answered = forwarded.client_answered
        self.uncertain = forwarded.uncertain
        return forwarded.receipts


class MailServices:
    """`gateway.stages.services.StageServices` for one mail."""

    def __init__(self, shared: Shared, next_hop: NextHop) -> None:
        self.inspector = shared.inspector
        self.antivirus = shared.antivirus
        self.emulator = shared.emulator
        self.feeds = shared.feeds
        self.cache = shared.cache
        self.quarantine = shared.quarantine
        self.originals = shared.originals
        self.journal = shared.journal
        self.resolver = shared.resolver
        self.next_hop = next_hop

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> float:
        return time.time()

    async def together(self, jobs: Sequence[Awaitable[None]]) -> None:
        await asyncio.gather(*jobs)
