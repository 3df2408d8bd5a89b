"""emulate: run what can act in an isolated guest, and judge what it does.

What the file makes, fetches or hands on meanwhile becomes its children (`gateway.stages.chain`).
"""

from __future__ import annotations

from math import ceil

from gateway.model import (
    Failed,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
    TimedOut,
)
from gateway.pipeline import (
    Awaited,
    CanAct,
    Case,
    Enabled,
    InScope,
    NotCached,
    Readable,
    Stage,
    TypeListed,
    WithinChain,
)
from gateway.stages.chain import Followed, follow
from gateway.stages.common import policy_of
from gateway.stages.services import Emulated, NotEmulated, StageServices, Urgency


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Have the part detonated; what it did becomes findings by rules, what it left parts."""
    policy = policy_of(case)
    left = policy.emulate.mail_seconds - case.emulated_seconds
    if left <= 0:
        most = policy.emulate.mail_seconds
        reason = f"this mail's files have run for {most} s already: emulate.mail_seconds"
        return Skipped(SkipKind.OVER_LIMIT, reason, policy.where("emulate.mail_seconds"))
    seconds = min(policy.emulate.budget_seconds, ceil(left))
    urgency = Urgency.HELD if services.next_hop.awaited else Urgency.BACKGROUND
    result = await services.emulator.emulate(
        subject.content,
        subject.type,
        subject.name,
        seconds,
        urgency,
        opened=subject.type in policy.emulate.opened,
    )
    if isinstance(result, NotEmulated):
        return Skipped(_why(result), result.reason)
    case.emulated_seconds += result.seconds
    followed = await follow(case, subject, result.children, services)
    return _outcome(result, followed, seconds * 1000)


def _why(result: NotEmulated) -> SkipKind:
    if result.unsupported:
        return SkipKind.UNSUPPORTED
    return SkipKind.OVERLOADED if result.overloaded else SkipKind.UNAVAILABLE


def _outcome(result: Emulated, followed: Followed, budget_ms: int) -> Outcome:
    """What stopped it comes first; then what of its chain nobody followed."""
    engine = f"{result.environment} {result.version}".strip()
    if result.stopped_by and result.timed_out:
        return TimedOut(budget_ms, result.summary, result.findings, engine)
    if result.stopped_by:
        return Failed(f"{result.summary}; stopped: {result.stopped_by}", result.findings, engine)
    if followed.over or result.omitted:
        over = followed.over or f"not everything it handed on came back: {result.omitted}"
        reason = f"{result.summary}; {over}"
        return Skipped(SkipKind.OVER_LIMIT, reason, followed.rule, result.findings)
    files = "1 file" if followed.count == 1 else f"{followed.count} files"
    handed = f"; it handed on {files}, each a part of its own" if followed.count else ""
    return Ran(result.summary + handed, result.findings, engine)


STAGE: Stage[StageServices] = Stage(
    name="emulate",
    purpose="Run each program and script in an isolated guest and judge what it does. What it "
    "makes, fetches or hands on becomes a part below it, and goes through the plan first.",
    subject=SubjectKind.PART,
    run=run,
    gates=(
        CanAct(),
        Enabled("emulate.enabled"),
        InScope(),
        NotCached(),
        Readable(),
        TypeListed("emulate.types", SkipKind.UNSUPPORTED, "no environment here runs it"),
        WithinChain("emulate.chain_depth"),
        Awaited("emulate"),
    ),
    needs=("type", "active content"),
    budget="emulate.budget_seconds",
    judges=True,
)
