"""The roster and what is said of it: who takes flows, what counts on, what `status` shows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from drivers import Mode, PairConfig
from gateway.daemon.channel import Beat
from gateway.daemon.overview import failure, nic_pair, overview
from gateway.daemon.roster import Roster
from gateway.daemon.settings import read_settings
from gateway.daemon.status import CounterStatus
from gateway.daemon.steering import NOT_HEALTHY
from gateway.daemon.topology import Role
from gateway.policy import load_gateway_config
from tests.unit.daemon.processes import HEALTHY, SILENT, child


@pytest.fixture
def roster() -> Roster:
    """An interceptor and two workers, the second of which is silent."""
    made = Roster()
    for one in (
        child(Role.INTERCEPTOR, 0),
        child(Role.WORKER, 0, sessions=4),
        child(Role.WORKER, 1, SILENT),
    ):
        made.children[one.place] = one
    return made


def test_a_worker_that_starts_is_stood_in_for_by_the_one_before_it(roster: Roster) -> None:
    """They share their listeners: during a reload no slot is without a worker."""
    old = roster.relieve((Role.WORKER, 0))
    new = roster.children[Role.WORKER, 0] = child(Role.WORKER, 0, None)
    assert old is not None and roster.leaving == [old]
    assert [roster.load(slot, 0.0) for slot in range(2)] == [4, NOT_HEALTHY]
    old.drained = True
    assert roster.load(0, 0.0) == NOT_HEALTHY
    new.last_beat = HEALTHY
    assert roster.load(0, 0.0) == 0


def test_a_place_that_nobody_fills_is_not_healthy_and_has_nobody_to_relieve() -> None:
    assert not Roster().healthy((Role.WORKER, 0), 0.0)
    assert Roster().relieve((Role.WORKER, 0)) is None


@pytest.mark.parametrize("missing", [Role.INTERCEPTOR, Role.WORKER])
def test_without_somebody_who_steers_and_somebody_who_takes_nothing_is_inspected(
    roster: Roster, missing: Role
) -> None:
    hold, bypass = load_gateway_config(""), load_gateway_config('on_failure = "bypass"')
    assert failure(roster, hold, 0.0) == failure(roster, bypass, 0.0) == ""
    del roster.children[missing, 0]
    assert "held back" in failure(roster, hold, 0.0)
    assert "UNINSPECTED" in failure(roster, bypass, 0.0)


def test_status_shows_everybody_and_counts_the_dead(roster: Roster, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('[nic]\nclient = "a"\nserver = "b"\n')
    settings = read_settings(tmp_path / "gateway.toml", tmp_path / "policy.toml")
    roster.leaving.append(child(Role.WORKER, 0))
    roster.children[Role.EMULATOR, 0] = child(Role.EMULATOR, 0, None)
    roster.children[Role.WORKER, 0].beat = Beat(4, {"mails": 2})
    roster.restarts[Role.WORKER, 1].count = 3
    ended = child(Role.WORKER, 1)
    ended.beat = Beat(0, {"mails": 5})
    roster.keep_counters(ended)
    now = time.monotonic()
    status = overview(
        roster,
        settings,
        nic_pair(PairConfig("a", "b", mode=Mode.BRIDGE, workers=2), None),
        [CounterStatus("packets", 7)],
        policy_path=tmp_path / "policy.toml",
        began=now - 60,
        now=now,
    )
    assert [(one.name, one.state, one.restarts) for one in status.processes] == [
        ("interceptor", "healthy", 0),
        ("worker@0", "healthy", 0),
        ("worker@0", "draining", 0),
        ("worker@1", "silent", 3),
        ("emulator", "starting", 0),
    ]
    assert status.mails == [CounterStatus("mails", 7)]
    assert status.failure == "" and status.uptime == 60
    assert (status.pair.client, status.pair.queue_rule) == ("a", "")
