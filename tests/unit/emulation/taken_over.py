"""What a sample would do that has taken over its interpreter: operations of guests, for tests only.

Each tries one way out and says DONE if it was open. Only what both Pythons of the emulator have is
imported: guests of scripts and guests of Windows programs serve these operations alike.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Final

import msgspec

from gateway.emulation.scripts.wire import Request
from gateway.sandbox.guest import Operation, Sink, operation


class Done(msgspec.Struct, frozen=True):
    """The whole answer."""


def preload() -> None:
    """Nothing is needed that is not imported."""


def _memory() -> None:
    held: list[bytes] = []
    while True:
        held.append(bytes([len(held) % 255 + 1]) * (1 << 24))


def _recursion() -> None:
    sys.setrecursionlimit(1 << 30)
    _again()


def _again() -> None:
    _again()


def _clock() -> None:
    time.clock_settime(time.CLOCK_REALTIME, 1.0)


def _mount() -> None:
    done = ctypes.CDLL(None, use_errno=True).mount(b"none", b"/", b"tmpfs", 0, None)
    if done != 0:
        raise PermissionError(os.strerror(ctypes.get_errno()))


def _forks() -> None:
    while os.fork() >= 0:
        pass


ACTS: Final[dict[str, Callable[[], object]]] = {
    "read a file of the host": lambda: os.read(os.open("/etc/passwd", os.O_RDONLY), 9),
    "list the root": lambda: os.listdir("/"),  # noqa: PTH208 - the plain call is what is tested
    "look into /proc": lambda: os.read(os.open("/proc/self/maps", os.O_RDONLY), 9),
    "make a file": lambda: os.open("/tmp/left", os.O_CREAT | os.O_WRONLY),
    "connect": lambda: socket.create_connection(("127.0.0.1", 25)),
    "listen": lambda: socket.create_server(("127.0.0.1", 0)),
    "fork bomb": _forks,
    "start a program": lambda: os.execv("/bin/sh", ["sh"]),
    "end its zygote": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "trace its zygote": lambda: os.pidfd_open(os.getppid()),
    "become root": lambda: os.setuid(0),
    "set the clock": _clock,
    "mount": _mount,
    "leave the root": lambda: os.chroot("/"),
    "fill memory": _memory,
    "recurse": _recursion,
}


def _act(data: bytes, request: Request, out: Sink) -> Done:
    if data == b"fill the disk":
        while True:
            out.write(bytes(1 << 24))
    ACTS[data.decode()]()
    out.write(b"DONE")
    return Done()


OPERATIONS: Final[dict[str, Operation]] = {"act": operation(Request, _act)}
