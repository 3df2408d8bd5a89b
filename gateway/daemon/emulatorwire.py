"""What travels between worker and emulator: one packet asks, one answers.

AF_UNIX SOCK_SEQPACKET: the question carries the sample as a descriptor, so that no byte of it is
copied through a message. What the sample handed on comes back in one more descriptor, file behind
file, with their sizes in the answer. A peer that sends anything else is closed.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import msgspec

from gateway.model import Content, Finding
from gateway.policy import GatewayConfig
from gateway.stages.services import Urgency

MAX_PACKET = 256 * 1024
"""Longest answer: findings with their evidence."""

MAX_SAMPLE = 64 * 1024 * 1024
"""Largest sample that is run. Larger than the largest mail of most servers."""


class Question(msgspec.Struct, frozen=True):
    """Run the file of the packet's descriptor; `opened`: its application is to open it, too."""

    type: str
    name: str
    budget_seconds: int
    urgency: Urgency = Urgency.PERSON
    opened: bool = False


class FindingLine(msgspec.Struct, frozen=True):
    """A finding on the wire."""

    code: str
    severity: str
    confidence: int
    evidence: str
    engine: str
    engine_version: str


class ChildLine(msgspec.Struct, frozen=True):
    """A file that the sample handed on; its bytes follow those of the one before."""

    path: str
    size: int


class Answer(msgspec.Struct, frozen=True):
    """What the guest showed; `refused` says why there was none, `unsupported` whether for ever."""

    environment: str = ""
    version: str = ""
    summary: str = ""
    findings: list[FindingLine] = []
    stopped_by: str = ""
    timed_out: bool = False
    children: list[ChildLine] = []
    omitted: str = ""
    seconds: float = 0.0
    refused: str = ""
    unsupported: bool = False
    overloaded: bool = False


def socket_path(config: GatewayConfig) -> Path:
    """The emulator's socket."""
    return Path(config.paths.run) / "emulator.sock"


def line_of(finding: Finding) -> FindingLine:
    """A finding for the wire."""
    return FindingLine(
        finding.code,
        finding.severity.value,
        finding.confidence,
        finding.evidence,
        finding.engine,
        finding.engine_version,
    )


PATH_LENGTH = 500
"""Characters of a child's path that travel: 64 of them must fit into one packet."""


def line_of_child(path: str, content: Content) -> ChildLine:
    """A file for the wire. The end of a long path tells more than its beginning."""
    return ChildLine(path[-PATH_LENGTH:], content.size)


async def readable(sock: socket.socket) -> None:
    """Wait until a packet is there: asyncio has no reading that keeps descriptors."""
    loop = asyncio.get_running_loop()
    sock.setblocking(False)
    arrived = asyncio.Event()
    loop.add_reader(sock.fileno(), arrived.set)
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(sock.fileno())
