"""A LibreOffice that does not become ready is said to be so, and why."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.emulation.microvm.inside import office
from gateway.emulation.microvm.inside.office import Office, OfficeError

_RUNS = "sleep 60"

MakeOffice = Callable[[str, str], Office]


@pytest.fixture
def make_office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MakeOffice]:
    """An office whose two programs, viewer and opener, are lines of shell."""
    running: list[subprocess.Popen[bytes]] = []

    def make(viewer: str, opener: str) -> Office:
        def started(command: list[str], user: int | None, lines: int) -> subprocess.Popen[bytes]:
            script = viewer if lines == subprocess.DEVNULL else opener
            words = ["/bin/sh", "-c", f"exec {script}"]
            running.append(subprocess.Popen(words, stdin=lines, stdout=lines))
            return running[-1]

        monkeypatch.setattr(office, "_started", started)
        monkeypatch.setattr(office, "_TRACE", tmp_path / "calls")
        monkeypatch.setattr(office, "_LOOK_SECONDS", 0.1)
        return Office()

    yield make
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("viewer", "opener", "why"),
    [
        (_RUNS, "true", "gone"),
        (_RUNS, "echo refused no pipe", "refused no pipe"),
        ("false", _RUNS, "status 1"),
    ],
)
def test_an_end_before_it_is_ready_is_an_error(
    make_office: MakeOffice, viewer: str, opener: str, why: str
) -> None:
    with pytest.raises(OfficeError, match=why):
        make_office(viewer, opener).ready()


def test_it_is_ready_when_what_opens_documents_says_so(make_office: MakeOffice) -> None:
    made = make_office(_RUNS, "sh -c 'sleep 0.3; echo ready; exec sleep 60'")
    made.ready()
    assert made.answer(0.0) == ""
