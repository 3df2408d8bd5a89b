"""Downloads the image's libraries, by the digests of the lock, with the machine's own pip.

Libraries come as wheels for the image's Python; what has none comes as source and is built
inside the image's build. A library is downloaded once.
"""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.guest import EMULATING
from tools.image.lock import Locked, fitting, parse, runtime
from tools.image.places import PYTHON, ROOT

LOCK = ROOT / "requirements/dev.lock"
PROGRAMS_LOCK = ROOT / "requirements/winapi.lock"

_TAG = f"cp{PYTHON.replace('.', '')}"
_GLIBC = ("manylinux_2_41", "manylinux_2_34", "manylinux_2_28", "manylinux_2_17")
_OLDER = ("manylinux2014", "manylinux2010", "manylinux1")
"""glibc's of Debian 13 and older, as pip is not told that newer means older as well; and what the
same was called before it was named by glibc's version."""


def fetch(source: Path, profile: str) -> tuple[Locked, ...]:
    """Fill `source`/wheels and write `source`/runtime.lock; for a profile that emulates the same
    for the environment of the guests that run Windows programs, as winapi-wheels and winapi.lock.
    All libraries of the image. Raises ImageError."""
    locked = runtime(parse(LOCK.read_text()), PYTHON)
    _fill(source, "runtime", "wheels", locked)
    if profile not in EMULATING:
        return locked
    programs = fitting(parse(PROGRAMS_LOCK.read_text()), PYTHON)
    _fill(source, "winapi", "winapi-wheels", programs)
    return tuple(dict.fromkeys((*locked, *programs)))


def _fill(source: Path, name: str, directory: str, locked: tuple[Locked, ...]) -> None:
    """Download what is not there yet, and list it."""
    text = "".join(f"{entry.line()}\n" for entry in locked)
    lock = source / f"{name}.lock"
    wheels = source / directory
    stamp = source / f"{directory}.stamp"
    digest = sha256(text.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        wheels.mkdir(parents=True, exist_ok=True)
        for old in wheels.iterdir():
            old.unlink()
        lock.write_text(text)
        _download(wheels, lock)
        stamp.write_text(digest)
    (source / f"{directory}.list").write_text("\n".join(sorted(p.name for p in wheels.iterdir())))


def _target() -> list[str]:
    words = ["--python-version", PYTHON, "--implementation", "cp"]
    words += [f"--abi={abi}" for abi in (_TAG, "abi3", "none")]
    return words + [f"--platform={one}_x86_64" for one in (*_GLIBC, *_OLDER)]


def _download(wheels: Path, lock: Path) -> None:
    words = [sys.executable, "-m", "pip", "download", "-q", "--require-hashes", "--no-deps"]
    words += ["--prefer-binary", *_target(), "-d", str(wheels), "-r", str(lock)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ImageError(f"pip could not download the image's libraries: {last}")
