"""The whole plan with a real inspector, and a next hop that notes what it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.daemon.detonator import Detonator
from gateway.daemon.inspection import new_case
from gateway.daemon.mailservices import MailServices, Shared
from gateway.engines.antivirus import Clamd
from gateway.engines.reputation import Feeds
from gateway.model import Content, Envelope, Receipt
from gateway.pipeline import Body, Case, execute
from gateway.policy import load_gateway_config, load_policy
from gateway.sandbox import Inspector, content_from_bytes, start_host
from gateway.stages import PLAN
from gateway.stages.services import NoResolver, Resolver
from gateway.store import Kept, MemoryCache, NullJournal
from tests.unit.stages.fakes import FakeOriginals

ANNA = "anna@corp.example"
OUTSIDE = "outside@corp.example"
"""The recipient outside extraction."""

POLICY = """
[verdict]
suspicious = "deliver"
[unscanned]
disabled = "deliver"
over_limit = "deliver"
[antivirus]
enabled = false
[emulate]
enabled = false
[cache]
enabled = false
[[recipients]]
match = ["outside@corp.example"]
extract = false
"""
"""Only extraction and rebuild decide."""

NO_FEEDS = Feeds()


class NotingHop:
    """Takes every body and keeps it."""

    delivers = True
    awaited = True

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    async def forward(
        self, bodies: Sequence[Body], *, hold_reply: bool
    ) -> tuple[Receipt, ...] | None:
        for body in bodies:
            self.bodies |= dict.fromkeys(body.recipients, body.content.read())
        return tuple(Receipt(body.recipients, 250, "250 Ok") for body in bodies)


class NotingQuarantine:
    """Keeps in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def keep(self, kept: Kept, body: Content) -> None:
        self.kept[kept.id] = body.read()

    def drop(self, kept_id: str) -> None:
        del self.kept[kept_id]


class Line:
    """One inspector for many mails; after `run`, `delivered` and `kept` tell what was done."""

    def __init__(self, work: Path) -> None:
        self._runner = asyncio.Runner()
        self._host = start_host()
        self._work = work
        self._inspector: Inspector | None = None
        self.originals = FakeOriginals()
        self.delivered: dict[str, bytes] = {}
        self.kept: dict[str, bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._inspector is not None:
            self._inspector.close()
        self._host.end()
        self._runner.close()

    def run(
        self,
        mail: bytes,
        *recipients: str,
        policy: str = "",
        feeds: Feeds = NO_FEEDS,
        resolver: Resolver | None = None,
        envelope: Envelope | None = None,
    ) -> Case:
        """The finished case of `mail`; `policy` is TOML added to POLICY."""
        made = envelope or Envelope("sender@client.example", recipients or (ANNA,))
        running = self._run(mail, made, POLICY + policy, feeds, resolver or NoResolver())
        return self._runner.run(running)

    async def _run(
        self, mail: bytes, envelope: Envelope, policy: str, feeds: Feeds, resolver: Resolver
    ) -> Case:
        config = load_gateway_config("")
        if self._inspector is None:
            self._inspector = Inspector(self._host.socket)
        hop, quarantine = NotingHop(), NotingQuarantine()
        self.originals = FakeOriginals()
        shared = Shared(
            inspector=self._inspector,
            antivirus=Clamd(Path("/nowhere")),
            emulator=Detonator(config, self._work),
            feeds=feeds,
            cache=MemoryCache(),
            quarantine=quarantine,
            originals=self.originals,
            journal=NullJournal(),
            resolver=resolver,
        )
        case = new_case(content_from_bytes(mail), envelope, load_policy(policy), PLAN.version())
        await execute(PLAN, case, MailServices(shared, hop))
        self.delivered, self.kept = hop.bodies, quarantine.kept
        return case


def outcome(case: Case, stage: str, subject: str = "0") -> str:
    """What became of a stage, as `Ran: reason` would be: the outcome with its words."""
    row = case.trace.get(subject, stage)
    assert row is not None
    return repr(row.outcome)
