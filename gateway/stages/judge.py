"""judge: what is believed of a part, from all its rows; remembered in the cache when complete.

A part is as bad as the worst of what it handed on when it ran: who opens the one meets the other.
"""

from __future__ import annotations

from gateway.model import (
    CachedVerdict,
    NotReached,
    Outcome,
    Ran,
    SkipKind,
    Skipped,
    Subject,
    SubjectKind,
    Verdict,
    combine,
)
from gateway.pipeline import Case, Stage, findings_of, open_questions, part_verdict
from gateway.pipeline.judgement import verdict_of_finding
from gateway.stages.cache import cache_key
from gateway.stages.services import StageServices
from gateway.store import StoreError

_NOT_JUDGED = Verdict.UNSCANNED
"""What is believed of a part that has no verdict."""


async def run(case: Case, subject: Subject, services: StageServices) -> Outcome:
    """Combine the part's rows; the worst counts, `unscanned` never rounds down."""
    verdict, reason = judged(case, subject)
    blocked = subject.scope == "block" or subject.listed == "block"
    if blocked and verdict is Verdict.CLEAN:
        verdict, reason = Verdict.UNSCANNED, reason_of(case, subject, Verdict.UNSCANNED)
    subject.verdict = verdict
    unkept = _remember(
        case,
        subject,
        services,
        CachedVerdict(verdict, reason, services.now(), nothing_to_extract(case, subject)),
    )
    return Ran(f"{verdict}: {reason}{unkept}")


def judged(case: Case, subject: Subject) -> tuple[Verdict, str]:
    """What is believed of the part by its rows and by what it handed on, and why."""
    rows = case.trace.line(subject.id)
    cached = subject.cached.verdict if subject.cached is not None else None
    own = part_verdict(rows, case.judging, cached)
    verdict = combine([own, *(part.verdict or _NOT_JUDGED for part in case.handed_on(subject))])
    if own is verdict:
        return verdict, reason_of(case, subject, verdict)
    return verdict, _below(case, subject, verdict)


def _remember(case: Case, subject: Subject, services: StageServices, verdict: CachedVerdict) -> str:
    """Put the verdict into the cache if it may be used again. A cache that cannot be written costs
    time, not the mail: the words that say so, else none."""
    if not _cacheable(case, subject):
        return ""
    try:
        services.cache.put(cache_key(case, subject), verdict)
    except StoreError as error:
        return f" (not remembered: {error})"
    return ""


def _below(case: Case, subject: Subject, verdict: Verdict) -> str:
    """Why, where something it handed on is worse than what it showed itself."""
    worst = [part for part in case.handed_on(subject) if (part.verdict or _NOT_JUDGED) is verdict]
    # What a part owes to one below it is said of that one.
    last = worst[-1] if worst else subject
    return f"it handed on {last.label}, which is {verdict}: {reason_of(case, last, verdict)}"


def reason_of(case: Case, subject: Subject, verdict: Verdict) -> str:
    """Why the part's own rows make it `verdict`, in words."""
    rows = case.trace.line(subject.id)
    worst = [f for f in findings_of(rows) if verdict_of_finding(f) is verdict]
    match verdict:
        case Verdict.CLEAN if subject.listed == "allow":
            return "allowed by policy's lists"
        case Verdict.CLEAN:
            return "every stage that applies ran and found nothing"
        case Verdict.UNSCANNED:
            questions = open_questions(rows, case.judging)
            if not questions:
                return case.ended.get(subject.id, "blocked by policy")
            return f"{questions[0].stage}: {questions[0].reason}"
        case _ if not worst and subject.cached is not None:
            return subject.cached.reason
        case _:
            return worst[-1].evidence


def _cacheable(case: Case, subject: Subject) -> bool:
    """A verdict is kept only when it is complete, its own, and open to no question."""
    open_below = any(
        open_questions(case.trace.line(part.id), case.judging)
        for part in (subject, *case.handed_on(subject))
    )
    unsettled = subject.verdict in (None, Verdict.UNSCANNED) or open_below
    by_policy = bool(subject.listed) or subject.scope != "inspect"
    return not (unsettled or by_policy or subject.cached is not None)


def nothing_to_extract(case: Case, subject: Subject) -> bool:
    """True when extraction looked, or need not look, and there was nothing to take out."""
    row = case.trace.get(subject.id, "extract")
    if row is None:
        return False
    match row.outcome:
        case Ran():
            return subject.extracted is None
        case Skipped(kind=SkipKind.NOT_APPLICABLE):
            return True
        case NotReached():
            return False
        case _:
            return False


STAGE: Stage[StageServices] = Stage(
    name="judge",
    purpose="Combine everything found on a part into one verdict; the worst counts.",
    subject=SubjectKind.PART,
    run=run,
    needs=("type",),
    gives=("part verdict",),
    judges=True,
    always=True,
)
