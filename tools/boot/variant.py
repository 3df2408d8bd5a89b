"""A second system for tests of updates: the same root under another hash tree, made in seconds.

Another salt gives another root hash; the kernel's command line and its version are replaced in
place, letter by letter, as both keep their length. What is updated to is thus as bootable as what
is updated from; a broken one says a root hash that its hash tree has not.
"""

from __future__ import annotations

import enum
import subprocess
import tempfile
from pathlib import Path

from tools.image.artifacts import root_hash_of
from tools.image.bundle import squashfs_length, trimmed, write_bundle
from tools.image.emergency import command_line_word
from tools.image.errors import ImageError
from tools.image.keys import signing_key
from tools.image.places import Places
from tools.image.version import Version, version

ROOT_BYTES = 1 << 30
"""Of a slot's root partition, as image/mkosi.repart says; the hash tree covers all of it."""

WRONG_HASH = "de" * 32
"""The root hash of nothing: partitions go by it, but dm-verity refuses them at the start."""


NO_ANTIVIRUS = "systemd.mask=clamd.service"
"""On the kernel's command line, in place of its longest word: a system that starts and takes mail,
and fails its self-test."""


class Fault(enum.Enum):
    """What is wrong with a variant."""

    NOTHING = "nothing"
    ROOT = "its root is refused"
    SELF_TEST = "it starts and fails its self-test"


def next_version(number: str) -> str:
    """A later version of as many letters."""
    head, _, last = number.rpartition(".")
    return f"{head}.{int(last) + 1:0{len(last)}d}"


def write_variant(at: Places, profile: str, target: Path, fault: Fault = Fault.NOTHING) -> str:
    """Write a signed bundle of the next version to `target`; its version. Raises ImageError."""
    built = at.output / f"sluice-{profile}"
    kernel = built.with_suffix(".efi").read_bytes()
    old_hash = root_hash_of(at.dist / f"sluice-{profile}.raw")
    old = _version_in(kernel)
    new = next_version(old)
    with tempfile.TemporaryDirectory(prefix="sluice-variant-", dir=at.work) as name:
        directory = Path(name)
        pieces = {role: directory / role for role in ("root", "verity", "kernel")}
        image = built.with_suffix(".root.raw")
        trimmed(image, squashfs_length(image), pieces["root"])
        root_hash = _hash_tree(image, pieces["verity"])
        if fault is Fault.ROOT:
            root_hash = WRONG_HASH
        patched = kernel.replace(old_hash.encode(), root_hash.encode())
        patched = patched.replace(old.encode(), new.encode())
        if fault is Fault.SELF_TEST:
            word = command_line_word()
            patched = patched.replace(word.encode(), NO_ANTIVIRUS.ljust(len(word)).encode())
        pieces["kernel"].write_bytes(patched)
        key, _ = signing_key()
        write_bundle(
            target,
            pieces,
            profile=profile,
            version=Version(new, version().time, "variant"),
            root_hash=root_hash,
            key=key,
        )
    return new


def _version_in(kernel: bytes) -> str:
    """The version that a kernel carries in its os-release section. Raises ImageError."""
    marker = b"IMAGE_VERSION="
    begin = kernel.find(marker)
    if begin < 0:
        raise ImageError("the kernel says no version")
    line = kernel[begin + len(marker) :].split(b"\n", 1)[0]
    return line.decode().strip('"')


def _hash_tree(image: Path, target: Path) -> str:
    """The hash tree of a root image under a salt of its own; the root hash."""
    if image.stat().st_size != ROOT_BYTES:
        raise ImageError(f"{image} has not the size of a slot")
    words = ["veritysetup", "format", "--salt", "5a" * 32, "--data-block-size", "4096"]
    done = subprocess.run(
        [*words, "--hash-block-size", "4096", str(image), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stdout.splitlines():
        if line.startswith("Root hash:"):
            return line.partition(":")[2].strip()
    raise ImageError(f"veritysetup failed: {done.stderr.strip()}")
