"""The channel between the supervisor and each of its processes.

One AF_UNIX SOCK_SEQPACKET pair per process: every packet is one msgpack message of a closed
union, and may carry file descriptors (SCM_RIGHTS, unix(7)). A packet that is no message of the
union closes that channel; it never ends the process that read it.
"""

from __future__ import annotations

import array
import contextlib
import os
import socket
from typing import Generic, TypeVar

import msgspec

MAX_PACKET = 64 * 1024
"""Longest message; a status with hundreds of counters stays far below."""

MAX_DESCRIPTORS = 64
"""Descriptors in one packet. The kernel's own limit is SCM_MAX_FD, 253."""


class Beat(msgspec.Struct, frozen=True, tag="beat"):
    """A process says that its event loop turns, and how it fares.

    `sessions` is what it serves now; `counters` grow for ever.
    """

    sessions: int = 0
    counters: dict[str, int] = {}


class WantOnward(msgspec.Struct, frozen=True, tag="want_onward"):
    """A worker asks for `count` transparent sockets of `family` for connections onward."""

    family: int
    count: int


class WantInspector(msgspec.Struct, frozen=True, tag="want_inspector"):
    """A worker lost its inspector and asks for another."""

    reason: str


class Drained(msgspec.Struct, frozen=True, tag="drained"):
    """A worker that was asked to drain has no session left."""


FromProcess = Beat | WantOnward | WantInspector | Drained


class Onward(msgspec.Struct, frozen=True, tag="onward"):
    """The sockets asked for, as descriptors of the packet."""

    family: int


class InspectorReady(msgspec.Struct, frozen=True, tag="inspector"):
    """A new inspector's socket, as the packet's descriptor."""


class Drain(msgspec.Struct, frozen=True, tag="drain"):
    """Accept nothing more, finish what is there, then say `Drained`."""


class Workers(msgspec.Struct, frozen=True, tag="workers"):
    """To the interceptor: each worker's sessions; -1 for one that takes no flow now."""

    sessions: list[int]


class NewPolicy(msgspec.Struct, frozen=True, tag="policy"):
    """To the interceptor: the policy changed, or the answer to failure did.

    The policy's text is the packet's descriptor, since its lists may be longer than a packet;
    `file` is the name it goes by.
    """

    file: str
    bypass: bool


ToProcess = Onward | InspectorReady | Drain | Workers | NewPolicy

M_in = TypeVar("M_in")
M_out = TypeVar("M_out", bound=msgspec.Struct)


class ChannelClosedError(Exception):
    """The other side is gone, or sent something that is no message."""


class Channel(Generic[M_in, M_out]):
    """One end of a channel: sends `M_out`, receives `M_in`. Never blocks."""

    def __init__(self, sock: socket.socket, decoder: msgspec.msgpack.Decoder[M_in]) -> None:
        self.socket = sock
        self._decoder = decoder
        self._encoder = msgspec.msgpack.Encoder()
        sock.setblocking(False)

    def fileno(self) -> int:
        """The descriptor, for an event loop to watch."""
        return self.socket.fileno()

    def send(self, message: M_out, descriptors: tuple[int, ...] = ()) -> bool:
        """Send `message`; False when the other side is too slow to take it now.

        Raises ChannelClosedError when it is gone.
        """
        packet = self._encoder.encode(message)
        ancillary = []
        if descriptors:
            rights = array.array("i", descriptors)
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights.tobytes())]
        try:
            self.socket.sendmsg([packet], ancillary)
        except BlockingIOError:
            return False
        except OSError as error:
            raise ChannelClosedError(str(error)) from error
        return True

    def receive(self) -> tuple[M_in, tuple[int, ...]] | None:
        """The next message with its descriptors; None when none waits.

        The caller owns the descriptors. Raises ChannelClosedError.
        """
        room = socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize)
        try:
            untrusted_packet, ancillary, flags, _ = self.socket.recvmsg(MAX_PACKET, room)
        except BlockingIOError:
            return None
        except OSError as error:
            raise ChannelClosedError(str(error)) from error
        descriptors = _descriptors(ancillary)
        try:
            if not untrusted_packet or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                raise ChannelClosedError("closed" if not untrusted_packet else "packet too long")
            return self._decoder.decode(untrusted_packet), descriptors
        except (msgspec.DecodeError, ChannelClosedError) as error:
            for descriptor in descriptors:
                _close(descriptor)
            raise ChannelClosedError(str(error)) from error

    def close(self) -> None:
        """Close this end."""
        self.socket.close()


SupervisorEnd = Channel[FromProcess, ToProcess]
ProcessEnd = Channel[ToProcess, FromProcess]


def supervisor_end(sock: socket.socket) -> SupervisorEnd:
    """The supervisor's end of a channel over `sock`."""
    return Channel(sock, msgspec.msgpack.Decoder(FromProcess))


def process_end(sock: socket.socket) -> ProcessEnd:
    """The process's end of a channel over `sock`."""
    return Channel(sock, msgspec.msgpack.Decoder(ToProcess))


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, ...]:
    found = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return tuple(found)


def _close(descriptor: int) -> None:
    with contextlib.suppress(OSError):
        os.close(descriptor)
