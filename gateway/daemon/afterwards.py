"""Emulates the files whose mails did not wait for it, and sees that what is found is heard of.

Each run is a row of the mail's trace from its beginning: it says `not finished` and is replaced
when the run ends. So whatever ends the gateway meanwhile, the journal tells the truth.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Never

import structlog

from gateway.daemon.jobs import Jobs
from gateway.daemon.mailservices import MailServices, Shared
from gateway.model import Verdict
from gateway.pipeline import Body, Case
from gateway.stages.later import Later, Unawaited, cached_verdict, emulate_now, unawaited
from gateway.store import Event, StoreError

log = structlog.get_logger()

MOST = 64
"""Files of one worker that wait or run; as many as the emulator's own line holds by default."""

MOST_BYTES = 64 << 20
"""Their bytes together: they are held in the worker's memory."""

BEGUN = "files emulated in the background: begun"
FINISHED = "files emulated in the background: finished"
UNSCANNED = "files emulated in the background: unscanned"
NOT_BEGUN = "files emulated in the background: not begun, too many wait"
BAD = "files emulated in the background: ALERT, bad after the mail went on"
"""Counters. What was begun and never finished went with a process that ended."""

WHAT, BY = "emulation", "the gateway"
"""What the rows in the journal are called, and whose they are."""


class _Gone:
    """The next hop of a mail that has gone on: nobody waits, nothing is delivered."""

    delivers = False
    awaited = False

    async def forward(self, bodies: Sequence[Body], *, hold_reply: bool) -> Never:
        raise AssertionError("the mail has gone on already")


class Afterwards:
    """The background emulations of one worker; `on_idle` is called when the last one ends."""

    def __init__(self, shared: Shared, counters: Counter[str]) -> None:
        self._shared = shared
        self._counters = counters
        self._jobs = Jobs()
        self._files = 0
        self._bytes = 0
        self.on_idle: Callable[[], None] = lambda: None

    @property
    def pending(self) -> int:
        """Files that wait or run."""
        return self._files

    async def finished(self) -> None:
        """Wait until no run is left."""
        await self._jobs.finished()

    def begin(self, case: Case) -> None:
        """Start the emulations that the finished mail `case` did not wait for."""
        for file in unawaited(case):
            size = file.content.size
            if self._files >= MOST or self._bytes + size > MOST_BYTES:
                self._counters[NOT_BEGUN] += 1
                self._note(case.id, f"{file.label} stays unscanned: not begun, too many files wait")
                continue
            self._counters[BEGUN] += 1
            self._files += 1
            self._bytes += size
            number = self._note(
                case.id, f"{file.label}: not finished; the mail did not wait for it"
            )
            self._jobs.start(self._run(file, case.id, number))

    async def _run(self, file: Unawaited, trace: str, number: int | None) -> None:
        try:
            later = await emulate_now(file, MailServices(self._shared, _Gone()))
            self._settle(file, later, trace, number)
        finally:
            self._files -= 1
            self._bytes -= file.content.size
            if not self._files:
                self.on_idle()

    def _settle(self, file: Unawaited, later: Later, trace: str, number: int | None) -> None:
        """Say and keep what was found: counters, alert, cache, row."""
        self._counters[FINISHED] += 1
        self._counters[UNSCANNED] += later.verdict is Verdict.UNSCANNED
        if later.bad:
            self._alert(file, later, trace)
        unkept = self._remember(file, later)
        rule = f" ({later.rule})" if later.rule else ""
        words = f"{file.label} is {later.verdict}: {later.reason}{rule}{unkept}"
        self._note(trace, words, number)

    def _alert(self, file: Unawaited, later: Later, trace: str) -> None:
        """Say it where alarms are raised from; `recipients` are those who got the file."""
        self._counters[BAD] += 1
        log.error(
            "bad file found after its mail went on",
            trace=trace,
            recipients=list(file.got),
            got_it_cleaned=list(file.cleaned),
            file=file.label,
            sha256=file.key.sha256,
            verdict=later.verdict.value,
            rule=later.rule,
            reason=later.reason,
        )

    def _remember(self, file: Unawaited, later: Later) -> str:
        """Keep the verdict for the next mail; the words that say so where it cannot be."""
        verdict = cached_verdict(file, later, time.time())
        if verdict is None:
            return ""
        try:
            self._shared.cache.put(file.key, verdict)
        except StoreError as error:
            return f" (not remembered: {error})"
        return ""

    def _note(self, trace: str, words: str, number: int | None = None) -> int | None:
        """Write the row, or write it anew; its number, None when the journal cannot be written."""
        event = Event(time.time(), trace, WHAT, BY, words)
        try:
            if number is None:
                return self._shared.journal.note(event)
            self._shared.journal.replace(number, event)
        except StoreError as error:
            log.error("a row of the trace is lost", trace=trace, row=words, why=str(error))
        return number
