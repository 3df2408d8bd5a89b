"""Emulation in the background: real stages, inspector, journal and cache; the guests are played."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from gateway.daemon import afterwards
from gateway.daemon.inspection import PlanInspection
from gateway.daemon.mailservices import Shared
from gateway.daemon.underway import Forwarded, Underway
from gateway.engines.antivirus import Clamd
from gateway.engines.reputation import Feeds
from gateway.model import (
    BytesContent,
    Content,
    Envelope,
    Finding,
    Handover,
    Receipt,
    Severity,
)
from gateway.pipeline import Body, Report
from gateway.policy import load_policy
from gateway.sandbox import Inspector, content_from_bytes, start_host
from gateway.stages.services import Emulated, HandedOn, NotEmulated, Urgency
from gateway.store import SqliteCache, SqliteJournal, open_database
from tests.unit.stages.fakes import ANNA, FakeAntivirus, FakeOriginals, FakeQuarantine
from tests.unit.stages.mails import attached, mail

QUIET = "[extract]\nenabled = false\n"
SCRIPTS = QUIET + '[emulate.received]\ntypes = { sh = "background" }\n'
MAIL = mail(attached("a.sh", b"#!/bin/sh\necho hello\n"))
BAD = Finding("guest.bad", Severity.CRITICAL, 95, "it deletes shadow copies", "emulation")
HARMLESS = Emulated("gvisor", "1", "it printed a line")
HARMFUL = Emulated("gvisor", "1", "it was bad", (BAD,))


class Guests:
    """An emulator that shows what it is told to, once it is let go."""

    def __init__(self, *shown: Emulated | NotEmulated) -> None:
        self._shown = list(shown)
        self.go = asyncio.Event()
        self.urgencies: list[Urgency] = []

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
        await self.go.wait()
        return self._shown.pop(0)


class Client:
    """Waits for its answer; the next hop behind it takes everything."""

    awaited = True

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def forward(self, bodies: Sequence[Body], *, hold_reply: bool) -> Forwarded:
        self.bodies += [body.content.read() for body in bodies]
        return Forwarded(tuple(Receipt(each.recipients, 250, "250 Ok") for each in bodies), True)


class Gateway:
    """One worker's inspection, with its journal."""

    def __init__(self, state: Path, inspector: Inspector, guests: Guests, policy: str) -> None:
        database = open_database(state / "journal.db")
        self.journal = SqliteJournal(database)
        shared = Shared(
            inspector=inspector,
            antivirus=cast(Clamd, FakeAntivirus()),
            emulator=guests,
            feeds=Feeds(),
            cache=SqliteCache(database, 3600.0, time.time),
            quarantine=FakeQuarantine(),
            originals=FakeOriginals(),
            journal=self.journal,
        )
        self.inspection = PlanInspection(shared, load_policy(policy))
        self.afterwards = self.inspection.afterwards

    async def take(
        self, message: bytes = MAIL, handover: Handover = Handover.RECEIVED
    ) -> tuple[Report, list[bytes]]:
        """The mail's trace, and the bodies that went on."""
        client, envelope = Client(), Envelope("s@client.example", (ANNA,), handover=handover)
        content = content_from_bytes(message)
        await self.inspection.inspect(content, envelope, cast(Underway, client))
        report = self.journal.last()
        assert report is not None
        return report, client.bodies

    def rows(self, report: Report) -> list[str]:
        """What was added to the trace later."""
        return [event.detail for event in self.journal.events(report.message.id)]


Test = Callable[[Gateway, Guests], Awaitable[None]]
Play = Callable[..., None]


@pytest.fixture(scope="module")
def inspecting() -> Iterator[tuple[asyncio.Runner, Inspector]]:
    """One inspector for all tests, and the loop it belongs to."""

    async def inspector() -> Inspector:
        return Inspector(host.socket)

    host = start_host()
    with asyncio.Runner() as runner:
        made = runner.run(inspector())
        yield runner, made
        made.close()
    host.end()


