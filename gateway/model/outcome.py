"""What became of one stage on one subject: a closed union of five.

`Ran`, `Skipped`, `Failed`, `TimedOut`, `NotReached`. A skip is not a pass: its kind says whether
the verdict is left alone or becomes `unscanned` (DESIGN section 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.model.finding import Finding


class SkipKind(StrEnum):
    """Why a stage did not run; `opens_verdict` tells whether that leaves a question open."""

    NOT_APPLICABLE = "not_applicable"
    """The stage has nothing to say of such a subject. Verdict left alone."""
    CACHED = "cached"
    """The verdict of an earlier, complete run on the same bytes is used. Verdict left alone."""
    OUT_OF_SCOPE = "out_of_scope"
    """Policy leaves this subject, or every recipient, out of a changing (not judging) stage."""
    DISABLED = "disabled"
    """Policy switched the stage off, or bypasses this type."""
    OVER_LIMIT = "over_limit"
    """The subject exceeds a limit of policy: size, depth, count or ratio."""
    UNAVAILABLE = "unavailable"
    """What the stage needs does not answer now; it may later."""
    OVERLOADED = "overloaded"
    """Too many others wait for the same; they may not later."""
    BACKGROUND = "background"
    """It is done after the mail has gone on: policy has nobody wait for it."""
    UNSUPPORTED = "unsupported"
    """Nothing installed here can do it for this type."""
    ENCRYPTED = "encrypted"
    """The content cannot be read without a key."""

    @property
    def opens_verdict(self) -> bool:
        """True when a subject so skipped by a judging stage is `unscanned`."""
        return self in _OPENS_VERDICT


_OPENS_VERDICT = frozenset(
    {
        SkipKind.DISABLED,
        SkipKind.OVER_LIMIT,
        SkipKind.UNAVAILABLE,
        SkipKind.OVERLOADED,
        SkipKind.BACKGROUND,
        SkipKind.UNSUPPORTED,
        SkipKind.ENCRYPTED,
    }
)


@dataclass(frozen=True, slots=True)
class Ran:
    """The stage did its work. `reason` says in one sentence what it did or saw."""

    reason: str
    findings: tuple[Finding, ...] = ()
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """The stage did not work on this subject, for a reason that policy or the subject gives.

    `rule` is where that was decided: a line of policy.toml, a table's name, or empty.
    """

    kind: SkipKind
    reason: str
    rule: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The stage broke: a parser crashed, an engine answered nonsense."""

    error: str
    findings: tuple[Finding, ...] = ()
    engine: str = ""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The stage's guest was ended from outside after `budget_ms` milliseconds."""

    budget_ms: int
    reason: str
    findings: tuple[Finding, ...] = ()
    engine: str = ""


@dataclass(frozen=True, slots=True)
class NotReached:
    """The plan ended for this subject before the stage; `because` names what ended it."""

    because: str


Outcome = Ran | Skipped | Failed | TimedOut | NotReached


def outcome_name(outcome: Outcome) -> str:
    """The outcome's name in traces and JSON: ran, skipped, failed, timed_out, not_reached."""
    return _NAMES[type(outcome)]


_NAMES: dict[type, str] = {
    Ran: "ran",
    Skipped: "skipped",
    Failed: "failed",
    TimedOut: "timed_out",
    NotReached: "not_reached",
}
