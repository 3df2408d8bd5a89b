"""dispose: the verdict on the mail, and what is done with it for each recipient."""

from __future__ import annotations

from gateway.model import (
    Failed,
    NotReached,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
    TimedOut,
    Verdict,
)
from gateway.pipeline import Case, Stage, findings_of, message_verdict, open_questions
from gateway.pipeline.judgement import verdict_of_finding
from gateway.policy import (
    Block,
    Extraction,
    MailFacts,
    OpenQuestion,
    PartFacts,
    UnscannedKind,
    decide,
    settle,
)
from gateway.stages import authentication, envelope, lists, scope, static
from gateway.stages.common import policy_of
from gateway.stages.replaceable import is_replaceable
from gateway.stages.services import StageServices

BLOCKING = frozenset(
    {
        authentication.BLOCKED,
        envelope.BLOCKED_SENDER,
        scope.BLOCKED_TYPE,
        lists.BLOCKED_FILE,
        static.BLOCKED_HOST,
    }
)
"""Findings by which policy itself, not an engine, refuses a mail."""


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Judge the mail from its complete rows, and decide for each recipient."""
    verdicts = [part.verdict or Verdict.UNSCANNED for part in case.parts]
    case.verdict = message_verdict(case.trace, case.judging, verdicts, until=STAGE.name)
    facts = facts_of(case)
    policy = policy_of(case)
    case.dispositions = settle(
        tuple(decide(facts, recipient, policy) for recipient in case.envelope.recipients)
    )
    actions = ", ".join(dict.fromkeys(d.action.value for d in case.dispositions))
    return Ran(f"{case.verdict}: {actions}")


def facts_of(case: Case) -> MailFacts:
    """What the decision rests on: every subject as plain data."""
    return MailFacts(tuple(_facts(case, subject) for subject in case.subjects.values()))


def _facts(case: Case, subject: Subject) -> PartFacts:
    rows = case.trace.line(subject.id)
    findings = [(verdict_of_finding(f), f) for f in findings_of(rows)]
    # Of equally bad findings the last tells most: what a guest did says more than how it looked.
    worst = max(reversed(findings), key=lambda pair: pair[0].rank, default=None)
    verdict = worst[0] if worst is not None else Verdict.CLEAN
    reason = worst[1].evidence if worst is not None and verdict is not Verdict.CLEAN else ""
    if subject.cached is not None and subject.cached.verdict.rank > verdict.rank:
        verdict, reason = subject.cached.verdict, subject.cached.reason
    return PartFacts(
        subject=subject.id,
        label=subject.label,
        verdict=verdict,
        reason=reason,
        open=tuple(
            OpenQuestion(UnscannedKind(q.kind), q.stage, q.reason)
            for q in open_questions(rows, case.judging)
        ),
        extraction=_extraction(case, subject),
        block=_block(case, subject),
    )


def _extraction(case: Case, subject: Subject) -> Extraction:
    if gone_with_its_document(case, subject):
        return Extraction.REMOVED
    if subject.chain:
        # It appears when the file above it runs; who gets that file cleaned never meets it.
        above = _extraction(case, case.subjects[subject.parent])
        return Extraction.REMOVED if above.harmless else Extraction.NOT_DUE
    row = case.trace.get(subject.id, "extract")
    if row is None or subject.kind is SubjectKind.MESSAGE:
        return Extraction.NOT_DUE
    match row.outcome:
        case Ran() if subject.extracted is None:
            return Extraction.NOTHING
        case Ran():
            return Extraction.DONE if is_replaceable(case, subject) else Extraction.FAILED
        case Failed() | TimedOut() | Skipped(kind=SkipKind.UNAVAILABLE | SkipKind.OVER_LIMIT):
            return Extraction.FAILED
        case Skipped() | NotReached():
            return Extraction.NOT_DUE


def gone_with_its_document(case: Case, subject: Subject) -> bool:
    """Whether a document around it is delivered without it."""
    while subject.id != case.root.id:
        parent = case.subjects[subject.parent]
        if subject.taken_out and is_replaceable(case, parent):
            return True
        subject = parent
    return False


def _block(case: Case, subject: Subject) -> Block | None:
    if subject.scope == "block" or subject.listed == "block":
        found = findings_of(case.trace.line(subject.id))
        evidence = [finding for finding in found if finding.code in BLOCKING]
        reason = evidence[0].evidence if evidence else "blocked by policy"
        return Block(reason, evidence[0].engine if evidence else "policy")
    return None


STAGE: Stage[StageServices] = Stage(
    name="dispose",
    purpose="Reach the mail's verdict and decide for each recipient what policy wants.",
    subject=SubjectKind.MESSAGE,
    run=run,
    needs=("part verdict", "scopes"),
    gives=("verdict", "dispositions"),
    on_failure="the sender is asked to try again",
    always=True,
)
