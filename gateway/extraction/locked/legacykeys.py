"""Keys of Word, Excel and PowerPoint 97-2003, and what they do to a stream.

Every byte is turned by the key of its place, so that a stream is opened and closed by the same walk
over it, and what did not change comes out as it came. Knows nothing of formats: they say which
spans of a stream are turned. Source: [MS-OFFCRYPTO] 2.3.5 to 2.3.7.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher
from msoffcrypto.method.xor_obfuscation import DocumentXOR

from gateway.extraction.contract import ExtractError

_K = TypeVar("_K", bound="Key")
_RC4, _CRYPTO_API = (1, 1), (2, 2)
"""Versions of the two headers; that of CryptoAPI has 3 or 4 for the first number as well."""
_RC4_HEADER: Final = struct.Struct("<4x16s16s16s")
_SALT_AND_VERIFIER: Final = struct.Struct("<4x16s16s4x20s")
_SHORT_BITS: Final = 40
"""Key size of a header that names none, and the only one whose keys are filled up with zeros."""
_WHOLE_KEY: Final = 16
_XOR_LONGEST: Final = 15
"""Characters of a password by XOR (2.3.7.2)."""
_XOR_PERIOD: Final = 16
_XOR_PAD: Final = bytes.fromhex("bbffffbaffffb98000be0f00bf0f00")
_XOR_SHORT: Final = 64
"""Bytes below which one by one is faster than sixteen slices."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a stream that are encrypted. `shift` goes to their places where XOR counts them."""

    start: int
    stop: int
    shift: int = 0


class Key(Protocol):
    """What the right password makes."""

    def turned(self, stream: bytes, spans: Sequence[Span], *, closing: bool) -> bytes:
        """`stream` with `spans` decrypted, or encrypted when `closing`."""
        ...


@dataclass(frozen=True, slots=True)
class Rc4Key:
    """A key for every block of `block` bytes, by its number. `base` is the hashed password."""

    base: bytes
    hashed_by: str
    bits: int
    block: int

    def turned(self, stream: bytes, spans: Sequence[Span], *, closing: bool) -> bytes:
        """See `Key`. Both ways are one: also clear bytes take their share of the key."""
        blocks = range(0, len(stream), self.block)
        whole = b"".join(
            self.update(number, stream[at : at + self.block]) for number, at in enumerate(blocks)
        )
        made = bytearray(stream)
        for span in spans:
            made[span.start : span.stop] = whole[span.start : span.stop]
        return bytes(made)

    def update(self, number: int, data: bytes) -> bytes:
        """`data` turned by the key of block `number`, however long it is."""
        return self._cipher(number).update(data)

    def opens(self, sealed: bytes, sealed_hash: bytes) -> bool:
        """Whether the verifier and its hash belong together (2.3.5.6, 2.3.6.4)."""
        cipher = self._cipher(0)
        verifier, wanted = cipher.update(sealed), cipher.update(sealed_hash)
        return hmac.compare_digest(hashlib.new(self.hashed_by, verifier).digest(), wanted)

    def _cipher(self, number: int) -> _Updates:
        size = self.bits // 8
        key = hashlib.new(self.hashed_by, self.base + struct.pack("<L", number)).digest()[:size]
        if self.bits == _SHORT_BITS:
            key = key.ljust(_WHOLE_KEY, b"\0")
        return Cipher(ARC4(key), mode=None).encryptor()


class _Updates(Protocol):
    def update(self, data: bytes) -> bytes: ...


