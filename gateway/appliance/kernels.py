"""The kernels on the boot partition: which slot each starts, and what the boot loader thinks of it.

The boot loader counts in file names (systemd-boot's automatic boot assessment): NAME+3.efi has
three tries left, NAME+2-1.efi has used one, NAME+0-3.efi has failed, NAME.efi is known to be good.
Naming is pure; only `Shelf` touches the partition.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TRIES = 3
"""Starts that a new slot gets before the other one is started again."""

_NAME = re.compile(r"sluice_(?P<version>[0-9.]+)(?:\+(?P<left>\d+)(?:-(?P<done>\d+))?)?\.efi\Z")


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel's file name, read. `left` is None for one that is known to be good."""

    name: str
    version: str
    left: int | None

    @property
    def state(self) -> str:
        """As `gatewayctl update status` says it."""
        if self.left is None:
            return "good"
        return f"on trial, {self.left} starts left" if self.left else "failed"


def read_name(name: str) -> Kernel | None:
    """The kernel that a file's name tells of; None for a file that is none of ours."""
    match = _NAME.match(name)
    if match is None:
        return None
    left = match["left"]
    return Kernel(name, match["version"], None if left is None else int(left))


def name_on_trial(version: str) -> str:
    """The name under which a new kernel is put there."""
    return f"sluice_{version}+{TRIES}.efi"


def name_good(version: str) -> str:
    """The name of a kernel that is known to be good."""
    return f"sluice_{version}.efi"


def name_failed(version: str) -> str:
    """The name of a kernel that is only started when there is no other."""
    return f"sluice_{version}+0-{TRIES}.efi"


def version_key(version: str) -> tuple[int, ...]:
    """Orders versions by their numbers."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


@dataclass(frozen=True, slots=True)
class Shelf:
    """The directory of kernels on the boot partition."""

    directory: Path

    def kernels(self) -> tuple[Kernel, ...]:
        """Every kernel of ours, oldest first."""
        names = (read_name(path.name) for path in self.directory.iterdir())
        found = [kernel for kernel in names if kernel is not None]
        return tuple(sorted(found, key=lambda kernel: version_key(kernel.version)))

    def of(self, version: str) -> Kernel | None:
        """The kernel of `version`, if it is there."""
        return next((k for k in self.kernels() if k.version == version), None)

    def remove_others(self, kept: str) -> None:
        """Remove every kernel but that of version `kept`: the other slot is about to change."""
        for kernel in self.kernels():
            if kernel.version != kept:
                (self.directory / kernel.name).unlink()
        self._sync()

    def add(self, version: str, chunks: Iterable[bytes]) -> Iterator[int]:
        """Put a kernel there, on trial; yields how many bytes are written so far. It gets its
        name once it is whole and on the disk: a power cut before leaves no kernel."""
        fresh = self.directory / "new.part"
        written = 0
        with fresh.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
                written += len(chunk)
                yield written
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.directory / name_on_trial(version))
        self._sync()

    def rename(self, kernel: Kernel, name: str) -> None:
        """Change what the boot loader thinks of a kernel."""
        (self.directory / kernel.name).replace(self.directory / name)
        self._sync()

    def _sync(self) -> None:
        descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.sync()  # FAT keeps its table apart from the directory
