"""The root of gVisor's guests, for images that emulate: made like the lab's, of Debian 13."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from tools.guestroot.build import build
from tools.guestroot.sources import Release
from tools.image.places import RELEASE, Places
from tools.image.sources import image_sources

EMULATING = ("full", "selftest")
"""Profiles with gVisor."""

_ARCHITECTURE = "amd64"


def make_guest_root(at: Places, profile: str, say: Callable[[str], None]) -> None:
    """Put the guests' root into the source for `profile`, or see that none is there.

    Raises BuildError or ImageError.
    """
    staged = at.source / "guestroot"
    if profile not in EMULATING:
        shutil.rmtree(staged, ignore_errors=True)
        return
    kept = at.work / "guestroot"
    release = Release(RELEASE, _ARCHITECTURE)
    fresh = build(kept, say, other=(release, image_sources(RELEASE)))
    if fresh or not staged.exists():
        shutil.rmtree(staged, ignore_errors=True)
        # Hard links: the root is only read from here.
        shutil.copytree(kept, staged, symlinks=True, copy_function=_link)
        # mkosi copies contents: of /dev/zero without end. gVisor gives guests devices of its own.
        shutil.rmtree(staged / "root/dev")
        (staged / "root/dev").mkdir()


def _link(source: str, target: str) -> None:
    """copy_function of copytree: a second name for the same file."""
    os.link(source, target, follow_symlinks=False)
