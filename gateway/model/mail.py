"""Envelope, message head and flow: what is known of a mail before its parts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """The NIC a flow came in by."""

    CLIENT = "client"
    SERVER = "server"


class Handover(StrEnum):
    """From which side a mail is handed over. It says nothing of the NIC."""

    RECEIVED = "received"
    """By another mail server, on its port."""
    SUBMITTED = "submitted"
    """By a person's program: on a submission port, or authenticated."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One TCP connection crossing the NIC pair: its 5-tuple (TCP understood) and side."""

    source: str
    source_port: int
    destination: str
    destination_port: int
    side: Side = Side.CLIENT


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL and RCPTs of one transaction (RFC 5321 section 2.3.1); addresses without brackets."""

    sender: str
    recipients: tuple[str, ...]
    client: str = ""
    server: str = ""
    helo: str = ""
    tls: bool = False
    authenticated: bool = False
    server_port: int = 25
    handover: Handover = Handover.RECEIVED


@dataclass(frozen=True, slots=True)
class MessageHead:
    """The head fields that people recognise a mail by, decoded; and the message's digest."""

    id: str
    sha256: str
    size: int
    sender: str
    to: tuple[str, ...]
    subject: str
    message_id: str = ""
