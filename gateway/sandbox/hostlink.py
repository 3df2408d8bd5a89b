"""The caller's side of the host's control socket: opens zygotes, notices when the host is gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable

import msgspec

from gateway.sandbox import limits, wire
from gateway.sandbox.links import GuestLost, ZygoteLink

GONE = GuestLost("the inspector is gone", its_fault=False)

_Reply = tuple[wire.FromHost, list[int]]


class HostLink:
    """A control socket to a host, and the zygotes opened through it.

    `on_lost` is called once when the host is gone; `attach` takes another host's socket.
    """

    def __init__(self, sock: socket.socket, on_lost: Callable[[], None] | None = None) -> None:
        self._on_lost = on_lost
        self._decoder = msgspec.msgpack.Decoder(wire.FromHost)
        self._lock = asyncio.Lock()
        self._zygotes: dict[str, ZygoteLink] = {}
        self._waiting: asyncio.Future[_Reply | None] | None = None
        self._loop = asyncio.get_running_loop()
        self._sock: socket.socket | None = None
        self._pings = 0
        self.attach(sock)

    @property
    def alive(self) -> bool:
        """Whether the host was there when last heard of."""
        return self._sock is not None

    def attach(self, sock: socket.socket) -> None:
        """Use another host; what is left of the one before is closed."""
        self.close()
        sock.setblocking(False)
        self._sock = sock
        self._loop.add_reader(sock.fileno(), self._on_readable)

    async def zygote(self, operations: str) -> ZygoteLink | GuestLost:
        """The zygote for a set of operations, started when it is not there."""
        link = self._zygotes.get(operations)
        if link is not None and link.alive:
            return link
        async with self._lock:
            link = self._zygotes.get(operations)
            if link is not None and link.alive:
                return link
            reply = await self._ask(wire.OpenZygote(operations), limits.START_SECONDS)
            if reply is None:
                return GONE
            message, descriptors = reply
            if not isinstance(message, wire.ZygoteReady) or len(descriptors) != 1:
                _close_all(descriptors)
                error = message.error if isinstance(message, wire.ZygoteFailed) else "no answer"
                return GuestLost(f"no guest can be started: {error}", its_fault=False)
            sock = socket.socket(fileno=descriptors[0])
            link = ZygoteLink(sock, message.confinement, message.missing)
            self._zygotes[operations] = link
            return link

    async def ping(self, seconds: float) -> bool:
        """Whether the host and every zygote that is open answer within `seconds`."""
        async with self._lock:
            self._pings += 1
            reply = await self._ask(wire.Ping(self._pings), seconds)
        if reply is None:
            return False
        links = [link for link in self._zygotes.values() if link.alive]
        return all(await asyncio.gather(*(link.ping(seconds) for link in links)))

    def take_peak_kib(self) -> int:
        """The most memory that a guest had at once of those that ended since this was asked."""
        links = list(self._zygotes.values())
        peak = max((link.peak_kib for link in links), default=0)
        for link in links:
            link.peak_kib = 0
        return peak

    def close(self) -> None:
        """Give the host up; it ends with its zygotes and their guests."""
        sock, self._sock = self._sock, None
        if sock is not None:
            self._loop.remove_reader(sock.fileno())
            sock.close()
        for link in self._zygotes.values():
            link.close()
        self._zygotes.clear()
        self._settle(None)

    async def _ask(self, message: wire.ToHost, seconds: float) -> _Reply | None:
        if self._sock is None:
            return None
        waiting = self._waiting = self._loop.create_future()
        try:
            wire.send_packet(self._sock, message)
            return await asyncio.wait_for(waiting, seconds)
        except wire.WireError:
            self._lose()
            return None
        except TimeoutError:
            self._lose()  # an answer that came later would be taken for that to another question
            return None
        finally:
            self._waiting = None

    def _on_readable(self) -> None:
        if self._sock is None:
            return
        try:
            untrusted_packet, descriptors = wire.receive_packet(self._sock)
        except BlockingIOError:
            return
        except wire.WireError:
            self._lose()
            return
        try:
            message = self._decoder.decode(untrusted_packet)
        except msgspec.DecodeError:
            _close_all(descriptors)
            self._lose()
            return
        if self._waiting is None or self._waiting.done():
            _close_all(descriptors)
        self._settle((message, descriptors))

    def _settle(self, reply: _Reply | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reply)

    def _lose(self) -> None:
        if self._sock is not None:
            self.close()
            if self._on_lost is not None:
                self._on_lost()


def _close_all(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptor)
