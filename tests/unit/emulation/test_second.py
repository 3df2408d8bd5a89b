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
from gateway.emulation.environments import Second
from gateway.emulation.scripts.hosts import FOR_NODE
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


def _answer(stopped: Stopped | None = None, behaviours: tuple[Behaviour, ...] = ()) -> Detonation:
    return Detonation("first", "1", behaviours, (), b"", 0, 0.1, stopped)


def test_the_machine_is_asked_after_winapi_where_it_is_present() -> None:
    first, other = _Environment("winapi"), _Environment("microvm")
    stopped = _answer(STOPPED)
    assert second(first, SAMPLE, stopped, (first, other)) == Second(other)
    assert second(first, SAMPLE, _answer(), (first, other)) is None
    assert second(other, SAMPLE, stopped, (first, other)) is None
    assert second(first, SAMPLE, stopped, (first,)) is None
    absent = _Environment("microvm", state=Absent("not built"))
    assert second(first, SAMPLE, stopped, (first, absent)) is None


MISSES_NODE = Stopped(StopKind.INCOMPLETE, f"{FOR_NODE}: ReferenceError: 'process' is not defined")
BOTH = b"typeof require == 'undefined' ? new ActiveXObject('x') : require('fs')"
UNSURE = b"var r = this['requ' + 'ire'] || globalThis.x;"
WINDOWS = b"new ActiveXObject('WScript.Shell').Run('calc')"


@pytest.mark.parametrize(
    ("script", "answer", "asked", "both"),
    [
        (BOTH, _answer(), True, True),
        (BOTH, _answer(STOPPED), True, True),
        (UNSURE, _answer(), True, False),
        (UNSURE, _answer(behaviours=(INJECTS,)), False, False),
        (UNSURE, _answer(STOPPED), False, False),
        (UNSURE, _answer(MISSES_NODE), True, False),
        (WINDOWS, _answer(), False, False),
        (WINDOWS, _answer(STOPPED), False, False),
        (b"var x = 1;", _answer(), False, False),
    ],
)
def test_node_is_asked_after_windows_by_what_the_script_holds(
    script: bytes, answer: Detonation, asked: bool, both: bool
) -> None:
    types = frozenset({"javascript", "vbscript"})
    first, other = _Environment("wsh", types=types), _Environment("gvisor", types=types)
    found = second(first, Sample("a.js", "javascript", script), answer, (first, other))
    assert found == (Second(other, both) if asked else None)
    assert second(first, Sample("a.vbs", "vbscript", script), answer, (first, other)) is None


Ask = Callable[..., Detonated]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    def answer(*offered: Environment, sample: Sample = SAMPLE, opened: bool = False) -> Detonated:
        monkeypatch.setattr(detonator, "environments", lambda *_: offered)

        async def run() -> Detonated:
            made = Detonator(GatewayConfig(), tmp_path)
            found = await made.run(sample, 1, opened=opened)
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


@pytest.mark.parametrize(
    ("windows", "node", "told"),
    [((), (INJECTS,), "gvisor"), ((INJECTS,), (), "wsh"), ((), (), "gvisor")],
)
def test_of_a_script_for_two_hosts_the_worse_answer_counts(
    ask: Ask, windows: tuple[Behaviour, ...], node: tuple[Behaviour, ...], told: str
) -> None:
    types = frozenset({"javascript"})
    found = ask(
        _Environment("wsh", behaviours=windows, types=types),
        _Environment("gvisor", behaviours=node, types=types),
        sample=Sample("a.js", "javascript", BOTH),
    )
    assert found.detonation.environment == told
    assert (found.judgement.verdict.value == "malicious") == bool(windows or node)
    assert "written for Windows and node" in found.why
    assert ("wsh: clean" in found.why) == (told == "gvisor")


def test_node_stopped_leaves_a_script_for_two_hosts_unscanned(ask: Ask) -> None:
    types = frozenset({"javascript"})
    found = ask(
        _Environment("wsh", types=types),
        _Environment("gvisor", STOPPED, types=types),
        sample=Sample("a.js", "javascript", BOTH),
    )
    assert found.judgement.verdict.value == "unscanned"


DOCUMENT = Sample("bill.docx", "docx", b"PK")
SHELL = Behaviour(
    *(0.1, Kind.PROCESS, Actor(1, 0, "/usr/lib/libreoffice/program/soffice.bin")),
    *("execute", "/bin/sh", ("sh -c id",)),
)


@pytest.mark.parametrize(
    ("office", "opened", "verdict", "told"),
    [
        (((), None), ((), None), "clean", "microvm"),
        (((), None), ((SHELL,), None), "malicious", "microvm"),
        (((), None), ((), STOPPED), "unscanned", "microvm"),
        (((), STOPPED), ((), None), "unscanned", "office"),
        (((SHELL,), None), ((), None), "malicious", "office"),
    ],
)
def test_of_a_document_that_is_opened_too_the_worse_answer_counts(
    ask: Ask,
    office: tuple[tuple[Behaviour, ...], Stopped | None],
    opened: tuple[tuple[Behaviour, ...], Stopped | None],
    verdict: str,
    told: str,
) -> None:
    types = frozenset({"docx"})
    first = _Environment("office", office[1], office[0], types=types)
    other = _Environment("microvm", opened[1], opened[0], types=types)
    found = ask(first, other, sample=DOCUMENT, opened=True)
    assert (found.judgement.verdict.value, found.detonation.environment) == (verdict, told)
    assert other.runs == (0 if office[0] else 1)


def test_a_document_that_nothing_opens_was_not_seen_to_its_end(ask: Ask) -> None:
    types = frozenset({"docx"})
    absent = _Environment("microvm", state=Absent("not built"), types=types)
    found = ask(_Environment("office", types=types), absent, sample=DOCUMENT, opened=True)
    assert found.judgement.verdict.value == "unscanned"
    assert found.detonation.stopped_by is not None
    assert "not built" in found.detonation.stopped_by.detail
    asked = ask(_Environment("office", types=types), absent, sample=DOCUMENT)
    assert asked.judgement.verdict.value == "clean"
