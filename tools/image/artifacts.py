"""What a build hands out: disk images, update bundle, bill of materials, checksums, signature."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.appliance.slots import ROOT_TYPE, VERITY_TYPE
from tools.image.boxes import write_boxes
from tools.image.bundle import squashfs_length, trimmed, write_bundle
from tools.image.errors import ImageError
from tools.image.keys import public_pem
from tools.image.lock import Locked
from tools.image.mails import write_mails
from tools.image.places import Places
from tools.image.sbom import spdx
from tools.image.version import Version

Progress = Callable[[str], None]

CHECKSUMS = "SHA256SUMS"

HASHING = 2
"""Files read at the same time: hashing leaves Python's lock alone, and two cores are what a small
build machine has."""


def hand_out(
    places: Places,
    profile: str,
    version: Version,
    libraries: Iterable[Locked],
    key: Ed25519PrivateKey,
    say: Progress,
) -> list[Path]:
    """Fill places.dist from mkosi's output. Raises ImageError."""
    built = places.output / f"sluice-{profile}"
    places.dist.mkdir(exist_ok=True)
    name = f"sluice-{profile}"
    raw, qcow2 = places.dist / f"{name}.raw", places.dist / f"{name}.qcow2"
    bill, bundle = places.dist / f"{name}.spdx.json", places.dist / f"{name}.bundle"
    say("disk image")
    _run("cp", "--sparse=always", "--reflink=auto", str(built.with_suffix(".raw")), str(raw))
    # qemu-img reads the whole disk and compresses it on one core; what else there is to do needs
    # the other.
    with ThreadPoolExecutor(1) as beside:
        form = ["-c", "-O", "qcow2", "-o", "compression_type=zstd"]
        compressed = beside.submit(_run, "qemu-img", "convert", *form, raw, qcow2)
        say("bill of materials")
        bill.write_text(
            spdx(built.with_suffix(".manifest").read_text(), libraries, version, profile)
        )
        say("update bundle")
        root = places.work / "root.squashfs"
        partition = built.with_suffix(".root.raw")
        trimmed(partition, squashfs_length(partition), root)
        pieces = {
            "root": root,
            "verity": built.with_suffix(".verity.raw"),
            "kernel": built.with_suffix(".efi"),
        }
        root_hash = root_hash_of(raw)
        write_bundle(bundle, pieces, profile=profile, version=version, root_hash=root_hash, key=key)
        root.unlink()
        shutil.copy(pieces["kernel"], raw.with_suffix(".efi"))
        say("Vagrant boxes")
        boxes = write_boxes(raw, places.work, version)
        mails = places.dist / f"{name}-mails.tar"
        write_mails(mails, profile, version.time)
        say("compressed disk image (qcow2)")
        compressed.result()
    made = [raw, qcow2, bundle, bill, *boxes, mails]
    say("checksums and signature")
    sign(places.dist, key)
    return made


def root_hash_of(image: Path) -> str:
    """dm-verity's root hash of slot A: its two halves are the identities of the two partitions
    (the Discoverable Partitions Specification). Raises ImageError."""
    done = subprocess.run(["sfdisk", "--json", image], capture_output=True, text=True, check=True)
    uuids: dict[str, str] = {
        partition["type"]: partition["uuid"]
        for partition in json.loads(done.stdout)["partitiontable"]["partitions"]
        if partition["name"].startswith("sluice_")
    }
    try:
        both = uuids[ROOT_TYPE] + uuids[VERITY_TYPE]
    except KeyError:
        raise ImageError(f"{image} has no slot with a root and its hash tree") from None
    return both.replace("-", "").lower()


def sign(dist: Path, key: Ed25519PrivateKey) -> None:
    """SHA256SUMS of everything in `dist`, its signature, and the key to check it with.

    Other profiles' files that lie there since before the last list keep their line of it: to read
    gigabytes of images that did not change takes half a minute."""
    (dist / "update-key.pem").write_bytes(public_pem(key))
    checksums = dist / CHECKSUMS
    known: dict[str, str] = {}
    listed = 0.0
    if checksums.exists():
        listed = checksums.stat().st_mtime
        known = {line.split()[1]: line.split()[0] for line in checksums.read_text().splitlines()}
    paths = sorted(dist.glob("sluice-*"))
    kept = [known.get(path.name, "") if path.stat().st_mtime < listed else "" for path in paths]
    with ThreadPoolExecutor(HASHING) as pool:
        read = pool.map(lambda pair: pair[0] or digest_of(pair[1]), zip(kept, paths, strict=True))
        lines = [f"{digest}  {path.name}\n" for digest, path in zip(read, paths, strict=True)]
    text = "".join(lines).encode()
    checksums.write_bytes(text)
    (dist / f"{CHECKSUMS}.sig").write_bytes(key.sign(text))


def digest_of(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _run(*words: str | Path) -> None:
    if shutil.which(str(words[0])) is None:
        raise ImageError(f"{words[0]} is missing: ./build.sh setup installs what a build needs")
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ImageError(f"{words[0]} failed: {last}")
