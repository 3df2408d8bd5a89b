"""What every report must be, whatever the mail was. Pure: a report in, broken promises out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from gateway.model import Action, Verdict
from gateway.pipeline import Report
from gateway.stages import PLAN

OUTCOMES: Final = frozenset({"ran", "skipped", "failed", "timed_out", "not_reached"})
_INTERNAL: Final = "internal error in stage"
"""How the executor words an exception that a stage let out."""

_DELIVERS: Final = frozenset(action.value for action in Action if action.delivers)


def broken_promises(report: Report, recipients: tuple[str, ...]) -> tuple[str, ...]:
    """One sentence for each promise the report breaks; none when all is well."""
    return (
        *_holes(report),
        *_exceptions(report),
        *_verdicts(report),
        *_answers(report, recipients),
    )


def left_behind(again: Report) -> tuple[str, ...]:
    """What could still be taken out of an extracted mail, from the report on it."""
    names = {subject.id: subject.name for subject in again.subjects}
    return tuple(
        f"the extracted mail still holds {removal.what} in '{names[change.subject]}'"
        for change in again.changes
        for removal in change.removed
    )


def _holes(report: Report) -> Iterator[str]:
    """Rows = stages x subjects, each once, each with an outcome."""
    rows = Counter((row.subject, row.stage) for row in report.rows)
    wanted = {(subject.id, stage) for subject in report.subjects for stage in PLAN.names}
    for subject, stage in sorted(wanted - rows.keys()):
        yield f"there is no row for stage {stage} on subject {subject}"
    for (subject, stage), count in rows.items():
        if count > 1 or (subject, stage) not in wanted:
            yield f"{count} rows for stage {stage} on subject {subject}"
    for row in report.rows:
        if row.outcome not in OUTCOMES:
            yield f"stage {row.stage} on subject {row.subject} has the outcome '{row.outcome}'"
        if row.outcome != "ran" and not row.reason:
            yield f"stage {row.stage} on subject {row.subject} is {row.outcome} without a reason"


def _exceptions(report: Report) -> Iterator[str]:
    for row in report.rows:
        if row.outcome == "failed" and row.reason.startswith(_INTERNAL):
            yield f"{row.reason} (subject {row.subject})"


def _verdicts(report: Report) -> Iterator[str]:
    verdicts = {verdict.value for verdict in Verdict}
    if report.verdict not in verdicts:
        yield f"the mail's verdict is '{report.verdict}'"
    for subject in report.subjects[1:]:
        if subject.verdict not in verdicts:
            yield f"the verdict on subject {subject.id} is '{subject.verdict}'"
    if report.verdict == Verdict.CLEAN and report.open_questions:
        question = report.open_questions[0]
        yield f"the mail is clean, and {question.stage} on {question.subject} left a question open"


def _answers(report: Report, recipients: tuple[str, ...]) -> Iterator[str]:
    """Each recipient has one disposition, and what is delivered is bound to a body."""
    if Counter(d.recipient for d in report.dispositions) != Counter(recipients):
        yield f"{len(report.dispositions)} dispositions for {len(recipients)} recipients"
    rebuild_failed = any(r.stage == "rebuild" and r.outcome == "failed" for r in report.rows)
    for disposition in report.dispositions:
        if disposition.action in _DELIVERS and not disposition.body_sha256:
            yield f"{disposition.recipient}: {disposition.action} without a body"
        if disposition.action == Action.DELIVER_EXTRACTED and rebuild_failed:
            yield f"{disposition.recipient}: {disposition.action} though rebuild failed"
        if not disposition.reason:
            yield f"{disposition.recipient}: {disposition.action} without a reason"
        original = disposition.body_sha256 == report.message.sha256
        if disposition.action == Action.DELIVER_EXTRACTED and original:
            yield f"{disposition.recipient}: gets the original in place of the extracted mail"
