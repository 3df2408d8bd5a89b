"""emulate: run what can act in an isolated guest, and judge what it does."""

from __future__ import annotations

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
from gateway.pipeline import CanAct, Case, Enabled, InScope, NotCached, Readable, Stage, TypeListed
from gateway.stages.common import policy_of
from gateway.stages.services import NotEmulated, StageServices


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Have the part detonated; what it did becomes findings by rules."""
    policy = policy_of(case)
    result = await services.emulator.emulate(
        subject.content, subject.type, subject.name, policy.emulate.budget_seconds
    )
    if isinstance(result, NotEmulated):
        kind = SkipKind.UNSUPPORTED if result.unsupported else SkipKind.UNAVAILABLE
        return Skipped(kind, result.reason)
    engine = f"{result.environment} {result.version}".strip()
    if result.stopped_by and result.timed_out:
        budget = policy.emulate.budget_seconds * 1000
        return TimedOut(budget, result.summary, result.findings, engine)
    if result.stopped_by:
        return Failed(f"{result.summary}; stopped: {result.stopped_by}", result.findings, engine)
    return Ran(result.summary, result.findings, engine)


STAGE: Stage[StageServices] = Stage(
    name="emulate",
    purpose="Run each program and script in an isolated guest and judge what it does.",
    subject=SubjectKind.PART,
    run=run,
    gates=(
        CanAct(),
        Enabled("emulate.enabled"),
        InScope(),
        NotCached(),
        Readable(),
        TypeListed("emulate.types", SkipKind.UNSUPPORTED, "no environment here runs it"),
    ),
    needs=("type", "active content"),
    budget="emulate.budget_seconds",
    judges=True,
)
