"""The profile `selftest` starts, tests itself, says so in one line, and switches itself off."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.image.machines import chosen_accelerator
from tools.boot.machine import Wanted, new_disk, wire
from tools.boot.stand import powered_on
from tools.image.places import places
from tools.lab import down, up
from tools.selftest.__main__ import MARK

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(3600)]

RESULT_SECONDS = 3000.0


def test_the_image_passes_its_own_test(tmp_path: Path) -> None:
    image = places().dist / "sluice-selftest.raw"
    if not image.exists():
        pytest.skip("the profile selftest is not built: ./build.sh image selftest")
    name = f"selftest-{os.getpid()}"
    lab = up(name, offloads=False)
    try:
        wire(lab, "virtio")
        wanted = Wanted(tmp_path / "disk.raw", tmp_path, chosen_accelerator(image))
        new_disk(image, wanted.disk)
        with powered_on(lab, wanted) as appliance:
            appliance.console.wait(MARK, RESULT_SECONDS)
            line = appliance.console.wait("\n", 60.0)
            appliance.wait_off(600.0)
    finally:
        down(name)
    result = json.loads(line)
    for mail in result["mails"]:
        print(f"{mail['mail']}: {mail['happened']}")
    assert result["trouble"] == ""
    assert [mail for mail in result["mails"] if mail["differs"]] == []
    assert result["passed"]
