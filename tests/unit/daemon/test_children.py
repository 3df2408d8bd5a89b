"""The book of processes: who is healthy, who hangs, how long a refill waits."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.daemon.channel import Beat, Drain, process_end, supervisor_end
from gateway.daemon.children import (
    FIRST_RESTART_SECONDS,
    LAST_RESTART_SECONDS,
    START_SECONDS,
    STEADY_SECONDS,
    Child,
    Restarts,
)
from gateway.daemon.launch import Started
from gateway.daemon.member import SILENCE_SECONDS
from gateway.daemon.topology import BY_ROLE, Role


@pytest.fixture
def sleeping() -> Iterator[tuple[Started, socket.socket]]:
    """A process that does nothing, and its end of the channel."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    started = Started(process, os.pidfd_open(process.pid), supervisor_end(ours))
    yield started, theirs
    process.kill()
    process.wait()
    theirs.close()


def child(started: Started, role: Role = Role.WORKER) -> Child:
    return Child(BY_ROLE[role], 1, [], started, since=1000.0)


def test_before_its_first_beat_it_is_starting_and_not_healthy(
    sleeping: tuple[Started, socket.socket],
) -> None:
    one = child(sleeping[0])
    assert not one.healthy(1001.0)
    assert one.overdue(1000.0 + START_SECONDS) == ""
    assert "no sign of life" in one.overdue(1000.1 + START_SECONDS)


def test_silence_is_a_hang(sleeping: tuple[Started, socket.socket]) -> None:
    one = child(sleeping[0])
    one.heard(Beat(3))
    assert one.last_beat is not None
    assert one.healthy(one.last_beat + SILENCE_SECONDS - 0.01)
    assert one.overdue(one.last_beat + SILENCE_SECONDS - 0.01) == ""
    assert not one.healthy(one.last_beat + SILENCE_SECONDS + 0.1)
    assert "silent for" in one.overdue(one.last_beat + SILENCE_SECONDS + 0.1)
    assert one.beat.sessions == 3


def test_an_unwatched_process_is_healthy_while_it_is_there(
    sleeping: tuple[Started, socket.socket],
) -> None:
    one = child(sleeping[0], Role.INSPECTOR)
    assert one.healthy(9e9) and one.overdue(9e9) == ""
    one.kill()
    one.started.process.wait()
    assert not one.healthy(0.0)


def test_names() -> None:
    started = Started(None, -1, None)  # type: ignore[arg-type]
    assert child(started).name == "worker@1"
    assert child(started, Role.INTERCEPTOR).name == "interceptor"


def test_whether_it_was_told_is_known(sleeping: tuple[Started, socket.socket]) -> None:
    started, theirs = sleeping
    one = child(started)
    assert one.send(Drain())
    assert process_end(theirs).receive() == (Drain(), ())
    theirs.close()
    assert not one.send(Drain()), "it is gone"
    assert not child(Started(None, -1, None)).send(Drain())  # type: ignore[arg-type]


def test_ending_what_is_gone_already_is_no_error(sleeping: tuple[Started, socket.socket]) -> None:
    one = child(sleeping[0])
    assert one.affinity() == sorted(os.sched_getaffinity(0))
    one.terminate()
    one.started.process.wait()
    for end in (one.kill, one.terminate):
        end()
    one.started.close()
    for end in (one.kill, one.terminate):
        end()
    assert one.affinity() == []


def test_a_process_that_keeps_dying_waits_longer_each_time_up_to_a_limit() -> None:
    restarts = Restarts()
    waits = [restarts.next_wait(0.5) for _ in range(12)]
    assert waits[0] == FIRST_RESTART_SECONDS
    assert waits == sorted(waits) and waits[-1] == LAST_RESTART_SECONDS
    assert restarts.count == 12
    assert restarts.next_wait(STEADY_SECONDS + 1) == FIRST_RESTART_SECONDS, "it had lived"
