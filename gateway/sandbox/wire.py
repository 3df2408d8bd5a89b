"""What travels between worker, host, zygote and guest: msgpack messages and descriptors.

Two kinds of AF_UNIX sockets (unix(7)). Control sockets are SOCK_SEQPACKET: one packet, one
message, perhaps with a descriptor. Guest sockets are SOCK_STREAM: a length of four bytes (big
endian), then the message. Nothing here trusts a peer: whatever is no message raises WireError,
which closes that peer.
"""

from __future__ import annotations

import socket
import struct
from typing import Final

import msgspec

from gateway.sandbox.limits import MAX_CALL, MAX_CONTROL

LENGTH: Final = struct.Struct(">I")
"""The head of a frame on a guest's socket: the message's length in bytes."""

MAX_DESCRIPTORS: Final = 2
"""Descriptors in one message: the input and the output of a call."""


class WireError(Exception):
    """A peer sent something that is no message, or is gone."""


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A request to a guest: the operation's name, where its input lies, its parameters.

    The message carries two descriptors: input and output.
    """

    operation: str
    offset: int
    size: int
    body: msgspec.Raw


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """A guest's answer: `error` is empty, or one sentence that says why there is no body."""

    error: str
    body: msgspec.Raw = msgspec.Raw(b"\xc0")


class OpenZygote(msgspec.Struct, frozen=True, tag="open"):
    """To the host: hand me the control socket of the zygote for a set of operations."""

    operations: str


class ZygoteReady(msgspec.Struct, frozen=True, tag="ready"):
    """From the host, with the zygote's control socket: what confines its guests."""

    operations: str
    confinement: tuple[str, ...]
    missing: tuple[str, ...]


class ZygoteFailed(msgspec.Struct, frozen=True, tag="no_zygote"):
    """From the host: no such zygote, and why."""

    operations: str
    error: str


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """To the host or a zygote: are you there?"""

    number: int


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    """The answer to a ping."""

    number: int


class Spawn(msgspec.Struct, frozen=True, tag="spawn"):
    """To a zygote, with a guest's socket: fork a confined guest that serves it."""

    token: int


class Kill(msgspec.Struct, frozen=True, tag="kill"):
    """To a zygote: end that guest now."""

    token: int


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """From a zygote: the guest is gone. `status` as from waitstatus_to_exitcode: minus the
    signal, or the exit code; START_FAILED when it never ran. `peak_kib`: the most memory it had at
    once, pages that it shares with its zygote included (ru_maxrss, getrusage(2))."""

    token: int
    status: int
    peak_kib: int = 0


START_FAILED: Final = -1000

ToHost = OpenZygote | Ping
FromHost = ZygoteReady | ZygoteFailed | Pong
ToZygote = Spawn | Kill | Ping
FromZygote = Ended | Pong

_encoder = msgspec.msgpack.Encoder()
_to_zygote: msgspec.msgpack.Decoder[ToZygote] = msgspec.msgpack.Decoder(ToZygote)
_call = msgspec.msgpack.Decoder(Call)


def encode(message: object) -> bytes:
    """The bytes of a message or of a body."""
    return _encoder.encode(message)


def frame(message: object) -> bytes:
    """A message with its length, for a guest's socket."""
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


def send_packet(sock: socket.socket, message: object, descriptors: tuple[int, ...] = ()) -> None:
    """Send one packet. Raises WireError when the peer is gone or does not read."""
    packet = _encoder.encode(message)
    try:
        if descriptors:
            socket.send_fds(sock, [packet], descriptors)
        else:
            sock.send(packet)
    except OSError as error:
        raise WireError(f"the control socket: {error.strerror}") from error


def receive_packet(sock: socket.socket) -> tuple[bytes, list[int]]:
    """One packet of a control socket with its descriptors, which the caller owns.

    Raises WireError when the peer is gone, BlockingIOError when nothing waits.
    """
    try:
        untrusted_packet, descriptors, flags, _ = socket.recv_fds(sock, MAX_CONTROL, 1)
    except BlockingIOError:
        raise
    except OSError as error:
        raise WireError(f"the control socket: {error.strerror}") from error
    if not untrusted_packet or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        raise WireError("the control socket was closed" if not untrusted_packet else "too long")
    return untrusted_packet, descriptors


def decode_to_zygote(packet: bytes) -> ToZygote:
    """A client's message to a zygote. Raises msgspec.DecodeError."""
    return _to_zygote.decode(packet)


def receive_call(sock: socket.socket) -> tuple[Call, list[int]] | None:
    """The next call on a guest's (blocking) socket with its descriptors; None at its end.

    Raises WireError and msgspec.DecodeError for what is no call.
    """
    data, descriptors, _, _ = socket.recv_fds(sock, MAX_CALL, MAX_DESCRIPTORS)
    if not data:
        return None
    while len(data) < LENGTH.size or len(data) < LENGTH.size + LENGTH.unpack_from(data)[0]:
        if len(data) >= MAX_CALL:
            raise WireError("a call is too long")
        more = sock.recv(MAX_CALL - len(data))
        if not more:
            raise WireError("a call was cut off")
        data += more
    return _call.decode(data[LENGTH.size :]), descriptors
