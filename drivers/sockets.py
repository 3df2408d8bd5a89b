"""The sockets of a worker: transparent, so that they carry the addresses of both real ends.

Making one needs CAP_NET_ADMIN; using one needs nothing. So the supervisor makes them here and
hands them to workers, which have no capability at all. This module never accepts or connects.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Final

from drivers.errors import DriverError
from drivers.marks import Marks

IP_TRANSPARENT: Final = 19
IPV6_TRANSPARENT: Final = 75
"""linux/in.h, linux/in6.h; the socket module does not name them."""

IP_BIND_ADDRESS_NO_PORT: Final = 24
"""linux/in.h: choose the port at connect, when the other end is known; works for IPv6 as well.
Without it one client address would have only 28,000 ports for all servers together."""

SO_MARK: Final = 36
BACKLOG: Final = 1024
"""Handshakes waiting for accept. Linux caps it at net.core.somaxconn (4096); a worker that is
this far behind is better served by the sender's retry."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """The two listening sockets of one worker, both on `port`."""

    port: int
    v4: socket.socket
    v6: socket.socket

    def close(self) -> None:
        self.v4.close()
        self.v6.close()


def make_listeners(k: int, *, listener_base: int, marks: Marks) -> Listeners:
    """Listening transparent sockets of worker `k`, non-blocking, close-on-exec.

    Raises `DriverError` when the port is taken or the right is missing.
    """
    port = listener_base + k
    v4 = _listener(socket.AF_INET, port, marks)
    try:
        v6 = _listener(socket.AF_INET6, port, marks)
    except DriverError:
        v4.close()
        raise
    return Listeners(port, v4, v6)


def make_onward_socket(family: socket.AddressFamily, marks: Marks) -> socket.socket:
    """An unbound transparent stream socket: whoever holds it may bind it to any address.

    Bind it to the client's address, with port 0 or with the client's own port: the rules keep
    onward connections in a conntrack zone of their own, so both are free to be used.
    """
    sock = _transparent(family, marks)
    sock.setsockopt(socket.SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    return sock


def _listener(family: socket.AddressFamily, port: int, marks: Marks) -> socket.socket:
    sock = _transparent(family, marks)
    try:
        sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise DriverError(f"Cannot listen on port {port}: {error.strerror}.") from error
    return sock


def _transparent(family: socket.AddressFamily, marks: Marks) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_MARK, marks.socket)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
        else:
            sock.setsockopt(socket.SOL_IP, IP_TRANSPARENT, 1)
    except OSError as error:
        sock.close()
        raise DriverError(
            f"Cannot make a transparent socket ({error.strerror}); CAP_NET_ADMIN is needed."
        ) from error
    return sock
