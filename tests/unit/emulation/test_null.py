"""The null environment keeps the contract and never lets a file pass as examined."""

from __future__ import annotations

import pytest

from gateway.emulation import Budget, Context, Environment, Null, Sample, judge, load_rules
from gateway.model import Verdict
from tests.unit.emulation.contract_suite import EnvironmentContract


class TestNull(EnvironmentContract):
    @pytest.fixture
    def environment(self) -> Environment:
        return Null("not on this machine")


def test_what_null_saw_is_unscanned() -> None:
    result = Null("not here").detonate(Sample("a.sh", "sh", b"x"), Context(), Budget())
    judgement = judge(result, load_rules())
    assert judgement.verdict is Verdict.UNSCANNED
    assert "not here" in judgement.reason
