"""Windows programs: the contract, every sample's verdict, and what ends a run."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.emulation import (
    Absent,
    Budget,
    Context,
    Detonation,
    Environment,
    Kind,
    Sample,
    StopKind,
)
from gateway.emulation.winapi import place
from gateway.emulation.winapi.environment import winapi_environment
from gateway.model import Verdict
from gateway.sandbox.blocking import BlockingGuests
from gateway.sandbox.zygotes import PROGRAMS
from tests.unit.emulation.contract_suite import EnvironmentContract
from tests.unit.emulation.judging import BUDGET, judged, started
from tools.corpus.detections import WINAPI_BAD, WINAPI_HONEST, Case
from tools.corpus.detections.winapi_programs import available

needs_compiler = pytest.mark.skipif(
    not available(), reason="Debian's cross compilers for Windows are not installed"
)


@pytest.fixture(scope="module")
def programs() -> Iterator[BlockingGuests]:
    if reason := place.missing():
        pytest.skip(reason)
    yield from started(BlockingGuests(operations=PROGRAMS, python=str(place.python())))


@pytest.fixture
def environment(programs: BlockingGuests) -> Environment:
    return winapi_environment(programs)


class TestContract(EnvironmentContract):
    """It keeps to what all environments keep to."""


def detonate(environment: Environment, data: bytes, type_name: str = "shellcode") -> Detonation:
    return environment.detonate(Sample("sample.bin", type_name, data), Context(), BUDGET)


@needs_compiler
@pytest.mark.parametrize("case", WINAPI_BAD, ids=lambda case: case.name)
def test_a_bad_program_is_called_malicious_by_its_rule(
    environment: Environment, case: Case
) -> None:
    result, judgement = judged(environment, case)
    rules = {hit.rule.id for hit in judgement.hits}
    assert judgement.verdict is Verdict.MALICIOUS, (result.stopped_by, rules)
    assert case.rule in rules


@needs_compiler
@pytest.mark.parametrize("case", WINAPI_HONEST, ids=lambda case: case.name)
def test_an_honest_program_runs_to_its_end_and_is_clean(
    environment: Environment, case: Case
) -> None:
    result, judgement = judged(environment, case)
    assert result.stopped_by is None
    assert judgement.verdict is Verdict.CLEAN, [hit.rule.id for hit in judgement.hits]


def test_where_its_own_python_is_missing_it_is_absent_with_the_reason(
    programs: BlockingGuests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "python", lambda: Path("/nowhere/python"))
    answer = winapi_environment(programs).probe()
    assert isinstance(answer, Absent)
    assert "requirements/winapi.lock" in answer.reason


def test_machine_code_of_either_size_runs(environment: Environment) -> None:
    """`inc eax` of 32 bits is a prefix in 64; both return."""
    for code in (b"\x31\xc0\x40\xc3", b"\x48\x31\xc0\xc3"):
        assert detonate(environment, code).stopped_by is None


def test_code_that_never_ends_is_stopped_at_its_budget(environment: Environment) -> None:
    sample = Sample("loop.bin", "shellcode", b"\xeb\xfe")
    result = environment.detonate(sample, Context(), Budget(seconds=0.5))
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.TIMED_OUT


def test_a_crash_is_no_clean_end(environment: Environment) -> None:
    result = detonate(environment, b"\x31\xc0\x8b\x00\xc3")
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.CRASHED


def test_what_is_no_program_is_told_so(environment: Environment) -> None:
    for data in (b"", b"MZ", b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(40)):
        result = detonate(environment, data, "pe")
        assert result.stopped_by is not None
        assert result.stopped_by.kind is StopKind.INCOMPLETE


@needs_compiler
def test_memory_written_into_a_program_comes_back(environment: Environment) -> None:
    case = next(case for case in WINAPI_BAD if case.name == "hollow-64.exe")
    result, _ = judged(environment, case)
    assert [child.data for child in result.children] == [b"\xc3" * 4096]
    assert any(each.kind is Kind.MEMORY for each in result.behaviours)


OLD_INSTALLERS = ("clam.ea05.exe", "clam_IScab_int.exe")


@pytest.mark.parametrize("name", OLD_INSTALLERS)
def test_old_installers_end_with_a_sentence(environment: Environment, name: str) -> None:
    """They ask for functions that only speakeasy has, in 32 bits."""
    file = Path("/usr/share/clamav-testfiles") / name
    if not file.exists():
        pytest.skip("Debian's clamav-testfiles is not installed")
    stopped = detonate(environment, file.read_bytes(), "pe").stopped_by
    detail = stopped.detail if stopped is not None else ""
    assert "Error" not in detail
    assert "address space" not in detail
