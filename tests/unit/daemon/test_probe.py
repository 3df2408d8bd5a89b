"""Probes against a worker of this process: what feeds the watchdog, and what must not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.daemon import probe as probing
from gateway.daemon.launch import Launch
from gateway.daemon.onward import OnwardError
from gateway.daemon.peer import Peer
from gateway.daemon.probe import HERE, Prober, is_probe
from gateway.daemon.session import Session
from gateway.daemon.worker import REFUSED, Worker
from gateway.model import Flow
from tests.unit.daemon.processes import play

SLOT = 0
SOON = 0.3
"""Patience of the tests in which nothing is to come."""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One state directory for all: its certificate takes longest to make."""
    return tmp_path_factory.mktemp("state")


class Onward:
    """Connections onward from sockets that need no right."""

    def __init__(self) -> None:
        self.servers: list[tuple[str, int]] = []

    async def connect(self, client: str, server: tuple[str, int]) -> socket.socket:
        self.servers.append(server)
        sock = socket.socket()
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(sock, server)
        except OSError as error:
            sock.close()
            raise OnwardError(str(error)) from error
        return sock


class Stand:
    """A prober, and the worker that it asks."""

    def __init__(self, prober: Prober, worker: Worker, onward: Onward) -> None:
        self.prober, self.worker, self.onward = prober, worker, onward
        self.hangs: list[tuple[int, str]] = []

    def fed(self) -> bool:
        """Whether the watchdog would be."""
        return self.prober.answered(time.monotonic())

    async def ask(self) -> None:
        """One probe to its end."""
        self.prober.look([SLOT])
        await self.prober._jobs.finished()


@asynccontextmanager
async def stand(directory: Path, responder: int | None = None) -> AsyncIterator[Stand]:
    """Everything up; `responder` is another next hop than the prober's own."""
    listener = socket.create_server((HERE, 0))
    hangs: list[tuple[int, str]] = []
    prober = Prober([listener.getsockname()[1]], lambda slot, why: hangs.append((slot, why)))
    port = await prober.open()
    text = f'[paths]\nstate = "{directory}"\n'
    letter = Launch(text, "gateway.toml", "", "policy.toml", probe_port=responder or port)
    worker = Worker(letter)
    onward = Onward()
    worker._onward = onward  # type: ignore[assignment]
    worker._inspection = SimpleNamespace(counters={REFUSED: 0})  # type: ignore[assignment]
    server = await asyncio.get_running_loop().create_server(worker._new_peer, sock=listener)
    made = Stand(prober, worker, onward)
    made.hangs = hangs
    try:
        yield made
    finally:
        server.close()
        prober.close()


def test_a_greeting_that_comes_back_through_the_worker_counts(state: Path) -> None:
    async def test() -> None:
        async with stand(state) as up:
            assert not up.fed(), "nothing counts before the first greeting"
            await up.ask()
            assert up.fed() and not up.hangs
            assert len(up.onward.servers) == 1, "it went the way of a mail's connection"

    play(test)


def test_a_probe_leaves_nothing_behind(state: Path) -> None:
    """The worker's inspection and journal are not even there: they would be missed."""

    async def test() -> None:
        async with stand(state) as up:
            before = sorted(state.rglob("*"))
            await up.ask()
            assert up.worker._inspection.counters == {REFUSED: 0}
            assert up.worker._beat().sessions == 0
            assert len(up.worker._jobs) == 0
            await up.worker._probes.finished()
            assert sorted(state.rglob("*")) == before

    play(test)


def test_sessions_that_hang_while_the_loop_turns_are_a_hang(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "ANSWER_SECONDS", SOON)

    async def hang(session: Session, client: Peer, server: Peer | None) -> None:
        await asyncio.Event().wait()

    async def test() -> None:
        async with stand(state) as up:
            with monkeypatch.context() as patch:
                patch.setattr(Session, "run", hang)
                await up.ask()
                assert up.worker._beat().sessions == 0, "the loop turns, and would beat"
            assert not up.fed()
            assert up.hangs == [(SLOT, f"no greeting for a probe within {SOON:.0f} s")]

    play(test)


