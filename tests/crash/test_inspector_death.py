"""What happens when the inspector's own processes are killed, and what stays behind: nothing."""

from __future__ import annotations

import asyncio

from gateway.model import BytesContent
from gateway.sandbox import GuestFailed, GuestTimedOut, ParsedMail, start_host
from tests.crash.hostile import MODULE
from tests.crash.inspectors import MAIL, Bench, open_descriptors, with_inspector


async def _parses(bench: Bench) -> None:
    assert isinstance(await bench.inspector.parse(BytesContent(MAIL)), ParsedMail)


def test_a_killed_standing_guest_is_replaced() -> None:
    async def test(bench: Bench) -> None:
        await _parses(bench)
        for _ in range(3):
            (guest,) = bench.guests()
            guest.kill()
            await bench.until_guests(0)
            await _parses(bench)

    with_inspector(test)


def test_a_killed_zygote_is_replaced_and_takes_its_guests_along() -> None:
    async def test(bench: Bench) -> None:
        await _parses(bench)
        (guest,) = bench.guests()
        zygote = bench.zygote
        zygote.kill()
        while zygote.is_running():
            await asyncio.sleep(0.01)
        await _parses(bench)
        assert bench.zygote.pid != zygote.pid
        assert not guest.is_running()

    with_inspector(test)


def test_a_mail_in_a_killed_zygotes_guest_is_parsed_by_another() -> None:
    async def test(bench: Bench) -> None:
        # A sleeping guest stands for one at work; the retry sleeps too and meets its budget, which
        # tells it from a call that failed at once.
        pending = asyncio.create_task(
            bench.inspector.parse(BytesContent(b"sleep\n"), budget_ms=3000)
        )
        await bench.until_guests(1)
        bench.zygote.kill()
        assert await pending == GuestTimedOut(3000)
        await _parses(bench)

    with_inspector(test)


def test_a_killed_host_is_told_and_another_one_taken() -> None:
    async def test(bench: Bench) -> None:
        lost: list[bool] = []
        bench.inspector._host._on_lost = lambda: lost.append(True)
        pending = asyncio.create_task(bench.inspector.parse(BytesContent(b"sleep\n")))
        await bench.until_guests(1)
        bench.host.process.kill()
        assert isinstance(await pending, GuestFailed)
        while not lost:
            await asyncio.sleep(0.01)
        assert not bench.inspector.alive
        assert not await bench.inspector.ping(1.0)
        assert isinstance(await bench.inspector.parse(BytesContent(MAIL)), GuestFailed)

        other = start_host((MODULE,))
        bench.inspector.attach(other.socket)
        await _parses(bench)
        assert await bench.inspector.ping()
        bench.inspector.close()
        other.end()
        assert lost == [True]

    with_inspector(test)


def test_a_stopped_zygote_is_noticed() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.inspector.ping()
        zygote = bench.zygote
        zygote.suspend()
        assert not await bench.inspector.ping(0.2)
        zygote.resume()
        assert await bench.inspector.ping()

    with_inspector(test)


def test_descriptors_do_not_grow_over_two_thousand_calls() -> None:
    async def test(bench: Bench) -> None:
        async def round_of(start: int, count: int) -> None:
            for number in range(start, start + count):
                content = BytesContent(b"%%PDF-1.4 %d" % number)
                if number % 20 == 0:
                    await bench.inspector.extract(content, "pdf")
                elif number % 100 == 1:
                    await bench.inspector.parse(BytesContent(b"crash\n"))
                else:
                    await _parses(bench)

        await round_of(0, 200)
        await bench.until_guests(1)
        ours, theirs = open_descriptors(), open_descriptors(bench.zygote.pid)
        await round_of(200, 2000)
        await bench.until_guests(1)
        assert open_descriptors() <= ours
        assert open_descriptors(bench.zygote.pid) <= theirs

    with_inspector(test)


def test_a_standing_guest_is_replaced_after_its_number_of_calls() -> None:
    async def test(bench: Bench) -> None:
        pids: set[int] = set()
        for _ in range(2):
            for _ in range(1000):  # limits.STANDING_REQUESTS
                await _parses(bench)
                if not pids:
                    pids |= {guest.pid for guest in bench.guests()}
            await _parses(bench)
            pids |= {guest.pid for guest in bench.guests()}
        assert len(pids) >= 2

    with_inspector(test)
