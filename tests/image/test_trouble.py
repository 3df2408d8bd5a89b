"""What goes wrong on a running appliance, and ends well: hangs, a full disk, a NIC that is gone.

One machine with Intel's NICs goes through all of it, in the order of this file.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.image.machines import Running, started
from tools.boot.acceptance import cores

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(3600)]

RESET_SECONDS = 600.0
"""From a systemd that hangs to the firmware's first words: the watchdog's minute, and patience."""

STATE_FULL = (
    "fallocate -l $(df --output=avail -B1 /var | tail -1) /var/lib/fill; df -h /var | tail -1"
)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """A machine with two e1000e and a management NIC, taking mail."""
    with started(nic="e1000e", management=True) as machine:
        machine.takes_mail()
        yield machine


def pids(running: Running) -> dict[str, int]:
    """The gateway's processes."""
    answer = running.appliance.run("status --json")
    status = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])
    return {one["name"]: one["pid"] for one in status["processes"]}


def test_interrupts_and_workers_are_where_the_plan_says(running: Running) -> None:
    for fact in cores(running.appliance):
        print(f"{fact.name}: {fact.seen}")
        assert fact.well, fact.seen


def test_the_management_nic_has_an_address(running: Running) -> None:
    assert "10.0.2.15" in running.appliance.root("ip -4 -o address show scope global")


@pytest.mark.parametrize("name", ["worker@0", "inspector@1", "interceptor"])
def test_a_part_that_hangs_is_replaced(running: Running, name: str) -> None:
    before = pids(running)[name]
    running.appliance.root(f"kill -STOP {before}; sleep 8")
    # Both workers get some; one whose inspector hangs finds that out with the first.
    answers = [running.send(f"hang of {name} {number}") for number in range(6)]
    assert all(answer.accepted for answer in answers[2:]), answers
    assert pids(running)[name] != before
    told = running.appliance.root(
        "journalctl -b -q -o cat -u gatewayd | grep -c -E 'hang|replaced'"
    )
    assert int(told.split()[-1]) > 0


def test_a_supervisor_that_hangs_is_replaced(running: Running) -> None:
    running.appliance.root("kill -STOP $(systemctl show -P MainPID gatewayd)")
    running.appliance.console.drain(60.0)  # until then its processes go on alone
    running.appliance.powered = time.monotonic()
    running.takes_mail()
    told = running.appliance.root(
        "systemctl show -P NRestarts gatewayd;"
        " journalctl -b -q -o cat -u gatewayd | grep -i -m 2 watchdog"
    )
    assert "Watchdog timeout" in told
    assert "no probe came back through it for 30 s (1 of 3 within 15 minutes)" in " ".join(
        told.split()
    )


def test_a_full_disk_loses_no_mail(running: Running) -> None:
    """What is answered 250 meanwhile is at the server; all else is refused for now."""
    print(running.appliance.root(f"{STATE_FULL}; clear"))
    answers = {f"no room {number}": running.send(f"no room {number}") for number in range(5)}
    running.appliance.root("rm /var/lib/fill; sleep 3")
    answers["room again"] = running.send("room again")
    assert answers["room again"].accepted
    running.server.wait_for(1, seconds=30.0)
    for subject, answer in answers.items():
        print(f"{subject}: {answer.code} {answer.text}")
        assert answer.accepted or 400 <= answer.code < 500
        assert running.arrived(subject) == answer.accepted


def test_the_hardware_watchdog_resets_a_machine_whose_systemd_hangs(running: Running) -> None:
    told = running.appliance.root("cat /sys/class/watchdog/watchdog*/identity /dev/null")
    assert "i6300ESB" in told
    appliance = running.appliance
    appliance.login()
    appliance.console.type("shell")
    appliance.console.wait(r"[#$] $", 300.0)
    # A systemd that crashed stands still for ever.
    appliance.console.type("kill -SEGV 1")
    began = time.monotonic()
    appliance.console.wait("BdsDxe: starting", RESET_SECONDS)
    print(f"reset after {time.monotonic() - began:.0f} s")
    appliance.logged_in = False
    appliance.powered = time.monotonic()
    running.takes_mail()


def test_power_off_and_a_nic_that_is_gone(running: Running) -> None:
    """Without its second NIC the appliance says so, and can be reached where it is managed."""
    appliance = running.appliance
    appliance.login()
    appliance.console.type("shell")
    appliance.console.wait(r"[#$] $", 300.0)
    appliance.console.type("systemctl poweroff")
    appliance.wait_off(300.0)
    appliance.wanted = replace(appliance.wanted, nics=1)
    running.power_on()
    told = " ".join(
        appliance.root(
            "journalctl --no-pager -b -q -o cat -u sluice-setup;"
            " ip -4 -o address show scope global;"
            " echo setup is $(systemctl is-active sluice-setup);"
            " journalctl -b -q -o cat -u gatewayd | grep gatewayd: | tail -1"
        ).split()
    )
    print(told)
    assert re.search(r"there is no interface 52:54:00:51:00:02; there are: \w+", told)
    assert "10.0.2.15" in told
    assert "setup is active" in told
    assert "gatewayd: " in told
