"""Conversations as playbooks: what happens, then what the relay wants done; a diff on mismatch.

A playbook is a list of inputs (FromClient, FromServer, Forward ...) each followed by the actions
expected of it. Log lines are left out unless `logs` is set. After mitmproxy's `tutils.Playbook`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, fields

import pytest

from gateway.smtp import (
    Action,
    Delivery,
    Log,
    Relay,
    RelayPolicy,
    Reply,
    SendToClient,
    SendToServer,
    Side,
    StoreBody,
)


@dataclass(frozen=True)
class FromClient:
    """Octets of the client."""

    data: bytes


@dataclass(frozen=True)
class FromServer:
    """Octets of the next hop."""

    data: bytes


@dataclass(frozen=True)
class ClientCloses:
    """The client is gone."""


@dataclass(frozen=True)
class ServerCloses:
    """The next hop is gone."""


@dataclass(frozen=True)
class ClientEncrypted:
    """The handshake with the client ended well."""


@dataclass(frozen=True)
class ServerEncrypted:
    """The handshake with the next hop ended well."""


@dataclass(frozen=True)
class Forward:
    """The worker: forward these bodies."""

    deliveries: tuple[Delivery, ...]
    hold_reply: bool = False


@dataclass(frozen=True)
class Answer:
    """The worker: this is the client's answer."""

    reply: Reply


@dataclass(frozen=True)
class Drained:
    """The next hop's socket took the window."""


@dataclass(frozen=True)
class TimedOut:
    """A side was silent for too long."""

    side: Side


@dataclass(frozen=True)
class Stop:
    """The gateway wants to end."""


@dataclass(frozen=True)
class KeepAlive:
    """The worker's timer of a long inspection."""


Input = (
    FromClient
    | FromServer
    | ClientCloses
    | ServerCloses
    | ClientEncrypted
    | ServerEncrypted
    | Forward
    | Answer
    | Drained
    | TimedOut
    | Stop
    | KeepAlive
)

Step = Input | Action


def carry_out(relay: Relay, step: Input) -> list[Action]:
    """Give `step` to the relay."""
    match step:
        case FromClient(data):
            return relay.client_data(data)
        case FromServer(data):
            return relay.server_data(data)
        case ClientCloses():
            return relay.client_closed()
        case ServerCloses():
            return relay.server_closed()
        case ClientEncrypted():
            return relay.client_tls_started()
        case ServerEncrypted():
            return relay.server_tls_started()
        case Forward(deliveries, hold_reply):
            return relay.forward(deliveries, hold_reply=hold_reply)
        case Answer(reply):
            return relay.answer(reply)
        case Drained():
            return relay.drained()
        case TimedOut(side):
            return relay.timed_out(side)
        case Stop():
            return relay.stop()
        case KeepAlive():
            return relay.keep_alive()


def show(step: Step) -> str:
    """One line, with the octets that `repr` hides."""
    shown = ", ".join(f"{each.name}={getattr(step, each.name)!r}" for each in fields(step))
    return f"{type(step).__name__}({shown})"


def play(steps: Sequence[Step], *, policy: RelayPolicy | None = None, logs: bool = False) -> Relay:
    """Play the inputs of `steps` and compare what comes out with the actions in it."""
    relay = Relay(policy or RelayPolicy())
    actual: list[Step] = []
    for step in steps:
        if isinstance(step, Input):
            actual.append(step)
            actual += [each for each in carry_out(relay, step) if logs or not isinstance(each, Log)]
    if actual != list(steps):
        diff = difflib.unified_diff(
            [show(each) for each in steps],
            [show(each) for each in actual],
            "expected",
            "happened",
            n=100,
            lineterm="",
        )
        pytest.fail("\n".join(diff), pytrace=False)
    return relay


def to_client(*lines: bytes) -> SendToClient:
    """Lines for the client, CRLF added."""
    return SendToClient(b"".join(line + b"\r\n" for line in lines))


def to_server(*lines: bytes) -> SendToServer:
    """Lines for the next hop, CRLF added."""
    return SendToServer(b"".join(line + b"\r\n" for line in lines))


def from_client(*lines: bytes) -> FromClient:
    """Lines of the client, CRLF added."""
    return FromClient(b"".join(line + b"\r\n" for line in lines))


def from_server(*lines: bytes) -> FromServer:
    """Lines of the next hop, CRLF added."""
    return FromServer(b"".join(line + b"\r\n" for line in lines))


def store(data: bytes) -> StoreBody:
    """Octets to store."""
    return StoreBody(data)
