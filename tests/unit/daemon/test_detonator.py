"""The detonator: one sample at a time per slot, the same sample once, and never an exception."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from gateway.daemon import detonator
from gateway.daemon.detonator import Detonated, Detonator
from gateway.emulation import (
    Absent,
    Budget,
    Context,
    Detonation,
    Environment,
    Present,
    Sample,
    StopKind,
    Stopped,
)
from gateway.emulation.remote import Remote, RemoteSettings
from gateway.emulation.scripts.confined import NoGuests
from gateway.policy import GatewayConfig
from gateway.stages.services import NotEmulated


class _Environment:
    """Counts its runs, and holds each until it is let go."""

    name = "counting"
    types = frozenset({"sh"})

    def __init__(self) -> None:
        self.runs = 0
        self.stopped: Stopped | None = None
        self.together = 0
        self.most = 0
        self.go = threading.Event()
        self._lock = threading.Lock()

    def probe(self) -> Present | Absent:
        return Present("1")

    def unsupported(self, sample: Sample) -> str:
        return "it is too odd" if sample.data == b"odd" else ""

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation:
        with self._lock:
            self.runs += 1
            self.together += 1
            self.most = max(self.most, self.together)
        assert self.go.wait(10)
        with self._lock:
            self.together -= 1
        return Detonation(self.name, "1", (), (), b"", 0, 0.1, self.stopped)

    def sweep(self) -> int:
        return 0


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> _Environment:
    made = _Environment()

    def only(*_: object) -> tuple[Environment, ...]:
        return (made,)

    monkeypatch.setattr(detonator, "environments", only)
    return made


def _detonator(concurrency: int = 1, queue: int = 64) -> Detonator:
    config = GatewayConfig.model_validate(
        {"emulator": {"concurrency": concurrency, "queue": queue}}
    )
    return Detonator(config, Path("/nonexistent"))


async def _until(seen: object, environment: _Environment) -> None:
    while environment.runs != seen:
        await asyncio.sleep(0.01)


def test_the_same_sample_twice_at_once_is_run_once(environment: _Environment) -> None:
    async def test() -> None:
        one = _detonator(concurrency=4)
        sample = Sample("a.sh", "sh", b"echo")
        both = [asyncio.create_task(one.run(sample, 10)) for _ in range(2)]
        await _until(1, environment)
        environment.go.set()
        first, second = await asyncio.gather(*both)
        assert isinstance(first, Detonated) and first is second
        assert environment.runs == 1 and one.shared == 1
        # Once it is over, the next one is answered from it.
        assert await one.run(sample, 10) is first
        assert environment.runs == 1 and one.remembered == 1

    asyncio.run(test())


@pytest.mark.parametrize(
    "other",
    [Sample("b.sh", "sh", b"echo"), Sample("a.sh", "sh", b"echo 2")],
    ids=["name", "bytes"],
)
def test_samples_that_differ_run_apart(environment: _Environment, other: Sample) -> None:
    async def test() -> None:
        one = _detonator(concurrency=4)
        environment.go.set()
        await asyncio.gather(one.run(Sample("a.sh", "sh", b"echo"), 10), one.run(other, 10))
        assert environment.runs == 2

    asyncio.run(test())


def test_who_gives_up_does_not_end_the_run_of_others(environment: _Environment) -> None:
    async def test() -> None:
        one = _detonator()
        sample = Sample("a.sh", "sh", b"echo")
        impatient = asyncio.create_task(one.run(sample, 10))
        patient = asyncio.create_task(one.run(sample, 10))
        await _until(1, environment)
        impatient.cancel()
        environment.go.set()
        assert isinstance(await patient, Detonated) and environment.runs == 1

    asyncio.run(test())


def test_no_more_run_at_a_time_than_the_machine_says(environment: _Environment) -> None:
    async def test() -> None:
        one = _detonator(concurrency=2)
        runs = [
            asyncio.create_task(one.run(Sample("a.sh", "sh", b"%d" % number), 10))
            for number in range(5)
        ]
        await _until(2, environment)
        while one.turns.waiting < 3:  # the others are still choosing their environment
            await asyncio.sleep(0.01)
        assert one.turns.running == 2
        environment.go.set()
        await asyncio.gather(*runs)
        assert environment.most == 2 and one.turns.waiting == one.turns.running == 0

    asyncio.run(test())


@pytest.mark.parametrize(
    ("sample", "asked_for", "reason"),
    [
        (Sample("a", "pe", b"MZ"), "", "no environment runs files of type 'pe'"),
        (Sample("a", "sh", b"odd"), "", "it is too odd"),
        (Sample("a", "sh", b"x"), "elsewhere", "no environment runs files of type 'sh'"),
    ],
)
def test_what_cannot_be_run_has_a_reason(
    environment: _Environment, sample: Sample, asked_for: str, reason: str
) -> None:
    outcome = asyncio.run(_refused(sample, asked_for))
    assert isinstance(outcome, NotEmulated) and outcome.reason == reason
    assert environment.runs == 0


async def _refused(sample: Sample, asked_for: str) -> Detonated | NotEmulated:
    return await _detonator().run(sample, 10, asked_for)


class _Away(Remote):
    """A sandbox elsewhere whose report does not come until it is let go."""

    go = threading.Event()

    def probe(self) -> Present | Absent:
        return Present("1")

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation:
        assert self.go.wait(10)
        return Detonation(self.name, "1", (), (), b"", 0, 0.1, None)


def test_who_waits_for_a_sandbox_elsewhere_takes_no_guests_turn(
    environment: _Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = _Away(RemoteSettings("https://cape.example", frozenset({"pe"})), NoGuests())
    monkeypatch.setattr(detonator, "environments", lambda *_: (away, environment))

    async def test() -> None:
        one = _detonator(concurrency=1)
        environment.go.set()
        waiting = asyncio.create_task(one.run(Sample("a.exe", "pe", b"MZ"), 10))
        here = await one.run(Sample("a.sh", "sh", b"echo"), 10)
        assert isinstance(here, Detonated) and not waiting.done()
        away.go.set()
        there = await waiting
        assert isinstance(there, Detonated) and there.detonation.environment == "remote"
        one.close()

    asyncio.run(test())


def test_a_run_that_was_stopped_is_not_remembered(environment: _Environment) -> None:
    async def test() -> None:
        one = _detonator()
        environment.stopped = Stopped(StopKind.TIMED_OUT, "still running")
        environment.go.set()
        for _ in range(2):
            await one.run(Sample("a.sh", "sh", b"echo"), 10)
        assert environment.runs == 2 and one.remembered == 0

    asyncio.run(test())


def test_a_sandbox_is_used_only_where_it_is_enabled() -> None:
    off = {"address": "https://cape.example/", "token_file": "/etc/sluice/t"}
    assert detonator.remote_of(GatewayConfig.model_validate({"remote": off})) is None
    config = GatewayConfig.model_validate({"remote": {**off, "enabled": True}})
    settings = detonator.remote_of(config)
    assert settings is not None
    assert settings.address == "https://cape.example"
    assert settings.token_file == Path("/etc/sluice/t")


def test_a_full_line_refuses_and_says_that_it_is_full(environment: _Environment) -> None:
    async def test() -> None:
        one = _detonator(concurrency=1, queue=1)
        runs = [
            asyncio.create_task(one.run(Sample("a.sh", "sh", b"%d" % number), 10))
            for number in range(3)
        ]
        while not one.turns.refused:
            await asyncio.sleep(0.01)
        environment.go.set()
        ends = await asyncio.gather(*runs)
        assert sum(isinstance(each, Detonated) for each in ends) == 2
        [refused] = [each for each in ends if isinstance(each, NotEmulated)]
        assert refused.overloaded and not refused.unsupported

    asyncio.run(test())
