"""Power cuts at random moments, of an update and of normal work: it starts, and no mail is lost.

`--power-cuts N` says how many; the moments are drawn from a seed that is printed.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.image.machines import Running, mail_running, newest_image, profile, started
from tests.image.media import MOUNT, MOUNTED, write_medium
from tools.boot.variant import write_variant
from tools.image.places import places

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(7200)]

WHOLE_UPDATE = 1.5
"""An update and the restart it asks for, in times of what writing it takes undisturbed: most cuts
come while it is written, some while the machine goes down or starts the new slot."""

WORK_SECONDS = 15.0

PATIENCE = 1200.0
"""Seconds for what a machine under emulation does in a minute or two, on a busy host."""

PROMPT = r"[#$] $"

GOOD = "until gatewayctl update status | grep -q 'good, runs'; do sleep 2; done"
"""A slot just started is on trial for a minute, and updates are refused until it is found good."""


def ready_to_update(running: Running) -> None:
    """A root shell at the console, the running slot found good, the bundles there."""
    console = running.appliance.console
    running.appliance.login()
    console.type("shell")
    console.wait(PROMPT, PATIENCE)
    console.type(f"{GOOD}; {MOUNT}")
    console.wait(PROMPT, PATIENCE)


def test_a_power_cut_loses_nothing(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Every second cut comes during an update, the others while mail flows only."""
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
        ready_to_update(running)
        running.appliance.console.type(install)
        began = time.monotonic()
        running.appliance.console.wait(r"It starts at the next reboot\.", PATIENCE)
        writing = time.monotonic() - began
        print(f"an update is written in {writing:.0f} s when nothing disturbs it")
        running.appliance.console.type("exit")
        for number in range(cuts):
            updating = number % 2 == 0
            if updating:
                ready_to_update(running)
                running.appliance.console.type(f"({install}) && systemctl reboot")
            moment = moments.uniform(0.0, WHOLE_UPDATE * writing if updating else WORK_SECONDS)
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
