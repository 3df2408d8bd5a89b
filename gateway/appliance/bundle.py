"""Reads an update bundle: signature first, then piece after piece, each against its digest.

Nothing of a bundle is believed before the manifest's signature holds under the key that is in the
running image. A piece is handed on in chunks, so no copy of a bundle is ever needed.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from typing import IO

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"

MAX_MANIFEST = 64 * 1024
"""Bytes. A manifest has about 600."""

SIGNATURE_BYTES = 64
"""Of an Ed25519 signature (RFC 8032 section 5.1.6)."""

ROLES = ("root", "verity", "kernel")
"""The pieces of an update, in the order in which they are written: the kernel last, since with it
the slot can be started."""

_CHUNK = 1 << 20


class BundleError(Exception):
    """The bundle is refused; one sentence."""


class Piece(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of an update."""

    role: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an update is. `root_hash` is dm-verity's, 64 hexadecimal digits."""

    version: str
    profile: str
    root_hash: str
    pieces: list[Piece]


class Archive:
    """A tar file with a signed manifest at its begin, read from front to end."""

    def __init__(self, untrusted_file: IO[bytes]) -> None:
        """Read manifest and signature; neither is checked yet. Raises BundleError."""
        try:
            self._archive = tarfile.open(  # noqa: SIM115 - it is read as long as this object lives
                fileobj=untrusted_file, mode="r|"
            )
            self.untrusted_manifest = self._small(MANIFEST, MAX_MANIFEST)
            self.signature = self._small(SIGNATURE, SIGNATURE_BYTES)
        except (tarfile.TarError, OSError, EOFError) as error:
            raise BundleError(f"this is no update bundle: {error}") from error

    def content(self, name: str, expected_size: int, sha256: str) -> Iterator[bytes]:
        """The next file. Raises BundleError, at its end if it is not what the manifest says."""
        try:
            file, size = self._next(name)
            if size != expected_size:
                raise BundleError(f"{name} has another size than the manifest says")
            digest = hashlib.sha256()
            left = size
            while left:
                chunk = file.read(min(left, _CHUNK))
                if not chunk:
                    raise BundleError("the bundle is cut off")
                digest.update(chunk)
                left -= len(chunk)
                yield chunk
        except (tarfile.TarError, OSError, EOFError) as error:
            raise BundleError("the bundle is cut off") from error
        if digest.hexdigest() != sha256:
            raise BundleError(f"{name} has another digest than the manifest says")

    def _small(self, name: str, limit: int) -> bytes:
        file, size = self._next(name)
        if size > limit:
            raise BundleError(f"this is no update bundle: {name} is too large")
        return file.read(size)

    def _next(self, name: str) -> tuple[IO[bytes], int]:
        member = self._archive.next()
        if member is None:
            raise BundleError("the bundle is cut off")
        file = self._archive.extractfile(member) if member.isreg() else None
        if file is None or member.name != name:
            raise BundleError(f"this is no update bundle: it has no {name} where it should be")
        return file, member.size


class Bundle:
    """A bundle that is being read; `manifest` can be believed as soon as this object exists."""

    def __init__(self, untrusted_file: IO[bytes], public_pem: bytes) -> None:
        """Read and check manifest and signature. Raises BundleError."""
        self._archive = Archive(untrusted_file)
        self.manifest = checked_manifest(
            self._archive.untrusted_manifest, self._archive.signature, public_pem
        )

    def pieces(self) -> Iterator[tuple[Piece, Iterator[bytes]]]:
        """Each piece with its content. The content raises BundleError at its end if it is not
        what the manifest says: what was written from it until then must not be used."""
        for piece in self.manifest.pieces:
            yield piece, self._archive.content(piece.role, piece.size, piece.sha256)


def verify(untrusted_text: bytes, signature: bytes, public_pem: bytes) -> None:
    """Raises BundleError unless the signature is this key's."""
    key = load_pem_public_key(public_pem)
    if not isinstance(key, Ed25519PublicKey):
        raise BundleError("the key in this image is no Ed25519 key")
    try:
        key.verify(signature, untrusted_text)
    except InvalidSignature:
        raise BundleError("the signature is not of the key that this image trusts") from None


def checked_manifest(untrusted_text: bytes, signature: bytes, public_pem: bytes) -> Manifest:
    """The manifest, once its signature holds and it makes sense. Raises BundleError."""
    verify(untrusted_text, signature, public_pem)
    try:
        manifest = msgspec.json.decode(untrusted_text, type=Manifest)
    except msgspec.DecodeError as error:
        raise BundleError(f"the manifest cannot be read: {error}") from error
    if tuple(piece.role for piece in manifest.pieces) != ROLES:
        raise BundleError("the bundle is for another version of the updater")
    return manifest
