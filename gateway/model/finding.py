"""One observation of one engine about one subject, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is if the finding is true, in rising order."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Position in the order info < low < medium < high < critical, from 0."""
        return _ORDER[self]


_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` names the kind of observation for ever; `evidence` is one line for people.

    `confidence` runs from 0 to 100. Raises ValueError when it does not.
    """

    code: str
    severity: Severity
    confidence: int
    evidence: str
    engine: str
    engine_version: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 100:
            raise ValueError(f"confidence must be 0..100, not {self.confidence}")
