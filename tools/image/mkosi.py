"""Runs mkosi on image/ with the directories of this machine, and shows what it is at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.places import Places
from tools.image.version import Version

Progress = Callable[[str], None]

_STEP = "‣ "
_LAST_WORDS = 3


def build(places: Places, profile: str, version: Version, say: Progress) -> None:
    """Build `profile` into places.output. Raises ImageError with mkosi's last words."""
    shutil.rmtree(places.work / "workspace", ignore_errors=True)  # a build that was killed left it
    for name in ("output", "workspace", "packages", "build"):
        (places.work / name).mkdir(parents=True, exist_ok=True)
    cache_of(places, profile).mkdir(parents=True, exist_ok=True)
    last: list[str] = []
    with (
        places.log.open("w") as log,
        subprocess.Popen(
            command(places, profile, version),
            cwd=places.definition,
            env=_environment(places),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            if line.startswith(_STEP) and not line.startswith(f"{_STEP}  "):
                say(line.removeprefix(_STEP).strip().removesuffix("…"))
            if line.strip():
                last = [*last[1 - _LAST_WORDS :], line.strip()]
    if process.returncode != 0:
        words = " / ".join(last)
        raise ImageError(f"mkosi failed: {words} (all of its words are in {places.log})")


def cache_of(places: Places, profile: str) -> Path:
    """Unpacked packages of one profile: mkosi keeps one set in a directory, and throws it away
    when another profile's packages are asked for."""
    return places.work / "cache" / profile


def command(places: Places, profile: str, version: Version) -> list[str]:
    """mkosi's words. Pure."""
    work = places.work
    options = {
        "profile": profile,
        "image-version": version.number,
        "tools-tree": places.tools,
        "sandbox-tree": places.sandbox,
        "output-directory": places.output,
        "cache-directory": cache_of(places, profile),
        "package-cache-dir": work / "packages",
        "workspace-directory": work / "workspace",
        "build-directory": work / "build",
        "build-sources": places.source,
        "source-date-epoch": version.time,
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "mkosi", *words, "--force", "build"]


def _environment(places: Places) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    modules = places.tools / "usr/lib/python3/dist-packages"
    return {**kept, "PYTHONPATH": str(modules), "TMPDIR": str(places.work / "workspace")}
