"""What the sample left: files in the overlay above the image, and values of Wine's registry."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

UPPER = Path("/run/memory/upper")
"""Everything written since the start lies here, whichever path it was written by."""

HOME = "home/anna"
PREFIX = f"{HOME}/.wine"
_REGISTRY = {"user.reg": "HKEY_CURRENT_USER", "system.reg": "HKEY_LOCAL_MACHINE"}
_VALUE = re.compile(r'(@|"(?:[^"\\]|\\.)*")=(.*)\Z', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that was written or deleted since. `path` is Windows' where it lies in a drive."""

    path: str
    place: Path
    deleted: bool
    size: int


def changed_files(since: float) -> Iterator[Changed]:
    """Files written or deleted after `since` (the guest's clock), registry and traces left out."""
    for directory, names, files in os.walk(UPPER):
        names.sort()
        for name in sorted(files):
            place = Path(directory, name)
            status = place.lstat()
            inside = str(place.relative_to(UPPER))
            if status.st_ctime < since or not _counts(inside):
                continue
            if stat.S_ISCHR(status.st_mode):  # a whiteout: deleted below (overlayfs)
                yield Changed(windows_path(inside), place, True, 0)
            elif stat.S_ISREG(status.st_mode):
                yield Changed(windows_path(inside), place, False, status.st_size)


def _counts(inside: str) -> bool:
    if inside.startswith(f"{PREFIX}/"):
        return inside.startswith(f"{PREFIX}/drive_c/")
    own = inside.startswith(("tmp/wine-", "tmp/.wine-", "tmp/.X"))
    return inside.startswith((f"{HOME}/", "tmp/", "var/tmp/")) and not own


def windows_path(inside: str) -> str:
    """A path below the prefix as Windows spells it; another with a leading slash."""
    drive = f"{PREFIX}/drive_c/"
    if inside.startswith(drive):
        return "C:\\" + inside[len(drive) :].replace("/", "\\")
    return f"/{inside}"


class Registry:
    """Wine's registry as its files have it: each file's text and its values, (key, name) to data.

    A file that is as it was `before` is not read through again: it takes a second under emulation.
    """

    def __init__(self, before: Registry | None = None) -> None:
        self._texts: dict[str, str] = {}
        self._values: dict[str, dict[tuple[str, str], str]] = {}
        for name, root in _REGISTRY.items():
            text = Path("/", PREFIX, name).read_text("utf-8", "replace")
            same = before is not None and before._texts[name] == text
            self._texts[name] = text
            self._values[name] = before._values[name] if before and same else _values(root, text)

    @property
    def values(self) -> dict[tuple[str, str], str]:
        """All values."""
        return {key: data for values in self._values.values() for key, data in values.items()}


def _values(root: str, text: str) -> dict[tuple[str, str], str]:
    values: dict[tuple[str, str], str] = {}
    key = ""
    for line in text.replace("\\\n  ", "").split("\n"):
        if line.startswith("["):
            key = line[1 : line.rfind("]")].replace("\\\\", "\\")
        elif found := _VALUE.match(line):
            values[f"{root}\\{key}", found[1].strip('"')] = found[2]
    return values
