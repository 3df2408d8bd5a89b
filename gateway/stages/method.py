"""How a file is extracted, and whether it is at all: policy's method and threshold for it.

Part of the extract stage; decides from policy and from what earlier stages wrote, does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.model import SkipKind, Skipped, Subject, Verdict, combine
from gateway.pipeline import Case
from gateway.pipeline.judgement import findings_of, open_questions, verdict_of_finding
from gateway.policy import ExtractMethod, Policy, Suspicion


@dataclass(frozen=True, slots=True)
class Chosen:
    """The method for a file, and the setting that says so."""

    method: ExtractMethod
    rule: str


def choose(policy: Policy, case: Case, subject: Subject) -> Chosen | Skipped:
    """The method for `subject`, or why it stays as it is."""
    key = f"extract.methods.{subject.type}"
    named = subject.type in policy.extract.methods
    method = policy.extract.methods.get(subject.type, ExtractMethod.CLEAN)
    rule = policy.where(key if named else "extract.methods")
    if method is ExtractMethod.OFF:
        reason = f"{key} is off: files of this type stay as they are"
        return Skipped(SkipKind.DISABLED, reason, rule)
    wanted = policy.extract.from_suspicion
    if wanted is not Suspicion.ALWAYS:
        found = _so_far(case, subject)
        if found.rank < Verdict(wanted).rank:
            reason = f"it is {found} so far, and extract.from_suspicion is '{wanted}'"
            where = policy.where("extract.from_suspicion")
            return Skipped(SkipKind.NOT_APPLICABLE, reason, where)
    return Chosen(method, f"{key if named else 'extract.methods'}, {rule}")


def _so_far(case: Case, subject: Subject) -> Verdict:
    """The worst that the stages before this one believe of the part."""
    rows = case.trace.line(subject.id)
    judging = frozenset(row.stage for row in rows)
    cached = [subject.cached.verdict] if subject.cached is not None else []
    found = (verdict_of_finding(finding) for finding in findings_of(rows))
    opened = (Verdict.UNSCANNED for _ in open_questions(rows, judging))
    return combine([*cached, *found, *opened])