@pytest.fixture
def play(inspecting: tuple[asyncio.Runner, Inspector], tmp_path: Path) -> Play:
    """Runs a test with a gateway of that policy, whose guests show those things in turn."""
    runner, inspector = inspecting

    def play(test: Test, policy: str, *shown: Emulated | NotEmulated) -> None:
        async def running() -> None:
            guests = Guests(*shown)
            await asyncio.wait_for(test(Gateway(tmp_path, inspector, guests, policy), guests), 60)

        runner.run(running())

    return play


def emulate_row(report: Report) -> tuple[str, str, str]:
    (row,) = [row for row in report.rows if row.stage == "emulate" and "a.sh" in _name(report, row)]
    return row.outcome, row.kind, row.rule


def _name(report: Report, row: object) -> str:
    subject = getattr(row, "subject", "")
    return next(each.name for each in report.subjects if each.id == subject)


def test_the_mail_goes_on_and_the_verdict_comes_later(play: Play) -> None:
    async def test(gateway: Gateway, guests: Guests) -> None:
        report, bodies = await gateway.take()
        assert emulate_row(report) == (
            "skipped",
            "background",
            "emulate.received.types.sh, policy.toml line 4",
        )
        assert report.verdict == "unscanned", "never silently clean"
        assert len(bodies) == 1 and b"X-Sluice-Verdict: unscanned" in bodies[0]
        assert gateway.rows(report) == ["a.sh: not finished; the mail did not wait for it"]
        assert gateway.afterwards.pending == 1
        with capture_logs() as logs:
            guests.go.set()
            await gateway.afterwards.finished()
        assert guests.urgencies == [Urgency.BACKGROUND]
        assert gateway.rows(report) == ["a.sh is malicious: it deletes shadow copies (guest.bad)"]
        (alert,) = [line for line in logs if line["log_level"] == "error"]
        assert (alert["trace"], alert["recipients"]) == (report.message.id, [ANNA])
        assert (alert["file"], alert["verdict"], alert["rule"]) == (
            "a.sh",
            "malicious",
            "guest.bad",
        )
        counters = gateway.inspection.counters
        assert (counters[afterwards.BEGUN], counters[afterwards.FINISHED]) == (1, 1)
        assert counters[afterwards.BAD] == 1
        # The next one is known, and stopped.
        second, bodies = await gateway.take()
        assert (second.verdict, bodies) == ("malicious", [])
        assert gateway.rows(second) == [] and len(guests.urgencies) == 1

    play(test, SCRIPTS, HARMFUL)


def test_who_got_the_file_cleaned_is_named_apart(play: Play) -> None:
    async def test(gateway: Gateway, guests: Guests) -> None:
        guests.go.set()
        with capture_logs() as logs:
            await gateway.take()
            await gateway.afterwards.finished()
        (alert,) = [line for line in logs if line["log_level"] == "error"]
        assert (alert["recipients"], alert["got_it_cleaned"]) == ([], [ANNA])

    play(test, SCRIPTS.removeprefix(QUIET), HARMFUL)


def test_a_harmless_file_is_known_to_be_harmless_next_time(play: Play) -> None:
    async def test(gateway: Gateway, guests: Guests) -> None:
        guests.go.set()
        report, _ = await gateway.take()
        with capture_logs() as logs:
            await gateway.afterwards.finished()
        assert [line for line in logs if line["log_level"] == "error"] == []
        (row,) = gateway.rows(report)
        assert row.startswith("a.sh is clean: ")
        second, bodies = await gateway.take()
        assert (second.verdict, len(bodies)) == ("clean", 1)
        assert emulate_row(second)[1] == "cached"

    play(test, SCRIPTS, HARMLESS)


