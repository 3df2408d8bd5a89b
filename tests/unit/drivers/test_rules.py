"""The rules as text, both spellings, against committed copies a reviewer can read.

`SLUICE_GOLDEN=write pytest tests/unit/drivers/test_rules.py` writes the copies anew.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import COUNTER_MEANING, CounterName, Mode, OnFailure, PairConfig, Spelling, VlanPolicy
from drivers.plan import render
from drivers.rules import RuleSet, rule_set

GOLDEN = Path(__file__).parent / "golden"
MAC = "02:00:00:00:00:01"


def rules(spelling: Spelling = Spelling.NFT, **changes: object) -> RuleSet:
    config = PairConfig("eth1", "eth2", ports=(587, 25), workers=2)
    return rule_set(replace(config, **changes), MAC, spelling)  # type: ignore[arg-type]


CASES: dict[str, tuple[RuleSet, bool]] = {
    "bridge-hold-nft": (rules(), True),
    "routed-bypass-nft": (rules(mode=Mode.ROUTED, on_failure=OnFailure.BYPASS), True),
    "bridge-bypass-iptables": (
        rules(Spelling.IPTABLES, on_failure=OnFailure.BYPASS, vlan=VlanPolicy.DROP),
        True,
    ),
    "routed-one-worker-iptables-update": (
        rules(Spelling.IPTABLES, mode=Mode.ROUTED, workers=1),
        False,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_committed_one(name: str) -> None:
    rule_set_, first = CASES[name]
    text = render(rule_set_, first=first)
    assert text.ip == text.ip6
    whole = text.nft + (f"# iptables-nft-restore --noflush\n{text.ip}" if text.ip else "")
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("SLUICE_GOLDEN") == "write":
        path.write_text(whole)
    assert whole == path.read_text()


def test_the_queue_rule_is_spelled_exactly_once() -> None:
    native = render(rules(), first=True)
    assert native.nft.count(" queue num ") == 1
    assert native.ip == ""
    other = render(rules(Spelling.IPTABLES), first=True)
    assert " queue num " not in other.nft
    assert other.ip.count("-j NFQUEUE") == 1


@pytest.mark.parametrize("spelling", list(Spelling))
def test_bypass_is_said_to_the_kernel_only_when_it_is_meant(spelling: Spelling) -> None:
    for on_failure in OnFailure:
        text = render(rules(spelling, on_failure=on_failure), first=True)
        queue = [line for line in (text.nft + text.ip).splitlines() if "queue" in line.lower()]
        queue = [line for line in queue if "num" in line or "balance" in line]
        assert len(queue) == 1
        assert ("bypass" in queue[0]) == (on_failure is OnFailure.BYPASS)


def test_hold_never_lets_an_undecided_packet_by() -> None:
    text = render(rules(on_failure=OnFailure.HOLD), first=True).nft
    assert "goto bypass" not in text.replace(f"== {0x500:#x} goto bypass", "")


def test_changing_keeps_everything_else_and_needs_no_new_tables() -> None:
    before = rules()
    after = before.changed(workers=(0, 2), on_failure=OnFailure.BYPASS)
    assert after == replace(before, workers=(0, 2), queues=3, on_failure=OnFailure.BYPASS)
    assert before.changed() == before
    assert before.changed(workers=()).queues == 1
    lines = render(after, first=False).nft.splitlines()
    assert not any(line.startswith(("delete", "destroy", "flush table")) for line in lines)
    assert "flush chain inet sluice deliver" in lines


def test_every_counter_is_declared_used_and_explained() -> None:
    text = render(rules(), first=True).nft + render(rules(vlan=VlanPolicy.DROP), first=True).nft
    for name in CounterName:
        assert f" sluice {name}\n" in text
        assert COUNTER_MEANING[name]
    used = {name for name in CounterName if f"counter name {name}" in text}
    # `bypassed` and `held` exclude each other: see the golden text of the other answer
    assert used >= set(CounterName)
