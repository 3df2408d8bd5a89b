"""Updates on a running appliance: forward, back, and away from a system that does not start."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.image.machines import Running, newest_image, started
from tools.boot.variant import write_variant
from tools.image.places import places

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(5400)]

MEDIUM = "/dev/disk/by-id/virtio-medium"
INSTALL_SECONDS = 900.0


def slots(running: Running) -> dict[str, str]:
    """What `gatewayctl update status` says, by slot."""
    told = running.appliance.run("update status")
    return dict(re.findall(r"^slot ([AB])  (.+)$", told, re.MULTILINE))


def restart(running: Running) -> None:
    """Restart, and wait until mail flows again."""
    appliance = running.appliance
    appliance.console.type("shell")
    appliance.console.wait(r"[#$] $", 300.0)
    appliance.powered = time.monotonic()
    appliance.console.type("systemctl reboot")
    appliance.logged_in = False
    appliance.console.wait("BdsDxe", 600.0)
    running.takes_mail()


def test_forward_and_back(tmp_path: Path) -> None:
    """An update starts, is found good, and can be left again; settings survive both ways."""
    newest_image()
    bundle = tmp_path / "b.bundle"
    version = write_variant(places(), _profile(), bundle)
    with started(tmp_path, bundle) as running:
        running.takes_mail()
        before = slots(running)
        assert before["A"].endswith("good, runs")
        told = running.appliance.run(f"update install {MEDIUM}", INSTALL_SECONDS)
        assert f"Slot B holds {version}" in told
        restart(running)
        running.appliance.run("selftest", 300.0)
        after = slots(running)
        assert after["B"].startswith(version)
        assert after["B"].endswith("good, runs")
        assert "runs already" in running.appliance.run(f"update install {MEDIUM}")
        running.appliance.run("update rollback")
        restart(running)
        assert slots(running)["A"].endswith("runs")


def test_a_system_that_does_not_start_is_left(tmp_path: Path) -> None:
    """Three starts that fail, and the old system takes mail again, with its settings."""
    newest_image()
    bundle = tmp_path / "broken.bundle"
    version = write_variant(places(), _profile(), bundle, broken=True)
    with started(tmp_path, bundle) as running:
        running.takes_mail()
        running.appliance.run(f"update install {MEDIUM}", INSTALL_SECONDS)
        restart(running)
        found = slots(running)
        assert found["A"].endswith("runs")
        assert found["B"].startswith(version)
        assert found["B"].endswith("failed")


def _profile() -> str:
    return newest_image().stem.removeprefix("sluice-")
