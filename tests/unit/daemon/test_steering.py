"""The decision table of first packets, row by row."""

from __future__ import annotations

import pytest

from gateway.daemon import steering
from gateway.daemon.steering import (
    FLOW_SECONDS,
    NOT_HEALTHY,
    OTHER_REASONS,
    Decision,
    Steering,
    SteeringTable,
)
from gateway.model import Flow
from gateway.policy import load_policy

POLICY = """
[steering]
pass_networks = ["192.0.2.0/28", "2001:db8:1::/64", "198.51.100.0/24"]
drop_networks = ["198.51.100.7/32"]
"""


def table(*sessions: int, bypass: bool = False, policy: str = "") -> SteeringTable:
    return SteeringTable(load_policy(policy), bypass, list(sessions))


def flow(source: str = "203.0.113.5", port: int = 40000) -> Flow:
    return Flow(source, port, "203.0.113.25", 25)


@pytest.mark.parametrize(
    ("source", "decision", "says"),
    [
        ("192.0.2.1", Decision.PASS, "192.0.2.0/28 is listed, policy.toml line 3"),
        ("192.0.2.16", Decision.INSPECT, "worker 0"),
        ("2001:db8:1::5", Decision.PASS, "2001:db8:1::/64"),
        ("198.51.100.8", Decision.PASS, "198.51.100.0/24"),
        ("198.51.100.7", Decision.DROP, "198.51.100.7/32 is listed, policy.toml line 4"),
    ],
)
def test_listed_networks_come_first_and_a_drop_outweighs_a_pass(
    source: str, decision: Decision, says: str
) -> None:
    made = table(0, policy=POLICY).decide(flow(source), 0.0)
    assert made.decision is decision
    assert says in made.reason


@pytest.mark.parametrize(
    ("sessions", "worker"),
    [
        ((0,), 0),
        ((5, 3, 9), 1),
        ((2, 2, 2), 0),
        ((NOT_HEALTHY, 7), 1),
        ((4, NOT_HEALTHY, 0), 2),
    ],
)
def test_the_least_loaded_healthy_worker_inspects(sessions: tuple[int, ...], worker: int) -> None:
    assert table(*sessions).decide(flow(), 0.0) == Steering(
        Decision.INSPECT, worker, f"worker {worker}"
    )


def test_flows_between_two_beats_are_spread() -> None:
    on = table(0, 0, 0)
    workers = [on.decide(flow(port=port), 0.0).worker for port in range(6)]
    assert sorted(workers) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(("bypass", "decision"), [(False, Decision.DROP), (True, Decision.PASS)])
def test_without_a_healthy_worker_on_failure_decides(bypass: bool, decision: Decision) -> None:
    made = table(NOT_HEALTHY, NOT_HEALTHY, bypass=bypass).decide(flow(), 0.0)
    assert made.decision is decision
    assert "no worker is healthy" in made.reason


def test_a_repeated_first_packet_meets_the_same_worker() -> None:
    on = table(0, 5)
    assert on.decide(flow(), 0.0).worker == 0
    on.update([9, 5])
    assert on.decide(flow(), FLOW_SECONDS).worker == 0, "sticky, though the other has less to do"
    assert on.decide(flow(), FLOW_SECONDS + 1.0).worker == 1, "not for ever"


def test_a_repeated_first_packet_does_not_wait_for_a_sick_worker() -> None:
    on = table(0, 5)
    assert on.decide(flow(), 0.0).worker == 0
    on.update([NOT_HEALTHY, 5])
    assert on.decide(flow(), 1.0).worker == 1
    on.update([0, NOT_HEALTHY])
    assert on.decide(flow(), 2.0).worker == 0


def test_a_flow_that_was_held_is_decided_anew() -> None:
    on = table(NOT_HEALTHY)
    assert on.decide(flow(), 0.0).decision is Decision.DROP
    on.update([0])
    assert on.decide(flow(), 1.0).decision is Decision.INSPECT


def test_memory_for_flows_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "FLOW_MEMORY", 3)
    on = table(0)
    for port in range(10):
        on.decide(flow(port=port), 0.0)
    assert len(on._recent) == 3
    assert flow(port=9) in on._recent and flow(port=0) not in on._recent


def test_every_decision_is_counted_by_its_reason() -> None:
    on = table(0, policy=POLICY)
    for source in ("192.0.2.1", "192.0.2.2", "198.51.100.7", "203.0.113.5"):
        on.decide(flow(source), 0.0)
    assert dict(on.counters) == {
        "pass: network 192.0.2.0/28 is listed, policy.toml line 3": 2,
        "drop: network 198.51.100.7/32 is listed, policy.toml line 4": 1,
        "inspect: worker 0": 1,
    }


def test_counters_are_bounded_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """They travel in one packet with each beat; longer than that, it would end the interceptor."""
    monkeypatch.setattr(steering, "MAX_COUNTERS", 2)
    networks = ", ".join(f'"192.0.2.{host}/32"' for host in range(5))
    on = table(0, policy=f"[steering]\ndrop_networks = [{networks}]\n")
    for _ in range(2):
        for host in range(5):
            on.decide(flow(f"192.0.2.{host}"), 0.0)
    assert len(on.counters) == 3
    assert on.counters[f"drop: {OTHER_REASONS}"] == 6
    assert sum(on.counters.values()) == 10
