"""A watched process: it beats while its loop turns, hears, and ends with its supervisor."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable

import pytest

from gateway.daemon import member
from gateway.daemon.channel import (
    Beat,
    ChannelClosedError,
    Drain,
    SupervisorEnd,
    ToProcess,
    supervisor_end,
)
from gateway.daemon.launch import Launch
from gateway.daemon.member import Member

Test = Callable[[Member, SupervisorEnd, list[ToProcess]], Awaitable[None]]


def play(test: Test, monkeypatch: pytest.MonkeyPatch) -> list[Beat]:
    """Run a member beside `test`, until the member ends; the beats that came."""
    monkeypatch.setattr(member, "BEAT_SECONDS", 0.01)
    beats: list[Beat] = []

    async def run() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        end, heard = supervisor_end(ours), list[ToProcess]()
        counted = iter(range(1_000_000))
        launch = Launch("", "", "", "", channel=theirs.detach())
        one = Member(
            launch, lambda message, files: heard.append(message), lambda: Beat(next(counted))
        )
        living = asyncio.create_task(one.live())
        await test(one, end, heard)
        await living
        try:
            while (received := end.receive()) is not None:
                if isinstance(received[0], Beat):
                    beats.append(received[0])
        except ChannelClosedError:
            pass

    asyncio.run(asyncio.wait_for(run(), 20))
    return beats


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.005)


def test_it_beats_and_once_more_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(one: Member, end: SupervisorEnd, heard: list[ToProcess]) -> None:
        await asyncio.sleep(0.1)
        one.stop()

    beats = play(test, monkeypatch)
    assert len(beats) >= 3
    assert [beat.sessions for beat in beats] == list(range(len(beats))), "the last one, too"


def test_it_hears_until_the_supervisor_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(one: Member, end: SupervisorEnd, heard: list[ToProcess]) -> None:
        end.send(Drain())
        await until(lambda: heard == [Drain()])
        end.close()

    play(test, monkeypatch)


def test_nonsense_from_the_supervisor_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(one: Member, end: SupervisorEnd, heard: list[ToProcess]) -> None:
        end.socket.send(b"\xc1")

    play(test, monkeypatch)


def test_sigterm_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(one: Member, end: SupervisorEnd, heard: list[ToProcess]) -> None:
        await asyncio.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    play(test, monkeypatch)
