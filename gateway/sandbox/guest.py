"""The guest: serves calls on its socket until the socket closes or it is killed.

It runs confined, and everything it reads may be hostile. It must never decide anything: its
answers are validated by the caller. A parser's exception becomes an answer; a crash or a hang
costs this process, which the caller replaces.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import msgspec

from gateway.sandbox import wire

_ERROR_LENGTH = 300
"""Characters of an exception's text that are passed on."""

R = TypeVar("R", bound=msgspec.Struct)


class Sink(Protocol):
    """Where an operation writes decoded contents; returns the offset at which they lie."""

    def write(self, data: bytes) -> int: ...


class Output:
    """The caller's output file, written from its beginning."""

    __slots__ = ("_fd", "position")

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.position = 0

    def write(self, data: bytes) -> int:
        """Append `data`. Raises OSError when the file's limit is reached."""
        start = self.position
        written = os.write(self._fd, data) if data else 0
        while written < len(data):
            written += os.write(self._fd, data[written:])
        self.position = start + len(data)
        return start


Operation = Callable[[bytes, msgspec.Raw, Sink], object]
"""Input bytes, encoded parameters, output -> the answer's body, ready to be encoded."""


def operation(request: type[R], run: Callable[[bytes, R, Sink], object]) -> Operation:
    """Make an operation of a function that takes decoded parameters."""
    decoder = msgspec.msgpack.Decoder(request)

    def decode_and_run(data: bytes, body: msgspec.Raw, out: Sink) -> object:
        return run(data, decoder.decode(body), out)

    return decode_and_run


def serve(sock: socket.socket, operations: Mapping[str, Operation]) -> None:
    """Answer calls, one at a time, until the caller closes the socket."""
    while (received := wire.receive_call(sock)) is not None:
        call, descriptors = received
        answer = _answer(call, descriptors, operations)
        for descriptor in descriptors:
            os.close(descriptor)
        sock.sendall(wire.frame(answer))


def _answer(
    call: wire.Call, descriptors: list[int], operations: Mapping[str, Operation]
) -> wire.Answer:
    try:
        source, target = descriptors
        data = _read(source, call.offset, call.size)
        body = operations[call.operation](data, call.body, Output(target))
        return wire.Answer("", msgspec.Raw(wire.encode(body)))
    except MemoryError:
        return wire.Answer("ran out of memory")
    except RecursionError:
        return wire.Answer("is nested too deep for its parser")
    except Exception as error:  # noqa: BLE001 - the guest's border: a parser may raise anything
        text = " ".join(str(error).split())[:_ERROR_LENGTH]
        return wire.Answer(f"{type(error).__name__}: {text}" if text else type(error).__name__)


def _read(fd: int, offset: int, size: int) -> bytes:
    data = os.pread(fd, size, offset)
    while len(data) < size:
        more = os.pread(fd, size - len(data), offset + len(data))
        if not more:
            raise OSError("the input is shorter than announced")
        data += more
    return data
