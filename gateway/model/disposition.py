"""What is done with a mail, per recipient, and what the next hop answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """The five dispositions (DESIGN section 2)."""

    DELIVER = "deliver"
    DELIVER_EXTRACTED = "deliver-extracted"
    QUARANTINE = "quarantine"
    REJECT = "reject"
    TEMPFAIL = "tempfail"

    @property
    def delivers(self) -> bool:
        """True for the two that hand a body to the next hop."""
        return self in (Action.DELIVER, Action.DELIVER_EXTRACTED)


@dataclass(frozen=True, slots=True)
class Disposition:
    """An action for one recipient, bound to the digest of exactly one body.

    `body_sha256` is empty until the body is known (before `rebuild`) and where none is delivered
    or kept. `rule` is where policy says so.
    """

    recipient: str
    action: Action
    reason: str
    body_sha256: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The next hop's answer to one body: its reply code, its text, for which recipients."""

    recipients: tuple[str, ...]
    code: int
    text: str
