"""The demo, ended by a signal at any moment, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.demo.__main__ import DIRECTORY, INTERRUPTED, LAB, LOCK
from tools.lab import status

pytestmark = [pytest.mark.root, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def demo() -> Iterator[subprocess.Popen[str]]:
    """A demo in a process group of its own, as a terminal's shell would start it."""
    if LOCK.exists():
        pytest.skip("a demo runs on this machine")
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.demo"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        if words in line:
            return
        said.append(line)
    raise AssertionError(f"the demo ended before it said '{words}': {''.join(said)}")


def of_the_demo() -> list[str]:
    """Command lines of processes that work in the demo's directory."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{DIRECTORY}/" in words:
            found.append(words)
    return found


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("starting a clamd", signal.SIGINT),
        ("starting the gateway", signal.SIGHUP),
        ("sending: a shell script", signal.SIGINT),
    ],
    ids=["at the scanner's start", "terminal closed", "while a guest runs"],
)
def test_nothing_stays_behind(moment: str, number: signal.Signals) -> None:
    with demo() as process:
        until(process, moment)
        for _ in range(2):  # whoever is impatient presses Ctrl-C again
            os.killpg(process.pid, number)
        _, told = process.communicate(timeout=90)
        assert process.returncode == INTERRUPTED
        assert told.endswith("interrupted: everything has been taken down again\n")
    assert not DIRECTORY.exists() and not LOCK.exists()
    left = status(LAB)
    assert not any(left.namespaces.values()) and left.mode is None
    assert of_the_demo() == []


def test_the_next_demo_takes_down_what_a_killed_one_left() -> None:
    with demo() as process:
        until(process, "sending: only a PDF")
        os.kill(process.pid, signal.SIGKILL)
    assert DIRECTORY.exists()
    assert of_the_demo()
    LOCK.unlink()
    with demo() as process:
        until(process, "sending: only a zip")
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=90)
    assert not DIRECTORY.exists()
    assert of_the_demo() == []
