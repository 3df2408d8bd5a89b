"""From behaviours to a verdict, by rules only. Pure.

A detonation that was stopped is at best `unscanned`: what was not seen is not clean. What was seen
before still counts, so a stopped sample can be suspicious or malicious.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from gateway.emulation.contract import Behaviour, Child, Detonation, Stopped
from gateway.emulation.rules import Need, Rule, RuleSet
from gateway.model import Finding, Severity, Verdict, combine

ENGINE = "emulation"

MALICIOUS_FROM = Severity.HIGH
"""A rule of this severity alone makes a sample malicious."""

SUSPICIOUS_FROM = Severity.MEDIUM

TOGETHER = 3
"""Rules of medium severity, each for another technique, that together make a sample malicious:
each alone has an honest explanation, three at once in one attachment have not."""

CLEAN_CONFIDENCE = 70
"""Nothing bad seen in one run in one environment is no proof."""

_EVIDENCE_EACH = 4
"""Behaviours named as evidence for one need of a rule."""

_CONTENT_LIMIT = 256 * 1024
"""Bytes of a dropped file that content conditions look at: what starts programs is short."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that holds, with the behaviours that met it."""

    rule: Rule
    evidence: tuple[Behaviour, ...]

    def finding(self, rules_version: str) -> Finding:
        """The hit in the words of the trace."""
        words = "; ".join(behaviour.text for behaviour in self.evidence)
        says = f"{self.rule.says} ({words})" if words else self.rule.says
        rule = self.rule
        return Finding(rule.id, rule.severity, rule.confidence, says, ENGINE, rules_version)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with its confidence (0 to 100), what it rests on, and what is missing."""

    verdict: Verdict
    confidence: int
    hits: tuple[Hit, ...]
    stopped_by: Stopped | None

    @property
    def reason(self) -> str:
        """One sentence for people: the worst rule, or why there is none."""
        if self.hits and self.verdict.rank >= Verdict.SUSPICIOUS.rank:
            return self.hits[0].rule.says
        if self.stopped_by is not None:
            return f"It was not seen to its end: {self.stopped_by.detail}."
        return "It ran to its end and did nothing that a rule names."


def judge(detonation: Detonation, rules: RuleSet) -> Judgement:
    """Judge everything a detonation yielded."""
    return judge_behaviours(
        detonation.behaviours, detonation.stopped_by, rules, detonation.children
    )


def judge_behaviours(
    behaviours: tuple[Behaviour, ...],
    stopped_by: Stopped | None,
    rules: RuleSet,
    children: Iterable[Child] = (),
) -> Judgement:
    """Hits come worst first; the verdict is the worst that rules, or being stopped, call for."""
    contents = {
        child.path: child.data[:_CONTENT_LIMIT].decode("utf-8", "replace") for child in children
    }
    found = (_hit(rule, behaviours, stopped_by, contents) for rule in rules.rules)
    hits = sorted((hit for hit in found if hit is not None), key=_badness, reverse=True)
    base = Verdict.CLEAN if stopped_by is None else Verdict.UNSCANNED
    verdict = combine((base, _called_for(hits)))
    return Judgement(verdict, _confidence(verdict, hits), tuple(hits), stopped_by)


def _badness(hit: Hit) -> tuple[int, int]:
    return hit.rule.severity.rank, hit.rule.confidence


def _called_for(hits: list[Hit]) -> Verdict:
    if any(hit.rule.severity.rank >= MALICIOUS_FROM.rank for hit in hits):
        return Verdict.MALICIOUS
    medium = {hit.rule.technique for hit in hits if hit.rule.severity is SUSPICIOUS_FROM}
    if len(medium) >= TOGETHER:
        return Verdict.MALICIOUS
    return Verdict.SUSPICIOUS if medium else Verdict.CLEAN


def _confidence(verdict: Verdict, hits: list[Hit]) -> int:
    """Independent signs add up: the chance that not all of the rules that count are wrong."""
    if verdict is Verdict.CLEAN:
        return CLEAN_CONFIDENCE
    if verdict is Verdict.UNSCANNED:
        return 0
    doubt = 1.0
    for hit in hits:
        if hit.rule.severity.rank >= SUSPICIOUS_FROM.rank:
            doubt *= 1 - hit.rule.confidence / 100
    return min(99, round(100 * (1 - doubt)))


def _hit(
    rule: Rule,
    behaviours: tuple[Behaviour, ...],
    stopped_by: Stopped | None,
    contents: Mapping[str, str],
) -> Hit | None:
    if rule.stopped and (stopped_by is None or stopped_by.kind not in rule.stopped):
        return None
    met: list[list[int]] = []
    for need in rule.needs:
        matches = _matching(need, behaviours, contents, met)
        if not _enough(need, [behaviours[index] for index in matches]):
            return None
        met.append(matches)
    for exception in rule.unless:
        if _enough(
            exception, [behaviours[i] for i in _matching(exception, behaviours, contents, [])]
        ):
            return None
    indexes = sorted({index for matches in met for index in matches[:_EVIDENCE_EACH]})
    return Hit(rule, tuple(behaviours[index] for index in indexes))


def _matching(
    need: Need,
    behaviours: tuple[Behaviour, ...],
    contents: Mapping[str, str],
    met: list[list[int]],
) -> list[int]:
    """Numbers of the behaviours that meet the need, apart from how many it wants."""
    first_of: dict[str, int] = {}
    if need.same_target is not None:
        for index in reversed(met[need.same_target]):
            first_of[behaviours[index].target] = index
    earliest = met[need.after][0] if need.after is not None else -1
    return [
        index
        for index, behaviour in enumerate(behaviours)
        if index > earliest
        and (need.same_target is None or index > first_of.get(behaviour.target, index))
        and _meets(need, behaviour, contents)
    ]


def _meets(need: Need, behaviour: Behaviour, contents: Mapping[str, str]) -> bool:
    if need.kind and behaviour.kind not in need.kind:
        return False
    if need.action and behaviour.action not in need.action:
        return False
    if need.result != "any" and bool(behaviour.failed) != (need.result == "failed"):
        return False
    arguments = " ".join(behaviour.arguments)
    return (
        _found(need.target, behaviour.target)
        and _found(need.program, behaviour.actor.program)
        and _found(need.argument, arguments)
        and _found(need.content, contents.get(behaviour.target, ""))
        and _absent(need.not_target, behaviour.target)
        and _absent(need.not_program, behaviour.actor.program)
        and _absent(need.not_argument, arguments)
    )


def _enough(need: Need, matches: list[Behaviour]) -> bool:
    if need.distinct:
        return len({behaviour.target for behaviour in matches}) >= need.at_least
    return sum(behaviour.count for behaviour in matches) >= need.at_least


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def _found(pattern: str, text: str) -> bool:
    return not pattern or _compiled(pattern).search(text) is not None


def _absent(pattern: str, text: str) -> bool:
    return not pattern or _compiled(pattern).search(text) is None
