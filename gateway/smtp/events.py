"""What the machines saw, past tense.

Purpose: the closed unions ServerEvent (from the machine that faces the client) and ClientEvent
(from the one that faces the next hop).
Must never: carry a peer's text as a reason; reasons are ours and fit for a log.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.smtp.body import BodyFacts
from gateway.smtp.commands import Command
from gateway.smtp.replies import Reply
from gateway.smtp.states import Verb


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """A well-formed command in sequence. Answer it with its `ticket`."""

    ticket: int
    command: Command


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A command the machine answered itself, in its turn. `untrusted_line` is for printable();
    empty where it might hold a credential."""

    reply: Reply
    untrusted_line: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class BodyChunkReceived:
    """The next octets of the mail: no dot-stuffing, line ends CRLF or marked in the facts."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BodyEnded:
    """The mail is complete; `ticket` awaits the final answer. With a `refusal` the body broke a
    rule of the transport and must not be used."""

    ticket: int
    facts: BodyFacts
    refusal: Reply | None


@dataclass(frozen=True, slots=True)
class ProtocolViolated:
    """The peer broke the protocol so that the connection cannot go on. A client was already told
    `reply`; a next hop is told nothing."""

    reason: str
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The peer closed. `owed`: replies were still owed to it, or by it."""

    owed: bool


@dataclass(frozen=True, slots=True)
class ReplyReceived:
    """The next hop answered. `command` is None for what is no command line (the greeting, the
    final dot, see `verb`). `tag` is what `send` was given."""

    tag: int
    verb: Verb
    command: Command | None
    reply: Reply


@dataclass(frozen=True, slots=True)
class UnaskedReplyReceived:
    """The next hop spoke without being asked: 421 before it closes (RFC 5321 3.8)."""

    reply: Reply


ServerEvent = (
    CommandReceived
    | CommandRefused
    | BodyChunkReceived
    | BodyEnded
    | ProtocolViolated
    | ConnectionClosed
)

ClientEvent = ReplyReceived | UnaskedReplyReceived | ProtocolViolated | ConnectionClosed
