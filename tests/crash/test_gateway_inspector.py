"""An inspector that hangs or dies is replaced; the gateway goes on, nothing passes uninspected."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import psutil
import pytest

from tests.crash.dialogue import dialogue, draining, reload
from tests.crash.light_stand import POLICY, Light, alive, eventually, kill, light
from tools.corpus import demo_mail
from tools.mail.client import send

pytestmark = pytest.mark.root

NAMES = ("inspector@0", "inspector@1")


@pytest.fixture(scope="module")
def stand() -> Iterator[Light]:
    with light("i") as stand:
        yield stand


def family(pid: int) -> list[int]:
    """An inspector's host with its zygotes and guests."""
    return [pid, *(one.pid for one in psutil.Process(pid).children(recursive=True))]


def goes_through(stand: Light) -> bool:
    """Whether a mail with a zip, which needs guests of its own, is taken."""
    mail = demo_mail("only-zip")
    return send(mail.raw, mail.sender, mail.recipients, stand.target(60.0)).accepted


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_inspectors_that_hang_or_die_are_replaced(stand: Light, number: signal.Signals) -> None:
    before = stand.pids(*NAMES)
    families = [pid for host in before.values() for pid in family(host)]
    for pid in families:
        kill(pid, number)
    eventually("nothing of them is left", lambda: not any(map(alive, families)))
    eventually(
        "others took their places",
        lambda: (
            set(stand.pids(*NAMES)) == set(before)
            and not set(stand.pids(*NAMES).values()) & set(before.values())
        ),
    )
    assert goes_through(stand)
    assert goes_through(stand)  # the flows go to both workers in turn


def test_stopped_zygotes_alone_are_noticed(stand: Light) -> None:
    (host,) = stand.pids("inspector@0").values()
    stopped = family(host)[1:]
    for pid in stopped:
        kill(pid, signal.SIGSTOP)
    eventually("nothing of them is left", lambda: not any(map(alive, stopped)))
    assert goes_through(stand)
    assert goes_through(stand)


def test_the_inspector_of_a_killed_worker_goes_with_it(stand: Light) -> None:
    inspector = stand.pids("inspector@0")["inspector@0"]
    families = family(inspector)
    for pid in families:
        kill(pid, signal.SIGSTOP)
    stand.kill("worker@0")
    eventually("nothing of it is left", lambda: not any(map(alive, families)))
    assert goes_through(stand)
    assert goes_through(stand)


def test_a_worker_that_leaves_gets_another_inspector_of_its_own(stand: Light) -> None:
    """And the worker in its place keeps the one it has."""
    before = set(stand.pids(*NAMES).values())
    with dialogue(stand) as client:
        client.begin("leaving")
        reload(stand, POLICY)
        eventually("one old worker is left", lambda: len(draining(stand)) == 1)
        after = stand.pids(*NAMES)
        assert not before & set(after.values())
        for pid in filter(alive, before):
            kill(pid, signal.SIGKILL)
        eventually("the old inspectors are gone", lambda: not any(map(alive, before)))
        eventually(
            "another one is beside the old worker",
            lambda: bool(set(draining(stand, "inspector")) - before),
        )
        assert client.finish().startswith("250 ")
    assert stand.inspected("leaving")
    assert stand.pids(*NAMES) == after
    eventually("the old worker is gone", lambda: not draining(stand))
    assert goes_through(stand)
