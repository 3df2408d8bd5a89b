"""Build the guest: unpack packages, make Wine's prefix, pack the image, make the first file system.

The target is replaced as a whole by a rename; nothing else is touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from gateway.emulation.bait import BAITS
from gateway.emulation.microvm import snapshot
from gateway.emulation.microvm.inside import office
from gateway.emulation.windows.facts import BAIT_DOCUMENTS
from tools.guestroot.build import BuildError, Recipe, remove, replace, unpack
from tools.guestroot.sources import Release, SourceError, debian_sources, running_release
from tools.microvm.contents import (
    AGENT,
    AGENT_FILES,
    ARCHITECTURES,
    DROPPED,
    EXCLUDES,
    FIRST_DIRECTORIES,
    MODULES,
    OFFICE_SETTINGS,
    PACKAGE,
    PACKAGES,
    REGISTRY,
    SOURCE,
    recipe_digest,
)
from tools.vm.initrd import packed
from tools.vm.kernel import Kernel, module_files

Progress = Callable[[str], None]

_USER = "anna"
_UID = 1000
_PREFIX = f"home/{_USER}/.wine"
_PROFILE = ".config/libreoffice/4/user/registrymodifications.xcu"

_IN_PREFIX = """
set -e
cd /home/{user}
export HOME=/home/{user} USER={user} LANG=C.UTF-8 WINEDEBUG=-all PATH=/usr/lib/wine:/usr/bin:/bin
export WINEDLLOVERRIDES="mscoree,mshtml=" WINESERVER=/usr/lib/wine/wineserver64
wine=/usr/lib/wine/wine64
$wine wineboot.exe --init
$wine regedit.exe /S 'Z:\\tmp\\sluice.reg'
$WINESERVER -w
"""
"""The prefix is made by Wine itself, as the user, and read by no one else before it is packed."""

_FIRST_START = """
cd
export HOME={home} LANG=C.UTF-8 SAL_USE_VCLPLUGIN=svp
{program} --headless --terminate_after_init || {program} --headless --terminate_after_init
"""
"""LibreOffice fills its profile at its first start, and then asks to be started again (its exit
code 81)."""

_CERTIFICATE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=www -keyout /tmp/key "
    f"-out /tmp/crt 2>&1 && cat /tmp/key /tmp/crt >/{AGENT}/sinkhole.pem && rm /tmp/key /tmp/crt"
)

_ERROR_LINES = 3


def build(target: Path, progress: Progress, *, force: bool = False) -> bool:
    """Make the guest in `target` current. Returns False when it already was.

    Raises BuildError with one sentence.
    """
    try:
        release = running_release()
        digest = recipe_digest(release.codename)
        if not force and snapshot.current(target, digest):
            progress(f"the guest in {target} is current")
            return False
        _check_tools()
        sources = _sources(release)
    except SourceError as error:
        raise BuildError(str(error)) from error
    fresh = target.with_name(f"{target.name}.new")
    remove(fresh)
    fresh.mkdir(parents=True)
    root = fresh / "root"
    progress(f"unpacking Debian {release.codename} with Wine")
    unpack(root, Recipe(release.codename, sources, PACKAGES, EXCLUDES, ARCHITECTURES), _quiet)
    progress("making Wine's prefix and the user's documents")
    _furnish(root)
    progress("packing the image")
    _first_file_system(root, fresh)
    _pack(root, fresh / snapshot.IMAGE)
    progress("starting the guest for each desk, to keep its state: some minutes without KVM")
    try:
        accelerator = snapshot.make(fresh, digest, progress)
    except snapshot.SnapshotError as error:
        raise BuildError(str(error)) from error
    replace(target, fresh)
    progress(f"the guest in {target} is ready: {accelerator}")
    return True


def _check_tools() -> None:
    if os.geteuid() != 0:
        raise BuildError("building the guest needs root: run it with sudo")
    for program in ("mmdebstrap", "mksquashfs", "qemu-system-x86_64", "bwrap"):
        if shutil.which(program) is None:
            raise BuildError(f"{program} is missing: run ./build.sh microvm")


def _quiet(line: str) -> None:
    """mmdebstrap's own lines are of no interest here."""


def _sources(release: Release) -> tuple[str, ...]:
    """The release's own archive alone: libraries of two architectures must be of one version, and
    the archive of security updates is not always complete for the second."""
    lines = debian_sources(release)
    own = tuple(line for line in lines if f" {release.codename} " in line)
    if not own:
        raise BuildError(f"apt knows no archive of {release.codename} itself")
    return own


