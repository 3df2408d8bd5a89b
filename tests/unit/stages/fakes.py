"""Services that answer what a test wants, and a case with one part: for stages one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import cast

from gateway.engines.antivirus import Clean, ScanResult
from gateway.engines.reputation import Feeds
from gateway.engines.static.report import StaticReport
from gateway.model import (
    BytesContent,
    Content,
    Envelope,
    Origin,
    Outcome,
    Receipt,
    Subject,
    TypeGuess,
)
from gateway.pipeline import Body, Case, Report, Row, Stage, Trace
from gateway.policy import load_policy
from gateway.sandbox import GuestFailed, GuestTimedOut, Inspector, StillLocked
from gateway.stages import PLAN, NotEmulated, StageServices
from gateway.stages.services import Emulated, NoResolver, Resolver, Urgency
from gateway.store import Event, Kept, MemoryCache, Original, StoreError, VerdictCache

ANNA = "anna@corp.example"
BERT = "bert@corp.example"
NOW = 1_790_000_000.0

GuestResult = object
"""What a guest of the inspector answers; each test knows of what kind."""


class FakeInspector:
    """Gives the same answer to every question, and notes the questions."""

    def __init__(self, answer: GuestResult) -> None:
        self.answer = answer
        self.asked: list[tuple[object, ...]] = []
        self.converted = 0

    async def convert(self, *question: object) -> GuestResult:
        """The same answer, counted."""
        self.converted += 1
        return await self._ask(*question)

    async def _ask(self, *question: object) -> GuestResult:
        self.asked.append(question)
        return self.answer

    parse = unpack = examine = extract = repack = lock = _ask

    async def identify(self, content: Content, name: str, budget_ms: int) -> TypeGuess:
        """Shell scripts by their name, all else is text."""
        return TypeGuess("sh" if name.endswith(".sh") else "text")

    async def unlock(self, *question: object) -> StillLocked:
        """No word opens anything."""
        self.asked.append(question)
        return StillLocked("no word opens it")


class FakeAntivirus:
    """A scanner that says what it is told to say."""

    def __init__(self) -> None:
        self.result: ScanResult = Clean()

    async def scan(self, content: Content, budget_ms: int) -> ScanResult:
        return self.result


class FakeEmulator:
    """An emulator that shows what it is told to show."""

    def __init__(self) -> None:
        self.result: Emulated | NotEmulated = Emulated("gvisor", "1", "it did nothing")
        self.urgencies: list[Urgency] = []
        self.opened: list[bool] = []

    async def emulate(
        self,
        content: Content,
        type_name: str,
        name: str,
        budget_seconds: int,
        urgency: Urgency = Urgency.PERSON,
        *,
        opened: bool = False,
    ) -> Emulated | NotEmulated:
        self.urgencies.append(urgency)
        self.opened.append(opened)
        return self.result


class FakeHop:
    """A next hop with prepared answers."""

    def __init__(self, *codes: int) -> None:
        self.codes = codes
        self.delivers = True
        self.awaited = True
        self.gone = False
        self.split = False
        self.held: bool | None = None
        self.got: list[Body] = []

    async def forward(
        self, bodies: Sequence[Body], *, hold_reply: bool
    ) -> tuple[Receipt, ...] | None:
        self.held = hold_reply
        if self.gone:
            return None
        self.got.extend(bodies)
        if self.split:
            return self._for_each_recipient(bodies)
        pairs = zip(bodies, self.codes, strict=True)
        return tuple(Receipt(body.recipients, code, f"{code} said") for body, code in pairs)

    def _for_each_recipient(self, bodies: Sequence[Body]) -> tuple[Receipt, ...]:
        """With `split` each recipient has an answer of his own."""
        recipients = [recipient for body in bodies for recipient in body.recipients]
        pairs = zip(recipients, self.codes, strict=True)
        return tuple(Receipt((recipient,), code, f"{code} said") for recipient, code in pairs)


@dataclass(slots=True)
class FakeQuarantine:
    """Keeps in memory; `full` and `stuck` make it fail."""

    kept: dict[str, tuple[Kept, bytes]] = field(default_factory=dict)
    full: bool = False
    stuck: bool = False

    def keep(self, kept: Kept, body: Content) -> None:
        if self.full:
            raise StoreError("the quarantine cannot be written: No space left on device")
        self.kept[kept.id] = (kept, body.read())

    def drop(self, kept_id: str) -> None:
        if self.stuck:
            raise StoreError("it cannot be removed")
        del self.kept[kept_id]


class FakeJournal:
    """Keeps reports in a list."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.events: list[Event] = []

    def record(self, report: Report) -> None:
        self.reports.append(report)

    def note(self, event: Event) -> int:
        self.events.append(event)
        return len(self.events) - 1

    def replace(self, number: int, event: Event) -> None:
        self.events[number] = event


