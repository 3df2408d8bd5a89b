"""Power cuts at random moments, of an update and of normal work: it starts, and no mail is lost.

`--power-cuts N` says how many; the moments are drawn from a seed that is printed.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.image.machines import mail_running, newest_image, profile, started
from tests.image.media import MOUNTED, mount_medium, write_medium
from tools.boot.variant import write_variant
from tools.image.places import places

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(7200)]

UPDATE_SECONDS = 75.0
"""A little more than an update takes under emulation: some cuts come just after it."""

WORK_SECONDS = 15.0

PROMPT = r"[#$] $"


def test_a_power_cut_loses_nothing(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Every second cut comes while an update is written, the others while mail flows only."""
    cuts = int(pytestconfig.getoption("--power-cuts"))
    seed = int(pytestconfig.getoption("--seed")) or random.SystemRandom().randrange(1, 1 << 31)
    print(f"{cuts} power cuts, seed {seed}")
    moments = random.Random(seed)
    first = newest_image().with_suffix(".bundle")
    second, medium = tmp_path / "second.bundle", tmp_path / "medium"
    write_variant(places(), profile(), second)
    write_medium(medium, {"first": first, "second": second})
    # One of the two is the version that runs, and is refused: then it is the other's turn.
    install = " || ".join(
        f"gatewayctl update install --older {MOUNTED}/{name}" for name in ("second", "first")
    )
    lost: list[str] = []
    twice: list[str] = []
    with started(medium) as running:
        running.takes_mail()
        for number in range(cuts):
            updating = number % 2 == 0
            if updating:
                mount_medium(running)
                running.appliance.login()
                running.appliance.console.type("shell")
                running.appliance.console.wait(PROMPT, 300.0)
                running.appliance.console.type(install)
            moment = moments.uniform(0.0, UPDATE_SECONDS if updating else WORK_SECONDS)
            with mail_running(running, f"cut {number} mail") as stream:
                began = time.monotonic()
                while time.monotonic() - began < moment:
                    running.appliance.console.drain(0.2)
                running.pull_the_plug()
            running.power_on()
            running.takes_mail()
            lost += stream.lost()
            twice += stream.twice()
            what = "an update" if updating else "normal work"
            print(
                f"cut {number + 1} after {moment:.1f} s of {what}: {len(stream.accepted)} accepted"
            )
    print(f"lost: {lost or 'none'}; at the server twice: {twice or 'none'}")
    assert lost == []
