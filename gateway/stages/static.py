"""static: what a file's structure shows without running it, and what in it acts by itself.

The hosts that its links lead to are looked up here, where they become known: in policy's lists,
then in the feeds.
"""

from __future__ import annotations

from gateway.model import (
    Failed,
    Family,
    Finding,
    Origin,
    Outcome,
    Ran,
    Severity,
    Subject,
    SubjectKind,
)
from gateway.pipeline import Case, Enabled, InScope, NotCached, Readable, Stage
from gateway.policy import listed_host
from gateway.sandbox import GuestFailed, GuestTimedOut
from gateway.stages.common import broken, policy_of
from gateway.stages.services import StageServices

BLOCKED_HOST = "lists.blocked_host"


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Have the part examined in a guest; write down what acts and what can be taken out."""
    report = await services.inspector.examine(
        subject.content, subject.type, subject.name, policy_of(case).budgets.static_ms
    )
    if isinstance(report, GuestFailed | GuestTimedOut):
        return broken(report, "analysing it")
    subject.hosts = report.hosts
    findings = (*report.findings, *_host_findings(case, subject, services))
    if report.notes and not report.encrypted:
        return Failed(f"it cannot be read to its end: {report.notes[0]}", findings, "static")
    subject.extractable = report.extractable
    subject.active = () if _is_mail_text(subject) else report.active
    subject.encrypted = subject.encrypted or report.encrypted
    if report.encrypted:
        words = "it is encrypted"
    elif report.active and not subject.active:
        words = f"{', '.join(report.active)}: mail programs do not run these in a mail's own text"
    elif report.active:
        words = f"acts by itself: {', '.join(report.active)}"
    elif findings:
        words = "signs were found in it"
    else:
        words = "nothing in it acts by itself"
    return Ran(words, findings, engine="static")


def _host_findings(case: Case, subject: Subject, services: StageServices) -> tuple[Finding, ...]:
    """What policy's lists and the feeds say of the hosts; a blocked one ends the part's plan."""
    policy = policy_of(case)
    unlisted: list[str] = []
    findings: list[Finding] = []
    for host in subject.hosts:
        match = listed_host(policy, host)
        if match is None:
            unlisted.append(host)
        elif not match.allowed:
            evidence = f"it links to {host}, which is blocked ({match.rule})"
            findings.append(Finding(BLOCKED_HOST, Severity.INFO, 100, evidence, "lists"))
    if findings:
        subject.listed = "block"
        case.end(subject, f"static: {findings[0].evidence}")
    if policy.reputation.enabled:
        findings.extend(services.feeds.look_up("", unlisted))
    return tuple(findings)


def _is_mail_text(subject: Subject) -> bool:
    """Whether the part is the mail's own text, not a file that somebody opens."""
    is_text = subject.file_type.family is Family.TEXT
    return subject.origin is Origin.MIME and not subject.name and is_text


STAGE: Stage[StageServices] = Stage(
    name="static",
    purpose="Read each file's structure: rules, macros, scripts, actions, links.",
    subject=SubjectKind.PART,
    run=run,
    gates=(Enabled("static.enabled"), InScope(), NotCached(), Readable()),
    needs=("type",),
    gives=("active content",),
    budget="budgets.static_ms",
    judges=True,
)
