"""What a target is, and why it may not be overwritten. Looks, changes nothing.

A disk is refused when anything of it is in use: mounted, swap, part of a mapping or an array, or
where the running system lies. Everything is asked of lsblk, whose answer is passed in, so that
the rules can be tested without a disk.
"""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COLUMNS = "NAME,PATH,TYPE,SIZE,MODEL,SERIAL,TRAN,RM,RO,MOUNTPOINTS,FSTYPE,LABEL,PARTLABEL"


class FlashError(Exception):
    """The image is not written, or not written right; one sentence."""


@dataclass(frozen=True, slots=True)
class Target:
    """A disk, or a file standing in for one. `holds` says what is on it now, a line each."""

    path: Path
    size: int
    title: str
    holds: tuple[str, ...]


def examine(path: Path) -> Target:
    """The target at `path`. Raises FlashError for one that may not be overwritten."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise FlashError(f"there is no {path}: {error.strerror}") from error
    if stat.S_ISREG(mode):
        return Target(path, path.stat().st_size, "a file", ())
    if not stat.S_ISBLK(mode):
        raise FlashError(f"{path} is neither a disk nor a file")
    real = path.resolve()
    words = ["lsblk", "--json", "--bytes", "--output", _COLUMNS, str(real)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FlashError(f"lsblk cannot tell what {path} is: {done.stderr.strip()}")
    return judge(real, done.stdout)


def judge(path: Path, answer: str) -> Target:
    """The target that lsblk's `answer` describes. Raises FlashError. Pure."""
    disk = json.loads(answer)["blockdevices"][0]
    if disk["type"] not in ("disk", "loop"):
        raise FlashError(f"{path} is a {disk['type']} of a disk; name the whole disk")
    if disk["ro"]:
        raise FlashError(f"{path} is write-protected")
    for part in _everything(disk):
        places = part.get("mountpoints")
        for place in places if isinstance(places, list) else ():
            if place:
                what = "swap" if place == "[SWAP]" else f"mounted at {place}"
                raise FlashError(f"{part['path']} is in use: {what}")
        if part is not disk and part["type"] not in ("part", "disk", "loop"):
            raise FlashError(f"{part['path']} ({part['type']}) is built on {path}")
    name = " ".join(str(disk[key]) for key in ("model", "serial", "tran") if disk.get(key))
    return Target(path, int(disk["size"]), name or "a disk without a name", tuple(_held(disk)))


def _everything(device: dict[str, object]) -> Iterator[dict[str, object]]:
    yield device
    children = device.get("children")
    if isinstance(children, list):
        for child in children:
            yield from _everything(child)


def _held(disk: dict[str, object]) -> Iterator[str]:
    for part in _everything(disk):
        words = [str(part[key]) for key in ("fstype", "label", "partlabel") if part.get(key)]
        if part is not disk or words:
            size = int(str(part["size"])) / 1e9
            yield f"{part['path']}  {size:.1f} GB  {', '.join(words) or 'unknown content'}"
