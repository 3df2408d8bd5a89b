"""Opens sockets inside a named network namespace, from any thread of a process outside it.

A socket stays in the namespace it was made in, whoever uses it: so only the making needs setns,
in a short-lived thread, and client and server code stay ordinary code. Needs CAP_SYS_ADMIN.
"""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from pathlib import Path

CLONE_NEWNET = 0x40000000
RUN_NETNS = Path("/run/netns")


def open_socket(family: int, netns: str = "", kind: int = socket.SOCK_STREAM) -> socket.socket:
    """A new socket in the namespace `netns`, or in our own when it is empty.

    Raises OSError when the namespace does not exist or may not be entered.
    """
    if not netns:
        return socket.socket(family, kind)
    made: list[socket.socket | OSError] = []

    def make() -> None:
        try:
            _enter(netns)
            made.append(socket.socket(family, kind))
        except OSError as error:
            made.append(error)

    thread = threading.Thread(target=make, name=f"socket in {netns}")
    thread.start()
    thread.join()
    result = made[0]
    if isinstance(result, OSError):
        raise result
    return result


def family_of(address: str) -> socket.AddressFamily:
    """AF_INET6 for an address with a colon, else AF_INET."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def prefix(netns: str) -> list[str]:
    """The words that run a command in `netns`; none for our own namespace."""
    return ["ip", "netns", "exec", netns] if netns else []


def _enter(netns: str) -> None:
    """Moves the calling thread, and no other, into `netns` (setns(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(RUN_NETNS / netns, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise OSError(code, f"cannot enter namespace {netns}: {os.strerror(code)}")
    finally:
        os.close(descriptor)
