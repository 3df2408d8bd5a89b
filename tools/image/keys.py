"""The key that signs images and updates: Ed25519, made at the first build, kept by its owner.

The private key never enters the tree or the image; the public one is in every image, and an
appliance takes updates of that key only.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tools.image.errors import ImageError


def key_path() -> Path:
    """Where the private key is: SLUICE_IMAGE_KEY, else the user's own configuration."""
    home = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    return Path(os.environ.get("SLUICE_IMAGE_KEY", home / "sluice/image-key.pem"))


def signing_key() -> tuple[Ed25519PrivateKey, bool]:
    """The key, and whether it was made just now. Raises ImageError."""
    path = key_path()
    if path.exists():
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise ImageError(f"the signing key {path} cannot be read: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise ImageError(f"the signing key {path} is no Ed25519 key")
        return key, False
    fresh = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            fresh.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return fresh, True


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public half, as the image and `openssl pkeyutl -verify` read it."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
