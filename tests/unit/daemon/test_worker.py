"""A worker's own decisions: how many connections it serves, what becomes of one that is gone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.daemon.launch import Launch
from gateway.daemon.peer import Peer
from gateway.daemon.worker import MAX_PROBES, REFUSED, Worker
from gateway.model import Flow

ANSWER_SECONDS = 20.0
MAIL = Flow("192.0.2.1", 50000, "192.0.2.25", 25)
PROBE = Flow("127.0.0.1", 50000, "127.0.0.1", 15000)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(Peer, "flow", lambda peer: MAIL)
    text = f'[paths]\nstate = "{tmp_path}"\n[limits]\nconnections = 2\n'
    made = Worker(Launch(text, "gateway.toml", "", "policy.toml"))
    made._inspection = SimpleNamespace(counters={REFUSED: 0})  # type: ignore[assignment]
    return made


async def connect(worker: Worker) -> tuple[Peer, socket.socket]:
    """A connection that the worker has just accepted, and the client's end of it."""
    near, far = socket.socketpair()
    _, peer = await asyncio.get_running_loop().create_connection(worker._new_peer, sock=near)
    far.setblocking(False)
    return peer, far


def play(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), ANSWER_SECONDS))


async def _forever(client: Peer, flow: Flow) -> None:
    await asyncio.Event().wait()


def test_a_connection_beyond_the_limit_is_told_421_and_counted(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_serve", _forever)

    async def test() -> None:
        loop = asyncio.get_running_loop()
        ends = [await connect(worker) for _ in range(3)]
        said = await loop.sock_recv(ends[2][1], 1000)
        assert said == b"421 4.7.0 Too many connections, try again later\r\n"
        assert await loop.sock_recv(ends[2][1], 1000) == b"", "and is closed"
        assert worker._inspection.counters == {REFUSED: 1}
        for _, far in ends[:2]:
            with pytest.raises(BlockingIOError):
                far.recv(1)
        for _, far in ends:
            far.close()

    play(test)


def test_a_place_becomes_free_when_a_session_ends(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = []

    async def until_told(client: Peer, flow: Flow) -> None:
        going.append(asyncio.Event())
        await going[-1].wait()

    monkeypatch.setattr(worker, "_serve", until_told)

    async def test() -> None:
        for _ in range(2):
            await connect(worker)
        await asyncio.sleep(0)
        going[0].set()
        while len(worker._jobs) > 1:
            await asyncio.sleep(0)
        await connect(worker)
        assert worker._inspection.counters == {REFUSED: 0}

    play(test)


def test_a_connection_that_came_and_went_costs_nothing(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(peer: Peer) -> Flow:
        raise OSError("the connection is gone already")

    monkeypatch.setattr(Peer, "flow", gone)

    async def test() -> None:
        _, far = await connect(worker)
        assert await asyncio.get_running_loop().sock_recv(far, 1000) == b""
        assert len(worker._jobs) == 0 and worker._inspection.counters == {REFUSED: 0}
        far.close()

    play(test)


def test_probes_have_places_of_their_own_and_not_many(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that has all the connections it may have is well, and must be found well."""
    monkeypatch.setattr(worker, "_serve", _forever)
    monkeypatch.setattr(worker, "_answer_probe", _forever)

    async def test() -> None:
        loop = asyncio.get_running_loop()
        ends = [await connect(worker) for _ in range(2)]
        monkeypatch.setattr(Peer, "flow", lambda peer: PROBE)
        ends += [await connect(worker) for _ in range(MAX_PROBES + 1)]
        assert await loop.sock_recv(ends[-1][1], 1000) == b"", "one too many is closed"
        with pytest.raises(BlockingIOError):
            ends[-2][1].recv(1)
        assert worker._inspection.counters == {REFUSED: 0}
        assert worker._beat().sessions == 0
        for _, far in ends:
            far.close()

    play(test)
