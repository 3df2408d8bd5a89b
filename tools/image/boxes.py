"""Writes Vagrant boxes: the appliance on a disk that is set up for the Vagrantfile's lab.

A box is a tar file. For libvirt it holds box.img (qcow2), for VirtualBox an OVF description and a
disk in VMDK's form for streaming. Both hold metadata.json, and a Vagrantfile that gives the machine
UEFI firmware and tells Vagrant that nobody logs in by ssh. The texts lie in image/vagrant.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from string import Template

from drivers.config import Mode
from tools.boot.machine import DISK_BYTES
from tools.boot.stand import seeded_disk, setup_of
from tools.image.errors import ImageError
from tools.image.places import ROOT
from tools.image.version import Version
from tools.lab.layout import layout

PROVIDERS = ("libvirt", "virtualbox")

PASSWORD = "vagrant"
SALT = "sluicebox"
"""Fixed, so that two boxes of one image are the same."""

MANAGEMENT_MAC = "52:54:00:51:00:00"
"""Of the network card that Vagrant gives every machine first."""

_TEXTS = ROOT / "image/vagrant"
_DISK_NAME = "box-disk001.vmdk"
_DESCRIPTOR_BYTES = 64 * 1024
"""Of a VMDK, at its begin: header and description lie there."""
_CONTENT_ID = re.compile(rb"\nCID=([0-9a-f]{1,8})\n")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a box: its name, and its content or where that is."""

    name: str
    content: bytes | Path


def write_boxes(raw: Path, work: Path, version: Version) -> list[Path]:
    """Boxes beside the image `raw`, for each of PROVIDERS. Raises ImageError."""
    made = []
    with tempfile.TemporaryDirectory(prefix="box-", dir=work) as name:
        directory = Path(name)
        disk = directory / "disk.raw"
        seeded_disk(raw, disk, box_setup())
        for provider in PROVIDERS:
            target = raw.with_name(f"{raw.stem}-{provider}.box")
            entries = _libvirt(disk) if provider == "libvirt" else _virtualbox(disk, version)
            _write(target, entries, version.time)
            made.append(target)
    return made


def box_setup() -> str:
    """setup.toml for the lab of the Vagrantfile. Raises ImageError."""
    words = ["openssl", "passwd", "-6", "-salt", SALT, PASSWORD]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ImageError(f"openssl cannot hash a password: {done.stderr.strip()}")
    setup = setup_of(layout("vagrant", Mode.BRIDGE), done.stdout.strip())
    return f'{setup}[management]\nnic = "{MANAGEMENT_MAC}"\n'


def vagrantfile(provider: str) -> str:
    """The Vagrantfile inside a box."""
    words = {"management": MANAGEMENT_MAC, "management_plain": MANAGEMENT_MAC.replace(":", "")}
    text = Template((_TEXTS / f"{provider}.rb").read_text()).substitute(words)
    return (_TEXTS / "common.rb").read_text() + "\n" + text


def _libvirt(disk: Path) -> list[Entry]:
    image = disk.with_name("box.img")
    # Not compressed: what fills it is, and the box is packed by nothing else.
    _run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(disk), str(image))
    metadata: dict[str, str | int] = {
        "provider": "libvirt",
        "format": "qcow2",
        "virtual_size": DISK_BYTES >> 30,
    }
    return [
        Entry("metadata.json", _json(metadata)),
        Entry("Vagrantfile", vagrantfile("libvirt").encode()),
        Entry("box.img", image),
    ]


def _virtualbox(disk: Path, version: Version) -> list[Entry]:
    image = disk.with_name(_DISK_NAME)
    form = ["-o", "subformat=streamOptimized"]
    _run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", *form, str(disk), str(image))
    _fix_content_id(image)
    ovf = Template((_TEXTS / "box.ovf").read_text()).substitute(
        disk=_DISK_NAME,
        file_bytes=image.stat().st_size,
        disk_bytes=DISK_BYTES,
        version=version.number,
    )
    return [
        Entry("metadata.json", _json({"provider": "virtualbox"})),
        Entry("Vagrantfile", vagrantfile("virtualbox").encode()),
        Entry("box.ovf", ovf.encode()),
        Entry(_DISK_NAME, image),
    ]


def _fix_content_id(image: Path) -> None:
    """qemu-img draws a VMDK's content id by lot: one of the content's digest takes its place."""
    with image.open("r+b") as file:
        begin = with_content_id(file.read(_DESCRIPTOR_BYTES), b"0" * 8)
        file.seek(0)
        file.write(begin)
        file.seek(0)
        digest = file_digest(file, "sha256").hexdigest()[:8]
        file.seek(0)
        file.write(with_content_id(begin, digest.encode()))


def with_content_id(begin: bytes, content_id: bytes) -> bytes:
    """The first bytes of a VMDK with another content id. qemu-img writes one that begins with a
    zero without it: what the line grows by goes from the zero bytes behind the description.
    Raises ImageError."""
    found = _CONTENT_ID.search(begin)
    end = begin.find(b"\0", found.end()) if found else -1
    if found is None or end < 0:
        raise ImageError("qemu-img wrote a VMDK without a content id")
    grown = len(content_id) - len(found[1])
    if begin[end : end + grown].strip(b"\0"):
        raise ImageError("qemu-img wrote a VMDK without room for a content id")
    return begin[: found.start(1)] + content_id + begin[found.end(1) : end] + begin[end + grown :]


def _write(target: Path, entries: list[Entry], time: int) -> None:
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        for entry in entries:
            header = tarfile.TarInfo(entry.name)
            header.mtime, header.mode = time, 0o644
            if isinstance(entry.content, bytes):
                header.size = len(entry.content)
                archive.addfile(header, io.BytesIO(entry.content))
                continue
            header.size = entry.content.stat().st_size
            with entry.content.open("rb") as file:
                archive.addfile(header, file)


def _json(value: Mapping[str, str | int]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ImageError(f"{words[0]} failed: {last}")
