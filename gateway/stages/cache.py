"""cache: a verdict reached before on the same bytes, under the same plan and policy."""

from __future__ import annotations

from gateway.model import Outcome, Ran, Subject, SubjectKind
from gateway.pipeline import Case, Enabled, InScope, Readable, Stage, WithinLimits
from gateway.stages.services import StageServices
from gateway.store import CacheKey


def cache_key(case: Case, subject: Subject) -> CacheKey:
    """Everything the verdict on `subject` depends on."""
    return CacheKey(subject.content.sha256, subject.type, case.plan_version, case.policy.version)


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Ask the cache; a hit closes the gates of the stages it answers for."""
    cached = services.cache.get(cache_key(case, subject))
    if cached is None:
        return Ran("not seen before under this plan and policy")
    subject.cached = cached
    minutes = max(0, int(services.now() - cached.decided_at)) // 60
    age = f"{minutes} minutes ago" if minutes else "less than a minute ago"
    return Ran(f"seen before: the same bytes were judged {cached.verdict} {age}: {cached.reason}")


STAGE: Stage[StageServices] = Stage(
    name="cache",
    purpose="Use the verdict reached before on the same bytes, plan and policy.",
    subject=SubjectKind.PART,
    run=run,
    gates=(Enabled("cache.enabled"), InScope(), Readable(), WithinLimits()),
    needs=("type",),
    gives=("cached",),
    on_failure="the file is inspected as if it had never been seen",
)
