"""How far the image's units are hardened, as systemd itself scores them (0 is best, 10 worst)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.image.places import ROOT

UNITS = ROOT / "image/mkosi.extra/usr/lib/systemd/system"

WORST = 30
"""In tenths: 3.0."""

SUPERVISOR = "gatewayd.service"
"""The one exception: decision 085."""

KNOWS_ALL_WORDS = 257
"""Debian 13's; an older one does not know every word of the units, and scores them worse."""


def _version() -> int:
    if shutil.which("systemd-analyze") is None:
        return 0
    done = subprocess.run(["systemd-analyze", "--version"], capture_output=True, text=True)
    return int(done.stdout.split()[1])


def _units() -> list[Path]:
    return sorted(path for path in UNITS.glob("*.service") if path.name != SUPERVISOR)


@pytest.mark.parametrize("unit", _units(), ids=lambda path: path.name)
def test_no_unit_but_the_supervisors_is_scored_worse_than_three(unit: Path) -> None:
    if _version() < KNOWS_ALL_WORDS:
        pytest.skip(f"needs systemd {KNOWS_ALL_WORDS}")
    words = ["systemd-analyze", "security", "--offline=true", f"--threshold={WORST}", str(unit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize("unit", _units(), ids=lambda path: path.name)
def test_every_unit_says_what_it_may_do(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    for word in ("CapabilityBoundingSet=", "NoNewPrivileges=yes", "SystemCallFilter="):
        assert any(line.startswith(word) for line in lines), word
