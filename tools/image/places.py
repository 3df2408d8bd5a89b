"""Where a build reads and writes. Nothing is written outside of these directories."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

RELEASE = "trixie"
"""Debian 13: the release inside the image, whatever release builds it."""

PYTHON = "3.13"
"""The Python of that release."""


@dataclass(frozen=True, slots=True)
class Places:
    """`work` keeps what makes the next build fast (about 4 GB); `dist` gets what was built."""

    work: Path
    dist: Path

    @property
    def tools(self) -> Path:
        """A Debian with mkosi in it: the programs that build, of one release everywhere."""
        return self.work / "tools"

    @property
    def sandbox(self) -> Path:
        """apt's settings for mkosi, written from the building machine's own."""
        return self.work / "sandbox"

    @property
    def source(self) -> Path:
        """What the build script finds beside it: gateway, drivers, wheels."""
        return self.work / "source"

    @property
    def definition(self) -> Path:
        """image/ as it was when the build began: editing goes on while an image is built."""
        return self.work / "definition"

    @property
    def output(self) -> Path:
        """mkosi's own output, before it is given its names in `dist`."""
        return self.work / "output"

    @property
    def log(self) -> Path:
        """Everything that the programs said."""
        return self.work / "build.log"


def places() -> Places:
    """The places of this machine; SLUICE_IMAGE_WORK moves the large one."""
    work = Path(os.environ.get("SLUICE_IMAGE_WORK", "/var/tmp/sluice-image"))
    return Places(work, ROOT / "dist")
