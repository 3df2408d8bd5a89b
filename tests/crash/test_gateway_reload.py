"""SIGHUP: a mail half sent is finished under the old policy, new sessions meet the new one."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.crash.dialogue import dialogue, draining, reload
from tests.crash.light_stand import (
    BYPASS,
    POLICY,
    Light,
    alive,
    eventually,
    kill,
    light,
)
from tools.corpus import SENDER

pytestmark = pytest.mark.root

BLOCKING = f'{POLICY}\n[lists]\nblock_senders = ["{SENDER}"]\n'
"""The policy that refuses what the first one delivers."""

RELOADS = 4
MAILS = 60
SENDERS = 4
"""Enough mails that some meet the moment in which a worker stops to accept."""

LONG = "".join(f'  "{number:064x}",\n' for number in range(4000))
DROPPING = f"""{POLICY}
[lists]
block_hashes = [
{LONG}]
[steering]
drop_networks = ["192.0.2.10/32"]
"""
"""A policy of 270 KB: longer than any packet of the channel. It drops the lab's sender."""

BROKEN = "[mail]\nheader = 7\nnonsense = true\n"


@pytest.fixture(scope="module")
def stand() -> Iterator[Light]:
    with light("r") as stand:
        yield stand


@pytest.fixture(scope="module")
def bypass() -> Iterator[Light]:
    with light("rb", BYPASS) as stand:
        yield stand


def test_nothing_passes_unseen_while_workers_change(bypass: Light) -> None:
    """With on_failure = bypass, too: the old workers serve until the new ones do."""
    with ThreadPoolExecutor(SENDERS) as pool:
        for turn in range(RELOADS):
            reload(bypass, POLICY)
            names = [f"seen-{turn}-{number}" for number in range(MAILS)]
            results = list(pool.map(bypass.send, names))
            assert all(result.accepted for result in results), results
            assert all(map(bypass.inspected, names))

    def steered() -> dict[str, int]:
        return {one.name: one.value for one in bypass.status().steering}

    eventually("all are counted", lambda: sum(steered().values()) >= RELOADS * MAILS)
    assert not [name for name in steered() if not name.startswith("inspect")], steered()


def test_counters_go_on_when_workers_change(bypass: Light) -> None:
    def mails() -> int:
        return next(one.value for one in bypass.status().mails if one.name == "mails")

    eventually("the mails of all workers are counted", lambda: mails() >= RELOADS * MAILS)


def rules(stand: Light) -> str:
    """The rules in force, without what they have counted."""
    shown = stand.lab.exec_in(stand.lab.layout.gateway, ["nft", "list", "ruleset"]).stdout
    return re.sub(r"packets \d+ bytes \d+", "", shown)


def test_the_answer_to_failure_changes_with_a_reload(bypass: Light) -> None:
    """In the rules, in the interceptor and in what status says, all or nothing."""
    before = rules(bypass)
    gateway_toml = bypass.directory / "gateway.toml"
    text = gateway_toml.read_text()
    gateway_toml.write_text(text.replace('on_failure = "bypass"', 'on_failure = "hold"'))
    reload(bypass, POLICY)
    eventually("status says hold", lambda: bypass.status().on_failure == "hold")
    assert "Traceback" not in bypass.log()
    assert bypass.send("held to the rules").accepted
    assert rules(bypass) != before
    gateway_toml.write_text(text)
    reload(bypass, POLICY)
    eventually("status says bypass", lambda: bypass.status().on_failure == "bypass")
    assert rules(bypass) == before


def test_a_policy_longer_than_a_packet_reaches_the_interceptor(bypass: Light) -> None:
    pid = bypass.pids("interceptor")
    reload(bypass, DROPPING)

    def dropped() -> bool:
        return any(one.name.startswith("drop: network") for one in bypass.status().steering)

    def tried() -> bool:
        return not bypass.send("dropped", seconds=1.0).accepted and dropped()

    eventually("the sender is dropped", tried)
    assert bypass.pids("interceptor") == pid, "and the interceptor is still the same process"
    reload(bypass, POLICY)
    eventually("the sender is back", lambda: bypass.send("back").accepted)


def test_a_session_in_mid_mail_survives_and_new_ones_meet_the_new_policy(stand: Light) -> None:
    old = stand.status().policy
    first = set(stand.pids("worker@0", "worker@1").values())
    with dialogue(stand) as client:
        client.begin("half-sent")
        reload(stand, BLOCKING)
        eventually("the new policy is in force", lambda: stand.status().policy != old)
        eventually("the new sender's block holds", lambda: stand.send("new").code == 550)
        eventually("only our worker is left of the old", lambda: len(draining(stand)) == 1)

        assert client.finish().startswith("250 ")
        assert client.answer().startswith("421 ")  # RFC 5321 section 3.8: then it says goodbye
        assert client.answer() == ""
    assert stand.inspected("half-sent")
    eventually("the old workers are gone", lambda: not draining(stand))
    assert not any(map(alive, first))
    assert stand.send("after").code == 550
    assert not stand.arrived("after")


def test_connections_made_while_workers_change_are_all_served(stand: Light) -> None:
    reload(stand, POLICY)
    eventually("the first policy is back", lambda: stand.send("back").accepted)
    eventually("with all workers", lambda: not draining(stand))
    with ThreadPoolExecutor(SENDERS) as pool:
        for turn in range(RELOADS):
            reload(stand, POLICY)
            names = [f"during-{turn}-{number}" for number in range(MAILS)]
            results = list(pool.map(stand.send, names))
            assert all(result.accepted for result in results), results
            assert all(map(stand.inspected, names))


def test_a_policy_with_errors_changes_nothing(stand: Light) -> None:
    before = stand.status()
    reload(stand, BROKEN)
    eventually("the refusal is logged", lambda: "reload refused" in stand.log())
    assert stand.status().policy == before.policy
    assert stand.send("still").accepted


def test_a_worker_killed_while_its_successor_starts_leaves_no_gap(stand: Light) -> None:
    reload(stand, POLICY)
    eventually("old workers leave", lambda: bool(draining(stand)))
    for pid in draining(stand):
        kill(pid, signal.SIGKILL)
    assert stand.send("between").accepted
    assert stand.inspected("between")
    eventually("two workers serve", lambda: len(stand.pids("worker@0", "worker@1")) == 2)


def test_a_client_that_is_idle_is_let_go(stand: Light) -> None:
    with dialogue(stand) as client:
        reload(stand, POLICY)
        assert client.answer().startswith("421 ")
        assert client.answer() == ""
