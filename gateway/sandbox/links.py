"""The caller's side of the sockets to host, zygote and guests, on an asyncio event loop.

A guest's answer is only measured and handed on here; `untrusted.py` judges it. Whatever a peer
does (crash, hang, nonsense) ends in a value, never in an exception of the caller.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from dataclasses import dataclass
from typing import assert_never

import msgspec

from gateway.sandbox import wire
from gateway.sandbox.limits import MAX_ANSWER, MAX_CONTROL

_READ = 256 * 1024
"""Bytes read at a time from a guest."""

_LAST_WORD_SECONDS = 2.0
"""How long to wait for the zygote to say how a guest ended; it is said within a millisecond."""


@dataclass(frozen=True, slots=True)
class GuestLost:
    """A guest is gone without an answer. `its_fault` is false when its zygote went with it."""

    reason: str
    its_fault: bool = True


@dataclass(frozen=True, slots=True)
class GuestSilent:
    """A guest did not answer within its budget and was killed."""


Reply = bytes | GuestLost | GuestSilent


Ending = asyncio.Future[int | None]
"""How a guest ended, once its zygote says so; None when the zygote went first."""


class ZygoteLink:
    """The control socket of one zygote: spawns and kills guests, learns how they ended."""

    def __init__(
        self, sock: socket.socket, confinement: tuple[str, ...], missing: tuple[str, ...]
    ) -> None:
        sock.setblocking(False)
        self.confinement = confinement
        self.missing = missing
        self.alive = True
        self.peak_kib = 0
        """The most memory that a guest which has ended had at once, shared pages included."""
        self._sock = sock
        self._decoder = msgspec.msgpack.Decoder(wire.FromZygote)
        self._tokens = 0
        self._endings: dict[int, Ending] = {}
        self._pings: dict[int, asyncio.Future[None]] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._on_readable)

    def spawn(self) -> Guest | None:
        """A new confined guest; None when the zygote is gone."""
        if not self.alive:
            return None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._tokens += 1
        with theirs:
            if not self._send(wire.Spawn(self._tokens), (theirs.fileno(),)):
                ours.close()
                return None
        ending: Ending = self._loop.create_future()
        self._endings[self._tokens] = ending
        return Guest(self, self._tokens, ours, ending)

    def kill(self, token: int) -> None:
        """End a guest from outside."""
        if token in self._endings:
            self._send(wire.Kill(token))

    async def ping(self, seconds: float) -> bool:
        """Whether the zygote answers within `seconds`."""
        self._tokens += 1
        number = self._tokens
        answered = self._pings[number] = self._loop.create_future()
        try:
            if not self._send(wire.Ping(number)):
                return False
            await asyncio.wait_for(answered, seconds)
        except TimeoutError:
            return False
        finally:
            self._pings.pop(number, None)
        return self.alive

    def close(self) -> None:
        """Give the zygote up; it ends with all its guests."""
        if self.alive:
            self.alive = False
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()
        for ending in self._endings.values():
            ending.set_result(None)
        for ping in self._pings.values():
            if not ping.done():
                ping.set_result(None)
        self._endings.clear()

    def _send(self, message: wire.ToZygote, descriptors: tuple[int, ...] = ()) -> bool:
        if not self.alive:
            return False
        try:
            wire.send_packet(self._sock, message, descriptors)
        except wire.WireError:
            self.close()
            return False
        return True

    def _on_readable(self) -> None:
        try:
            untrusted_packet = self._sock.recv(MAX_CONTROL)
            message = self._decoder.decode(untrusted_packet)
        except BlockingIOError:
            return
        except (OSError, msgspec.DecodeError):
            self.close()
            return
        match message:
            case wire.Ended(token, status, peak_kib):
                self.peak_kib = max(self.peak_kib, peak_kib)
                ending = self._endings.pop(token, None)
                if ending is not None:
                    ending.set_result(status)
            case wire.Pong(number):
                ping = self._pings.get(number)
                if ping is not None and not ping.done():
                    ping.set_result(None)
            case _:
                assert_never(message)


class Guest:
    """One guest: at most one call at a time."""

    def __init__(self, link: ZygoteLink, token: int, sock: socket.socket, ending: Ending) -> None:
        sock.setblocking(False)
        self.link = link
        self.alive = True
        self.calls = 0
        self.born = time.monotonic()
        self._token = token
        self._sock = sock
        self._ending = ending
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._waiting: asyncio.Future[Reply] | None = None
        self._loop.add_reader(sock.fileno(), self._on_readable)

    async def call(self, frame: bytes, descriptors: tuple[int, ...], seconds: float) -> Reply:
        """Send one call and wait at most `seconds` for its answer's bytes.

        After anything but an answer the guest is closed.
        """
        self.calls += 1
        reply: asyncio.Future[Reply] = self._loop.create_future()
        self._waiting = reply
        try:
            sent = socket.send_fds(self._sock, [frame], descriptors)
        except OSError:
            sent = 0
        if sent < len(frame):
            self.kill()  # it was gone before it saw anything of this call
            return GuestLost("the guest was gone", its_fault=False)
        timer = self._loop.call_later(seconds, self._on_silence)
        try:
            answer: Reply = await reply
        finally:
            timer.cancel()
            self._waiting = None
            if not reply.done() or reply.cancelled():
                self.kill()  # the caller gave up: the guest must not answer the next one with this
        if isinstance(answer, GuestSilent):
            self.kill()
        elif isinstance(answer, GuestLost):
            return await self._lost()
        return answer

    def kill(self) -> None:
        """End the guest now, whatever it does."""
        if self.alive:
            self.link.kill(self._token)
            self.close()

    def close(self) -> None:
        """Let the guest end by itself: it ends when its socket closes."""
        if self.alive:
            self.alive = False
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()

    async def _lost(self) -> GuestLost:
        """Why the guest is gone, as its zygote says."""
        self.kill()
        done, _ = await asyncio.wait((self._ending,), timeout=_LAST_WORD_SECONDS)
        status = self._ending.result() if done else None
        if status is None:
            return GuestLost("the inspector ended", its_fault=self.link.alive)
        return GuestLost(_ending_sentence(status))

    def _on_silence(self) -> None:
        self._settle(GuestSilent())

    def _on_readable(self) -> None:
        try:
            untrusted_data = self._sock.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            untrusted_data = b""
        if not untrusted_data or self._waiting is None:
            # Gone, or talking without being asked: either way of no use any more.
            self._settle(GuestLost("the guest closed its socket"))
            self.kill()
            return
        buffer = self._buffer
        buffer += untrusted_data
        if len(buffer) < wire.LENGTH.size:
            return
        length = wire.LENGTH.unpack_from(buffer)[0]
        if length > MAX_ANSWER or len(buffer) > wire.LENGTH.size + length:
            self._settle(GuestLost("the guest answered out of order"))
            self.kill()
        elif len(buffer) == wire.LENGTH.size + length:
            self._settle(bytes(buffer[wire.LENGTH.size :]))
            buffer.clear()

    def _settle(self, reply: Reply) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reply)


def _ending_sentence(status: int) -> str:
    if status == wire.START_FAILED:
        return "no guest could be started"
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"the parser crashed ({name})"
    return f"the parser's process ended (exit code {status})"
