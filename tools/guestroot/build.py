"""Build a guest's root: unpack packages, strip, furnish, stamp.

The target is replaced as a whole by a rename, so a reader sees the old root or the new one. It
never touches anything outside the target and its `.new` and `.old` neighbours.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.emulation.bait import BAITS, DOWNLOADS, HOME, UID, USER
from tools.guestroot.contents import (
    CONFIG_FILES,
    EMPTIED,
    EXCLUDES,
    LINKS,
    PACKAGES,
    SHIM_LIBRARY,
    SHIM_RELEASE,
    SHIM_SOURCE,
    STAND_INS,
    recipe_digest,
)
from tools.guestroot.sources import (
    Release,
    SourceError,
    debian_sources,
    fetch_options,
    running_release,
)

STAMP = "stamp.json"
"""File beside `root/` that says from which recipe the root was made."""

_ERROR_LINES = 3
"""Lines of mmdebstrap's last words worth repeating in a message."""

Progress = Callable[[str], None]


class BuildError(Exception):
    """The root could not be built; the message is one sentence."""


def build(
    target: Path,
    progress: Progress,
    *,
    force: bool = False,
    other: tuple[Release, tuple[str, ...]] | None = None,
) -> bool:
    """Make `target`/root current. Returns False when it already was.

    `other` is a release with its sources, for a machine that is not this one.

    Raises BuildError with one sentence: no root rights, no mmdebstrap, no package source, or a
    failed download.
    """
    try:
        release = other[0] if other else running_release()
        digest = recipe_digest(release.codename, release.architecture)
        if not force and stamped(target) == digest:
            progress(f"guest root {target} is current")
            return False
        _check_tools()
        sources = other[1] if other else debian_sources(release)
    except SourceError as error:
        raise BuildError(str(error)) from error
    fresh = target.with_name(f"{target.name}.new")
    remove(fresh)
    fresh.mkdir(parents=True)
    fresh.chmod(0o700)
    progress(f"guest root: unpacking Debian {release.codename} ({release.architecture})")
    unpack(fresh / "root", Recipe(release.codename, sources, PACKAGES, EXCLUDES), progress)
    progress("guest root: removing what no guest needs, adding the fake user")
    furnish(fresh / "root")
    if release.codename == SHIM_RELEASE:
        _add_shim(fresh / "root")
    (fresh / STAMP).write_text(json.dumps({"recipe": digest, "release": release.codename}))
    replace(target, fresh)
    progress(f"guest root {target} is ready")
    return True


def stamped(target: Path) -> str:
    """The recipe digest of the root at `target`; empty when there is none."""
    try:
        recipe = json.loads((target / STAMP).read_text())["recipe"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return str(recipe)


def furnish(root: Path) -> None:
    """Strip the unpacked `root` and put the fake user's desk into it."""
    for name in EMPTIED:
        _empty(root / name)
    _drop_special_bits(root)
    for name, text in CONFIG_FILES.items():
        (root / name).unlink(missing_ok=True)
        (root / name).write_text(text)
    for name, script in STAND_INS.items():
        _program(root / "usr/local/bin" / name, script)
    for name, goal in LINKS.items():
        (root / name).unlink(missing_ok=True)
        (root / name).symlink_to(goal)
    _add_user(root)


def _check_tools() -> None:
    if os.geteuid() != 0:
        raise BuildError("building the guest root needs root: run it with sudo")
    if shutil.which("mmdebstrap") is None:
        raise BuildError("mmdebstrap is missing: install it with 'apt-get install mmdebstrap'")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to unpack: a release, its sources, packages beside the essential ones, paths left out.

    architectures: more than the machine's own where programs of two are to run.
    """

    codename: str
    sources: tuple[str, ...]
    packages: tuple[str, ...]
    excludes: tuple[str, ...]
    architectures: tuple[str, ...] = ()


def unpack(root: Path, recipe: Recipe, progress: Progress) -> None:
    """Unpack and configure packages into `root`, which is made. Raises BuildError."""
    command = [*_apart(), "mmdebstrap", "--variant=essential", "--mode=root", "--format=directory"]
    command += [f"--include={','.join(recipe.packages)}"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in recipe.excludes]
    if recipe.architectures:
        command += [f"--architectures={','.join(recipe.architectures)}"]
    command += ['--aptopt=APT::Install-Recommends "false"']
    command += [f"--aptopt={setting}" for setting in fetch_options()]
    command += [recipe.codename, str(root), *recipe.sources]
    last: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = [*last[1 - _ERROR_LINES :], line.strip()]
            if line.startswith("I: "):
                progress(f"guest root: {line[3:].strip()}")
    if process.returncode != 0:
        raise BuildError(f"mmdebstrap could not build the guest root: {' / '.join(last)}")


def _apart() -> list[str]:
    """Words before a program that mounts: what it mounts is gone with its own mount namespace,
    however it ends. None where there can be no such namespace, as below a chroot."""
    words = ["unshare", "--mount"]
    done = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if done.returncode == 0 else []


def _add_user(root: Path) -> None:
    with (root / "etc/passwd").open("a") as passwd:
        passwd.write(f"{USER}:x:{UID}:{UID}:Kim Meyer:{HOME}:/bin/bash\n")
    with (root / "etc/group").open("a") as group:
        group.write(f"{USER}:x:{UID}:\n")
    home = root / HOME.lstrip("/")
    for bait in BAITS:
        path = home / bait.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bait.data)
        path.chmod(bait.mode)
    (root / DOWNLOADS.lstrip("/")).mkdir(parents=True, exist_ok=True)
    for path in (home, *home.rglob("*")):
        os.lchown(path, UID, UID)
    (home / ".ssh").chmod(0o700)
    spool = root / "var/spool/cron/crontabs"
    spool.mkdir(parents=True, exist_ok=True)
    spool.chmod(0o1777)


def _add_shim(root: Path) -> None:
    """Compile the shim with the root's own compiler and have the loader load it everywhere."""
    source = root / "statx.c"
    source.write_text(SHIM_SOURCE)
    command = ["chroot", str(root), "tcc", "-shared", "-o", SHIM_LIBRARY, "/statx.c"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(f"the guest's shim does not compile: {done.stderr.strip()}")
    source.unlink()
    (root / "etc/ld.so.preload").write_text(f"{SHIM_LIBRARY}\n")


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def _drop_special_bits(root: Path) -> None:
    """No program of the guest gives anybody another identity."""
    for directory, _, files in os.walk(root):
        for name in files:
            path = Path(directory, name)
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                path.chmod(stat.S_IMODE(mode) & 0o1777)


def _empty(directory: Path) -> None:
    if not directory.is_dir():
        return
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def replace(target: Path, fresh: Path) -> None:
    """Two renames: a crash between them leaves `.old`, and the next build starts anew."""
    old = target.with_name(f"{target.name}.old")
    remove(old)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    remove(old)


def remove(path: Path) -> None:
    """Delete a directory and what is in it, if it is there."""
    if path.exists():
        shutil.rmtree(path)
