"""The image's version: the gateway's, and how many commits it has seen. It only ever grows.

Updates compare versions, so two commits must not have the same one.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from gateway import VERSION
from tools.image.places import ROOT


@dataclass(frozen=True, slots=True)
class Version:
    """`number` such as 0.1.0.412; `time` of its commit, in seconds since 1970; `commit`."""

    number: str
    time: int
    commit: str


def version() -> Version:
    """This tree's version. Outside of a git clone the commit's part is 0."""
    commit = _git("rev-parse", "HEAD")
    count = int(_git("rev-list", "--count", "HEAD") or 0)
    time = int(_git("log", "-1", "--format=%ct") or 0)
    return Version(f"{VERSION}.{count}", time, commit)


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""
