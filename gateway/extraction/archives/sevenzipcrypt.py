"""AES-256 as 7-Zip uses it: a key made of the password by many rounds of SHA-256, CBC.

Source: 7zAes.cpp of the LZMA SDK's reader; method 06F10701.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK: Final = 16
MAX_ROUNDS: Final = 24
"""The highest power of two of rounds that 7-Zip takes."""
_NO_HASH: Final = 0x3F
_COUNTER: Final = 8
_AT_A_TIME: Final = 1 << 16
"""Rounds that are written out: two bytes of the counter. MAX_ROUNDS leaves one more to change."""


class AES:
    """The coder's numbers."""

    ID: Final = bytes.fromhex("06f10701")
    ROUNDS: Final = 19
    """A power of two; what 7-Zip writes."""

    @staticmethod
    def properties(vector: bytes) -> bytes:
        """Rounds and a full vector, no salt: what 7-Zip writes."""
        return bytes([AES.ROUNDS | 0x40, 0x0F]) + vector

    @staticmethod
    def read_properties(properties: bytes) -> tuple[int, bytes, bytes]:
        """Rounds as a power of two, salt and vector. Raises ValueError."""
        if not properties:
            raise ValueError("no properties")
        first = properties[0]
        rounds = first & 0x3F
        second = properties[1] if len(properties) > 1 and first & 0xC0 else 0
        salt_size = (first >> 7 & 1) + (second >> 4)
        vector_size = (first >> 6 & 1) + (second & 0x0F)
        salt = properties[2 : 2 + salt_size]
        vector = properties[2 + salt_size : 2 + salt_size + vector_size]
        if len(salt) != salt_size or len(vector) != vector_size:
            raise ValueError("properties cut off")
        if rounds > MAX_ROUNDS and rounds != _NO_HASH:
            raise ValueError("too many rounds")
        return rounds, salt, vector.ljust(_BLOCK, b"\0")


def decoded_key(password: str, rounds: int, salt: bytes) -> bytes:
    """The key: SHA-256 over salt, password and a counter of eight bytes, for each of 2**rounds.

    Written once for 65,536 rounds, in which only the counter's third byte changes from one time to
    the next: 2**19 rounds take 70 ms.
    """
    secret = salt + password.encode("utf-16-le", "replace")
    if rounds == _NO_HASH:
        return secret[:32].ljust(32, b"\0")
    count = 1 << rounds
    chunk = min(count, _AT_A_TIME)
    block = bytearray((secret + bytes(_COUNTER)) * chunk)
    at, step = len(secret), len(secret) + _COUNTER
    block[at::step] = bytes(number & 0xFF for number in range(chunk))
    block[at + 1 :: step] = bytes(number >> 8 for number in range(chunk))
    digest = sha256()
    for high in range(count // chunk):
        block[at + 2 :: step] = bytes([high]) * chunk
        digest.update(block)
    return digest.digest()


def encrypt(plain: bytes, key: bytes, vector: bytes) -> bytes:
    """`plain`, filled up with zeros."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return encryptor.update(plain + bytes(-len(plain) % _BLOCK)) + encryptor.finalize()


def decrypt(sealed: bytes, key: bytes, vector: bytes) -> bytes:
    """The bytes with their fill; what is no whole block at the end is left out."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(sealed[: len(sealed) // _BLOCK * _BLOCK])
