"""A bundle is believed only whole and signed: every way of being something else is refused."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.appliance.bundle import Bundle, BundleError
from tools.image.bundle import write_bundle
from tools.image.keys import public_pem
from tools.image.version import Version

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PIECES = {"root": b"r" * 5000, "verity": b"v" * 600, "kernel": b"k" * 3000}


@pytest.fixture
def bundle(tmp_path: Path) -> bytes:
    """A good bundle."""
    for role, content in PIECES.items():
        (tmp_path / role).write_bytes(content)
    write_bundle(
        tmp_path / "bundle",
        {role: tmp_path / role for role in PIECES},
        profile="minimal",
        version=Version("0.1.0.7", 1_700_000_000, "c0ffee"),
        root_hash="ab" * 32,
        key=KEY,
    )
    return (tmp_path / "bundle").read_bytes()


def read(content: bytes, key: Ed25519PrivateKey = KEY) -> dict[str, bytes]:
    """Everything in a bundle. Raises BundleError."""
    found = Bundle(io.BytesIO(content), public_pem(key))
    return {piece.role: b"".join(chunks) for piece, chunks in found.pieces()}


def test_a_good_bundle_gives_back_what_went_in(bundle: bytes) -> None:
    found = Bundle(io.BytesIO(bundle), public_pem(KEY))
    assert (found.manifest.version, found.manifest.root_hash) == ("0.1.0.7", "ab" * 32)
    assert read(bundle) == PIECES


def test_another_key_is_refused(bundle: bytes) -> None:
    with pytest.raises(BundleError, match="signature"):
        read(bundle, Ed25519PrivateKey.from_private_bytes(b"x" * 32))


def test_a_changed_manifest_is_refused(bundle: bytes) -> None:
    with pytest.raises(BundleError, match="signature"):
        read(bundle.replace(b"0.1.0.7", b"0.1.0.8"))


def test_a_bundle_without_a_signature_is_refused(bundle: bytes) -> None:
    unsigned = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(bundle)) as source,
        tarfile.open(fileobj=unsigned, mode="w") as target,
    ):
        for member in source:
            if member.name != "manifest.sig":
                target.addfile(member, source.extractfile(member))
    with pytest.raises(BundleError, match=r"manifest\.sig"):
        read(unsigned.getvalue())


@pytest.mark.parametrize("role", list(PIECES))
def test_a_changed_byte_in_a_piece_is_refused(bundle: bytes, role: str) -> None:
    content = PIECES[role]
    with pytest.raises(BundleError, match=f"{role} has another digest"):
        read(bundle.replace(content, content[:-1] + b"!"))


def test_a_bundle_cut_off_anywhere_is_refused(bundle: bytes) -> None:
    # The last two blocks of a tar are zeros, and tell nothing.
    end = bundle.index(PIECES["kernel"]) + len(PIECES["kernel"])
    for length in range(0, end, 97):
        with pytest.raises(BundleError):
            read(bundle[:length])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + b"\0" * 600, b"\0" * 4096])
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError):
        read(content)
