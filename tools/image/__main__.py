"""`python -m tools.image [PROFILE]`: build the appliance image into dist/."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import time
from pathlib import Path

import click

from tools.guestroot.build import BuildError
from tools.image.artifacts import hand_out
from tools.image.errors import ImageError
from tools.image.guest import make_guest_root
from tools.image.keys import key_path, public_pem, signing_key
from tools.image.mkosi import build
from tools.image.places import RELEASE, Places, places
from tools.image.sources import image_sources, write_sandbox
from tools.image.stage import stage
from tools.image.toolstree import make_tools
from tools.image.version import version
from tools.image.wheels import fetch

PROFILES = ("minimal", "full", "selftest")

NEEDED_BYTES = 8 << 30
"""Free space of a first build: tools, packages, two trees, the images."""


@click.command()
@click.argument("profile", type=click.Choice(PROFILES), default="minimal")
def main(profile: str) -> None:
    """Build the appliance image of PROFILE into dist/."""
    try:
        _build(places(), profile)
    except (ImageError, BuildError) as error:
        click.echo(f"image: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"image: {error.filename or 'the build'}: {error.strerror}", err=True)
        sys.exit(1)


def _build(at: Places, profile: str) -> None:
    began = time.monotonic()

    def say(words: str) -> None:
        click.echo(f"  {time.monotonic() - began:4.0f} s  {words}", err=True)

    if os.geteuid() != 0:
        raise ImageError("building an image needs root: run it as root, or with sudo")
    at.work.mkdir(parents=True, exist_ok=True)
    with (at.work / "lock").open("w") as lock:
        _only_one(lock.fileno())
        _check_space(at.work)
        number = version()
        key, fresh = signing_key()
        say(f"Sluice {number.number}, profile {profile}")
        if fresh:
            say(f"made a signing key: {key_path()}; keep it, updates need the same one")
        sources = image_sources(RELEASE)
        make_tools(at.tools, RELEASE, sources, say)
        write_sandbox(at.sandbox, sources)
        at.source.mkdir(exist_ok=True)
        say("libraries of the lock")
        libraries = fetch(at.source, profile)
        make_guest_root(at, profile, say)
        stage(at, profile, public_pem(key))
        build(at, profile, number, say)
        made = hand_out(at, profile, number, libraries, key, say)
    for path in made:
        click.echo(f"{_used(path):8.1f} MB  {path}")
    click.echo(f"Built in {time.monotonic() - began:.0f} s. Start it with ./build.sh boot")


def _only_one(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ImageError("another build runs on this machine; wait until it is done") from None


def _check_space(work: Path) -> None:
    free = shutil.disk_usage(work).free
    if free < NEEDED_BYTES and not (work / "cache").exists():
        raise ImageError(f"{work} has {free >> 20} MiB free; a first build needs 8192")


def _used(path: Path) -> float:
    """Megabytes that the file takes on the disk: images have holes."""
    return path.stat().st_blocks * 512 / 1e6


if __name__ == "__main__":
    main()