def test_a_greeting_grows_old(state: Path) -> None:
    async def test() -> None:
        async with stand(state) as up:
            await up.ask()
            now = time.monotonic()
            assert up.prober.answered(now)
            assert not up.prober.answered(now + probing.FRESH_SECONDS)

    play(test)


def test_without_a_next_hop_there_is_no_greeting_and_no_hang(state: Path) -> None:
    """The worker says 421 at once: it is there, but no mail would get on."""
    with socket.create_server((HERE, 0)) as taken:
        closed = taken.getsockname()[1]

    async def test() -> None:
        async with stand(state, responder=closed) as up:
            await up.ask()
            assert not up.fed() and not up.hangs

    play(test)


def test_another_ones_greeting_does_not_count(state: Path) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 somebody.example ESMTP\r\n")
        await reader.readline()
        writer.close()

    async def test() -> None:
        elsewhere = await asyncio.start_server(other, HERE, 0)
        async with elsewhere, stand(state, elsewhere.sockets[0].getsockname()[1]) as up:
            await up.ask()
            assert not up.fed() and not up.hangs

    play(test)


def test_a_line_without_end_does_not_count(state: Path) -> None:
    """A worker that was taken over may send what it likes."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"220" * 1000)
                await writer.drain()

    async def test() -> None:
        async with await asyncio.start_server(endless, HERE, 0) as worker:
            prober = Prober([worker.sockets[0].getsockname()[1]], lambda slot, why: None)
            prober.look([SLOT])
            await prober._jobs.finished()
            assert not prober.answered(time.monotonic())

    play(test)


def test_a_slot_is_asked_once_in_a_period_and_by_one_probe_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    done = asyncio.Event()

    async def ask(prober: Prober, port: int) -> bytes:
        asked.append(port)
        await done.wait()
        return b""

    monkeypatch.setattr(Prober, "_ask", ask)
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(probing, "time", SimpleNamespace(monotonic=lambda: clock.now))

    async def test() -> None:
        prober = Prober([7, 8], lambda slot, why: None)
        prober.look([0, 1])
        clock.now += probing.PERIOD_SECONDS
        prober.look([0, 1])
        await asyncio.sleep(0)
        assert asked == [7, 8], "both are still under way"
        done.set()
        await prober._jobs.finished()
        prober.look([1])
        prober.look([1])
        await prober._jobs.finished()
        assert asked == [7, 8, 8]

    play(test)


ADDRESSES: list[tuple[str, str, bool]] = [
    ("127.0.0.1", "127.0.0.1", True),
    ("192.0.2.1", "127.0.0.1", False),
    ("127.0.0.1", "192.0.2.25", False),
    ("192.0.2.1", "192.0.2.25", False),
    ("::1", "::1", True),
    ("2001:db8::1", "2001:db8::25", False),
]


@pytest.mark.parametrize(("source", "destination", "probe"), ADDRESSES)
def test_what_a_probe_is(source: str, destination: str, probe: bool) -> None:
    assert is_probe(Flow(source, 50000, destination, 15000)) is probe


def test_a_mail_in_a_probe_is_not_taken(state: Path) -> None:
    """Some process of this machine sends one that way: it is told to come again."""
    said: list[str] = []

    async def hop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hop ESMTP\r\n")
        while line := (await reader.readline()).decode():
            said.append(line.split()[0])
            writer.write(b"354 go on\r\n" if line.startswith("DATA") else b"250 ok\r\n")
        writer.close()

    async def test() -> None:
        async with (
            await asyncio.start_server(hop, HERE, 0) as next_hop,
            stand(state, next_hop.sockets[0].getsockname()[1]) as up,
        ):
            reader, writer = await asyncio.open_connection(HERE, up.prober._ports[SLOT])
            ask = _asker(reader, writer)
            await reader.readline()
            for line in (b"HELO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<c@d.example>"):
                assert (await ask(line)).startswith(b"250")
            assert (await ask(b"DATA")).startswith(b"354")
            assert (await ask(b"Subject: x\r\n\r\ntext\r\n.")).startswith(b"451")
            writer.close()
            assert up.worker._inspection.counters == {REFUSED: 0}

    play(test)


def _asker(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Callable[[bytes], Awaitable[bytes]]:
    async def ask(line: bytes) -> bytes:
        writer.write(line + b"\r\n")
        return await reader.readline()

    return ask
