"""The supervisor's own end: by SIGKILL, by SIGTERM, under load; and what the next start does."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.crash.light_stand import MARK, WAIT_SECONDS, Light, alive, eventually, kill, light
from tests.net.drivers_support import differences, left_behind, settled_snapshot, snapshot
from tools.lab import CLIENT_NIC, SERVER_NIC, Lab

pytestmark = pytest.mark.root

SENDERS = 4
STARTS = 2
"""Times the gateway is killed and started again under load."""

LOAD_SECONDS = 2.0
"""How long mails flow before each kill."""

QUIET_SECONDS = 2.5
"""How long a client waits where the right answer is none."""

RETRY_SECONDS = 0.3
TRIES = 60
_NAME = re.compile(rb"Message-ID: <(load-\d+-\d+)@client.example>\r\n")


def processes(lab: Lab) -> list[int]:
    """Every process in the gateway's namespace."""
    found = lab.exec_in(lab.layout.gateway, ["ip", "netns", "pids", lab.layout.gateway]).stdout
    return [int(pid) for pid in found.split() if alive(int(pid))]


def kill_the_supervisor(stand: Light) -> None:
    kill(stand.gateway.process.pid, signal.SIGKILL)
    stand.gateway.process.wait()


def test_children_die_with_a_killed_supervisor_and_the_next_start_repairs() -> None:
    before, look = _looking()
    with light("sk", look=look) as stand:
        children = stand.pids()
        assert {"interceptor", "worker@0", "inspector@0"} <= set(children)
        kill_the_supervisor(stand)
        eventually("all processes are gone", lambda: not any(map(alive, children.values())))
        eventually("none is left in the namespace", lambda: not processes(stand.lab))

        held = stand.send("held", seconds=QUIET_SECONDS)
        assert (held.step, held.accepted) == ("connect", False)  # the rules stay: hold

        stand.start_again()
        assert "undone what a crash left" in stand.log()
        assert stand.send("repaired").accepted
        assert stand.inspected("repaired")
        _ends_without_a_trace(stand, before)


def test_nothing_stays_behind_after_sigterm() -> None:
    before, look = _looking()
    with light("st", look=look) as stand:
        assert stand.send("one").accepted
        assert differences(before, snapshot(stand.lab))
        _ends_without_a_trace(stand, before)


def _looking() -> tuple[dict[str, list[str]], Callable[[Lab], None]]:
    """A snapshot of the lab, filled by the function beside it before the gateway starts."""
    before: dict[str, list[str]] = {}
    nics = (CLIENT_NIC, SERVER_NIC)
    return before, lambda lab: before.update(settled_snapshot(lab, nics))


def _ends_without_a_trace(stand: Light, before: dict[str, list[str]]) -> None:
    """SIGTERM; then rules, links, addresses, routes, sysctls, processes and files are as before."""
    children = stand.pids()
    stand.gateway.process.send_signal(signal.SIGTERM)
    assert stand.gateway.process.wait(WAIT_SECONDS) == 0
    assert not any(map(alive, children.values()))
    assert not processes(stand.lab)
    assert left_behind(stand.lab, before) == []
    assert list((stand.directory / "state" / "spool").iterdir()) == []
    assert list((stand.directory / "run").iterdir()) == []


def test_no_accepted_mail_is_lost_when_the_gateway_is_killed_and_started_again(
    record_property: Callable[[str, object], None],
) -> None:
    with light("sl") as stand:
        over = threading.Event()
        with ThreadPoolExecutor(SENDERS) as pool:
            loads = [pool.submit(_send_until, stand, over, k) for k in range(SENDERS)]
            try:
                for _ in range(STARTS):
                    time.sleep(LOAD_SECONDS)
                    kill_the_supervisor(stand)
                    stand.start_again()
                time.sleep(LOAD_SECONDS)
            finally:
                over.set()
            sent = [name for load in loads for name in load.result()]
        arrived = Counter(
            found[1].decode()
            for one in stand.server.accepted
            if (found := _NAME.search(one.content)) is not None
        )
        doubled = sum(times - 1 for times in arrived.values())
        print(f"{len(sent)} mails, {STARTS} kills, {doubled} arrived twice")
        record_property("mails", len(sent))
        record_property("doubled", doubled)
        assert set(sent) == set(arrived)
        assert all(MARK in one.content for one in stand.server.accepted)
        assert doubled <= STARTS * SENDERS  # at most what was under way at each kill (RFC 1047)


def _send_until(stand: Light, over: threading.Event, sender: int) -> list[str]:
    """Send mails one after the other, each until it is accepted; their names."""
    names: list[str] = []
    while not over.is_set():
        names.append(f"load-{sender}-{len(names)}")
        assert any(_accepted(stand, names[-1]) for _ in range(TRIES)), names[-1]
    return names


def _accepted(stand: Light, name: str) -> bool:
    if stand.send(name).accepted:
        return True
    time.sleep(RETRY_SECONDS)
    return False