def rc4_key(header: bytes, password: str, block: int) -> Rc4Key | None:
    """The key that `password` makes with the header of a locked stream; None when it is wrong.

    Raises ExtractError for a header of another kind, struct.error for one that is cut off.
    """
    major, minor = struct.unpack_from("<2H", header)
    word = password.encode("utf-16-le", "surrogatepass")
    if (major, minor) == _RC4:
        salt, sealed, sealed_hash = _RC4_HEADER.unpack_from(header)
        first = hashlib.md5(word, usedforsecurity=False).digest()[:5]
        base = hashlib.md5((first + salt) * 16, usedforsecurity=False).digest()[:5]
        key = Rc4Key(base, "md5", 128, block)
    elif minor == _CRYPTO_API[1] and major in (2, 3, 4):
        size, algorithm, bits = struct.unpack_from("<L8xL4xL", header, 8)
        if algorithm not in (0, 0x6801):
            raise ExtractError("it is encrypted by a cipher that is not known here")
        salt, sealed, sealed_hash = _SALT_AND_VERIFIER.unpack_from(header, 12 + size)
        base = hashlib.sha1(salt + word, usedforsecurity=False).digest()
        key = Rc4Key(base, "sha1", bits or _SHORT_BITS, block)
    else:
        raise ExtractError("it is encrypted in a way that only its own program knows")
    return key if key.opens(sealed, sealed_hash) else None


@dataclass(frozen=True, slots=True)
class XorKey:
    """Sixteen tables of bytes, one after the other, for each direction."""

    opening: tuple[bytes, ...]
    closing: tuple[bytes, ...]

    def turned(self, stream: bytes, spans: Sequence[Span], *, closing: bool) -> bytes:
        """See `Key`."""
        tables = self.closing if closing else self.opening
        made = bytearray(stream)
        for span in spans:
            first = (span.start + span.shift) % _XOR_PERIOD
            order = tables[first:] + tables[:first]
            part = stream[span.start : span.stop]
            if len(part) < _XOR_SHORT:
                turned = bytes(order[at % _XOR_PERIOD][octet] for at, octet in enumerate(part))
                made[span.start : span.stop] = turned
                continue
            for at, table in enumerate(order):
                places = slice(span.start + at, span.stop, _XOR_PERIOD)
                made[places] = stream[places].translate(table)
        return bytes(made)


def xor_key(verifier: int, key: int | None, password: str, *, word: bool) -> XorKey | None:
    """The key of `password` by XOR; None when it is wrong (2.3.7.1-6).

    `verifier` and, where the file tells it, `key` are what stands in the file. `word`: bytes are
    turned as Word does, which leaves zeros as they are; else as Excel does, which rotates.
    """
    # The low byte of a character, or the high one where that is zero: what programs write.
    units = struct.iter_unpack("<2B", password.encode("utf-16-le", "surrogatepass"))
    raw = bytes(low or high for low, high in units)
    if not 0 < len(raw) <= _XOR_LONGEST:
        return None
    text = raw.decode("latin-1")
    mixed = DocumentXOR.create_xor_key_method1(text)
    if not DocumentXOR.verifypw(text, verifier) or key not in (None, mixed):
        return None
    filled = (raw + _XOR_PAD)[:_XOR_PERIOD]
    halves = mixed.to_bytes(2, "little") * (_XOR_PERIOD // 2)
    octets = [_rotated(a ^ b, 7) for a, b in zip(filled, halves, strict=True)]
    if word:
        tables = tuple(bytes(_word_turned(n, octet) for n in range(256)) for octet in octets)
        return XorKey(tables, tables)
    opening = tuple(bytes(_rotated(n ^ octet, 3) for n in range(256)) for octet in octets)
    closing = tuple(bytes(_rotated(n, 5) ^ octet for n in range(256)) for octet in octets)
    return XorKey(opening, closing)


def right(key: _K | None) -> _K:
    """The key of a password that is known to be right. Raises ExtractError when it is none."""
    if key is None:
        raise ExtractError("the document is locked by another password")
    return key


def _rotated(octet: int, left: int) -> int:
    return (octet << left | octet >> (8 - left)) & 0xFF


def _word_turned(octet: int, key: int) -> int:
    """Neither a zero nor what would become one is turned, and so it goes back the same way."""
    return octet if octet in (0, key) else octet ^ key


def preload() -> None:
    """Use the cipher once: it is loaded when it is first used."""
    Rc4Key(bytes(5), "md5", 128, 512).update(0, b"x")
