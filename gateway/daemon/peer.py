"""One TCP connection as the session sees it: bytes in, bytes out, TLS when asked.

A thin layer over an asyncio transport. Reading starts paused, so that nothing arrives before the
session listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import cast

from gateway.model import Flow

TLS_SECONDS = 60.0
"""A TLS handshake takes three round trips; a minute allows for the slowest link."""


LINGER_SECONDS = 30.0
"""How long a closed connection may take to read what is still unsent: a peer that reads nothing
must not keep the socket, and what is unsent here is a reply or two."""


class Peer(asyncio.Protocol):
    """A connection. Write after `close` is silently dropped: the peer is gone either way."""

    def __init__(self, on_connected: Callable[[Peer], None] | None = None) -> None:
        """`on_connected` is called once the connection is there."""
        self._on_connected = on_connected
        self._transport: asyncio.Transport | None = None
        self._early: list[bytes] = []
        self._on_data: Callable[[bytes], None] | None = None
        self._on_closed: Callable[[], None] | None = None
        self._on_flow: Callable[[], None] | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._reading = False
        self.closing = False
        self._lost = False

    # --- asyncio's side -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._on_data is None:
            self._transport.pause_reading()
        if self._on_connected is not None:
            self._on_connected(self)

    def data_received(self, data: bytes) -> None:
        if self._on_data is None:
            # uvloop may deliver what was there already although reading is paused: keep it.
            self._early.append(data)
        else:
            self._on_data(data)

    def eof_received(self) -> bool:
        return False  # SMTP has no half-closed dialogue: close ours, too

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = self.closing = True
        self._writable.set()
        if self._lingering is not None:
            self._lingering.cancel()
        if self._on_closed is not None:
            self._on_closed()

    def pause_writing(self) -> None:
        self._writable.clear()
        if self._on_flow is not None:
            self._on_flow()

    def resume_writing(self) -> None:
        self._writable.set()
        if self._on_flow is not None:
            self._on_flow()

    def flow(self) -> Flow:
        """Both ends of an intercepted connection: transparent sockets keep the addresses the
        client used."""
        if self._transport is None:
            raise OSError("there is no connection")
        source = self._transport.get_extra_info("peername")
        destination = self._transport.get_extra_info("sockname")
        if source is None or destination is None:
            raise OSError("the connection is gone already")
        return Flow(source[0], source[1], destination[0], destination[1])

    # --- the session's side ---------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether so much is unsent that the peer has to read first."""
        return not self._writable.is_set()

    def attach(
        self,
        on_data: Callable[[bytes], None],
        on_closed: Callable[[], None],
        on_flow: Callable[[], None] | None = None,
    ) -> None:
        """Start reading; the callbacks are called from the event loop, `on_flow` whenever `full`
        changes."""
        self._on_data, self._on_closed, self._on_flow = on_data, on_closed, on_flow
        early, self._early = self._early, []
        for data in early:
            on_data(data)
        if self._lost:
            on_closed()
        else:
            self.reading(True)

    def write(self, data: bytes) -> None:
        """Send `data`, buffered."""
        if self._transport is not None and not self.closing:
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the buffer of what was written is low."""
        await self._writable.wait()

    def reading(self, on: bool) -> None:
        """Read, or leave what comes in the kernel's buffer."""
        if self._transport is None or self.closing or on is self._reading:
            return
        self._reading = on
        if on:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def close(self) -> None:
        """Close once everything is written, or LINGER_SECONDS have passed."""
        if not self.closing:
            self.closing = True
            if self._transport is not None:
                self._transport.close()
                loop = asyncio.get_running_loop()
                self._lingering = loop.call_later(LINGER_SECONDS, self.abort)

    def abort(self) -> None:
        """Close at once; `on_closed` follows."""
        if self._transport is not None and not self._lost:
            self._transport.abort()

    def acknowledge_quickly(self) -> None:
        """Acknowledge the next segment at once (tcp(7) TCP_QUICKACK, which holds for a moment).

        After a TLS 1.3 handshake a server sends its session tickets and, with Nagle's algorithm
        on as in Postfix, keeps its next reply back until they are acknowledged: 40 ms lost to the
        delay of acknowledgements, measured.
        """
        if self._transport is not None and not self.closing:
            sock = self._transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    async def start_tls(self, context: ssl.SSLContext, *, server_side: bool) -> None:
        """Go over to TLS. Raises OSError, ssl.SSLError or TimeoutError when that fails."""
        if self._transport is None or self.closing:
            raise OSError("the connection is closed")
        loop = asyncio.get_running_loop()
        self._reading = True
        transport = await loop.start_tls(
            self._transport,
            self,
            context,
            server_side=server_side,
            ssl_handshake_timeout=TLS_SECONDS,
        )
        if transport is None:
            raise OSError("the connection was lost during the handshake")
        self._transport = transport
