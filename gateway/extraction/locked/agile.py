"""Whether a word is the password of an agile-encrypted document ([MS-OFFCRYPTO] 2.3.4.10 to 13)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_INPUT: Final = bytes.fromhex("fea7d2763b4b9e79")
_VALUE: Final = bytes.fromhex("d7aa0f6d3061344e")
"""The block keys of the verifier's input and of its hash."""
_HASHES: Final = {
    "md5": hashlib.md5,
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
_FILL: Final = b"\x36"


def is_right(info: Mapping[str, object], password: str) -> bool:
    """`info` is what msoffcrypto reads of the document's description.

    Raises ValueError, KeyError or TypeError when it makes no sense.
    """
    salt, sealed_input, sealed_value = (
        _bytes(info, key)
        for key in ("passwordSalt", "encryptedVerifierHashInput", "encryptedVerifierHashValue")
    )
    algorithm = str(info["passwordHashAlgorithm"]).replace("-", "").lower()
    rounds, bits = int(str(info["spinValue"])), int(str(info["passwordKeyBits"]))
    hashed = _hashed(algorithm, salt, password, rounds)
    plain_input = _decrypted(sealed_input, _key(algorithm, hashed, _INPUT, bits), salt)
    value = _decrypted(sealed_value, _key(algorithm, hashed, _VALUE, bits), salt)
    wanted = hashlib.new(algorithm, plain_input).digest()
    return value[: len(wanted)] == wanted  # the rest fills up a block


def _hashed(algorithm: str, salt: bytes, password: str, rounds: int) -> bytes:
    new = _HASHES.get(algorithm)
    if new is None:
        raise ValueError("an unknown hash")
    digest: bytes = new(salt + password.encode("utf-16-le", "replace")).digest()
    for number in range(rounds):
        digest = new(number.to_bytes(4, "little") + digest).digest()
    return digest


def _key(algorithm: str, hashed: bytes, block: bytes, bits: int) -> bytes:
    size = bits // 8
    return hashlib.new(algorithm, hashed + block).digest()[:size].ljust(size, _FILL)


def _decrypted(sealed: bytes, key: bytes, salt: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(salt[:16].ljust(16, _FILL))).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()


def _bytes(info: Mapping[str, object], key: str) -> bytes:
    value = info[key]
    if not isinstance(value, bytes):
        raise TypeError("no bytes")
    return value
