"""judge and cache: the worst counts, only complete verdicts of a part's own are remembered."""

from __future__ import annotations

import pytest

from gateway.model import (
    CachedVerdict,
    Failed,
    Finding,
    NotReached,
    Outcome,
    Ran,
    Severity,
    SkipKind,
    Skipped,
    Subject,
    TimedOut,
    Verdict,
)
from gateway.pipeline import Case
from gateway.stages import cache, judge
from gateway.store import CacheKey, StoreError
from tests.unit.stages.fakes import NOW, FakeServices, case_of, fill, part_of, run

SURE = Finding("antivirus.found", Severity.CRITICAL, 100, "clamd found Eicar", "clamd")
MAYBE = Finding("static.odd", Severity.MEDIUM, 60, "it is odd", "static")
FAINT = Finding("static.faint", Severity.LOW, 90, "it is a bit odd", "static")
CLEAN = CachedVerdict(Verdict.CLEAN, "nothing was found", NOW - 120, False)


def judged(*rows: tuple[str, Outcome], policy: str = "") -> tuple[Case, Subject, FakeServices, Ran]:
    """A part judged after these rows."""
    case, services = case_of(policy), FakeServices()
    part = part_of(case)
    for stage, outcome in rows:
        fill(case, part, stage, outcome)
    outcome = run(judge.STAGE, case, part, services)
    assert isinstance(outcome, Ran)
    return case, part, services, outcome


@pytest.mark.parametrize(
    ("rows", "verdict", "reason"),
    [
        ((), Verdict.CLEAN, "every stage that applies ran and found nothing"),
        ((("static", Ran("ok", (FAINT,))),), Verdict.CLEAN, "every stage that applies ran"),
        ((("static", Ran("odd", (MAYBE,))),), Verdict.SUSPICIOUS, "it is odd"),
        (
            (("antivirus", Ran("found", (SURE,))), ("static", Ran("odd", (MAYBE,)))),
            Verdict.MALICIOUS,
            "clamd found Eicar",
        ),
        (
            (("antivirus", Skipped(SkipKind.UNAVAILABLE, "clamd is down")),),
            Verdict.UNSCANNED,
            "antivirus: clamd is down",
        ),
        (
            (("antivirus", Skipped(SkipKind.UNAVAILABLE, "down")), ("static", Ran("", (MAYBE,)))),
            Verdict.SUSPICIOUS,
            "it is odd",
        ),
        ((("static", Failed("it crashed")),), Verdict.UNSCANNED, "static: it crashed"),
        ((("emulate", TimedOut(1, "too slow")),), Verdict.UNSCANNED, "emulate: too slow"),
        ((("emulate", TimedOut(1, "slow", (SURE,))),), Verdict.MALICIOUS, "clamd found Eicar"),
        ((("extract", Failed("it crashed")),), Verdict.CLEAN, "every stage"),
        ((("emulate", NotReached("antivirus found Eicar")),), Verdict.CLEAN, "every stage"),
    ],
)
def test_the_worst_counts(
    rows: tuple[tuple[str, Outcome], ...], verdict: Verdict, reason: str
) -> None:
    _, part, services, outcome = judged(*rows)
    assert part.verdict is verdict
    assert outcome.reason.startswith(f"{verdict}: {reason}")
    complete = verdict is not Verdict.UNSCANNED and not any(
        isinstance(row, (TimedOut, Failed)) or "down" in str(row)
        for stage, row in rows
        if stage != "extract"
    )
    assert (services.cache.get(key_of(part)) is not None) is complete


def key_of(part: Subject) -> CacheKey:
    return cache.cache_key(case_of(), part)


@pytest.mark.parametrize(("word", "attribute"), [("block", "scope"), ("block", "listed")])
def test_what_policy_blocks_is_unscanned_and_not_remembered(word: str, attribute: str) -> None:
    case, services = case_of(), FakeServices()
    part = part_of(case)
    setattr(part, attribute, word)
    run(judge.STAGE, case, part, services)
    assert part.verdict is Verdict.UNSCANNED
    assert services.cache.get(key_of(part)) is None


@pytest.mark.parametrize("attribute", ["scope", "listed"])
def test_what_policy_lets_through_is_not_remembered(attribute: str) -> None:
    case, services = case_of(), FakeServices()
    part = part_of(case)
    setattr(part, attribute, "bypass" if attribute == "scope" else "allow")
    run(judge.STAGE, case, part, services)
    assert part.verdict is Verdict.CLEAN
    assert services.cache.get(key_of(part)) is None


class BrokenCache:
    """A cache on a disk that is full."""

    def get(self, key: CacheKey) -> CachedVerdict | None:
        raise StoreError("the verdict cache cannot be read: disk I/O error")

    def put(self, key: CacheKey, verdict: CachedVerdict) -> None:
        raise StoreError("the verdict cache cannot be written: database or disk is full")


def test_a_cache_that_cannot_be_written_costs_no_mail() -> None:
    case, services = case_of(), FakeServices()
    services.cache = BrokenCache()
    part = part_of(case)
    outcome = run(judge.STAGE, case, part, services)
    assert part.verdict is Verdict.CLEAN
    assert isinstance(outcome, Ran)
    assert "not remembered: the verdict cache cannot be written" in outcome.reason


@pytest.mark.parametrize(
    ("extract", "nothing"),
    [
        (Ran("there was nothing to take out"), True),
        (Skipped(SkipKind.NOT_APPLICABLE, "a text"), True),
        (Skipped(SkipKind.OUT_OF_SCOPE, "nobody"), False),
        (Skipped(SkipKind.DISABLED, "off"), False),
        (Failed("it crashed"), False),
        (NotReached("a virus"), False),
    ],
)
def test_the_cache_learns_whether_there_was_something_to_take_out(
    extract: Outcome, nothing: bool
) -> None:
    _, part, services, _ = judged(("extract", extract))
    remembered = services.cache.get(key_of(part))
    assert remembered is not None
    assert remembered.nothing_to_extract is nothing


def test_the_second_time_the_cache_answers() -> None:
    case, services = case_of(), FakeServices()
    first, second = part_of(case), part_of(case)
    assert run(cache.STAGE, case, first, services) == Ran(
        "not seen before under this plan and policy"
    )
    services.cache.put(key_of(second), CLEAN)
    assert run(cache.STAGE, case, second, services) == Ran(
        "seen before: the same bytes were judged clean 2 minutes ago: nothing was found"
    )
    assert second.cached == CLEAN
    run(judge.STAGE, case, second, services)
    assert second.verdict is Verdict.CLEAN
    remembered = services.cache.get(key_of(second))
    assert remembered == CLEAN  # its age is not renewed by being used


def test_a_cached_verdict_is_not_rounded_down() -> None:
    case, services = case_of(), FakeServices()
    part = part_of(case)
    part.cached = CachedVerdict(Verdict.MALICIOUS, "clamd found Eicar", NOW, False)
    outcome = run(judge.STAGE, case, part, services)
    assert part.verdict is Verdict.MALICIOUS
    assert outcome == Ran("malicious: clamd found Eicar")


@pytest.mark.parametrize("changed", ["plan", "policy"])
def test_a_verdict_of_another_plan_or_policy_is_not_used(changed: str) -> None:
    case, services = case_of(), FakeServices()
    services.cache.put(key_of(part_of(case)), CLEAN)
    other = case_of("" if changed == "plan" else "[mail]\nheader = 'always'\n")
    if changed == "plan":
        other.plan_version = "plan2"
    part = part_of(other)
    run(cache.STAGE, other, part, services)
    assert part.cached is None
