"""Writes an update bundle: one tar file that an appliance checks while it reads it.

First the manifest, then its signature, then the pieces in the order of the manifest. The format is
`gateway.appliance.bundle`'s, which reads it.
"""

from __future__ import annotations

import io
import tarfile
from hashlib import file_digest
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.appliance.bundle import MANIFEST, SIGNATURE, Manifest, Piece
from tools.image.version import Version


def write_bundle(
    target: Path,
    pieces: dict[str, Path],
    *,
    profile: str,
    version: Version,
    root_hash: str,
    key: Ed25519PrivateKey,
) -> None:
    """Write `target`; `pieces` maps the roles root, verity and kernel to their files."""
    manifest = Manifest(
        version=version.number,
        profile=profile,
        root_hash=root_hash,
        pieces=[_piece(role, path) for role, path in pieces.items()],
    )
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        _add(archive, MANIFEST, text, version.time)
        _add(archive, SIGNATURE, key.sign(text), version.time)
        for role, path in pieces.items():
            entry = _entry(role, path.stat().st_size, version.time)
            with path.open("rb") as file:
                archive.addfile(entry, file)


def trimmed(image: Path, length: int, target: Path) -> None:
    """The first `length` bytes of a partition image: what lies behind them is zeros."""
    with image.open("rb") as source, target.open("wb") as file:
        left = length
        while left and (chunk := source.read(min(left, 1 << 20))):
            file.write(chunk)
            left -= len(chunk)


def squashfs_length(image: Path) -> int:
    """Bytes used of a squashfs image, to the next 4096 (its superblock, field bytes_used)."""
    with image.open("rb") as file:
        superblock = file.read(96)
    if superblock[:4] != b"hsqs":
        raise ValueError(f"{image} is no squashfs")
    used = int.from_bytes(superblock[40:48], "little")
    return (used + 4095) // 4096 * 4096


def _piece(role: str, path: Path) -> Piece:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return Piece(role=role, size=path.stat().st_size, sha256=digest)


def _add(archive: tarfile.TarFile, name: str, content: bytes, time: int) -> None:
    archive.addfile(_entry(name, len(content), time), io.BytesIO(content))


def _entry(name: str, size: int, time: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, time, 0o644
    return entry
