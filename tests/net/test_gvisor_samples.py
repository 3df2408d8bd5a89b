"""Every sample in a real guest: bad ones malicious for the right reason, honest ones clean."""

from __future__ import annotations

import shutil

import pytest

from gateway.emulation import (
    Budget,
    Context,
    Detonation,
    Gvisor,
    Judgement,
    RuleSet,
    Sample,
    judge,
    load_rules,
)
from gateway.model import Verdict
from tests.net.gvisor_fixtures import make_gvisor
from tools.corpus.detections import GVISOR_BAD, GVISOR_HONEST, Case

pytestmark = pytest.mark.root

gvisor = pytest.fixture(scope="module")(make_gvisor)

BUDGET = Budget(seconds=8.0)
NODE_BUDGET = Budget(seconds=40.0)
"""node starts in half a second, and in ten on a busy machine; none of its samples runs for ever."""


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def _judged(case: Case, gvisor: Gvisor, rules: RuleSet) -> tuple[Judgement, Detonation]:
    if case.type == "elf" and shutil.which("gcc") is None:
        pytest.skip("no C compiler to make ELF samples with")
    budget = NODE_BUDGET if case.type == "javascript" else BUDGET
    result = gvisor.detonate(Sample(case.name, case.type, case.make()), Context(), budget)
    return judge(result, rules), result


@pytest.mark.parametrize("case", GVISOR_BAD, ids=lambda case: case.name)
def test_bad_sample_is_malicious(case: Case, gvisor: Gvisor, rules: RuleSet) -> None:
    judgement, _ = _judged(case, gvisor, rules)
    assert judgement.verdict is Verdict.MALICIOUS, judgement
    assert case.rule in [hit.rule.id for hit in judgement.hits]


@pytest.mark.parametrize("case", GVISOR_HONEST, ids=lambda case: case.name)
def test_honest_sample_is_clean(case: Case, gvisor: Gvisor, rules: RuleSet) -> None:
    judgement, result = _judged(case, gvisor, rules)
    assert judgement.verdict is Verdict.CLEAN, judgement
    assert result.exit_status == 0, result.output


def test_fetching_a_page_alone_is_never_malicious(gvisor: Gvisor, rules: RuleSet) -> None:
    script = b"#!/bin/sh\ncurl -fsS https://www.example/news.txt\nexit 0\n"
    judgement = judge(gvisor.detonate(Sample("news.sh", "sh", script), Context(), BUDGET), rules)
    assert judgement.verdict in (Verdict.CLEAN, Verdict.SUSPICIOUS), judgement
