"""Processes of a gateway are killed and stopped: each is replaced, and mail flows again.

`hold` is the default: meanwhile connections wait or are refused for now, nothing passes unseen.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.net.gateway_stand import eventually, process, running
from tools.corpus import DemoMail, demo_mail
from tools.demo.run import Stand
from tools.mail.client import Target, send

pytestmark = pytest.mark.root

MARKS = ("table inet sluice", "table bridge sluice", "sluice0", "fwmark")
"""What of a running gateway the kernel shows: rules, bridge, routing rules."""

REPLACED = ("worker@0", "worker@1", "interceptor", "inspector@0", "emulator")


@pytest.fixture(scope="module")
def up() -> Iterator[Stand]:
    with running("k") as stand:
        yield stand


def _accepted(up: Stand, mail: DemoMail) -> bool:
    layout = up.lab.layout
    target = Target(layout.server.ip, netns=layout.sender.namespace)
    return send(mail.raw, mail.sender, mail.recipients, target).accepted


@pytest.mark.parametrize("name", REPLACED)
def test_a_killed_process_is_replaced_and_mail_flows(up: Stand, name: str) -> None:
    _end(up, name, signal.SIGKILL)


@pytest.mark.parametrize("name", ["worker@0", "interceptor", "emulator"])
def test_a_stopped_process_is_noticed_and_replaced(up: Stand, name: str) -> None:
    _end(up, name, signal.SIGSTOP)


def _end(up: Stand, name: str, number: signal.Signals) -> None:
    before = process(up, name)
    assert before is not None
    os.kill(before.pid, number)
    mail = demo_mail("plain-text")
    if name.startswith("inspector"):
        # Its worker asks for another one when a mail next needs it.
        eventually("a mail goes through", lambda: _accepted(up, mail))

    def replaced() -> bool:
        now = process(up, name)
        return now is not None and now.pid != before.pid and now.state == "healthy"

    eventually(f"{name} is replaced", replaced)
    eventually("a mail goes through", lambda: _accepted(up, mail))


def test_nothing_stays_behind_after_the_end() -> None:
    """The rules, routes and interfaces of the gateway's namespace are as they were before."""
    with running("z") as up:
        namespace = up.lab.layout.gateway
        assert all(mark in _seen(namespace) for mark in MARKS)
        gateway = min(_gateways(namespace))  # the supervisor came first
        os.kill(gateway, signal.SIGTERM)
        eventually("the gateway ends", lambda: not _gateways(namespace))
        assert not any(mark in _seen(namespace) for mark in MARKS)


def _seen(namespace: str) -> str:
    """What of the kernel's state names the gateway: nft tables, interfaces, rules."""
    commands = ["nft list ruleset", "ip -o link", "ip rule"]
    return "".join(
        subprocess.run(
            ["ip", "netns", "exec", namespace, *command.split()],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for command in commands
    )


def _gateways(namespace: str) -> list[int]:
    """Processes in `namespace` that are a gateway's."""
    found = subprocess.run(
        ["ip", "netns", "pids", namespace], capture_output=True, text=True, check=True
    )
    pids = [int(pid) for pid in found.stdout.split()]
    return [pid for pid in pids if "gateway.daemon" in _command(pid)]


def _command(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
