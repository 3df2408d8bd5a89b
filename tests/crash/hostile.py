"""Operations of guests that break on purpose, for tests only: a host must be told to serve them.

Each is asked for by the first line of the content: the inspector's ordinary calls lead here.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable

import msgspec

from gateway.sandbox import operations
from gateway.sandbox.guest import Operation, Sink
from gateway.sandbox.messages import ParseRequest

MODULE = __name__
preload = operations.preload


def _crash(out: Sink) -> str:
    return str(ctypes.string_at(0))


def _hang(out: Sink) -> str:
    while True:
        pass


def _sleep(out: Sink) -> str:
    time.sleep(3600)
    return "awake"


def _eat(out: Sink) -> str:
    return str(len([bytes(1 << 20) for _ in range(1 << 20)]))


def _eat_some(out: Sink) -> str:
    return f"ate {len([bytes(1 << 20) for _ in range(200)])} MiB"


def _nest(out: Sink) -> str:
    return _nest(out)


def _leave(out: Sink) -> str:
    os._exit(7)


def _fill(out: Sink) -> str:
    while True:
        out.write(bytes(1 << 24))


def _open(out: Sink) -> str:
    with open("/etc/passwd") as file:
        return file.read()


def _list(out: Sink) -> str:
    return " ".join(os.listdir("/"))  # noqa: PTH208 - the plain call is what is tested


def _connect(out: Sink) -> str:
    socket.create_connection(("127.0.0.1", 25))
    return "connected"


def _fork(out: Sink) -> str:
    return str(os.fork())


def _run(out: Sink) -> str:
    os.execv("/bin/true", ["true"])


def _kill(out: Sink) -> str:
    os.kill(1, signal.SIGKILL)
    return "killed"


def _memory_file(out: Sink) -> str:
    return str(os.memfd_create("more"))


HOSTILE: dict[bytes, Callable[[Sink], str]] = {
    b"crash": _crash,
    b"hang": _hang,
    b"sleep": _sleep,
    b"eat": _eat,
    b"eat some": _eat_some,
    b"nest": _nest,
    b"leave": _leave,
    b"fill": _fill,
    b"open": _open,
    b"list": _list,
    b"connect": _connect,
    b"fork": _fork,
    b"run": _run,
    b"kill": _kill,
    b"memory file": _memory_file,
}


GLANCED = b"glanced "
"""Before an act: only while a guest looks at parts in passing."""


def _or_hostile(ordinary: Operation) -> Operation:
    def run(data: bytes, body: msgspec.Raw, out: Sink) -> object:
        wanted = data.split(b"\n", 1)[0]
        if wanted.startswith(GLANCED) and msgspec.msgpack.decode(body, type=ParseRequest).glances:
            wanted = wanted.removeprefix(GLANCED)
        act = HOSTILE.get(wanted)
        if act is not None:
            # What the act reports travels as an error: it must not pass for an answer.
            raise RuntimeError(act(out))
        return ordinary(data, body, out)

    return run


OPERATIONS: dict[str, Operation] = {
    name: _or_hostile(ordinary) for name, ordinary in operations.OPERATIONS.items()
}
