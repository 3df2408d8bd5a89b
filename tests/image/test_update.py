"""Updates of a running appliance: what is refused, forward and back, away from what fails.

One machine goes through all of it, in the order of this file; mail runs meanwhile.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from tests.image import media
from tests.image.machines import Running, mail_running, newest_image, profile, started
from tests.image.media import MOUNTED
from tools.boot.variant import Fault, write_variant
from tools.image.places import places

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(5400)]

INSTALL_SECONDS = 900.0
START_SECONDS = 900.0

DEVICE_SECONDS = 150
"""A root that is refused is waited for so long, three times."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A machine with bundles of every kind at MOUNTED."""
    folder = tmp_path_factory.mktemp("update")
    today = newest_image().with_suffix(".bundle")
    bundles = {name: folder / name for name in ("good", "no-root", "no-antivirus")}
    write_variant(places(), profile(), bundles["good"])
    write_variant(places(), profile(), bundles["no-root"], Fault.ROOT)
    write_variant(places(), profile(), bundles["no-antivirus"], Fault.SELF_TEST)
    for name, make in (
        ("wrong-signature", media.with_wrong_signature),
        ("unsigned", media.unsigned),
        ("truncated", media.truncated),
        ("older", media.older),
    ):
        bundles[name] = folder / name
        make(bundles["good"], bundles[name])
    bundles["today"] = today
    media.write_medium(folder / "medium", bundles)
    with started(folder / "medium", device_seconds=DEVICE_SECONDS) as machine:
        machine.takes_mail()
        media.mount_medium(machine)
        yield machine


def slots(running: Running) -> dict[str, str]:
    """What `gatewayctl update status` says, by slot."""
    told = running.appliance.run("update status")
    return dict(re.findall(r"^slot ([AB])  (.+)$", told, re.MULTILINE))


def install(running: Running, name: str) -> str:
    """Install a bundle of the medium; what was said."""
    return running.appliance.run(f"update install {MOUNTED}/{name}", INSTALL_SECONDS)


def restart(running: Running, starts: int = 1) -> None:
    """Restart, and wait for mail after the last of so many `starts` of the firmware."""
    appliance = running.appliance
    appliance.console.type("shell")
    appliance.console.wait(r"[#$] $", 300.0)
    appliance.console.type("systemctl reboot")
    appliance.logged_in = False
    for _ in range(starts):
        appliance.console.wait("BdsDxe: starting", START_SECONDS)
        appliance.powered = time.monotonic()
    running.takes_mail()


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        ("wrong-signature", "the signature is not of the key that this image trusts"),
        ("unsigned", "it has no manifest.sig where it should be"),
        ("older", "0.0.0.1 is older than"),
        ("truncated", "the bundle is cut off"),
        ("today", "runs already"),
    ],
)
def test_refused(running: Running, bundle: str, words: str) -> None:
    assert words in " ".join(install(running, bundle).split())
    assert slots(running)["A"].endswith("good, runs")
    assert slots(running)["B"].endswith("nothing to start")


def test_forward_while_mail_runs(running: Running) -> None:
    """Every mail that was answered 250, from before the update until after it, is there once."""
    with mail_running(running, "update") as stream:
        began = time.monotonic()
        told = install(running, "good")
        print(
            f"installed in {time.monotonic() - began:.0f} s, {len(stream.accepted)} mails meanwhile"
        )
        assert "It starts at the next reboot." in told
        restart(running)
    print(f"{len(stream.accepted)} accepted, {len(stream.refused)} not, over the whole update")
    assert (stream.lost(), stream.twice()) == ([], [])
    assert len(stream.accepted) > 3
    running.appliance.run("selftest", 300.0)
    assert slots(running)["B"].endswith("good, runs")


def test_back(running: Running) -> None:
    """The way back; settings and spool are the same on both sides."""
    running.appliance.run("update rollback")
    restart(running)
    assert slots(running)["A"].endswith("runs")


def test_a_root_that_does_not_start_is_left_after_three_starts(running: Running) -> None:
    media.mount_medium(running)
    install(running, "no-root")
    restart(running, starts=4)
    found = slots(running)
    assert found["A"].endswith("good, runs")
    assert found["B"].endswith("failed")


def test_a_system_that_fails_its_self_test_is_left(running: Running) -> None:
    media.mount_medium(running)
    install(running, "no-antivirus")
    restart(running, starts=2)
    found = slots(running)
    assert found["A"].endswith("good, runs")
    assert found["B"].endswith("failed")
    told = running.appliance.root("journalctl -b -1 -q -o cat -u sluice-selftest | tail -20")
    assert "This update failed its self-test" in " ".join(told.split())
