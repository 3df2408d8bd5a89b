"""The locked libraries of the image: the part of dev.lock that the gateway itself runs on.

Pure. The lock names for every library why it is there (`# via`), so the closure of runtime.in is
read from it, and cannot be another set than the one that was tested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.markers import Marker, default_environment

_ENTRY = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))?\s*\\?\Z")
_RUNTIME = "-r requirements/runtime.in"


@dataclass(frozen=True, slots=True)
class Locked:
    """One library at one version, with the digests of its files."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    because: tuple[str, ...]

    def line(self) -> str:
        """As pip reads it, without the marker: that was decided already."""
        return f"{self.name}=={self.version} " + " ".join(f"--hash={one}" for one in self.hashes)


def parse(text: str) -> tuple[Locked, ...]:
    """Every entry of a lock that `uv pip compile` wrote. Raises ValueError for an odd line."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            blocks.append([])
        if blocks:
            blocks[-1].append(line.strip())
    return tuple(_entry(block) for block in blocks)


def fitting(entries: tuple[Locked, ...], python: str) -> tuple[Locked, ...]:
    """The entries that Linux with Python `python` ('3.13') needs."""
    environment = {key: str(value) for key, value in default_environment().items()}
    environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    return tuple(e for e in entries if not e.marker or Marker(e.marker).evaluate(environment))


def runtime(entries: tuple[Locked, ...], python: str) -> tuple[Locked, ...]:
    """What runtime.in needs, directly or not, on Linux with Python `python` ('3.13')."""
    here = fitting(entries, python)
    wanted = {entry.name for entry in here if _RUNTIME in entry.because}
    while more := {e.name for e in here if wanted & set(e.because)} - wanted:
        wanted |= more
    return tuple(entry for entry in here if entry.name in wanted)


def _entry(block: list[str]) -> Locked:
    match = _ENTRY.match(block[0])
    if match is None:
        raise ValueError(f"the lock has a line that is no entry: {block[0]}")
    hashes = tuple(re.findall(r"--hash=(\S+)", " ".join(block)))
    comments = [line.lstrip("# ").strip() for line in block if line.startswith("#")]
    because = [one.removeprefix("via").strip() for one in comments]
    return Locked(
        match["name"],
        match["version"],
        match["marker"] or "",
        hashes,
        tuple(one for one in because if one),
    )
