"""The administrator's login shell at a real terminal: it completes, survives, and leaves."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tools.image.places import ROOT

PROMPT = "sluice> "


def _with_interrupts() -> None:
    """Whoever runs the tests in the background has Ctrl-C ignored, and so all their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def person(tmp_path: Path) -> Iterator[pexpect.spawn[str]]:
    """At the first prompt, in a terminal of 80 columns."""
    environment = {**os.environ, "HOME": str(tmp_path), "TERM": "xterm", "PYTHONPATH": str(ROOT)}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "gateway.cli", "prompt"],
        env=environment,
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=60,
        preexec_fn=_with_interrupts,
    )
    child.expect_exact("This is gatewayctl.")
    child.expect_exact(PROMPT)
    yield child
    child.close(force=True)


def test_tab_completes_commands_and_their_commands(person: pexpect.spawn[str]) -> None:
    person.send("upda\t")
    person.expect_exact("update ")
    person.send("sig\t")
    person.expect_exact("signatures ")
    person.sendline("--help")
    person.expect_exact("Usage: gatewayctl update signatures")
    person.expect_exact(PROMPT)


def test_nothing_that_is_typed_logs_out_but_exit(person: pexpect.spawn[str]) -> None:
    for words, answer in (
        ("nonsense", "No such command"),
        ("status --nonsense", "No such option"),
        ("trace 'x", "No closing quotation"),
        ("policy check /nonexistent", "gatewayctl: "),
    ):
        person.sendline(words)
        person.expect_exact(answer)
        person.expect_exact(PROMPT)
    person.send("half a line")  # once it is echoed, the line is being read
    person.expect_exact("half a line")
    person.sendintr()
    person.expect_exact(PROMPT)
    person.sendline("exit")
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 0


def test_shell_gives_a_real_one(person: pexpect.spawn[str]) -> None:
    person.sendline("shell")
    person.expect(r"[#$] ")
    person.sendline("echo it-is-$((40 + 2)) $0")
    person.expect_exact("it-is-42 /bin/bash")
