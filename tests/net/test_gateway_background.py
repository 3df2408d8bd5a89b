"""A mail that does not wait for its emulation, through a real gateway with a real emulator.

The sample is a command file: it is interpreted, nothing of it is run, and no guest image is needed.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.daemon import afterwards
from tests.crash.light_stand import Light, eventually, kill, light
from tests.unit.stages.mails import attached, mail
from tools.corpus import ANNA, SENDER
from tools.mail.client import send

pytestmark = pytest.mark.root

CONFIG = 'on_failure = "hold"\nworkers = 2\n'
RULES = """
[antivirus]
enabled = false
[static]
enabled = false
[extract]
enabled = false
[emulate.received]
types = { batch = "background" }
"""
BAD = b"@echo off\r\nvssadmin delete shadows /all /quiet\r\nbcdedit /set recoveryenabled no\r\n"


@pytest.fixture(scope="module")
def stand() -> Iterator[Light]:
    with light("b", CONFIG, policy=RULES) as stand:
        yield stand


def trace(stand: Light) -> str:
    """The newest mail's trace as people see it, its lines joined."""
    config = str(stand.directory / "gateway.toml")
    command = [sys.executable, "-m", "gateway.cli", "--config", config, "trace", "last"]
    shown: subprocess.CompletedProcess[str] = stand.lab.exec_in(
        stand.lab.layout.gateway, command, check=False
    )
    return " ".join(shown.stdout.split())


def counted(stand: Light, name: str) -> int:
    """A counter of the workers."""
    return sum(each.value for each in stand.status().mails if each.name == name)


def test_the_mail_arrives_and_what_is_found_later_stops_the_next(stand: Light) -> None:
    message = mail(attached("run.bat", BAD))
    first = send(message, SENDER, [ANNA], stand.target())
    assert first.code == 250, first.text
    assert b"X-Sluice-Verdict: unscanned" in stand.server.accepted[-1].content
    eventually("the verdict came", lambda: "run.bat is malicious" in trace(stand))
    assert "not waited for: policy has type 'batch' in received mail" in trace(stand)
    eventually("it is counted", lambda: counted(stand, afterwards.BAD) == 1)
    (line,) = [one for one in stand.log().splitlines() if "bad file found after" in one]
    assert "error" in line and ANNA in line and "run.bat" in line
    second = send(message, SENDER, [ANNA], stand.target())
    assert (second.code, len(stand.server.accepted)) == (550, 1)


def test_a_run_that_is_cut_off_stays_not_finished(stand: Light) -> None:
    emulator = stand.pids("emulator")["emulator"]
    kill(emulator, signal.SIGSTOP)
    try:
        result = send(mail(attached("two.bat", BAD + b"rem\r\n")), SENDER, [ANNA], stand.target())
        assert result.code == 250, result.text
        stand.kill(*stand.pids("worker@0", "worker@1"))
    finally:
        kill(emulator, signal.SIGCONT)
    stand.start_again()
    assert "two.bat: not finished; the mail did not wait for it" in trace(stand)
