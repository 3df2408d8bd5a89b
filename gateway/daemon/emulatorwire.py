"""What travels between worker and emulator: one packet asks, one answers.

AF_UNIX SOCK_SEQPACKET: the question carries the sample as a descriptor, so that no byte of it is
copied through a message. A peer that sends anything else is closed.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from gateway.model import Finding
from gateway.policy import GatewayConfig

MAX_PACKET = 256 * 1024
"""Longest answer: findings with their evidence."""

MAX_SAMPLE = 64 * 1024 * 1024
"""Largest sample that is run. Larger than the largest mail of most servers."""


class Question(msgspec.Struct, frozen=True):
    """Run the file of the packet's descriptor."""

    type: str
    name: str
    budget_seconds: int


class FindingLine(msgspec.Struct, frozen=True):
    """A finding on the wire."""

    code: str
    severity: str
    confidence: int
    evidence: str
    engine: str
    engine_version: str


class Answer(msgspec.Struct, frozen=True):
    """What the guest showed; `refused` says why there was none, `unsupported` whether for ever."""

    environment: str = ""
    version: str = ""
    summary: str = ""
    findings: list[FindingLine] = []
    stopped_by: str = ""
    timed_out: bool = False
    refused: str = ""
    unsupported: bool = False


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
