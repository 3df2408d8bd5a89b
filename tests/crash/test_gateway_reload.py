"""SIGHUP: a mail half sent is finished under the old policy, new sessions meet the new one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.crash.dialogue import dialogue, draining, reload
from tests.crash.light_stand import (
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

BROKEN = "[mail]\nheader = 7\nnonsense = true\n"


@pytest.fixture(scope="module")
def stand() -> Iterator[Light]:
    with light("r") as stand:
        yield stand


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