class FakeOriginals:
    """Keeps in memory; `broken` refuses."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Original, bytes]] = {}
        self.broken = False

    def keep(self, original: Original, body: Content) -> None:
        if self.broken:
            raise StoreError("the disk is full")
        self.kept[original.id] = original, body.read()

    def drop(self, original_id: str) -> None:
        del self.kept[original_id]

    def token(self, original_id: str, recipient: str) -> str:
        return f"{original_id}.{recipient.partition('@')[0]}"


class FakeServices:
    """`StageServices` of the fakes above; a test replaces what it is about."""

    def __init__(self, guest: GuestResult = None) -> None:
        self.guests = FakeInspector(guest)
        self.inspector = cast(Inspector, self.guests)
        self.antivirus = FakeAntivirus()
        self.emulator = FakeEmulator()
        self.feeds = Feeds()
        self.resolver: Resolver = NoResolver()
        self.cache: VerdictCache = MemoryCache()
        self.next_hop = FakeHop(250)
        self.quarantine = FakeQuarantine()
        self.originals = FakeOriginals()
        self.journal = FakeJournal()

    def monotonic(self) -> float:
        return 0.0

    def now(self) -> float:
        return NOW

    async def together(self, jobs: Sequence[Awaitable[None]]) -> None:
        for job in jobs:
            await job


def case_of(policy: str = "", recipients: tuple[str, ...] = (ANNA,)) -> Case:
    """A case of a mail for `recipients` of whom all are in every scope; `policy` is TOML."""
    case = Case(
        id="trace1",
        message=BytesContent(b"Subject: one\r\n\r\nHello.\r\n"),
        envelope=Envelope("a@client.example", recipients),
        policy=load_policy(policy),
        plan_version="plan1",
        judging=PLAN.judging,
        trace=Trace(PLAN.names),
        started_at=NOW,
    )
    case.inspect_for = case.extract_for = frozenset(recipients)
    return case


def part_of(
    case: Case, type_name: str = "pdf", name: str = "a.pdf", data: bytes = b"data"
) -> Subject:
    """A part of the mail, identified as of that type."""
    part = case.add_part(
        case.root, origin=Origin.MIME, name=name, claimed_type="", content=BytesContent(data)
    )
    part.type, part.guess, part.mime_path = type_name, TypeGuess(type_name), ("1.1",)
    return part


def fill(case: Case, subject: Subject, stage: str, outcome: Outcome) -> None:
    """A row of another stage, as if it had run before."""
    case.trace.fill(Row(subject.id, stage, outcome, 0.0))


def run(
    stage: Stage[StageServices], case: Case, subject: Subject, services: FakeServices
) -> Outcome:
    """What the stage itself says of the subject; gates are not asked."""
    return asyncio.run(_run(stage, case, subject, services))


async def _run(
    stage: Stage[StageServices], case: Case, subject: Subject, services: FakeServices
) -> Outcome:
    return await stage.run(case, subject, services)


def static_report(
    *, active: tuple[str, ...] = (), notes: tuple[str, ...] = (), encrypted: bool = False
) -> StaticReport:
    """What a guest tells of a file's structure."""
    return StaticReport(active=active, notes=notes, encrypted=encrypted)


BROKEN_GUESTS = (GuestFailed("it crashed"), GuestTimedOut(1234))
"""Guests that gave no answer."""
