"""The report: a case as data, for the journal, `--json`, the console and for people.

The field names are a promise to users (`explain --json`, `trace --json`): fields may be added,
none renamed.
"""

from __future__ import annotations

import msgspec

from gateway.model import (
    Failed,
    Finding,
    MessageHead,
    NotReached,
    Outcome,
    Ran,
    Skipped,
    Subject,
    TimedOut,
    outcome_name,
)
from gateway.pipeline.case import Case
from gateway.pipeline.judgement import open_questions
from gateway.pipeline.trace import Row


class FindingReport(msgspec.Struct, frozen=True):
    """One finding."""

    code: str
    severity: str
    confidence: int
    evidence: str
    engine: str
    engine_version: str


class MessageReport(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """The mail's head as people know it, and its digest."""

    id: str
    sha256: str
    size: int
    sender: str
    to: list[str]
    subject: str


class PlanReport(msgspec.Struct, frozen=True):
    """Which plan and which policy ran."""

    version: str
    policy: str


class SubjectReport(msgspec.Struct, frozen=True):
    """The message or one part. `origin` dropped: its parent handed it on when it ran."""

    id: str
    parent: str
    name: str
    type: str
    claimed_type: str
    sha256: str
    size: int
    verdict: str = ""
    active: list[str] = []
    encrypted: bool = False
    origin: str = ""


class RowReport(msgspec.Struct, frozen=True):
    """One stage on one subject. `outcome` is ran, skipped, failed, timed_out or not_reached."""

    subject: str
    stage: str
    outcome: str
    kind: str
    reason: str
    rule: str
    ms: float
    engine: str
    findings: list[FindingReport]


class RemovalReport(msgspec.Struct, frozen=True):
    """One thing that extraction took out."""

    what: str
    where: str
    why: str


class ChangeReport(msgspec.Struct, frozen=True):
    """What extraction took out of one part."""

    subject: str
    removed: list[RemovalReport]


class DispositionReport(msgspec.Struct, frozen=True):
    """What was decided for one recipient."""

    recipient: str
    action: str
    body_sha256: str
    reason: str
    rule: str = ""


class ReceiptReport(msgspec.Struct, frozen=True):
    """What the next hop answered."""

    recipients: list[str]
    code: int
    text: str


class QuestionReport(msgspec.Struct, frozen=True):
    """Why a subject is unscanned."""

    subject: str
    stage: str
    kind: str
    reason: str


class EnvelopeReport(msgspec.Struct, frozen=True):
    """The SMTP envelope."""

    sender: str
    recipients: list[str]
    client: str
    server: str
    tls: bool


class LaterReport(msgspec.Struct, frozen=True):
    """What became of the mail after its trace was written: `detail` in words, `at` in seconds since
    the epoch."""

    at: float
    what: str
    by: str
    detail: str


class Report(msgspec.Struct, frozen=True):
    """One mail, completely: what was looked at, by which stage, why not, and what was decided.

    `unseen` is empty, or says why a whole connection passed without being read: the report then
    stands for whatever mails crossed it. `later` is empty where the report is kept, and filled from
    the journal for who asks.
    """

    message: MessageReport
    plan: PlanReport
    subjects: list[SubjectReport]
    rows: list[RowReport]
    verdict: str
    changes: list[ChangeReport]
    dispositions: list[DispositionReport]
    envelope: EnvelopeReport
    open_questions: list[QuestionReport] = []
    receipts: list[ReceiptReport] = []
    started_at: float = 0.0
    unseen: str = ""
    later: list[LaterReport] = []


def report_of(case: Case, recording: Row | None = None) -> Report:
    """The report of `case`; `recording` is the row of the stage that is writing it just now."""
    head = case.head or MessageHead(case.id, case.message.sha256, case.message.size, "", (), "")
    rows = (*case.trace.rows(), *([recording] if recording is not None else []))
    envelope = case.envelope
    return Report(
        message=MessageReport(
            case.id,
            case.message.sha256,
            case.message.size,
            head.sender,
            list(head.to),
            head.subject,
        ),
        plan=PlanReport(case.plan_version, case.policy.version),
        subjects=[_subject(subject) for subject in case.subjects.values()],
        rows=[_row(row) for row in rows],
        verdict=case.verdict.value if case.verdict is not None else "",
        changes=[_change(part) for part in case.parts if part.removed],
        dispositions=[
            DispositionReport(d.recipient, d.action.value, d.body_sha256, d.reason, d.rule)
            for d in case.dispositions
        ],
        envelope=EnvelopeReport(
            envelope.sender,
            list(envelope.recipients),
            envelope.client,
            envelope.server,
            envelope.tls,
        ),
        open_questions=[
            QuestionReport(q.subject, q.stage, q.kind, q.reason)
            for q in open_questions(rows, case.judging)
        ],
        receipts=[ReceiptReport(list(r.recipients), r.code, r.text) for r in case.receipts],
        started_at=case.started_at,
    )


def _subject(subject: Subject) -> SubjectReport:
    return SubjectReport(
        subject.id,
        subject.parent,
        subject.name,
        subject.type,
        subject.claimed_type,
        subject.as_sent.sha256,
        subject.as_sent.size,
        subject.verdict.value if subject.verdict is not None else "",
        list(subject.active or ()),
        subject.encrypted,
        subject.origin.value,
    )


def _change(part: Subject) -> ChangeReport:
    return ChangeReport(part.id, [RemovalReport(r.what, r.where, r.why) for r in part.removed])


def _row(row: Row) -> RowReport:
    kind, reason, rule, engine = _words(row.outcome)
    findings = () if isinstance(row.outcome, NotReached) else row.outcome.findings
    return RowReport(
        row.subject,
        row.stage,
        outcome_name(row.outcome),
        kind,
        reason,
        rule,
        round(row.ms, 3),
        engine,
        [_finding(finding) for finding in findings],
    )


def _finding(finding: Finding) -> FindingReport:
    return FindingReport(
        finding.code,
        finding.severity.value,
        finding.confidence,
        finding.evidence,
        finding.engine,
        finding.engine_version,
    )


def _words(outcome: Outcome) -> tuple[str, str, str, str]:
    """(kind, reason, rule, engine) of an outcome."""
    match outcome:
        case Ran(reason=reason, engine=engine):
            return "", reason, "", engine
        case Skipped(kind=kind, reason=reason, rule=rule):
            return kind.value, reason, rule, ""
        case Failed(error=error, engine=engine):
            return "", error, "", engine
        case TimedOut(reason=reason, engine=engine):
            return "", reason, "", engine
        case NotReached(because=because):
            return "", because, "", ""
