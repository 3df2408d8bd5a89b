"""The record of a connection that passed unseen: what crossed it is unscanned, and says so.

No mail of it is known, so there is one report for the connection: every stage has its row,
`not_reached`, with the reason. Pure.
"""

from __future__ import annotations

import msgspec

from gateway.model import BytesContent, Envelope, Flow, MessageHead, NotReached, Ran, Verdict
from gateway.pipeline import Case, Report, Row, Trace, report_of
from gateway.pipeline.gates import PolicyView
from gateway.pipeline.report import QuestionReport
from gateway.stages import PLAN, record

SUBJECT = "(an encrypted connection: its mails were not seen)"
"""What stands where a mail's subject would."""

KIND = "encrypted"
"""The kind of the open question: nobody without the key can look inside."""


def unseen_report(
    report_id: str, flow: Flow, reason: str, policy: PolicyView, plan_version: str, at: float
) -> Report:
    """The report of `flow`, which passes unseen for `reason` from `at` on (Unix time)."""
    case = Case(
        id=report_id,
        message=BytesContent(b""),
        envelope=Envelope("", (), client=flow.source, server=flow.destination, tls=True),
        policy=policy,
        plan_version=plan_version,
        judging=PLAN.judging,
        trace=Trace(PLAN.names),
        started_at=at,
    )
    case.verdict = Verdict.UNSCANNED
    case.head = MessageHead(report_id, "", 0, "", (), SUBJECT)
    because = f"the session was encrypted end to end: {reason}"
    for stage in PLAN.names:
        known = stage == record.STAGE.name
        outcome = Ran("written to the journal") if known else NotReached(because)
        case.trace.fill(Row(case.root.id, stage, outcome, 0.0))
    question = QuestionReport(case.root.id, PLAN.names[0], KIND, because)
    report = report_of(case)
    # Nothing was read, so there is no digest: that of an empty mail would be a lie.
    message = msgspec.structs.replace(report.message, sha256="")
    (root,) = report.subjects
    return msgspec.structs.replace(
        report,
        message=message,
        subjects=[msgspec.structs.replace(root, sha256="")],
        open_questions=[question],
        unseen=reason,
    )
