"""What new connections meet while nobody can inspect them: held back, or let through unseen.

The supervisor is stopped (SIGSTOP) where a test needs the moment before it acts to last.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from gateway.daemon.member import SILENCE_SECONDS
from tests.crash.light_stand import BYPASS, HOLD, Light, alive, eventually, kill, light

pytestmark = pytest.mark.root

WORKERS = ("worker@0", "worker@1")
QUIET_SECONDS = 2.5
"""How long a client waits where the right answer is none: two first packets are sent meanwhile."""

NOTICED_SECONDS = 4.0
"""The gateway is to notice a hang within 2 s; a test machine that does other work gets twice."""


@pytest.fixture(scope="module")
def hold() -> Iterator[Light]:
    with light("uh", HOLD) as stand:
        yield stand


@pytest.fixture(scope="module")
def bypass() -> Iterator[Light]:
    with light("ub", BYPASS) as stand:
        yield stand


@contextmanager
def without_interceptor(stand: Light) -> Iterator[None]:
    """Nobody answers first packets, and nobody notices, until the end of the block."""
    pid = stand.pids("interceptor")["interceptor"]
    supervisor = stand.gateway.process.pid
    kill(supervisor, signal.SIGSTOP)
    try:
        kill(pid, signal.SIGKILL)
        eventually("the interceptor is gone", lambda: not alive(pid))
        yield
    finally:
        kill(supervisor, signal.SIGCONT)
    eventually("another interceptor serves", lambda: stand.status().failure == "")
    assert stand.pids("interceptor")["interceptor"] != pid


def test_hold_without_interceptor_holds_back_and_then_inspects(hold: Light) -> None:
    with without_interceptor(hold):
        result = hold.send("held", seconds=QUIET_SECONDS)
        assert (result.step, result.accepted) == ("connect", False)
    assert hold.send("after").accepted
    assert hold.inspected("after")
    assert not hold.arrived("held")


def test_bypass_without_interceptor_lets_mail_through_unseen(bypass: Light) -> None:
    with without_interceptor(bypass):
        assert bypass.send("unseen").accepted
        assert not bypass.inspected("unseen")
    assert bypass.send("seen").accepted
    assert bypass.inspected("seen")


def test_hold_without_workers_lets_nothing_through_unseen(hold: Light) -> None:
    for number in range(3):
        hold.kill(*WORKERS)
        name = f"no-worker-{number}"
        assert hold.send(name).accepted
        assert hold.inspected(name)


def test_bypass_without_workers_lets_mail_through_and_says_so(bypass: Light) -> None:
    reason = "pass: no worker is healthy, on_failure is bypass"
    numbers = count()

    def passed() -> bool:
        # Just after a kill a mail is still given to a dead worker, and waits for its replacement.
        bypass.kill(*WORKERS)
        name = f"no-worker-{next(numbers)}"
        return bypass.send(name, seconds=1.0).accepted and not bypass.inspected(name)

    eventually("a mail passes unseen", passed)
    eventually("it is counted", lambda: reason in {one.name for one in bypass.status().steering})

    def inspected() -> bool:
        name = f"with-workers-{next(numbers)}"
        return bypass.send(name).accepted and bypass.inspected(name)

    eventually("mail is inspected again", inspected)
    assert bypass.status().failure == ""


@pytest.mark.parametrize("name", ["worker@0", "worker@1", "interceptor"])
def test_a_stopped_process_is_noticed_killed_and_replaced(hold: Light, name: str) -> None:
    pid = hold.pids(name)[name]
    kill(pid, signal.SIGSTOP)
    mail = f"stopped-{name.replace('@', '-')}"
    assert hold.send(mail).accepted  # by the other worker, or once the interceptor is replaced
    assert hold.inspected(mail)
    eventually(f"{name} is replaced", lambda: hold.pids(name).get(name, pid) != pid)
    (line,) = [line for line in hold.log().splitlines() if f"pid={pid}" in line]
    silence = re.search(r"silent for ([\d.]+) s", line)
    assert silence is not None, line
    assert SILENCE_SECONDS <= float(silence[1]) < NOTICED_SECONDS
