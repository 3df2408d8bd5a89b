"""Which guests are of use: complete ones, whose clock goes right."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import msgspec
import pytest

from gateway.emulation.microvm import machine, memory, snapshot
from gateway.emulation.microvm.desks import DOCUMENTS, PROGRAMS
from gateway.emulation.microvm.frames import Frame, pack
from gateway.emulation.microvm.machine import MachineError


def _guest(folder: Path, *files: str) -> Path:
    for name in (snapshot.IMAGE, snapshot.KERNEL, snapshot.INITRD, *files):
        (folder / name).write_bytes(b"x")
    made = snapshot.Stamp("recipe", "machine", "7.2", "tcg", ("programs",))
    (folder / snapshot.STAMP).write_bytes(msgspec.json.encode(made))
    return folder


def test_a_guest_with_one_desk_is_of_use_and_is_made_again(tmp_path: Path) -> None:
    guest = _guest(tmp_path, "programs.memory", "programs.state")
    found = snapshot.stamp(guest)
    assert found is not None
    assert found.desks == ("programs",)
    assert not snapshot.current(guest, "recipe")


def test_a_guest_that_lacks_its_state_is_none(tmp_path: Path) -> None:
    assert snapshot.stamp(_guest(tmp_path, "programs.memory")) is None


@pytest.mark.parametrize(("says", "right"), [(118.0, True), (131.0, True), (300.0, False)])
def test_a_clock_that_runs_ahead_is_refused(says: float, right: bool) -> None:
    payload = json.dumps({"at": says}).encode()
    if right:
        snapshot.check_clock(payload, 120.0)
    else:
        with pytest.raises(MachineError, match="too busy"):
            snapshot.check_clock(payload, 120.0)


def test_a_desk_that_gives_up_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first desk becomes ready, the second does not: the guest is kept without that one."""
    said = {
        PROGRAMS: pack(Frame.READY, b'{"at": 0.0}'),
        DOCUMENTS: pack(Frame.FAILED, b'{"why": "it says: gone"}'),
    }
    monkeypatch.setattr(machine, "start", lambda wanted: _Spoken(said[wanted.desk]))
    monkeypatch.setattr(memory, "keep", lambda descriptor, file: 0)
    lines: list[str] = []
    snapshot.make(tmp_path, "recipe", lines.append)
    made = msgspec.json.decode((tmp_path / snapshot.STAMP).read_bytes(), type=snapshot.Stamp)
    assert made.desks == ("programs",)
    assert lines[-1] == "no desk for documents: it says: gone"


class _Spoken:
    """A machine that has said something already."""

    def __init__(self, words: bytes) -> None:
        self.line, self._theirs = socket.socketpair()
        self._theirs.sendall(words)

    def __enter__(self) -> _Spoken:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()
        self._theirs.close()

    def greet(self) -> None:
        """It needs none."""

    def save(self, state: Path, seconds: float) -> None:
        """Nothing is saved."""
