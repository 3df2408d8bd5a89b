"""`python -m tools.image.compare A B`: in what two builds differ, and why.

A and B are directories with the files of a build (dist/ of one commit, built twice). Images are
compared partition by partition, the root file by file. Differences whose cause is known are named
with it; any other makes the exit code 1.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.appliance.slots import ROOT_TYPE
from tools.image.artifacts import CHECKSUMS, digest_of
from tools.image.bundle import squashfs_length, trimmed

_CHUNK = 1 << 20

_NOT_COMPARED = {
    f"{CHECKSUMS}": "follows from the files it lists",
    f"{CHECKSUMS}.sig": "follows from the files it lists",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not the same in both builds; `cause` is empty when it is not known."""

    where: str
    cause: str = ""


@click.command()
@click.argument("first", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("second", type=click.Path(path_type=Path, exists=True, file_okay=False))
def main(first: Path, second: Path) -> None:
    """List every difference between two builds of one commit."""
    unexplained = 0
    found = False
    for difference in differences(first, second):
        found = True
        unexplained += not difference.cause
        click.echo(f"{difference.where}: {difference.cause or 'NO KNOWN CAUSE'}")
    if not found:
        click.echo("The two builds are the same, bit by bit.")
    sys.exit(1 if unexplained else 0)


def differences(first: Path, second: Path) -> Iterator[Difference]:
    """Every file that differs; of images, what in them does."""
    names = sorted({path.name for side in (first, second) for path in side.glob("sluice-*")})
    for name in names:
        one, other = first / name, second / name
        if not (one.exists() and other.exists()):
            yield Difference(name, "built on one side only")
        elif digest_of(one) != digest_of(other):
            if name.endswith(".raw"):
                yield from _images(name, one, other)
            else:
                cause = _FOLLOWS.get(Path(name).suffix, "")
                yield Difference(name, cause)


_FOLLOWS = {
    ".qcow2": "follows from the raw image",
    ".box": "follows from the raw image",
    ".tar": "one of the mails says by DKIM when it was signed",
    ".bundle": "follows from the root, its hash tree and the kernel",
    ".efi": "files in its initrd say when they were unpacked; and it carries the root's hash",
}


def _images(name: str, one: Path, other: Path) -> Iterator[Difference]:
    parts, others = _partitions(one), _partitions(other)
    if [part[:3] for part in parts] != [part[:3] for part in others]:
        yield Difference(f"{name}, partition table", "identities follow from the root's hash")
    for part, its_twin in zip(parts, others, strict=True):
        label, kind, size, start = part
        if _same(one, start, other, its_twin[3], size):
            continue
        where = f"{name}, partition {label.partition('_')[0]} ({size >> 20} MiB)"
        if kind == ROOT_TYPE:
            yield Difference(
                f"{where}, the root", _root_cause(one, start, other, its_twin[3], size)
            )
        else:
            yield Difference(where, _CAUSES.get(label.split("_")[0], ""))


_CAUSES = {
    "sluice-boot": "the kernel in it differs",
    "sluice-state": "the file system was made at another moment",
    "SLUICE-CFG": "the file system was made at another moment",
    "sluice": "the hash tree follows from the root",
}


def _root_cause(one: Path, start: int, other: Path, its_start: int, size: int) -> str:
    """The first files that differ in the two roots; empty when none does."""
    with tempfile.TemporaryDirectory(prefix="sluice-compare-", dir="/var/tmp") as name:
        folder = Path(name)
        listings: list[dict[str, str]] = []
        for number, (image, offset) in enumerate(((one, start), (other, its_start))):
            part, root = folder / f"{number}.part", folder / str(number)
            _cut_out(image, offset, size, part)
            trimmed(part, squashfs_length(part), folder / f"{number}.squashfs")
            words = ["unsquashfs", "-q", "-n", "-d", str(root), str(folder / f"{number}.squashfs")]
            subprocess.run(words, check=True, capture_output=True)
            listings.append(_listing(root))
    a, b = listings
    changed = sorted(path for path in a.keys() | b.keys() if a.get(path) != b.get(path))
    return f"{len(changed)} files: {', '.join(changed[:12])}" if changed else ""


def _listing(root: Path) -> dict[str, str]:
    """What is at each path: kind, mode, owner, time, and the content's digest or goal."""
    found: dict[str, str] = {}
    for path in root.rglob("*"):
        about = path.lstat()
        content = ""
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = digest_of(path)
        owner = f"{about.st_uid}:{about.st_gid}"
        found[str(path.relative_to(root))] = (
            f"{about.st_mode:o} {owner} {int(about.st_mtime)} {content}"
        )
    return found


def _partitions(image: Path) -> list[tuple[str, str, int, int]]:
    """Label, type, bytes and offset of each partition."""
    done = subprocess.run(["sfdisk", "--json", image], capture_output=True, text=True, check=True)
    table = json.loads(done.stdout)["partitiontable"]
    sector = int(table.get("sectorsize", 512))
    return [
        (part["name"], part["type"], int(part["size"]) * sector, int(part["start"]) * sector)
        for part in table["partitions"]
    ]


def _same(one: Path, start: int, other: Path, its_start: int, size: int) -> bool:
    with one.open("rb") as a, other.open("rb") as b:
        a.seek(start)
        b.seek(its_start)
        left = size
        while left:
            if a.read(min(left, _CHUNK)) != b.read(min(left, _CHUNK)):
                return False
            left -= min(left, _CHUNK)
    return True


def _cut_out(image: Path, start: int, size: int, target: Path) -> None:
    with image.open("rb") as source, target.open("wb") as file:
        source.seek(start)
        left = size
        while left and (chunk := source.read(min(left, _CHUNK))):
            file.write(chunk)
            left -= len(chunk)


if __name__ == "__main__":
    main()
