"""The lab: made, made again, shown and removed, with nothing left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import DriverError
from tools.lab import Mode, down, layout, status, up
from tools.lab.namespaces import LABS

pytestmark = pytest.mark.root

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def name() -> Iterator[str]:
    if os.geteuid() != 0:
        pytest.skip("needs root, for network namespaces")
    name = f"t{os.getpid()}-lab"
    yield name
    down(name)


def test_up_twice_keeps_the_lab_and_another_mode_makes_it_anew(name: str) -> None:
    first = up(name)
    marker = first.run_dir / "marker"
    marker.touch()
    assert up(name) == first
    assert marker.exists()
    routed = up(name, Mode.ROUTED)
    assert status(name).mode is Mode.ROUTED
    assert not marker.exists()
    assert routed.layout.server.gateway_v4


def test_down_removes_everything_and_ends_what_runs_there(name: str) -> None:
    lab = up(name)
    sleeper = lab.popen(lab.layout.gateway, ["sleep", "1000"], stdout=subprocess.PIPE)
    stubborn = lab.popen(
        lab.layout.server.namespace,
        ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1000; done"],
        stdout=subprocess.PIPE,
    )
    assert stubborn.stdout
    assert stubborn.stdout.readline() == b"up\n"
    down(name)
    assert sleeper.wait(10) < 0
    assert stubborn.wait(10) == -9
    found = status(name)
    assert not found.complete
    assert not any(found.namespaces.values())
    assert not (LABS / name).exists()
    down(name)


def test_a_process_may_have_a_run_of_its_own(name: str) -> None:
    lab = up(name)
    lab.exec_in(lab.layout.gateway, ["sh", "-c", "echo hi > /run/token"], private_run=True)
    assert (lab.run_dir / "token").read_text() == "hi\n"
    seen = lab.exec_in(lab.layout.gateway, ["ls", "/run"], private_run=True)
    assert seen.stdout.split() == ["token"]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "tools.lab", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize("mode", list(Mode))
def test_the_command_line(name: str, mode: Mode) -> None:
    shown = command("up", "--name", name, "--mode", mode.value)
    assert shown.returncode == 0
    assert f"is up in {mode.value} mode" in shown.stdout
    text = command("status", "--name", name).stdout
    assert f"sluice-{name}-gw" in text
    assert max(map(len, text.splitlines())) <= 80
    data = json.loads(command("status", "--name", name, "--json").stdout)
    assert data["up"] is True
    assert data["mode"] == mode.value
    assert command("down", "--name", name).stdout == f"The lab '{name}' is gone.\n"
    assert "is not up" in command("status", "--name", name).stdout
    bad = command("up", "--name", "No Name")
    assert bad.returncode == 1
    assert bad.stderr.startswith("'No Name' is no lab name")
    assert bad.stderr.count("\n") == 1


def test_names_are_checked() -> None:
    for name in ("", "UP", "a/b", "x" * 21, "-a"):
        with pytest.raises(DriverError, match="is no lab name"):
            layout(name, Mode.BRIDGE)
