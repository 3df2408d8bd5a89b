"""Samples run in an environment, judged by the shipped rules, and what tests expect of both.

A test says only what its environment adds: which names its samples have, what they do.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.emulation import (
    Budget,
    Context,
    Detonation,
    Environment,
    Judgement,
    Sample,
    StopKind,
    judge,
    load_rules,
)
from gateway.model import Verdict
from gateway.sandbox.blocking import BlockingGuests
from tools.corpus.detections import Case

RULES = load_rules()
BUDGET = Budget(seconds=10.0)


def started(guests: BlockingGuests) -> Iterator[BlockingGuests]:
    """The body of a fixture: `guests`, ended after use; skips where none start."""
    try:
        guests.confinement()
    except OSError as error:
        pytest.skip(f"no confined guest starts here: {error}")
    yield guests
    guests.close()


def ran(
    environment: Environment,
    name: str,
    kind: str,
    data: bytes | str,
    budget: Budget = BUDGET,
    arguments: tuple[str, ...] = (),
) -> Detonation:
    """What a sample of that name and type did; a text is UTF-8."""
    octets = data.encode() if isinstance(data, str) else data
    return environment.detonate(Sample(name, kind, octets), Context(arguments), budget)


def judged(environment: Environment, case: Case) -> tuple[Detonation, Judgement]:
    """What the sample did, and what the rules say of it."""
    result = ran(environment, case.name, case.type, case.make())
    return result, judge(result, RULES)


def verdict_of(result: Detonation) -> Verdict:
    """What the shipped rules call it."""
    return judge(result, RULES).verdict


def expect_bad(environment: Environment, case: Case) -> None:
    """The sample is malicious, and by the rule that it was written for."""
    result, judgement = judged(environment, case)
    assert judgement.verdict is Verdict.MALICIOUS, result
    assert case.rule in [hit.rule.id for hit in judgement.hits], judgement


def expect_honest(environment: Environment, case: Case) -> None:
    """The sample is clean."""
    result, judgement = judged(environment, case)
    assert judgement.verdict is Verdict.CLEAN, (judgement, result)


def expect_stopped(result: Detonation, kind: StopKind) -> None:
    """The run ended early, for that reason, and is not called clean."""
    assert result.stopped_by is not None, result
    assert result.stopped_by.kind is kind, result.stopped_by
    assert verdict_of(result).rank >= Verdict.UNSCANNED.rank, result
