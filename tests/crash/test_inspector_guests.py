"""What a guest may do to itself and to nobody else: crash, hang, eat memory, try to get out."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway.engines.static import StaticReport
from gateway.model import BytesContent
from gateway.sandbox import GuestFailed, GuestTimedOut, ParsedMail
from tests.crash.inspectors import MAIL, Bench, with_inspector


def _failed(result: object) -> str:
    assert isinstance(result, GuestFailed), result
    return result.error


async def _still_works(bench: Bench) -> None:
    assert isinstance(await bench.inspector.parse(BytesContent(MAIL)), ParsedMail)
    report = await bench.inspector.examine(BytesContent(b"%PDF-1.4\n%%EOF"), "pdf")
    assert not isinstance(report, GuestFailed | GuestTimedOut)


BROKEN = [
    ("crash", "crashed (SIGSEGV)"),
    ("leave", "exit code 7"),
    ("eat", "ran out of memory"),
    ("nest", "nested too deep"),
]


@pytest.mark.parametrize(("act", "sentence"), BROKEN)
def test_a_broken_parser_costs_its_part_only(act: str, sentence: str) -> None:
    async def test(bench: Bench) -> None:
        content = BytesContent(act.encode() + b"\n")
        # In a standing guest (parse) and in one of the file's own (examine).
        assert sentence in _failed(await bench.inspector.parse(content))
        assert sentence in _failed(await bench.inspector.examine(content, "pdf"))
        await _still_works(bench)

    with_inspector(test)


@pytest.mark.parametrize("act", [b"hang\n", b"sleep\n"])
def test_a_parser_that_hangs_is_killed_from_outside_at_its_budget(act: bytes) -> None:
    async def test(bench: Bench) -> None:
        result = await bench.inspector.parse(BytesContent(act), budget_ms=200)
        assert result == GuestTimedOut(200)
        await bench.until_guests(0)
        await _still_works(bench)

    with_inspector(test)


@pytest.mark.parametrize("act", [b"crash", b"hang", b"leave"])
def test_a_part_that_breaks_a_glance_does_not_cost_the_mail(act: bytes) -> None:
    async def test(bench: Bench) -> None:
        mail = BytesContent(b"glanced " + act + b"\nSubject: one\n\nHello.\n")
        parsed = await bench.inspector.parse(mail, budget_ms=1000)
        assert isinstance(parsed, ParsedMail)
        assert all(part.content.glance is None for part in parsed.parts)

    with_inspector(test)


def test_what_was_seen_in_passing_is_not_asked_again() -> None:
    async def test(bench: Bench) -> None:
        parsed = await bench.inspector.parse(BytesContent(MAIL))
        assert isinstance(parsed, ParsedMail)
        (part,) = parsed.parts
        assert part.content.glance is not None
        report = await bench.inspector.examine(part.content, part.guess.type, part.name)
        assert report is part.content.glance.report
        # For another type it is another question.
        other = await bench.inspector.examine(part.content, "rtf", part.name)
        assert isinstance(other, StaticReport) and other is not report

    with_inspector(test)


def test_a_hanging_guest_holds_up_nobody_else() -> None:
    async def test(bench: Bench) -> None:
        hanging = asyncio.create_task(
            bench.inspector.parse(BytesContent(b"sleep\n"), budget_ms=60_000)
        )
        await bench.until_guests(1)
        await _still_works(bench)
        assert not hanging.done()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        # A call that was given up takes its guest along: nothing answers a later call with its own.
        await _still_works(bench)

    with_inspector(test)


def test_output_is_bounded_by_the_file_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(bench: Bench) -> None:
        error = _failed(await bench.inspector.examine(BytesContent(b"fill\n"), "pdf"))
        assert "File too large" in error
        await _still_works(bench)

    with_inspector(test)


ESCAPES = [
    ("open", "PermissionError"),
    ("list", "PermissionError"),
    ("connect", "PermissionError"),
    ("fork", "PermissionError"),
    ("kill", "PermissionError"),
    ("memory file", "PermissionError"),
    ("run", "SIGSYS"),
]


@pytest.mark.parametrize(("act", "refusal"), ESCAPES)
def test_a_guest_cannot_get_out(act: str, refusal: str) -> None:
    async def test(bench: Bench) -> None:
        error = _failed(await bench.inspector.examine(BytesContent(act.encode() + b"\n"), "pdf"))
        assert refusal in error
        await _still_works(bench)

    with_inspector(test)


def test_every_file_has_a_guest_of_its_own() -> None:
    async def test(bench: Bench) -> None:
        first, second = BytesContent(b"PK one"), BytesContent(b"PK two")
        await bench.inspector.examine(first, "docm")
        guests = {guest.pid for guest in bench.guests()}
        await bench.inspector.examine(second, "docm")
        both = {guest.pid for guest in bench.guests()}
        assert len(guests) == 1 and len(both) == 2 and guests < both
        # The same file's next stage meets the guest again, and its last stage ends it.
        await bench.inspector.extract(first, "docm")
        await bench.until_guests(1)
        assert {guest.pid for guest in bench.guests()} == both - guests
        bench.inspector.done(second)
        await bench.until_guests(0)

    with_inspector(test)


def test_a_plain_file_shares_the_standing_guest() -> None:
    async def test(bench: Bench) -> None:
        for number in range(3):
            plain = BytesContent(b"%%PDF-1.4 %d" % number)
            report = await bench.inspector.examine(plain, "pdf")
            assert isinstance(report, StaticReport) and not report.extractable
        assert len(bench.guests()) == 1
        await bench.inspector.examine(BytesContent(b"%PDF-1.4 /JavaScript"), "pdf")
        assert len(bench.guests()) == 2

    with_inspector(test)


def test_a_guest_that_nobody_asks_again_ends() -> None:
    async def test(bench: Bench) -> None:
        await bench.inspector.examine(BytesContent(b"PK one"), "docm")
        start = time.monotonic()
        await bench.until_guests(0)
        assert time.monotonic() > start  # it ended without being told

    with_inspector(test)


def test_many_at_once_are_all_answered() -> None:
    async def test(bench: Bench) -> None:
        calls = [
            bench.inspector.examine(BytesContent(b"%%PDF-1.4 %d" % number), "pdf")
            for number in range(40)
        ]
        crashes = [bench.inspector.parse(BytesContent(b"crash\n")) for _ in range(10)]
        mails = [bench.inspector.parse(BytesContent(MAIL)) for _ in range(40)]
        results = await asyncio.gather(*calls, *crashes, *mails)
        assert sum(isinstance(result, GuestFailed) for result in results) == 10
        assert sum(isinstance(result, ParsedMail) for result in results) == 40

    with_inspector(test)


def test_a_guest_gets_as_much_memory_as_the_host_was_told() -> None:
    """The same request, that needs 200 MiB, is too much for one host and nothing for another."""

    async def too_much(bench: Bench) -> None:
        error = _failed(await bench.inspector.examine(BytesContent(b"eat some\n"), "pdf"))
        assert "ran out of memory" in error
        await _still_works(bench)

    async def nothing(bench: Bench) -> None:
        error = _failed(await bench.inspector.examine(BytesContent(b"eat some\n"), "pdf"))
        assert "ate 200 MiB" in error
        await _still_works(bench)

    with_inspector(too_much, guest_memory=134_217_728)
    with_inspector(nothing, guest_memory=536_870_912)
