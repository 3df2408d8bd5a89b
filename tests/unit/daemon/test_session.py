"""A session over real sockets, with an inspection that does what the test wants."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.daemon.peer import Peer
from gateway.daemon.relaypolicy import relay_policy
from gateway.daemon.session import Session, SessionSettings
from gateway.daemon.spool import BodyBuffer
from gateway.daemon.underway import Forwarded, Underway
from gateway.model import BytesContent, Content, Envelope, Flow
from gateway.pipeline import Body
from gateway.policy import load_gateway_config, load_policy
from gateway.smtp import Reply, replies

MAIL = b"Subject: one\r\n\r\nHello.\r\n"
SECOND = b"Subject: two\r\n\r\nHello again.\r\n"
ANNA, BERT = "anna@corp.example", "bert@corp.example"
ANSWER_SECONDS = 20.0
"""A test fails rather than waits for ever."""

END_SECONDS = 5.0
LOOK_ROUNDS = 50
"""Rounds of the event loop after which a closed connection has been noticed: two are enough."""

STREAM_LIMIT = 16 * 1024 * 1024

Does = Callable[[Content, Envelope, Underway], Awaitable[Reply | None]]


@dataclass(slots=True)
class Inspection:
    """Does one thing after the other, one for each mail."""

    todo: list[Does]
    forwarded: list[Forwarded | None] = field(default_factory=list)

    unseen_flows: list[tuple[Flow, str]] = field(default_factory=list)

    async def inspect(self, message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        return await self.todo.pop(0)(message, envelope, mail)

    def unseen(self, flow: Flow, reason: str) -> None:
        self.unseen_flows.append((flow, reason))


class Far:
    """The other end of one of the session's connections, as a test speaks it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, data: bytes) -> None:
        self._writer.write(data)

    async def line(self) -> str:
        """The next line; empty when the connection is over."""
        return (await self._reader.readline()).decode().strip()

    async def reply(self) -> str:
        """The last line of the next reply."""
        while (line := await self.line())[3:4] == "-":
            continue
        return line

    async def ask(self, command: str) -> str:
        self.say(f"{command}\r\n".encode())
        return await self.reply()

    async def body(self) -> bytes:
        """A mail up to its dot."""
        return (await self._reader.readuntil(b"\r\n.\r\n"))[:-3]

    async def piece(self) -> bytes:
        """Whatever comes next; empty when the connection is over."""
        return await self._reader.read(65536)

    def pause(self) -> None:
        """Read nothing more."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    def resume(self) -> None:
        """Read again."""
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]

    def drop(self) -> None:
        """Close without another look."""
        self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()


class Server:
    """A next hop that answers everything well; the answers to bodies can be prepared."""

    def __init__(self, far: Far) -> None:
        self._far = far
        self.bodies: list[bytes] = []
        self.rcpts: list[str] = []
        self.answers: list[str] = []

    async def serve(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._serve()

    async def _serve(self) -> None:
        self._far.say(b"220 hop.example ESMTP\r\n")
        while line := await self._far.line():
            verb = line.split()[0].upper()
            if verb == "DATA":
                self._far.say(b"354 go on\r\n")
                self.bodies.append(await self._far.body())
                answer = self.answers.pop(0) if self.answers else "250 taken"
                self._far.say(f"{answer}\r\n".encode())
            elif verb == "EHLO":
                self._far.say(b"250-hop.example\r\n250 8BITMIME\r\n")
            else:
                self.rcpts += [line] * (verb == "RCPT")
                self._far.say(b"250 fine\r\n")


@dataclass(slots=True)
class Scene:
    """A session with both far ends."""

    client: Far
    server: Server
    session: Session
    peers: list[Peer]

    async def envelope(self, *recipients: str) -> None:
        assert (await self.client.ask("MAIL FROM:<a@client.example>")).startswith("250")
        for recipient in recipients or (ANNA,):
            assert (await self.client.ask(f"RCPT TO:<{recipient}>")).startswith("250")
        assert (await self.client.ask("DATA")).startswith("354")

    async def mail(self, content: bytes = MAIL, *recipients: str) -> str:
        """Send a mail; its answer."""
        await self.envelope(*recipients)
        self.client.say(content + b".\r\n")
        return await self.client.reply()


@asynccontextmanager
async def scene(
    inspection: Inspection,
    directory: Path,
    *,
    deadline: float = 60.0,
    buffer: BodyBuffer | None = None,
    config_text: str = "",
    client_tls: ssl.SSLContext | None = None,
    next_hop: Callable[[Far], Server] = Server,
) -> AsyncIterator[Scene]:
    config = load_gateway_config(config_text)
    settings = SessionSettings(
        relay_policy(config, load_policy("")),
        client_tls,
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        deadline,
    )
    flow = Flow("192.0.2.10", 40000, "192.0.2.20", 25)
    session = Session(flow, settings, buffer or BodyBuffer(directory, 1024), inspection)
    peers, fars = [], []
    for _ in range(2):
        near, far = socket.socketpair()
        _, peer = await asyncio.get_running_loop().create_connection(Peer, sock=near)
        peers.append(peer)
        fars.append(Far(*await asyncio.open_connection(sock=far, limit=STREAM_LIMIT)))
    server = next_hop(fars[1])
    running = asyncio.create_task(session.run(*peers))
    serving = asyncio.create_task(server.serve())
    made = Scene(fars[0], server, session, peers)
    try:
        assert (await made.client.reply()).startswith("220")
        assert (await made.client.ask("EHLO client.example")).startswith("250")
        yield made
    finally:
        fars[0].close()
        done, pending = await asyncio.wait([running, serving], timeout=END_SECONDS)
        for task in pending:
            task.cancel()
        fars[1].close()
    assert not pending, "the session does not end with its client"
    for task in done:
        task.result()


def play(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), ANSWER_SECONDS))


async def pass_on(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
    forwarded = await mail.forward([Body(message, envelope.recipients)], hold_reply=False)
    return None if forwarded is not None and forwarded.client_answered else replies.LOCAL_ERROR


async def breaks(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
    raise ZeroDivisionError("division by zero")


async def refuses(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
    return replies.REFUSED_CONTENT


def test_a_mail_is_passed_on_and_the_next_hop_answers(tmp_path: Path) -> None:
    async def test() -> None:
        inspection = Inspection([pass_on, pass_on, pass_on])
        async with scene(inspection, tmp_path) as on:
            on.server.answers = ["250 taken", "450 full", "550 no"]
            assert await on.mail(MAIL) == "250 taken"
            assert await on.mail(SECOND) == "450 full"
            assert await on.mail(MAIL) == "550 no"
            assert on.server.bodies == [MAIL, SECOND, MAIL]

    play(test)


def test_large_mails_go_through_the_spool_unchanged(tmp_path: Path) -> None:
    large = (
        MAIL + b"a line of seventy-two octets, which is what many programs write.......\r\n" * 9000
    )

    async def test() -> None:
        async with scene(Inspection([pass_on]), tmp_path) as on:
            assert await on.mail(large) == "250 taken"
            assert on.server.bodies == [large]
        assert list(tmp_path.iterdir()) == []

    play(test)


def test_a_refused_mail_never_reaches_the_next_hop(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(Inspection([refuses, pass_on]), tmp_path) as on:
            assert (await on.mail()).startswith("550 5.7.1")
            assert on.server.bodies == []
            assert await on.mail(SECOND) == "250 taken"

    play(test)


def test_an_inspection_that_breaks_is_told_451_and_the_session_goes_on(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(Inspection([breaks, pass_on]), tmp_path) as on:
            assert (await on.mail()).startswith("451 4.3.0")
            assert await on.mail(SECOND) == "250 taken"
            assert on.server.bodies == [SECOND]

    play(test)


def test_breaking_after_the_answer_changes_nothing(tmp_path: Path) -> None:
    async def late(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        await pass_on(message, envelope, mail)
        return await breaks(message, envelope, mail)

    async def test() -> None:
        async with scene(Inspection([late, pass_on]), tmp_path) as on:
            assert await on.mail(MAIL) == "250 taken"
            assert await on.mail(SECOND) == "250 taken"

    play(test)


def test_past_the_deadline_the_mail_is_told_451_and_never_delivered(tmp_path: Path) -> None:
    """The analysis goes on, whatever the client sends next; the session's next mail is its own."""
    go_on = asyncio.Event()
    results: list[Forwarded | None] = []

    async def slow(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        await go_on.wait()
        results.append(await mail.forward([Body(message, envelope.recipients)], hold_reply=False))
        return replies.LOCAL_ERROR

    async def while_the_first_ends(
        message: Content, envelope: Envelope, mail: Underway
    ) -> Reply | None:
        go_on.set()
        while not results:
            await asyncio.sleep(0)
        return await pass_on(message, envelope, mail)

    async def test() -> None:
        inspection = Inspection([slow, while_the_first_ends])
        async with scene(inspection, tmp_path, deadline=0.3) as on:
            assert (await on.mail(MAIL)).startswith("451 4.7.1")
            assert await on.mail(SECOND, BERT) == "250 taken"
            assert on.server.bodies == [SECOND]
        assert results == [None]

    play(test)


def test_two_bodies_get_one_answer_from_the_worker(tmp_path: Path) -> None:
    async def both(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        bodies = [Body(BytesContent(SECOND), (ANNA,), True), Body(message, (BERT,))]
        forwarded = await mail.forward(bodies, hold_reply=False)
        assert forwarded is not None and not forwarded.client_answered
        assert [(r.recipients, r.code) for r in forwarded.receipts] == [
            ((ANNA,), 250),
            ((BERT,), 550),
        ]
        return replies.OK.saying("one of two")

    async def test() -> None:
        async with scene(Inspection([both]), tmp_path) as on:
            on.server.answers = ["250 taken", "550 no"]
            assert await on.mail(MAIL, ANNA, BERT) == "250 2.0.0 one of two"
            assert on.server.bodies == [SECOND, MAIL]

    play(test)


def test_a_client_that_goes_away_has_nothing_delivered(tmp_path: Path) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    results: list[Forwarded | None] = []

    async def waits(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        begun.set()
        await go_on.wait()
        results.append(await mail.forward([Body(message, envelope.recipients)], hold_reply=False))
        return None

    async def test() -> None:
        async with scene(Inspection([waits]), tmp_path) as on:
            await on.envelope()
            on.client.say(MAIL + b".\r\n")
            await begun.wait()
            on.client.close()
            for _ in range(LOOK_ROUNDS):
                await asyncio.sleep(0)
            go_on.set()
        assert results == [None]
        assert on.server.bodies == []

    play(test)


class FullBuffer(BodyBuffer):
    """A spool on a disk that is full, for the first mail."""

    full = True

    def write(self, data: bytes) -> None:
        if self.full:
            self.full = False
            raise OSError(28, "No space left on device")
        super().write(data)


def test_a_full_spool_is_told_451_and_the_session_goes_on(tmp_path: Path) -> None:
    async def test() -> None:
        buffer = FullBuffer(tmp_path, 1024)
        async with scene(Inspection([pass_on]), tmp_path, buffer=buffer) as on:
            assert (await on.mail(MAIL)).startswith("451 4.3.0")
            assert await on.mail(SECOND) == "250 taken"
            assert on.server.bodies == [SECOND]

    play(test)


class Breaks(BytesContent):
    """A body in a file that cannot be read to its end."""

    @property
    def size(self) -> int:
        return 3_000_000

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        if start > 1_000_000:
            raise OSError(5, "Input/output error")
        return b"x" * 62 + b"\r\n" + b"y" * ((end or self.size) - start - 66) + b"\r\n"


@pytest.mark.parametrize("recipients", [(ANNA,), (ANNA, BERT)])
def test_a_body_that_cannot_be_read_is_taken_back(
    tmp_path: Path, recipients: tuple[str, ...]
) -> None:
    results: list[Forwarded | None] = []

    async def forwards(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        results.append(await mail.forward([Body(Breaks(b""), recipients)], hold_reply=False))
        return replies.LOCAL_ERROR

    async def test() -> None:
        async with scene(Inspection([forwards]), tmp_path) as on:
            assert (await on.mail(MAIL, *recipients)).startswith("451 4.3.0")
            assert on.server.bodies == []
        assert results == [None]

    play(test)
