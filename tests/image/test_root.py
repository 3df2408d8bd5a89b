"""A root partition that was changed while the machine was off."""

from __future__ import annotations

import pytest

from gateway.appliance.slots import ROOT_TYPE
from tests.image.machines import newest_image, started
from tools.boot.stand import slot_offset

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(1800)]


def test_one_changed_byte_stops_the_start() -> None:
    """The first byte of the root: dm-verity refuses the block, and the start ends with words."""
    with started() as running:
        running.pull_the_plug()
        with running.appliance.wanted.disk.open("r+b") as disk:
            disk.seek(slot_offset(newest_image(), ROOT_TYPE))
            first = disk.read(1)
            disk.seek(-1, 1)
            disk.write(bytes([first[0] ^ 1]))
        running.power_on()
        told = running.appliance.console.wait("Sluice cannot start|login:", 900.0)
    assert "Sluice cannot start" in told
