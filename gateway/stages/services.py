"""What the stages need from outside, as protocols: the inspector, engines, cache, next hop.

The worker gives the real ones; `gatewayctl explain` gives ones that deliver nothing; tests give
their own. A stage never reaches for anything that is not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from gateway.engines.antivirus import ScanResult
from gateway.engines.authentication import DnsAnswer, DnsQuestion
from gateway.engines.authentication.model import Answers
from gateway.engines.reputation import Feeds
from gateway.model import Content, Finding, Receipt
from gateway.pipeline import Body, Report, Services
from gateway.sandbox import Inspector
from gateway.store import Event, Kept, Original, VerdictCache


@dataclass(frozen=True, slots=True)
class HandedOn:
    """A file that a sample made, fetched, or wanted to have run: its path there, its bytes."""

    path: str
    content: Content


@dataclass(frozen=True, slots=True)
class Emulated:
    """What a guest showed: one sentence, findings by rules, and what ended it early if anything.

    `children` is what the sample handed on, `omitted` says what of that did not come back.
    """

    environment: str
    version: str
    summary: str
    findings: tuple[Finding, ...] = ()
    stopped_by: str = ""
    timed_out: bool = False
    children: tuple[HandedOn, ...] = ()
    omitted: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class NotEmulated:
    """Why a sample was not emulated: `unsupported` for ever, else only now; `overloaded` when only
    because too many others wait."""

    reason: str
    unsupported: bool
    overloaded: bool = False


class Urgency(IntEnum):
    """Who waits for a detonation; the lower goes first."""

    HELD = 0
    """A mail whose sender waits for its answer."""
    BACKGROUND = 1
    """A mail whose sender has gone: what is learnt answers his next try."""
    PERSON = 2
    """Somebody who asked about a file."""


class Antivirus(Protocol):
    """A virus scanner."""

    async def scan(self, content: Content, budget_ms: int) -> ScanResult:
        """Scan `content`; never raises for what the scanner or the file does."""
        ...


class Emulator(Protocol):
    """Whoever runs samples in guests."""

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
        """Run a sample and judge what it did. `opened`: its application is to open it, too."""
        ...


class Resolver(Protocol):
    """Whoever asks the DNS."""

    @property
    def asks(self) -> bool:
        """False where no resolver is configured: then nothing is asked."""
        ...

    @property
    def seconds(self) -> float:
        """Longest time for all questions about one mail."""
        ...

    async def resolve(self, questions: Sequence[DnsQuestion], within: float) -> Answers:
        """An answer for each question, within so many seconds; never raises."""
        ...


class NoResolver:
    """Asks nobody."""

    asks = False
    seconds = 0.0

    async def resolve(self, questions: Sequence[DnsQuestion], within: float) -> Answers:
        return {question.key: DnsAnswer(failed=True) for question in questions}


class NextHop(Protocol):
    """Where bodies go."""

    @property
    def delivers(self) -> bool:
        """False for `explain`, which only says what would be delivered."""
        ...

    @property
    def awaited(self) -> bool:
        """Whether somebody still waits for the answer to this mail: else it will come again."""
        ...

    async def forward(
        self, bodies: Sequence[Body], *, hold_reply: bool
    ) -> tuple[Receipt, ...] | None:
        """Hand each body to the next hop for its recipients; its answers: one for each body, or
        several where recipients of one body were answered differently.

        With `hold_reply` the client is not answered yet. None: nobody waits for the mail any more,
        and nothing was delivered.
        """
        ...


class Keeper(Protocol):
    """The quarantine."""

    def keep(self, kept: Kept, body: Content) -> None:
        """Keep a mail durably. Raises StoreError."""
        ...

    def drop(self, kept_id: str) -> None:
        """Forget a kept mail. Raises StoreError."""
        ...


class OriginalKeeper(Protocol):
    """The originals."""

    def keep(self, original: Original, body: Content) -> None:
        """Keep a mail durably. Raises StoreError."""
        ...

    def drop(self, original_id: str) -> None:
        """Forget a kept mail. Raises StoreError."""
        ...

    def token(self, original_id: str, recipient: str) -> str:
        """What a link for `recipient` carries."""
        ...


class Recorder(Protocol):
    """The journal, for writing."""

    def record(self, report: Report) -> None:
        """Keep a report. Raises StoreError."""
        ...

    def note(self, event: Event) -> int:
        """Add what became of a mail later; the event's number. Raises StoreError."""
        ...

    def replace(self, number: int, event: Event) -> None:
        """Put `event` in the place of the one of that number. Raises StoreError."""
        ...


class StageServices(Services, Protocol):
    """Everything at once: what a stage's `run` is handed."""

    @property
    def inspector(self) -> Inspector: ...
    @property
    def antivirus(self) -> Antivirus: ...
    @property
    def emulator(self) -> Emulator: ...
    @property
    def feeds(self) -> Feeds: ...
    @property
    def resolver(self) -> Resolver: ...
    @property
    def cache(self) -> VerdictCache: ...
    @property
    def next_hop(self) -> NextHop: ...
    @property
    def quarantine(self) -> Keeper: ...
    @property
    def originals(self) -> OriginalKeeper: ...
    @property
    def journal(self) -> Recorder: ...

    def now(self) -> float:
        """Seconds since the epoch."""
        ...
