"""What a decision rests on: plain data that a trace holds, so that it can be made again.

Nothing here refers to bytes, engines or time. Whoever reads a stored trace can build these and
ask what another policy would have done with last week's mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.model.verdict import Verdict
from gateway.policy.words import UnscannedKind


class Extraction(StrEnum):
    """What became of the extraction of one part."""

    NOT_DUE = "not_due"
    """Not for this type, or switched off: the original is what there is."""
    NOTHING = "nothing"
    """It ran; there was nothing to take out."""
    DONE = "done"
    """A harmless copy stands ready in the original's place."""
    REMOVED = "removed"
    """The part itself was taken out, with or from the container that held it."""
    FAILED = "failed"
    """It was due and did not succeed, for whatever reason: there is no harmless copy."""

    @property
    def harmless(self) -> bool:
        """True when recipients of the extracted mail do not get the original part."""
        return self in (Extraction.DONE, Extraction.REMOVED)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question about a part that nobody answered: which, by which stage, and why."""

    kind: UnscannedKind
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """Policy itself forbids the part or the mail: why, and where policy says so."""

    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class PartFacts:
    """One subject of the trace.

    `verdict` is what its engines found: its open questions stand in `open`, and do not make it
    `unscanned` here. `reason` says in words what was found. `label` is its name for people.
    """

    subject: str
    label: str
    verdict: Verdict = Verdict.CLEAN
    reason: str = ""
    open: tuple[OpenQuestion, ...] = ()
    extraction: Extraction = Extraction.NOT_DUE
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class MailFacts:
    """Every subject of one mail, the message itself first."""

    parts: tuple[PartFacts, ...]

    @property
    def changes_something(self) -> bool:
        """True when the extracted mail differs from the original."""
        return any(part.extraction.harmless for part in self.parts)
