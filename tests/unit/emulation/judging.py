"""A sample of the corpus run in an environment and judged by the shipped rules."""

from __future__ import annotations

from gateway.emulation import (
    Budget,
    Context,
    Detonation,
    Environment,
    Judgement,
    Sample,
    judge,
    load_rules,
)
from tools.corpus.detections import Case

RULES = load_rules()
BUDGET = Budget(seconds=10.0)


def judged(environment: Environment, case: Case) -> tuple[Detonation, Judgement]:
    """What the sample did, and what the rules say of it."""
    result = environment.detonate(Sample(case.name, case.type, case.make()), Context(), BUDGET)
    return result, judge(result, RULES)
