"""What a guest writes while a script runs: one message after the other, each with its length.

Behaviours are written as they happen, so that a guest that is killed has told what it saw. The
host's side trusts nothing: what is no valid message ends the reading.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from gateway.emulation.contract import ACTIONS, Actor, Behaviour, Child, Kind, StopKind, Stopped

_LENGTH = struct.Struct(">I")
_MESSAGE_MAX = 64 << 20
"""Bytes of one message; a dropped file is the largest."""

_MESSAGES_MAX = 20_000
_TEXT_MAX = 8000
"""Characters of any text from a guest that are kept."""


class Request(msgspec.Struct, frozen=True):
    """What to run: the sample's name and type, seconds it may take."""

    name: str
    type: str
    seconds: float
    arguments: tuple[str, ...] = ()


class Saw(msgspec.Struct, frozen=True, tag="saw", array_like=True):
    """A behaviour."""

    time: float
    kind: str
    program: str
    action: str
    target: str
    arguments: tuple[str, ...]
    failed: str
    count: int
    pid: int = 1
    parent: int = 0


class Dropped(msgspec.Struct, frozen=True, tag="dropped", array_like=True):
    """A file that the sample left."""

    path: str
    data: bytes


class Shown(msgspec.Struct, frozen=True, tag="shown", array_like=True):
    """A picture of the screen, as PNG."""

    png: bytes


class Ended(msgspec.Struct, frozen=True, tag="ended", array_like=True):
    """The last message: counts of the behaviours in the order they were told, and how it ended."""

    counts: tuple[int, ...]
    exit_status: int | None
    stopped: str
    detail: str
    notes: tuple[str, ...]
    output: str
    omitted: tuple[str, ...] = ()


Message = Saw | Dropped | Shown | Ended

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)


def frame(message: Message) -> bytes:
    """A message's bytes."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def saw(behaviour: Behaviour) -> Saw:
    """A behaviour as a message."""
    return Saw(
        behaviour.time,
        behaviour.kind.value,
        behaviour.actor.program,
        behaviour.action,
        behaviour.target,
        behaviour.arguments,
        behaviour.failed,
        behaviour.count,
        behaviour.actor.pid,
        behaviour.actor.parent,
    )


def messages(untrusted_output: bytes) -> Iterator[Message]:
    """The messages of a guest, up to the first that is none."""
    position = 0
    for _ in range(_MESSAGES_MAX):
        if position + _LENGTH.size > len(untrusted_output):
            return
        (size,) = _LENGTH.unpack_from(untrusted_output, position)
        end = position + _LENGTH.size + size
        if size > _MESSAGE_MAX or end > len(untrusted_output):
            return
        try:
            yield _decoder.decode(untrusted_output[position + _LENGTH.size : end])
        except msgspec.DecodeError:
            return
        position = end


def behaviour(message: Saw, count: int) -> Behaviour | None:
    """The behaviour a guest tells of; None for one that cannot be."""
    if message.kind not in set(Kind) or message.action not in ACTIONS[Kind(message.kind)]:
        return None
    return Behaviour(
        max(0.0, message.time) if message.time == message.time else 0.0,
        Kind(message.kind),
        Actor(message.pid, message.parent, message.program[:260]),
        message.action,
        message.target[:_TEXT_MAX],
        tuple(word[:_TEXT_MAX] for word in message.arguments[:16]),
        message.failed[:200],
        max(1, count),
    )


def child(message: Dropped) -> Child:
    """The file a guest hands back."""
    digest = sha256(message.data).hexdigest()
    return Child(message.path[:1000], digest, len(message.data), message.data)


def stopped(message: Ended) -> Stopped | None:
    """What ended the script early, as the guest tells it."""
    if not message.stopped:
        return None
    known = message.stopped in set(StopKind)
    kind = StopKind(message.stopped) if known else StopKind.CRASHED
    return Stopped(kind, message.detail[:400] or "it was stopped")
