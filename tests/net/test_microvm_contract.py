"""The virtual machine keeps the contract, and tells samples apart."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from gateway.emulation import (
    Absent,
    Budget,
    Context,
    Detonation,
    Environment,
    Judgement,
    Sample,
    judge,
    load_rules,
)
from gateway.emulation.microvm.environment import MicroVm
from gateway.emulation.scripts.confined import NoGuests
from gateway.model import Verdict
from tests.net.microvm_fixtures import make_microvm
from tests.unit.emulation.contract_suite import EnvironmentContract
from tools.corpus.detections.microvm_cases import MICROVM_BAD, MICROVM_HONEST
from tools.corpus.detections.opened_cases import OPENED_BAD, OPENED_HONEST

pytestmark = pytest.mark.root

microvm = pytest.fixture(scope="module")(make_microvm)

_SECONDS = 25.0
"""Room for a busy machine that emulates; a run ends when the program does."""

_CASES = {
    case.name.removesuffix(".exe"): case
    for case in (*MICROVM_BAD, *MICROVM_HONEST, *OPENED_BAD, *OPENED_HONEST)
}


def _judged(microvm: MicroVm, name: str) -> tuple[Detonation, Judgement]:
    case = _CASES[name]
    sample = Sample(case.name, case.type, case.make())
    if reason := microvm.unsupported(sample):
        pytest.skip(reason)
    result = microvm.detonate(sample, Context(), Budget(seconds=_SECONDS))
    return result, judge(result, load_rules())


class TestMicroVm(EnvironmentContract):
    @pytest.fixture
    def environment(self, microvm: MicroVm) -> Environment:
        return microvm


@pytest.mark.parametrize(
    "name", ["downloader", "encryptor", "starts-shell.odt", "drops-script.odt"]
)
def test_bad_samples_are_malicious_by_their_rule(microvm: MicroVm, name: str) -> None:
    result, judgement = _judged(microvm, name)
    assert judgement.verdict is Verdict.MALICIOUS, result.stopped_by
    assert _CASES[name].rule in [hit.rule.id for hit in judgement.hits]


def test_an_honest_program_is_clean_and_its_output_is_kept(microvm: MicroVm) -> None:
    result, judgement = _judged(microvm, "hello")
    assert (judgement.verdict, result.output) == (Verdict.CLEAN, b"hello\r\n")


def test_what_appears_is_seen_and_answered(microvm: MicroVm) -> None:
    result, judgement = _judged(microvm, "message")
    assert judgement.verdict is Verdict.CLEAN, result.stopped_by
    assert result.screens
    assert result.screens[0].startswith(b"\x89PNG")


def test_an_honest_document_is_clean_and_its_first_page_is_seen(microvm: MicroVm) -> None:
    result, judgement = _judged(microvm, "letter.docx")
    assert judgement.verdict is Verdict.CLEAN, result.stopped_by
    assert result.behaviours == ()
    with Image.open(BytesIO(result.screens[-1])) as screen:
        shades = screen.convert("L").histogram()
    # The page is white and has letters; a window without its page is grey.
    assert shades[255] > sum(shades) // 3
    assert sum(shades[:64]) > 100


def test_without_a_guest_it_is_absent_and_says_how_to_build_one(tmp_path: Path) -> None:
    state = MicroVm(tmp_path, NoGuests()).probe()
    assert isinstance(state, Absent)
    assert "build.sh microvm" in state.reason or "not installed" in state.reason