@pytest.mark.parametrize(
    "shown",
    [
        NotEmulated("the emulator does not answer", unsupported=False),
        Emulated("gvisor", "1", "it ran", stopped_by="the budget ended", timed_out=True),
    ],
    ids=["no emulator", "out of time"],
)
def test_what_was_not_seen_to_its_end_stays_unscanned(
    play: Play, shown: Emulated | NotEmulated
) -> None:
    async def test(gateway: Gateway, guests: Guests) -> None:
        guests.go.set()
        report, _ = await gateway.take()
        await gateway.afterwards.finished()
        (row,) = gateway.rows(report)
        assert row.startswith("a.sh is unscanned: emulate: ")
        assert gateway.inspection.counters[afterwards.UNSCANNED] == 1
        # Nothing is remembered: the next one is looked at anew.
        second, _ = await gateway.take()
        assert emulate_row(second)[1] == "background"
        await gateway.afterwards.finished()

    play(test, SCRIPTS, shown, HARMLESS)


def test_what_it_hands_on_is_judged_with_it(play: Play) -> None:
    loader = Emulated(
        "gvisor",
        "1",
        "it wrote a file",
        children=(HandedOn("/tmp/b.sh", BytesContent(b"#!/bin/sh\nid\n")),),
    )

    async def test(gateway: Gateway, guests: Guests) -> None:
        guests.go.set()
        report, _ = await gateway.take()
        await gateway.afterwards.finished()
        (row,) = gateway.rows(report)
        assert row.startswith("a.sh is malicious: it handed on b.sh, which is malicious")
        assert row.endswith("(guest.bad)")

    play(test, SCRIPTS, loader, HARMFUL)


def test_a_gateway_that_ends_meanwhile_leaves_the_truth_behind(play: Play, tmp_path: Path) -> None:
    async def test(gateway: Gateway, guests: Guests) -> None:
        report, _ = await gateway.take()
        with closing(open_database(tmp_path / "journal.db")) as after:
            (row,) = SqliteJournal(after).events(report.message.id)
        assert row.detail.startswith("a.sh: not finished")
        guests.go.set()
        await gateway.afterwards.finished()

    play(test, SCRIPTS, HARMLESS)


@pytest.mark.parametrize(
    ("policy", "handover", "background"),
    [
        ("", Handover.RECEIVED, False),
        ('[emulate.received]\ndefault = "background"\n', Handover.RECEIVED, True),
        ('[emulate.received]\ndefault = "background"\n', Handover.SUBMITTED, False),
        ('[emulate.submitted]\ndefault = "background"\n', Handover.SUBMITTED, True),
        (
            '[emulate.received]\ndefault = "background"\ntypes = { sh = "hold" }\n',
            Handover.RECEIVED,
            False,
        ),
    ],
    ids=["nothing said", "this side", "the other side", "submitted", "this type is held"],
)
def test_policy_says_it_by_type_and_side(
    play: Play, policy: str, handover: Handover, background: bool
) -> None:
    async def test(gateway: Gateway, guests: Guests) -> None:
        guests.go.set()
        report, _ = await gateway.take(handover=handover)
        assert (emulate_row(report)[1] == "background") is background
        assert bool(gateway.rows(report)) is background
        await gateway.afterwards.finished()
        urgency = Urgency.BACKGROUND if background else Urgency.HELD
        assert guests.urgencies == [urgency]

    play(test, QUIET + policy, HARMLESS)


def test_beyond_the_limit_nothing_begins_and_the_trace_says_so(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(afterwards, "MOST", 1)

    async def test(gateway: Gateway, guests: Guests) -> None:
        idle: list[int] = []
        gateway.afterwards.on_idle = lambda: idle.append(gateway.afterwards.pending)
        await gateway.take()
        second, _ = await gateway.take()
        assert gateway.rows(second) == ["a.sh stays unscanned: not begun, too many files wait"]
        assert gateway.inspection.counters[afterwards.NOT_BEGUN] == 1
        guests.go.set()
        await gateway.afterwards.finished()
        assert idle == [0], "a worker that is to go may go now"

    play(test, SCRIPTS, HARMLESS)
