"""SHA256SUMS of what a build hands out: what changed is read, what did not is not."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tools.image import artifacts
from tools.image.artifacts import CHECKSUMS, digest_of, sign

FILES = {f"sluice-{name}": name.encode() * 1000 for name in ("a.raw", "b.qcow2", "c.bundle")}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A folder with files that are older than any list of them."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, (1_700_000_000, 1_700_000_000))
    return tmp_path


def sums(dist: Path) -> dict[str, str]:
    lines = (dist / CHECKSUMS).read_text().splitlines()
    return {line.split()[1]: line.split()[0] for line in lines}


def test_every_file_is_listed_in_its_order_and_the_list_is_signed(dist: Path) -> None:
    key = Ed25519PrivateKey.generate()
    sign(dist, key)
    listed = sums(dist)
    assert list(listed) == sorted(FILES)
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    text = (dist / CHECKSUMS).read_bytes()
    key.public_key().verify((dist / f"{CHECKSUMS}.sig").read_bytes(), text)


def test_only_what_changed_since_the_last_list_is_read(
    dist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Ed25519PrivateKey.generate()
    sign(dist, key)
    read: list[str] = []

    def noted(path: Path) -> str:
        read.append(path.name)
        return digest_of(path)

    monkeypatch.setattr(artifacts, "digest_of", noted)
    later = (dist / CHECKSUMS).stat().st_mtime + 10
    (dist / "sluice-b.qcow2").write_bytes(b"another")
    os.utime(dist / "sluice-b.qcow2", (later, later))
    (dist / "sluice-d.efi").write_bytes(b"new, and dated back")
    os.utime(dist / "sluice-d.efi", (1_700_000_000, 1_700_000_000))
    sign(dist, key)
    assert sorted(read) == ["sluice-b.qcow2", "sluice-d.efi"]
    assert sums(dist)["sluice-b.qcow2"] == hashlib.sha256(b"another").hexdigest()
    assert sums(dist)["sluice-a.raw"] == hashlib.sha256(FILES["sluice-a.raw"]).hexdigest()
