"""The programs that build the image: mkosi and all it calls, of one Debian release everywhere.

Unpacked once with mmdebstrap into a directory; mkosi runs from there, and uses nothing else of
the building machine than its kernel and its Python.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from tools.guestroot.sources import fetch_options
from tools.image.errors import ImageError

PACKAGES = ("mkosi", "systemd-repart", "systemd-ukify", "bubblewrap", "qemu-utils")

_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")

Progress = Callable[[str], None]


def make_tools(target: Path, release: str, sources: tuple[str, ...], progress: Progress) -> None:
    """Make `target` current. Raises ImageError."""
    wanted = sha256(repr((release, PACKAGES, _LEFT_OUT)).encode()).hexdigest()
    stamp = target.with_name(f"{target.name}.stamp")
    if target.is_dir() and stamp.exists() and stamp.read_text() == wanted:
        return
    progress(f"unpacking the build tools of Debian {release} (once, about 260 MB)")
    if shutil.which("mmdebstrap") is None:
        raise ImageError("mmdebstrap is missing: ./build.sh setup installs it")
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    command = ["mmdebstrap", "--quiet", "--variant=important", "--mode=root", "--format=directory"]
    command += ['--aptopt=APT::Install-Recommends "false"', f"--include={','.join(PACKAGES)}"]
    command += [f"--aptopt={setting}" for setting in fetch_options()]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    done = subprocess.run(
        [*command, release, str(target), *sources], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ImageError(f"mmdebstrap could not unpack the build tools: {last}")
    stamp.write_text(wanted)
