"""Every sample in a real guest: bad ones malicious for the right reason, honest ones clean."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.emulation import (
    Budget,
    Context,
    Gvisor,
    Judgement,
    RuleSet,
    Sample,
    judge,
    load_rules,
)
from gateway.model import Verdict
from tests.net.gvisor_fixtures import make_gvisor
from tests.net.gvisor_samples import BAD, HONEST, Case

pytestmark = pytest.mark.root

gvisor = pytest.fixture(scope="module")(make_gvisor)

BUDGET = Budget(seconds=8.0)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def _sample(case: Case, directory: Path) -> Sample:
    if case.type != "elf":
        return Sample(case.name, case.type, case.text.encode())
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to make ELF samples with")
    source, program = directory / "sample.c", directory / "sample"
    source.write_text(case.text)
    subprocess.run([compiler, "-w", "-pthread", "-o", program, source], check=True)
    return Sample(case.name, case.type, program.read_bytes())


def _judged(case: Case, gvisor: Gvisor, rules: RuleSet, directory: Path) -> Judgement:
    return judge(gvisor.detonate(_sample(case, directory), Context(), BUDGET), rules)


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad_sample_is_malicious(
    case: Case, gvisor: Gvisor, rules: RuleSet, tmp_path: Path
) -> None:
    judgement = _judged(case, gvisor, rules, tmp_path)
    assert judgement.verdict is Verdict.MALICIOUS, judgement
    assert case.rule in [hit.rule.id for hit in judgement.hits]


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.name)
def test_honest_sample_is_clean(case: Case, gvisor: Gvisor, rules: RuleSet, tmp_path: Path) -> None:
    result = gvisor.detonate(_sample(case, tmp_path), Context(), BUDGET)
    judgement = judge(result, rules)
    assert judgement.verdict is Verdict.CLEAN, judgement
    assert result.exit_status == 0, result.output


def test_fetching_a_page_alone_is_never_malicious(gvisor: Gvisor, rules: RuleSet) -> None:
    script = b"#!/bin/sh\ncurl -fsS https://www.example/news.txt\nexit 0\n"
    judgement = judge(gvisor.detonate(Sample("news.sh", "sh", script), Context(), BUDGET), rules)
    assert judgement.verdict in (Verdict.CLEAN, Verdict.SUSPICIOUS), judgement
