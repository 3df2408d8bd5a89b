"""A file whose mail did not wait for its emulation: what is kept of it, and what is believed later.

The mail is finished by then and is never touched again. The file goes alone through the stages that
judge what runs (`gateway.stages.alone`), its chain included. What the mail's own engines found and
what the guest showed are one verdict, the worse of both; open questions never make it clean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.model import (
    Action,
    BytesContent,
    CachedVerdict,
    Content,
    SkipKind,
    Skipped,
    Subject,
    TypeGuess,
    Verdict,
    combine,
)
from gateway.pipeline import Case, findings_of, open_questions, part_verdict
from gateway.pipeline.judgement import verdict_of_finding
from gateway.policy import Policy
from gateway.stages import emulate
from gateway.stages.alone import file_of, run_alone
from gateway.stages.cache import cache_key
from gateway.stages.common import policy_of
from gateway.stages.dispose import facts_of
from gateway.stages.judge import judged, nothing_to_extract, reason_of
from gateway.stages.services import StageServices
from gateway.store import CacheKey

BAD = frozenset({Verdict.SUSPICIOUS, Verdict.MALICIOUS})
"""Verdicts that somebody has to hear of when the mail has gone on."""


@dataclass(frozen=True, slots=True)
class Unawaited:
    """A file that has not been emulated yet, by itself: nothing here holds on to its mail.

    `verdict` and `reason` are what the other stages made of it. `open`: one of them left a question
    open. `cacheable`: judged by what it is, not by a list or a scope of policy. Of those that
    the mail went on to, some `got` the file as it came, others its `cleaned` copy, or none.
    """

    label: str
    name: str
    content: Content
    guess: TypeGuess
    policy: Policy
    key: CacheKey
    verdict: Verdict
    reason: str
    open: bool
    cacheable: bool
    nothing_to_extract: bool
    got: tuple[str, ...]
    cleaned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Later:
    """What is believed of the file now. `rule` is the code of the finding that decided, if any;
    `open`: some question about it has no answer."""

    verdict: Verdict
    reason: str
    rule: str
    open: bool

    @property
    def bad(self) -> bool:
        """Whether it should not have been delivered."""
        return self.verdict in BAD


def unawaited(case: Case) -> tuple[Unawaited, ...]:
    """The files of a finished mail that are to be emulated now that it has gone on."""
    return tuple(_unawaited(case, part) for part in case.parts if _is_due(case, part))


def _is_due(case: Case, part: Subject) -> bool:
    row = case.trace.get(part.id, emulate.STAGE.name)
    outcome = row.outcome if row is not None else None
    return isinstance(outcome, Skipped) and outcome.kind is SkipKind.BACKGROUND


def _unawaited(case: Case, part: Subject) -> Unawaited:
    rows = tuple(row for row in case.trace.line(part.id) if row.stage != emulate.STAGE.name)
    verdict, questions = part_verdict(rows, case.judging), open_questions(rows, case.judging)
    asked = f"{questions[0].stage}: {questions[0].reason}" if questions else ""
    facts = {each.subject: each for each in facts_of(case).parts}
    harmless = facts[part.id].extraction.harmless
    without = {Action.DELIVER_EXTRACTED} if harmless else set()
    went = [each for each in case.dispositions if each.action.delivers]
    return Unawaited(
        label=part.label,
        name=part.name,
        # The mail's own files are gone soon; its bytes are few, and counted by who keeps them.
        content=BytesContent(part.content.read()),
        guess=replace(part.guess or TypeGuess(part.type), type=part.type),
        policy=policy_of(case),
        key=cache_key(case, part),
        verdict=verdict,
        reason=reason_of(case, part, verdict) if verdict in BAD else asked,
        open=bool(questions),
        cacheable=not part.listed and part.scope == "inspect",
        nothing_to_extract=nothing_to_extract(case, part),
        got=tuple(each.recipient for each in went if each.action not in without),
        cleaned=tuple(each.recipient for each in went if each.action in without),
    )


async def emulate_now(file: Unawaited, services: StageServices) -> Later:
    """Run `file` with its chain, and judge. Never raises for what the file is or does."""
    case = await run_alone(
        file.content,
        file.name,
        file.guess,
        file.policy,
        services,
        with_antivirus=file.policy.antivirus.enabled,
    )
    part = file_of(case)
    chain = (part, *case.handed_on(part))
    shown, reason = judged(case, part)
    verdict = combine([file.verdict, shown])
    open_now = any(open_questions(case.trace.line(each.id), case.judging) for each in chain)
    return Later(
        verdict,
        reason if verdict is shown else file.reason,
        _rule(case, chain, verdict),
        file.open or open_now,
    )


def cached_verdict(file: Unawaited, later: Later, at: float) -> CachedVerdict | None:
    """What the next mail with the file is to be told; None where that has to look for itself.

    A bad verdict counts even where a question stayed open: forgetting it would deliver the file
    again. Everything else needs all answers, as in a mail that was waited for.
    """
    if not file.cacheable or not (later.bad or (later.verdict is Verdict.CLEAN and not later.open)):
        return None
    return CachedVerdict(later.verdict, later.reason, at, file.nothing_to_extract)


def _rule(case: Case, chain: tuple[Subject, ...], verdict: Verdict) -> str:
    """The code of the last finding that alone makes the verdict: what a guest showed stands behind
    how the file looked, and what it handed on behind both. Empty where the mail's own did."""
    found = [
        finding.code
        for part in chain
        for finding in findings_of(case.trace.line(part.id))
        if verdict in BAD and verdict_of_finding(finding) is verdict
    ]
    return found[-1] if found else ""
