"""A disk with update bundles on it, good ones and others, as somebody would bring it."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import msgspec

from gateway.appliance.bundle import MANIFEST, SIGNATURE, Manifest
from tests.image.machines import Running
from tools.image.keys import signing_key

LABEL = "BUNDLES"
MOUNTED = "/run/bundles"
MOUNT = f"mkdir -p {MOUNTED}; mount -o ro /dev/disk/by-label/{LABEL} {MOUNTED}; clear"
"""For a root shell: make the medium's files readable below MOUNTED."""

_SLACK = 64 << 20
_SECTOR = 512


def write_medium(target: Path, bundles: dict[str, Path]) -> None:
    """A FAT file system in the file `target` with `bundles` by name."""
    size = sum(path.stat().st_size for path in bundles.values()) + _SLACK
    with target.open("wb") as file:
        file.truncate(size)
    _mtools("mformat", "-i", str(target), "-F", "-T", str(size // _SECTOR), "-v", LABEL, "::")
    for name, path in bundles.items():
        _mtools("mcopy", "-i", str(target), str(path), f"::{name}")


def mount_medium(running: Running) -> None:
    """Make the medium's files readable in the appliance, below MOUNTED."""
    running.appliance.root(MOUNT)


def with_wrong_signature(good: Path, target: Path) -> None:
    """The head of a good bundle, one bit of its signature turned."""
    head = bytearray(good.read_bytes()[: 1 << 17])
    with tarfile.open(good) as archive:
        member = archive.getmember(SIGNATURE)
    head[member.offset_data] ^= 1
    target.write_bytes(head)


def unsigned(good: Path, target: Path) -> None:
    """A bundle without any signature."""
    with tarfile.open(good) as archive, tarfile.open(target, "w") as bare:
        for name in (MANIFEST, "root"):
            member = archive.getmember(name)
            content = archive.extractfile(member)
            assert content is not None
            if name == "root":
                member.size = 1 << 16
            bare.addfile(member, io.BytesIO(content.read(member.size)))


def truncated(good: Path, target: Path) -> None:
    """The first eight mebibytes of a good bundle."""
    with good.open("rb") as file:
        target.write_bytes(file.read(8 << 20))


def older(good: Path, target: Path) -> None:
    """A bundle of version 0.0.0.1, truly signed; its pieces do not matter."""
    with tarfile.open(good) as archive:
        content = archive.extractfile(MANIFEST)
        assert content is not None
        manifest = msgspec.json.decode(content.read(), type=Manifest)
    text = msgspec.json.encode(msgspec.structs.replace(manifest, version="0.0.0.1"))
    key, _ = signing_key()
    with tarfile.open(target, "w") as archive:
        for name, data in ((MANIFEST, text), (SIGNATURE, key.sign(text))):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def _mtools(*words: str) -> None:
    environment = {**os.environ, "MTOOLS_SKIP_CHECK": "1"}
    subprocess.run(words, check=True, capture_output=True, env=environment)