def _furnish(root: Path) -> None:
    for name, number in ((_USER, _UID), (office.USER, office.UID)):
        _append(root / "etc/passwd", f"{name}:x:{number}:{number}::/home/{name}:/bin/sh\n")
        _append(root / "etc/group", f"{name}:x:{number}:\n")
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    (root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n192.168.1.34 desk-17\n")
    home = root / "home" / _USER
    home.mkdir(parents=True)
    os.chown(home, _UID, _UID)
    (root / "tmp/sluice.reg").write_text(REGISTRY)
    _inside(root, _UID, _IN_PREFIX.format(user=_USER))
    _documents(root / _PREFIX)
    _office_home(root / office.HOME.lstrip("/"))
    _inside(root, office.UID, _FIRST_START.format(home=office.HOME, program=office.PROGRAM))
    (root / AGENT).mkdir()
    _run(["chroot", str(root), "sh", "-c", _CERTIFICATE])


def _inside(root: Path, uid: int, script: str) -> None:
    """Run a script in the root, in namespaces of its own: whatever it starts ends with it."""
    become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "sh", "-c"]
    enter = ["unshare", "--mount", "--pid", "--net", "--ipc", "--fork", f"--root={root}"]
    mounted = '/bin/busybox mount -t proc proc /proc && exec "$@"'
    _run([*enter, "sh", "-c", mounted, "sh", *become, script])


def _documents(prefix: Path) -> None:
    """The user's folders as folders of the drive, with bait in them; no drive beyond C:."""
    (prefix / "dosdevices/z:").unlink(missing_ok=True)
    home = prefix / "drive_c/users" / _USER
    for name in ("Desktop", "Documents", "Downloads", "Music", "Pictures", "Videos"):
        if (home / name).is_symlink():
            (home / name).unlink()
        (home / name).mkdir(exist_ok=True)
    (home / "AppData/Local/Temp").mkdir(parents=True, exist_ok=True)
    for path in BAIT_DOCUMENTS:
        place = prefix / "drive_c/users" / path.split("\\", 2)[2].replace("\\", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(f"{path}\r\n".encode() * 100)
    for place in (home, *home.rglob("*")):
        os.lchown(place, _UID, _UID)


def _office_home(home: Path) -> None:
    """The home of whoever opens documents: the bait of every guest, and LibreOffice's settings."""
    for bait in BAITS:
        place = home / bait.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(bait.data)
        place.chmod(bait.mode)
    profile = home / _PROFILE
    profile.parent.mkdir(parents=True)
    profile.write_text(OFFICE_SETTINGS)
    for place in (home, *home.rglob("*")):
        os.lchown(place, office.UID, office.UID)


def _append(file: Path, line: str) -> None:
    with file.open("a") as open_file:
        open_file.write(line)


def _first_file_system(root: Path, fresh: Path) -> None:
    """Kernel and first file system beside the image, and out of it."""
    image = next((root / "boot").glob("vmlinuz-*"))
    version = image.name.removeprefix("vmlinuz-")
    modules = module_files(Kernel(image, root / "usr/lib/modules" / version, version), *MODULES)
    files = {file.name: _unpacked(file) for file in modules}
    files["order"] = "\n".join(files).encode()
    files |= {f"agent/{PACKAGE}/{name}": (SOURCE / name).read_bytes() for name in AGENT_FILES}
    programs = {
        "init": (SOURCE / "inside/first.sh").read_bytes(),
        "bin/busybox": (root / "bin/busybox").read_bytes(),
    }
    (fresh / snapshot.INITRD).write_bytes(packed(FIRST_DIRECTORIES, programs, files))
    shutil.copy(image, fresh / snapshot.KERNEL)


def _unpacked(file: Path) -> bytes:
    """A module's bytes; Debian 13 ships them compressed."""
    if file.suffix != ".xz":
        return file.read_bytes()
    return subprocess.run(["xz", "-dc", str(file)], capture_output=True, check=True).stdout


def _pack(root: Path, image: Path) -> None:
    for name in DROPPED:
        remove(root / name)
    command = ["mksquashfs", str(root), str(image), "-comp", "zstd", "-Xcompression-level", "3"]
    _run([*command, "-no-progress", "-noappend"])
    remove(root)


def _run(command: list[str]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if ran.returncode != 0:
        last = (ran.stderr or ran.stdout).strip().splitlines()[-_ERROR_LINES:]
        raise BuildError(f"{command[0]} failed: {' / '.join(last)}")
