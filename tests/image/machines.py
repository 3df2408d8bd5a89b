"""Starts appliances for the tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.boot.acceleration import accelerator
from tools.boot.acceptance import first_mail
from tools.boot.machine import Wanted
from tools.boot.stand import Appliance, lab_with_server, powered_on, seeded_disk, setup_text
from tools.image.places import places
from tools.mail.postfix import PostfixServer


@dataclass(frozen=True, slots=True)
class Running:
    """A started appliance and what stands around it."""

    appliance: Appliance
    server: PostfixServer
    directory: Path

    def takes_mail(self) -> None:
        """Wait until a mail goes through, counted from the last power-on or restart."""
        fact = first_mail(self.appliance, self.server)
        assert fact.well, fact.seen
        print(f"{fact.name}: {fact.seen}")


def newest_image() -> Path:
    """The image that was built last; without one the test is skipped."""
    found = sorted(places().dist.glob("sluice-*.raw"), key=lambda path: path.stat().st_mtime)
    if not found:
        pytest.skip("there is no image in dist/: ./build.sh image makes one")
    return found[-1]


@contextmanager
def started(directory: Path, medium: Path | None = None) -> Iterator[Running]:
    """The image on a disk with a seed, powered on; `medium` is a disk with an update bundle."""
    image = newest_image()
    for parent in (directory, *directory.parents[:2]):
        parent.chmod(0o755)  # Postfix runs as a user of its own
    chosen = os.environ.get("SLUICE_BOOT_ACCELERATOR") or accelerator(image.with_suffix(".efi"))
    with lab_with_server(f"image-{os.getpid()}", directory, lambda _words: None) as (lab, server):
        wanted = Wanted(directory / "disk.raw", directory, chosen, medium=medium)
        seeded_disk(image, wanted.disk, setup_text(lab))
        with powered_on(lab, wanted) as appliance:
            yield Running(appliance, server, directory)
