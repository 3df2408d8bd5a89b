"""What the sample left: files in the overlay above the image, and values of Wine's registry."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
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


def changed_files(since: float, counts: Callable[[str], bool]) -> Iterator[Changed]:
    """Files written or deleted after `since` (the guest's clock) whose path below the root
    `counts`."""
    for directory, names, files in os.walk(UPPER):
        names.sort()
        for name in sorted(files):
            place = Path(directory, name)
            status = place.lstat()
            inside = str(place.relative_to(UPPER))
            if status.st_ctime < since or not counts(inside):
                continue
            if stat.S_ISCHR(status.st_mode):  # a whiteout: deleted below (overlayfs)
                yield Changed(windows_path(inside), place, True, 0)
            elif stat.S_ISREG(status.st_mode):
                yield Changed(windows_path(inside), place, False, status.st_size)


def programs_count(inside: str) -> bool:
    """Whether a path is the sample's business on the desk for programs: Wine's registry and
    traces are not."""
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


@dataclass(frozen=True, slots=True)
class Value:
    """A registry value that differs; `data` None: it is gone."""

    path: str
    data: str | None


class Registry:
    """Wine's registry as its files have it: each key with its values is one block of text.

    Blocks are compared as they are, and only those that differ are read: going through all of them
    takes a second under emulation.
    """

    def __init__(self, prefix: Path = Path("/", PREFIX)) -> None:
        self.blocks: dict[str, frozenset[str]] = {}
        for name, root in _REGISTRY.items():
            text = (prefix / name).read_text("utf-8", "replace")
            self.blocks[root] = frozenset(text.split("\n\n"))


def changed_values(before: Registry, after: Registry) -> Iterator[Value]:
    """Values that were set, then those that are gone."""
    for root, blocks in after.blocks.items():
        old = _values(root, before.blocks[root] - blocks)
        new = _values(root, blocks - before.blocks[root])
        for path, data in new.items():
            if old.get(path) != data:
                yield Value(path, data)
        for path in old.keys() - new.keys():
            yield Value(path, None)


def _values(root: str, blocks: Iterable[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for block in blocks:
        key = ""
        for line in block.replace("\\\n  ", "").split("\n"):
            if line.startswith("["):
                key = line[1 : line.rfind("]")].replace("\\\\", "\\")
            elif found := _VALUE.match(line):
                values[f"{root}\\{key}\\{found[1].strip(chr(34))}"] = found[2]
    return values
