"""LibreOffice's guest by itself: what comes out of the run, and how a run that fails ends."""

from __future__ import annotations

import subprocess

import pytest

from gateway.sandbox import office
from gateway.sandbox.messages import DrawRequest


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(self.data) - len(data)


def run(script: str) -> tuple[Kept, str]:
    """What is collected of a shell that stands for bubblewrap, and the error."""
    process = subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE, process_group=0)
    sink = Kept()
    with process:
        answer = office._collected(process, sink)
    assert (answer.stored is None) == bool(answer.error)
    return sink, answer.error


def test_all_of_the_output_is_collected() -> None:
    sink, error = run("head -c 3000000 /dev/zero")
    assert (len(sink.data), error) == (3_000_000, "")


@pytest.mark.parametrize("script", ["exit 1", "echo half; exit 1", "exit 0"])
def test_a_run_that_fails_or_says_nothing_has_no_answer(script: str) -> None:
    assert run(script)[1] == "LibreOffice cannot open it"


def test_what_a_failed_wall_leaves_behind_does_not_hold_the_guest() -> None:
    """The child keeps the pipe open for an hour, as bubblewrap's does that waits for its parent."""
    assert run("sleep 3600 & exit 1")[1] == "LibreOffice cannot open it"


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "MAX_PDF", 1000)
    assert "more than" in run("head -c 3000000 /dev/zero")[1]


def test_without_its_programs_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office._Tools, "missing", "bubblewrap is not installed")
    assert office.draw(b"x", DrawRequest("odf"), Kept()).error == "bubblewrap is not installed"
