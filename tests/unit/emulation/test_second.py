"""Which environment is asked when the first did not see a sample to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.daemon import detonator
from gateway.daemon.detonator import Detonated, Detonator
from gateway.emulation import (
    Absent,
    Actor,
    Behaviour,
    Budget,
    Context,
    Detonation,
    Environment,
    Kind,
    Present,
    Sample,
    StopKind,
    Stopped,
    second,
)
from gateway.policy import GatewayConfig

SAMPLE = Sample("s.exe", "pe", b"MZ")
STOPPED = Stopped(StopKind.INCOMPLETE, "a call is missing")
INJECTS = Behaviour(0.0, Kind.MEMORY, Actor(1, 0, "s.exe"), "write-foreign", "WriteProcessMemory")


@dataclass
class _Environment:
    name: str
    stopped: Stopped | None = None
    behaviours: tuple[Behaviour, ...] = ()
    state: Present | Absent = field(default_factory=lambda: Present("1"))
    types: frozenset[str] = frozenset({"pe"})
    runs: int = 0

    def probe(self) -> Present | Absent:
        return self.state

    def unsupported(self, sample: Sample) -> str:
        return "" if sample.type in self.types else "not this"

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation:
        self.runs += 1
        return Detonation(self.name, "1", self.behaviours, (), b"", 0, 0.1, self.stopped)

    def sweep(self) -> int:
        return 0


def test_the_machine_is_asked_after_winapi_where_it_is_present() -> None:
    first, other = _Environment("winapi"), _Environment("microvm")
    assert second(first, SAMPLE, (first, other)) is other
    assert second(other, SAMPLE, (first, other)) is None
    assert second(first, SAMPLE, (first,)) is None
    absent = _Environment("microvm", state=Absent("not built"))
    assert second(first, SAMPLE, (first, absent)) is None


Ask = Callable[..., Detonated]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    def answer(*offered: Environment) -> Detonated:
        monkeypatch.setattr(detonator, "environments", lambda *_: offered)

        async def run() -> Detonated:
            made = Detonator(GatewayConfig(), tmp_path)
            found = await made.run(SAMPLE, 1)
            assert isinstance(found, Detonated)
            return found

        return asyncio.run(run())

    return answer


def test_an_answer_of_the_first_is_enough(ask: Ask) -> None:
    other = _Environment("microvm")
    assert ask(_Environment("winapi"), other).detonation.environment == "winapi"
    assert other.runs == 0


def test_what_the_first_did_not_see_the_second_answers(ask: Ask) -> None:
    other = _Environment("microvm", behaviours=(INJECTS,))
    found = ask(_Environment("winapi", STOPPED), other)
    assert found.detonation.environment == "microvm"
    assert found.judgement.verdict.value == "malicious"


def test_when_neither_saw_the_end_the_first_answer_stays(ask: Ask) -> None:
    found = ask(_Environment("winapi", STOPPED), _Environment("microvm", STOPPED))
    assert found.detonation.environment == "winapi"
