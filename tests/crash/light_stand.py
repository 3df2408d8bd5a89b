"""A gateway that inspects without clamd and guests, with a recording server behind it.

It starts in two seconds, so that a test may have one of its own and end it as it likes. Every mail
that was inspected carries X-Sluice-Trace; one without passed unseen.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli.control import ask_status
from gateway.cli.exits import CliError
from gateway.daemon.status import Status
from tools.corpus import ANNA, SENDER
from tools.demo.gateway import RunningGateway, start_gateway
from tools.lab import Lab, down, up
from tools.mail.behaviour import Behaviour
from tools.mail.client import SmtpResult, Target, send
from tools.mail.recording import RecordingServer

POLICY = """
[antivirus]
enabled = false
[mail]
header = "always"
"""
CONFIG = """
workers = 2
[emulator]
enabled = false
"""
HOLD = 'on_failure = "hold"\n' + CONFIG
BYPASS = 'on_failure = "bypass"\n' + CONFIG

MARK = b"X-Sluice-Trace: "
WAIT_SECONDS = 30.0
"""For things that take one or two; a loaded machine gets more."""

TRY_SECONDS = 10.0
"""A connection attempt whose first packets are dropped comes again after 1, 3 and 7 s (Linux)."""


@dataclass(slots=True)
class Light:
    """A lab with a recording server and a gateway that may be started more than once."""

    lab: Lab
    server: RecordingServer
    directory: Path
    config: str
    gateway: RunningGateway
    policy: str = POLICY

    def status(self) -> Status:
        """The gateway's own view. Raises CliError while nobody answers."""
        return ask_status(self.directory / "run" / "control.sock")[0]

    def pids(self, *names: str) -> dict[str, int]:
        """The processes that are there now, of those called `names` (all without any)."""
        found = {one.name: one.pid for one in self.status().processes if one.state != "draining"}
        return {name: found[name] for name in names or found if name in found}

    def kill(self, *names: str, by: signal.Signals = signal.SIGKILL) -> None:
        """Signal every process called `names` that is there."""
        for pid in self.pids(*names).values():
            kill(pid, by)

    def start_again(self) -> None:
        """A second gateway, of the same settings, after the first has ended."""
        self.gateway.stop()
        self.gateway = start_gateway(self.lab, self.directory, self.policy, self.config)
        eventually("the second gateway answers", self.answers)

    def answers(self) -> bool:
        """Whether the gateway answers on its control socket."""
        try:
            return bool(self.status().processes)
        except CliError:
            return False

    def log(self) -> str:
        """What the gateway logged since it was started last."""
        return (self.directory / "gateway.log").read_text(errors="replace")

    def target(self, seconds: float = TRY_SECONDS) -> Target:
        """The mail server as seen from the sender."""
        layout = self.lab.layout
        return Target(layout.server.ip, netns=layout.sender.namespace, seconds=seconds)

    def send(self, name: str, *, sender: str = SENDER, seconds: float = TRY_SECONDS) -> SmtpResult:
        """Send a small mail with the Message-ID <name@client.example>."""
        return send(mail(name), sender, [ANNA], self.target(seconds))

    def arrived(self, name: str) -> list[bytes]:
        """What the server accepted under that name."""
        wanted = f"Message-ID: <{name}@client.example>\r\n".encode()
        return [one.content for one in self.server.accepted if wanted in one.content]

    def inspected(self, name: str) -> bool:
        """Whether the one mail of that name arrived with the gateway's mark."""
        (content,) = self.arrived(name)
        return MARK in content


@contextmanager
def light(
    name: str,
    config: str = HOLD,
    look: Callable[[Lab], None] | None = None,
    policy: str = POLICY,
    behaviour: Behaviour | None = None,
) -> Iterator[Light]:
    """Everything up in a lab called after `name`; `look` sees the lab before the gateway starts,
    `behaviour` is the mail server's.

    Skips with a reason where it cannot be.
    """
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    directory = Path(tempfile.mkdtemp(prefix="sluice-test-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        lab_name = f"{name}{os.getpid()}"
        stack.callback(down, lab_name)
        lab = up(lab_name)
        end = lab.layout.server
        server = stack.enter_context(RecordingServer(end.ip, 25, behaviour, netns=end.namespace))
        if look is not None:
            look(lab)
        running = start_gateway(lab, directory, policy, config)
        stand = Light(lab, server, directory, config, running, policy)
        stack.callback(lambda: stand.gateway.stop())
        yield stand


def mail(name: str) -> bytes:
    """A small mail that is recognised again by its Message-ID."""
    head = (
        f"From: <{SENDER}>\r\nTo: <{ANNA}>\r\nSubject: {name}\r\n"
        f"Message-ID: <{name}@client.example>\r\n\r\n"
    )
    return head.encode() + b"a line of text\r\n" * 20


def kill(pid: int, number: signal.Signals) -> None:
    """Signal a process of the gateway; one that is gone already is as good."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] != "Z"


def eventually(what: str, holds: Callable[[], bool]) -> None:
    """Wait until `holds`; fails saying `what` did not come about."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.05)
    pytest.fail(f"{what}: not within {WAIT_SECONDS:.0f} s")
