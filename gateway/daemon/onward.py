"""Connections onward: made from the client's own address, on sockets the supervisor hands out.

A worker has no capability; a socket that somebody with CAP_NET_ADMIN made transparent it may bind
to the client's address (DESIGN section 3). A few are kept ready, so that no mail waits for one.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections import deque
from collections.abc import Callable

from gateway.daemon.channel import Onward, WantOnward

READY = 32
"""Sockets per family asked for at once: one packet of the channel."""

LOW = 12
"""Fewer than this: ask for more."""

CONNECT_TIMEOUT = 30.0
"""Postfix's smtp_connect_timeout. The client waits for its greeting meanwhile, 5 minutes at most
(RFC 5321 section 4.5.3.2.1)."""

WAIT_SECONDS = 5.0
"""How long a session waits for a socket; the supervisor answers within milliseconds."""


class OnwardError(Exception):
    """The next hop cannot be reached; the sentence is for the log."""


class OnwardSockets:
    """The worker's stock of transparent sockets."""

    def __init__(self, ask: Callable[[WantOnward], None]) -> None:
        self._ask = ask
        self._stock: dict[int, deque[socket.socket]] = {
            int(socket.AF_INET): deque(),
            int(socket.AF_INET6): deque(),
        }
        self._asked: dict[int, int] = dict.fromkeys(self._stock, 0)
        self._arrived = asyncio.Event()

    def fill(self) -> None:
        """Ask for what is missing."""
        for family, stock in self._stock.items():
            if len(stock) + self._asked[family] < LOW:
                self._asked[family] += READY
                self._ask(WantOnward(family, READY))

    def take_delivery(self, message: Onward, descriptors: tuple[int, ...]) -> None:
        """Store what the supervisor sent."""
        stock = self._stock.get(message.family)
        if stock is None:
            for descriptor in descriptors:
                os.close(descriptor)
            return
        self._asked[message.family] = max(0, self._asked[message.family] - READY)
        stock.extend(socket.socket(fileno=descriptor) for descriptor in descriptors)
        self._arrived.set()

    async def connect(self, client: str, server: tuple[str, int]) -> socket.socket:
        """A connection from `client`'s address to `server`. Raises OnwardError."""
        sock = await self._take(socket.AF_INET6 if ":" in client else socket.AF_INET)
        sock.setblocking(False)
        try:
            sock.bind((client, 0))
            await asyncio.wait_for(_connected(sock, server), CONNECT_TIMEOUT)
        except (TimeoutError, OSError) as error:
            sock.close()
            reason = getattr(error, "strerror", None) or "no answer in time"
            raise OnwardError(f"the next hop {server[0]} does not answer: {reason}") from error
        return sock

    async def _take(self, family: socket.AddressFamily) -> socket.socket:
        stock = self._stock[int(family)]
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while not stock:
            self._arrived.clear()
            self._asked[int(family)] = 0
            self.fill()
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._arrived.wait(), max(left, 0.0))
            except TimeoutError as error:
                raise OnwardError("the supervisor hands out no sockets") from error
        sock = stock.popleft()
        self.fill()
        return sock


async def _connected(sock: socket.socket, server: tuple[str, int]) -> None:
    """Connect a non-blocking socket to an address. Raises OSError.

    The loop's own sock_connect has a thread resolve the address first, even one that is a number.
    """
    code = sock.connect_ex(server)
    if code == errno.EINPROGRESS:
        loop = asyncio.get_running_loop()
        writable: asyncio.Future[None] = loop.create_future()
        loop.add_writer(sock.fileno(), _settle, writable)
        try:
            await writable
        finally:
            loop.remove_writer(sock.fileno())
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
