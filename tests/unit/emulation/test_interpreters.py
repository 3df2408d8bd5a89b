"""What holds for every environment whose samples are interpreted: the contract, and each sample of
the corpus with the verdict that it must get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gateway.emulation import Environment
from gateway.emulation.scripts import (
    ScriptEnvironment,
    cmd_environment,
    office_environment,
    pdf_environment,
    powershell_environment,
    wsh_environment,
)
from gateway.emulation.scripts.confined import Guests, NoGuests
from gateway.sandbox.blocking import BlockingGuests
from tests.unit.emulation.contract_suite import EnvironmentContract
from tests.unit.emulation.judging import expect_bad, expect_honest
from tools.corpus.detections import (
    CMD_BAD,
    CMD_HONEST,
    OFFICE_BAD,
    OFFICE_HONEST,
    PDF_BAD,
    PDF_HONEST,
    POWERSHELL_BAD,
    POWERSHELL_HONEST,
    WSH_BAD,
    WSH_HONEST,
    Case,
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An environment as it is made, and the samples that belong to it."""

    make: Callable[[Guests], ScriptEnvironment]
    bad: tuple[Case, ...]
    honest: tuple[Case, ...]


INTERPRETERS = {
    "wsh": Interpreter(wsh_environment, WSH_BAD, WSH_HONEST),
    "office": Interpreter(office_environment, OFFICE_BAD, OFFICE_HONEST),
    "pdf": Interpreter(pdf_environment, PDF_BAD, PDF_HONEST),
    "powershell": Interpreter(powershell_environment, POWERSHELL_BAD, POWERSHELL_HONEST),
    "cmd": Interpreter(cmd_environment, CMD_BAD, CMD_HONEST),
}
BAD = [(name, case) for name, each in INTERPRETERS.items() for case in each.bad]
HONEST = [(name, case) for name, each in INTERPRETERS.items() for case in each.honest]


def _id(value: str | Case) -> str:
    return value if isinstance(value, str) else value.name


@pytest.mark.parametrize("name", INTERPRETERS)
class TestInterpreter(EnvironmentContract):
    @pytest.fixture
    def environment(self, name: str, guests: BlockingGuests) -> Environment:
        return INTERPRETERS[name].make(guests)


@pytest.mark.parametrize("name", INTERPRETERS)
class TestInterpreterWithoutGuests(EnvironmentContract):
    @pytest.fixture
    def environment(self, name: str) -> Environment:
        return INTERPRETERS[name].make(NoGuests())


@pytest.mark.parametrize(("name", "case"), BAD, ids=_id)
def test_bad_sample_is_malicious(name: str, case: Case, guests: BlockingGuests) -> None:
    expect_bad(INTERPRETERS[name].make(guests), case)


@pytest.mark.parametrize(("name", "case"), HONEST, ids=_id)
def test_honest_sample_is_clean(name: str, case: Case, guests: BlockingGuests) -> None:
    expect_honest(INTERPRETERS[name].make(guests), case)
