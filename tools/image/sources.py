"""Package sources of the image's Debian release, taken from the building machine's own.

The building machine may run an older release: the same servers have the newer one under its name.
No host is named here.
"""

from __future__ import annotations

from pathlib import Path

from tools.guestroot.sources import (
    SourceError,
    debian_sources,
    fetch_options,
    running_release,
)
from tools.image.errors import ImageError

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
"""Debian's keys, in the building system and in the tools tree alike."""


def image_sources(release: str) -> tuple[str, ...]:
    """The `deb …` lines of `release`. Raises ImageError when this machine has no Debian source."""
    try:
        running = running_release()
        lines = debian_sources(running)
    except SourceError as error:
        raise ImageError(str(error)) from error
    return tuple(renamed(line, running.codename, release) for line in lines)


def renamed(line: str, running: str, release: str) -> str:
    """`line` with the suite of another release; main only, as nothing else is in the image."""
    kind, address, suite, *_ = line.split()
    return f"{kind} {address} {suite.replace(running, release, 1)} main"


def write_sandbox(sandbox: Path, lines: tuple[str, ...]) -> None:
    """apt's settings for mkosi. With this file there mkosi adds no source of its own."""
    apt = sandbox / "etc/apt"
    (apt / "sources.list.d").mkdir(parents=True, exist_ok=True)
    (apt / "apt.conf.d").mkdir(parents=True, exist_ok=True)
    stanzas = "\n".join(_stanza(line) for line in lines)
    (apt / "sources.list.d/mkosi.sources").write_text(stanzas)
    (apt / "apt.conf.d/90-fetch").write_text("".join(f"{one}\n" for one in fetch_options()))


def _stanza(line: str) -> str:
    _, address, suite, component = line.split()
    return (
        f"Types: deb\nURIs: {address}\nSuites: {suite}\nComponents: {component}\n"
        f"Signed-By: {KEYRING}\n"
    )
