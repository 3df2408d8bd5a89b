"""Debian's kernel package, unpacked and never installed: image and modules.

It must never change what the machine boots: nothing is written outside of `CACHE`.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

CACHE = Path("/var/cache/sluice/kernel")
META_PACKAGE = "linux-image-amd64"


class VmError(RuntimeError):
    """What keeps the machine from running: one sentence."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """An unpacked kernel package."""

    image: Path
    modules: Path
    version: str


def kernel(cache: Path = CACHE) -> Kernel:
    """The release's current kernel, downloaded and unpacked when it is not there. VmError."""
    package = _package()
    target = cache / package
    if not (target / "ready").exists():
        target.mkdir(parents=True, exist_ok=True)
        _run("apt-get", "download", "-q", package, cwd=target)
        for file in target.glob("*.deb"):
            _run("dpkg-deb", "--extract", str(file), str(target))
            file.unlink()
        if not (target / "lib").exists():  # Debian 13 ships usr/lib alone; depmod looks in lib
            (target / "lib").symlink_to("usr/lib")
        _run("depmod", "--basedir", str(target), package.removeprefix("linux-image-"))
        (target / "ready").touch()
    version = package.removeprefix("linux-image-")
    return Kernel(target / f"boot/vmlinuz-{version}", target / f"lib/modules/{version}", version)


def module_files(kernel: Kernel, *names: str) -> list[Path]:
    """The files of `names` and of what they need, in the order in which they are loaded."""
    dependencies = {}
    for line in (kernel.modules / "modules.dep").read_text().splitlines():
        file, _, needs = line.partition(": ") if ": " in line else line.partition(":")
        dependencies[_name(file)] = [file, *needs.split()]
    files = [file for name in names for file in reversed(dependencies.get(name, []))]
    return [kernel.modules / file for file in dict.fromkeys(files)]


def _name(file: str) -> str:
    return re.sub(r"\.ko(\.\w+)?$", "", Path(file).name).replace("-", "_")


def _package() -> str:
    """The package that META_PACKAGE stands for now."""
    for line in _run("apt-cache", "depends", META_PACKAGE).splitlines():
        if line.strip().startswith("Depends: linux-image-"):
            return line.partition(": ")[2].strip()
    raise VmError(f"apt knows no {META_PACKAGE}: run 'apt-get update' first")


def _run(*command: str, cwd: Path | None = None) -> str:
    try:
        ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise VmError(f"{command[0]} is not installed (for depmod: package kmod)") from None
    if ran.returncode != 0:
        last = (ran.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise VmError(f"{' '.join(command[:2])} failed: {last}")
    return ran.stdout
