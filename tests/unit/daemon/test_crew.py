"""The crew without processes: who is drained when, who is told what."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import cast

import pytest

from drivers import Mode, PairConfig
from gateway.daemon import crew as crewing
from gateway.daemon.channel import Drain, Workers
from gateway.daemon.children import Child
from gateway.daemon.crew import Crew
from gateway.daemon.machine import Places
from gateway.daemon.settings import read_settings
from gateway.daemon.steering import NOT_HEALTHY
from gateway.daemon.topology import Role
from tests.unit.daemon.processes import HEALTHY, SILENT, Told, child, play, told


@pytest.fixture
def crew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crew:
    """A crew of two workers of which nobody has started."""
    (tmp_path / "gateway.toml").write_text('[nic]\nclient = "a"\nserver = "b"\n')
    settings = read_settings(tmp_path / "gateway.toml", tmp_path / "policy.toml")
    monkeypatch.setattr(crewing, "LOOK_SECONDS", 0.0025)
    pair = PairConfig("a", "b", mode=Mode.BRIDGE, workers=2)
    return Crew(settings, pair, Places([0], (0, 0), (0, 0), [0]), [], 0)


def test_the_interceptor_is_told_who_takes_flows(crew: Crew) -> None:
    children = crew.roster.children
    children[Role.WORKER, 0] = child(Role.WORKER, 0, sessions=4)
    children[Role.WORKER, 1] = child(Role.WORKER, 1, None)
    interceptor = children[Role.INTERCEPTOR, 0] = child(Role.INTERCEPTOR, 0)
    crew.watch()
    assert told(interceptor) == [Workers([4, NOT_HEALTHY])]


def test_who_is_silent_is_killed(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[Child] = []
    monkeypatch.setattr(Child, "kill", lambda one: killed.append(one))
    crew.roster.children[Role.WORKER, 0] = child(Role.WORKER, 0)
    hangs = crew.roster.children[Role.WORKER, 1] = child(Role.WORKER, 1, SILENT)
    leaves = child(Role.WORKER, 0, SILENT)
    crew.roster.leaving.append(leaves)
    crew.watch()
    assert killed == [hangs, leaves]


def test_who_accepts_at_a_slot_and_serves_nobody_is_killed(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[Child] = []
    monkeypatch.setattr(Child, "kill", lambda one: killed.append(one))
    old, other = child(Role.WORKER, 0), child(Role.WORKER, 1)
    drained = child(Role.WORKER, 0)
    drained.drained = True
    crew.roster.leaving += [old, drained]
    crew.roster.children[Role.WORKER, 0] = child(Role.WORKER, 0, None)  # it has not begun
    crew.roster.children[Role.WORKER, 1] = other
    assert crew.slots_served() == [0, 1]
    crew.give_up(0, "no greeting")
    assert killed == [old]


def test_the_old_worker_is_drained_when_the_new_one_beats_and_not_before(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = crew.roster.children[Role.WORKER, 0] = child(Role.WORKER, 0)
    new = child(Role.WORKER, 0, None)
    tries: list[int] = []

    def fill(role: Role, slot: int) -> None:
        tries.append(slot)
        if len(tries) < 3:
            raise OSError(11, "Resource temporarily unavailable")
        crew.roster.children[role, slot] = new

    monkeypatch.setattr(crew, "_fill", fill)
    monkeypatch.setattr(crewing, "LAST_RESTART_SECONDS", 0.01)

    async def test() -> None:
        renewing = asyncio.create_task(crew._renew_worker(0))
        await asyncio.sleep(0.1)
        assert len(tries) == 3, "a machine that cannot start a process is asked again"
        assert told(old) == [] and not old.drained
        new.last_beat = HEALTHY
        await renewing
        assert told(old) == [Drain()] and old.drained

    play(test)


def test_an_interceptor_that_cannot_be_told_starts_anew(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not go on with a policy that is in force no more."""
    interceptor = crew.roster.children[Role.INTERCEPTOR, 0] = child(Role.INTERCEPTOR, 0)
    cast(Told, interceptor.started.channel).full = True
    killed: list[Child] = []
    monkeypatch.setattr(Child, "kill", lambda one: killed.append(one))
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the shortest way to count
    crew._tell_policy()
    assert killed == [interceptor]
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
