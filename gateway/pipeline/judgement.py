"""From rows to a verdict: pure, and the only place where findings become a belief.

The verdict on a part is the worst of what its findings say, what its cached verdict says, and
`unscanned` where a judging stage left a question open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.model import (
    MESSAGE_ID,
    Failed,
    Finding,
    NotReached,
    Ran,
    Severity,
    Skipped,
    TimedOut,
    Verdict,
    combine,
)
from gateway.pipeline.trace import IncompleteTraceError, Row, Trace

SURE = 80
"""Confidence from which a high finding alone makes a part malicious."""

LIKELY = 50
"""Confidence from which a medium or high finding makes a part suspicious."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Why a subject is `unscanned`: `kind` is a skip kind, `failed` or `timed_out`."""

    subject: str
    stage: str
    kind: str
    reason: str


def verdict_of_finding(finding: Finding) -> Verdict:
    """What one finding alone makes of its subject."""
    rank = finding.severity.rank
    if rank >= Severity.HIGH.rank and finding.confidence >= SURE:
        return Verdict.MALICIOUS
    if rank >= Severity.MEDIUM.rank and finding.confidence >= LIKELY:
        return Verdict.SUSPICIOUS
    return Verdict.CLEAN


def findings_of(rows: Iterable[Row]) -> tuple[Finding, ...]:
    """All findings of `rows`, in row order."""
    return tuple(
        finding
        for row in rows
        if not isinstance(row.outcome, NotReached)
        for finding in row.outcome.findings
    )


def open_questions(rows: Iterable[Row], judging: frozenset[str]) -> tuple[OpenQuestion, ...]:
    """The questions that the judging stages among `rows` left open."""
    return tuple(
        question
        for row in rows
        if row.stage in judging and (question := _open_question(row)) is not None
    )


def part_verdict(
    rows: tuple[Row, ...], judging: frozenset[str], cached: Verdict | None = None
) -> Verdict:
    """The verdict on one subject from its filled rows and, if the cache answered, its verdict."""
    return combine(
        [
            *(verdict_of_finding(finding) for finding in findings_of(rows)),
            *(Verdict.UNSCANNED for _ in open_questions(rows, judging)),
            *([cached] if cached is not None else []),
        ]
    )


def message_verdict(
    trace: Trace, judging: frozenset[str], part_verdicts: Iterable[Verdict], *, until: str
) -> Verdict:
    """The verdict on the message: the worst of its parts and its own rows.

    Raises IncompleteTraceError when a row of a stage before `until` is still empty.
    """
    before = frozenset(trace.stages[: trace.stages.index(until)])
    missing = [pair for pair in trace.missing() if pair[1] in before]
    if missing:
        subject, stage = missing[0]
        raise IncompleteTraceError(
            f"{len(missing)} rows are empty, the first is {stage} on subject {subject}"
        )
    own = [row for row in trace.rows() if row.stage in judging]
    opened = [Verdict.UNSCANNED for _ in open_questions(own, judging)]
    found = map(verdict_of_finding, findings_of(trace.line(MESSAGE_ID)))
    return combine([*part_verdicts, *opened, *found])


def _open_question(row: Row) -> OpenQuestion | None:
    match row.outcome:
        case Skipped(kind=kind, reason=reason) if kind.opens_verdict:
            return OpenQuestion(row.subject, row.stage, kind.value, reason)
        case Failed(error=error):
            return OpenQuestion(row.subject, row.stage, "failed", error)
        case TimedOut(reason=reason):
            return OpenQuestion(row.subject, row.stage, "timed_out", reason)
        case Ran() | Skipped() | NotReached():
            return None
