"""parse: the mail into its MIME parts, each with content and type, in one visit to a guest."""

from __future__ import annotations

from gateway.mime import DefectKind
from gateway.model import (
    Finding,
    MessageHead,
    Origin,
    Outcome,
    Ran,
    Severity,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
)
from gateway.pipeline import Case, Stage
from gateway.sandbox import GuestFailed, GuestTimedOut, ParsedMail
from gateway.stages.common import broken, most_parts, policy_of
from gateway.stages.services import StageServices


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Have the mail taken apart; its parts become subjects."""
    policy = policy_of(case)
    if subject.content.size > policy.limits.message_bytes:
        reason = f"the mail has {subject.content.size} bytes, limits.message_bytes is lower"
        return Skipped(SkipKind.OVER_LIMIT, reason, policy.where("limits.message_bytes"))
    parsed = await services.inspector.parse(subject.content, policy.budgets.parse_ms)
    if isinstance(parsed, GuestFailed | GuestTimedOut):
        return broken(parsed, "taking the mail apart")
    _write_head(case, parsed)
    case.mime = parsed.tree
    made: dict[str, Subject] = {case.root.id: subject}
    kept = parsed.parts[: most_parts(policy)]
    for untrusted in kept:
        part = case.add_part(
            made[untrusted.parent],
            origin=Origin.MIME,
            name=untrusted.name,
            claimed_type=untrusted.claimed_type,
            content=untrusted.content,
        )
        part.guess = untrusted.guess
        part.encrypted = untrusted.encrypted
        part.mime_path = untrusted.path
        part.also = untrusted.also
        made[untrusted.id] = part
    findings, over = _defects(parsed)
    if len(kept) < len(parsed.parts):
        over = f"the mail has {len(parsed.parts)} parts, limits.members is {len(kept)}"
    if over:
        return Skipped(SkipKind.OVER_LIMIT, over, policy.where("limits"), findings)
    count = f"{len(parsed.parts)} parts" if len(parsed.parts) != 1 else "1 part"
    return Ran(count, findings)


def _defects(parsed: ParsedMail) -> tuple[tuple[Finding, ...], str]:
    """What the scanner noted, as findings; and why the mail was not read to its end, if so."""
    findings = []
    over = ""
    for defect in parsed.defects():
        if defect.kind == DefectKind.LIMIT:
            over = over or f"{defect.sentence} (MIME part {defect.path})"
        severity = Severity.LOW if defect.kind == DefectKind.AMBIGUITY else Severity.INFO
        evidence = f"{defect.sentence} (MIME part {defect.path})"
        findings.append(Finding(f"mime.{defect.code}", severity, 90, evidence, "mime"))
    return tuple(findings), over


def _write_head(case: Case, parsed: ParsedMail) -> None:
    case.head = MessageHead(
        id=case.id,
        sha256=case.message.sha256,
        size=case.message.size,
        sender=parsed.sender,
        to=parsed.to,
        subject=parsed.subject,
        message_id=parsed.message_id,
    )


STAGE: Stage[StageServices] = Stage(
    name="parse",
    purpose="Take the mail apart into its MIME parts.",
    subject=SubjectKind.MESSAGE,
    run=run,
    gives=("parts",),
    budget="budgets.parse_ms",
    on_failure="the mail is unscanned; policy's unscanned.failed decides",
    judges=True,
)
