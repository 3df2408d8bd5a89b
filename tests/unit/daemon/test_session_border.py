"""The edges of a session: what passes unseen, what breaks, who reads nothing, who is too late."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.daemon import clocks, peer, session, tls
from gateway.daemon.peer import Peer
from gateway.daemon.spool import BodyBuffer
from gateway.daemon.underway import Underway
from gateway.model import Content, Envelope
from gateway.pipeline import Body
from gateway.policy import load_gateway_config
from gateway.smtp import Reply, replies
from gateway.smtp.relay import Relay
from gateway.smtp.session import Side
from tests.unit.daemon.test_session import (
    ANNA,
    BERT,
    MAIL,
    SECOND,
    Far,
    Inspection,
    Server,
    pass_on,
    play,
    scene,
)

PASS = '[tls]\nmode = "pass"\n'
PIECE = bytes(range(256)) * 256
"""64 KiB that look like nothing SMTP knows."""


class Opaque(Server):
    """Agrees to STARTTLS; what comes after it is kept."""

    def __init__(self, far: Far) -> None:
        super().__init__(far)
        self.kept = bytearray()

    def say(self, data: bytes) -> None:
        self._far.say(data)

    def pause(self) -> None:
        self._far.pause()

    def resume(self) -> None:
        self._far.resume()

    async def _serve(self) -> None:
        self._far.say(b"220 hop.example ESMTP\r\n")
        await self._far.line()
        self._far.say(b"250-hop.example\r\n250 STARTTLS\r\n")
        await self._far.line()
        self._far.say(b"220 go on\r\n")
        while data := await self._far.piece():
            self.kept += data


@dataclass(slots=True)
class OpaqueScene:
    """A session in which both sides have agreed on TLS."""

    client: Far
    server: Opaque
    peers: list[Peer]


@contextlib.asynccontextmanager
async def opaque(inspection: Inspection, directory: Path) -> AsyncIterator[OpaqueScene]:
    async with scene(inspection, directory, config_text=PASS, next_hop=Opaque) as on:
        assert (await on.client.ask("STARTTLS")).startswith("220")
        assert isinstance(on.server, Opaque)
        yield OpaqueScene(on.client, on.server, on.peers)


def unsent(peer: Peer) -> int:
    """Octets that wait in our memory for `peer` to read."""
    assert peer._transport is not None
    return peer._transport.get_write_buffer_size()


def test_an_encrypted_connection_passes_and_is_noted_once(tmp_path: Path) -> None:
    async def test() -> None:
        inspection = Inspection([])
        async with opaque(inspection, tmp_path) as on:
            on.client.say(PIECE)
            while len(on.server.kept) < len(PIECE):
                await asyncio.sleep(0.01)
            on.server.say(b"\x16\x03 from the server")
            assert await on.client.piece() == b"\x16\x03 from the server"
            assert bytes(on.server.kept) == PIECE
        ((flow, reason),) = inspection.unseen_flows
        assert (flow.source, flow.destination) == ("192.0.2.10", "192.0.2.20")
        assert "tls = pass" in reason

    play(test)


def test_a_server_that_reads_nothing_stops_the_client_of_an_encrypted_connection(
    tmp_path: Path,
) -> None:
    """Without that, whatever the client sends would be kept in our memory."""

    async def test() -> None:
        async with opaque(Inspection([]), tmp_path) as on:
            server = on.peers[1]
            on.server.pause()
            for _ in range(256):  # 16 MiB
                on.client.say(PIECE)
            while not server.full:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            assert unsent(server) < 1024 * 1024
            on.server.resume()
            while len(on.server.kept) < 256 * len(PIECE):
                await asyncio.sleep(0.01)
            assert bytes(on.server.kept) == 256 * PIECE

    play(test)


def test_a_silent_encrypted_connection_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "OPAQUE_IDLE_SECONDS", 0.1)

    async def test() -> None:
        async with opaque(Inspection([]), tmp_path) as on:
            assert await on.client.piece() == b""

    play(test)


def test_a_client_that_reads_no_replies_is_not_read_either(tmp_path: Path) -> None:
    """Its replies would pile up here: it may send commands for ever."""

    async def test() -> None:
        async with scene(Inspection([]), tmp_path) as on:
            client, _ = on.peers
            on.client.pause()
            for _ in range(64):
                on.client.say(b"HELP\r\n" * 10_000)
            while not client.full:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            assert unsent(client) < 1024 * 1024
            on.client.drop()

    play(test)


@pytest.mark.parametrize("method", ["client_data", "server_data", "client_closed", "timed_out"])
def test_an_error_of_ours_ends_the_session_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def broken(self: Relay, *arguments: object) -> object:
        raise ZeroDivisionError("division by zero")

    async def test() -> None:
        async with scene(Inspection([]), tmp_path) as on:
            monkeypatch.setattr(Relay, method, broken)
            if method == "timed_out":
                monkeypatch.setattr(Relay, "client_timeout", 0.05)
                on.session._mind_flow()
            elif method == "client_closed":
                on.client.close()
            else:
                on.client.say(b"NOOP\r\n")
            with contextlib.suppress(ConnectionError):
                assert await on.client.piece() == b""

    play(test)


def test_a_job_that_breaks_ends_the_session_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that the relay does not take, for example: nobody must wait for it for ever."""

    async def refuses(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        return replies.REFUSED_CONTENT

    def broken(self: Relay, *arguments: object) -> object:
        raise ZeroDivisionError("division by zero")

    async def test() -> None:
        async with scene(Inspection([refuses]), tmp_path) as on:
            await on.envelope()
            monkeypatch.setattr(Relay, "answer", broken)
            on.client.say(MAIL + b".\r\n")
            with contextlib.suppress(ConnectionError):
                assert await on.client.piece() == b""

    play(test)


def test_a_handshake_that_fails_ends_the_session_at_once(tmp_path: Path) -> None:
    certificate = tls.certificate_files(load_gateway_config(f'[paths]\nstate = "{tmp_path}"\n'))

    async def test() -> None:
        context = tls.client_side(*certificate)
        async with scene(Inspection([]), tmp_path, client_tls=context, config_text="") as on:
            assert (await on.client.ask("STARTTLS")).startswith("220")
            on.client.say(b"this is no handshake at all, and never will be one\r\n")
            with contextlib.suppress(ConnectionError):
                while await on.client.piece():
                    pass
            await asyncio.wait_for(on.session._over.wait(), 5)

    play(test)


def test_a_session_that_is_stopped_before_it_runs_says_421(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that drains while it still connects onward."""

    original = session.Session.run

    async def stopped_first(self: session.Session, client: Peer, server: Peer | None) -> None:
        self.stop()
        await original(self, client, server)

    monkeypatch.setattr(session.Session, "run", stopped_first)

    async def test() -> None:
        with pytest.raises(AssertionError, match=r"421 4\.3\.2 Service closing"):
            async with scene(Inspection([]), tmp_path):
                pass

    play(test)


def test_a_spool_that_is_full_at_the_end_does_not_mix_two_mails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was collected of the first mail is gone, and no part of the second."""
    buffer = BodyBuffer(tmp_path, 1024)
    large = MAIL + b"a line\r\n" * 1000
    spilled = BodyBuffer._spill
    full = [False]

    def spill(self: BodyBuffer) -> None:
        if full[0]:
            raise OSError(28, os.strerror(28))
        spilled(self)

    monkeypatch.setattr(BodyBuffer, "_spill", spill)

    async def test() -> None:
        async with scene(Inspection([pass_on]), tmp_path, buffer=buffer) as on:
            await on.envelope()
            on.client.say(large)
            while not buffer._file >= 0:
                await asyncio.sleep(0.01)
            full[0] = True
            on.client.say(b".\r\n")
            assert (await on.client.reply()).startswith("451")
            full[0] = False
            assert await on.mail(SECOND) == "250 taken"
            assert on.server.bodies == [SECOND]

    play(test)


def test_a_closed_peer_that_reads_nothing_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peer, "LINGER_SECONDS", 0.1)

    async def test() -> None:
        near, far = socket.socketpair()
        _, closing = await asyncio.get_running_loop().create_connection(Peer, sock=near)
        closing.attach(lambda data: None, lambda: None)
        closing.write(bytes(16 * 1024 * 1024))
        closing.close()
        while not closing._lost:
            await asyncio.sleep(0.01)
        far.close()

    play(test)


def test_a_clock_that_is_moved_rings_once_and_not_early() -> None:
    async def test() -> None:
        rung: list[object] = []
        clock = clocks.Clocks(rung.append)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(3):
            clock.set(Side.CLIENT, 0.05)
            await asyncio.sleep(0.02)
        clock.set(Side.SERVER, 0.01)
        clock.set(Side.SERVER, None)
        while not rung:
            await asyncio.sleep(0.005)
        assert rung == [Side.CLIENT]
        assert loop.time() - began >= 0.09
        clock.set(Side.CLIENT, 0.01)
        clock.stop()
        await asyncio.sleep(0.03)
        assert rung == [Side.CLIENT]

    play(test)


class Silent(Server):
    """Takes a body and closes without an answer to its dot."""

    async def _serve(self) -> None:
        self._far.say(b"220 hop.example ESMTP\r\n")
        while (line := await self._far.line()) != "DATA":
            self._far.say(
                b"250 fine\r\n" if not line.startswith("EHLO") else b"250 hop.example\r\n"
            )
        self._far.say(b"354 go on\r\n")
        self.bodies.append(await self._far.body())
        self._far.close()


def test_a_next_hop_that_leaves_with_the_body_makes_it_uncertain(tmp_path: Path) -> None:
    """It may have the mail; the client is told to try again (RFC 1047)."""
    seen: list[int] = []

    async def passes(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        forwarded = await mail.forward([Body(message, envelope.recipients)], hold_reply=False)
        assert forwarded is not None
        seen.append(forwarded.uncertain)
        return None if forwarded.client_answered else replies.LOCAL_ERROR

    async def test() -> None:
        async with scene(Inspection([passes]), tmp_path, next_hop=Silent) as on:
            assert (await on.mail()).startswith("451")
            assert on.server.bodies == [MAIL]
        assert seen == [1]

    play(test)


class Choosy(Server):
    """Takes each recipient once: at the second RCPT Bert is refused."""

    async def _serve(self) -> None:
        self._far.say(b"220 hop.example ESMTP\r\n")
        seen: set[str] = set()
        while line := await self._far.line():
            if line == "DATA":
                self._far.say(b"354 go on\r\n")
                self.bodies.append(await self._far.body())
                self._far.say(b"250 taken\r\n")
            elif line.startswith("RCPT") and "bert" in line and line in seen:
                self._far.say(b"452 not again\r\n")
            else:
                seen.add(line)
                self._far.say(b"250 fine\r\n")


def test_each_answer_to_recipients_of_one_body_is_a_receipt(tmp_path: Path) -> None:
    seen: list[tuple[tuple[str, ...], int]] = []

    async def passes(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        forwarded = await mail.forward([Body(message, (ANNA, BERT))], hold_reply=True)
        assert forwarded is not None and not forwarded.uncertain
        seen.extend((receipt.recipients, receipt.code) for receipt in forwarded.receipts)
        return replies.OK

    async def test() -> None:
        async with scene(Inspection([passes]), tmp_path, next_hop=Choosy) as on:
            assert (await on.mail(MAIL, ANNA, BERT, "carl@corp.example")).startswith("250")
            assert on.server.bodies == [MAIL]
        assert sorted(seen) == [((ANNA,), 250), ((BERT,), 452)]

    play(test)


@pytest.mark.parametrize("how", ["deadline", "gone", "waits"])
def test_whether_somebody_waits_is_known(tmp_path: Path, how: str) -> None:
    """What nobody waits for will come again: it must be neither delivered nor kept."""
    go_on, seen = asyncio.Event(), list[bool]()

    async def thinks(message: Content, envelope: Envelope, mail: Underway) -> Reply | None:
        seen.append(mail.awaited)
        await go_on.wait()
        seen.append(mail.awaited)
        return replies.OK

    async def test() -> None:
        seconds = 0.05 if how == "deadline" else 60.0
        async with scene(Inspection([thinks]), tmp_path, deadline=seconds) as on:
            await on.envelope()
            on.client.say(MAIL + b".\r\n")
            while not seen:
                await asyncio.sleep(0.005)
            if how == "deadline":
                assert (await on.client.reply()).startswith("451")
            elif how == "gone":
                on.client.close()
                while not on.peers[0].closing:
                    await asyncio.sleep(0.005)
            go_on.set()
            if how == "waits":
                assert (await on.client.reply()).startswith("250")
        assert seen == [True, how == "waits"]

    play(test)
