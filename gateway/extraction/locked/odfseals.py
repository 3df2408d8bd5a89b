"""How members of an OpenDocument package are sealed: what the manifest says, keys and ciphers.

Source: OpenDocument 1.3 part 2, sections 3.4 and 4.3 to 4.8; for Argon2 and AES-GCM what OASIS'
issue OFFICE-4153 proposes and LibreOffice writes. Opens and closes single members; knows nothing of
packages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import zlib
from dataclasses import dataclass, replace
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from gateway.extraction.contract import ExtractError
from gateway.extraction.locked import argon
from gateway.extraction.xmlsafe import attribute, local
from gateway.extraction.zipcopy import MAX_MEMBER_BYTES

MAX_ITERATIONS: Final = 1_000_000
"""Rounds of one key; LibreOffice writes a hundred thousand."""
MAX_PASSES: Final = 10
"""Passes of Argon2 over its memory; LibreOffice writes three, which take 0.16 seconds."""
MAX_MEMORY: Final = 256 * 1024
"""KiB of Argon2's memory; LibreOffice writes 64 MiB, and a guest has a few times that."""
MAX_LANES: Final = 16
"""Lanes of Argon2; LibreOffice writes four."""

_AES: Final = {
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc": 16,
    "http://www.w3.org/2001/04/xmlenc#aes192-cbc": 24,
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc": 32,
}
_GCM: Final = {
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2009/xmlenc11#aes192-gcm",
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
}
_BLOWFISH: Final = ("blowfish cfb", "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#blowfish")
_PBKDF2: Final = ("pbkdf2", "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#pbkdf2")
_ARGON2: Final = "argon2id"
"""How the names of that derivation end: LibreOffice's own, and that of OpenDocument 1.5."""
_CHECKED: Final = 1024
"""Bytes of the packed member that the checksum is made of."""
_BLOCK: Final = 16


@dataclass(frozen=True, slots=True)
class Key:
    """How a member's key is made of a word: by PBKDF2, or by Argon2 where `memory` (KiB) is not
    zero. Sizes in bytes."""

    start: str
    salt: bytes
    rounds: int
    size: int
    memory: int = 0
    lanes: int = 0

    def salted(self, salt: bytes) -> Key:
        """The same with another salt."""
        return replace(self, salt=salt)


@dataclass(frozen=True, slots=True)
class Sealed:
    """How one member is encrypted: the element that says so, and what it says."""

    entry: etree._Element
    size: int
    key: Key
    cipher: str
    vector: bytes
    checksum: str
    check: bytes


def sealed_members(manifest: etree._Element) -> dict[str, Sealed]:
    """The members that `manifest` calls encrypted, by name. Raises ExtractError."""
    found: dict[str, Sealed] = {}
    for entry in manifest:
        for data in entry:
            if local(data) == "encryption-data":
                try:
                    found[attribute(entry, "full-path")] = _sealed(entry, data)
                except (ValueError, binascii.Error):
                    raise ExtractError("its manifest does not say how it is locked") from None
    return found


def _sealed(entry: etree._Element, data: etree._Element) -> Sealed:
    parts = {local(part): part for part in data}
    if not {"algorithm", "key-derivation"} <= parts.keys():
        raise ValueError("no algorithm")
    how, derived = parts["algorithm"], parts["key-derivation"]
    cipher = attribute(how, "algorithm-name")
    if cipher not in _AES and cipher not in _GCM and cipher.lower() not in _BLOWFISH:
        raise ExtractError("it is encrypted by a cipher that is not known here")
    start = parts.get("start-key-generation")
    named = attribute(start, "start-key-generation-name") if start is not None else "sha1"
    return Sealed(
        entry,
        int(attribute(entry, "size") or 0),
        _key("sha256" if "256" in named else "sha1", derived),
        cipher,
        base64.b64decode(attribute(how, "initialisation-vector")),
        attribute(data, "checksum-type"),
        base64.b64decode(attribute(data, "checksum")),
    )


def _key(start: str, how: etree._Element) -> Key:
    """Raises ExtractError for a key that is made in another way, or takes too long; ValueError."""
    name = attribute(how, "key-derivation-name").lower()
    salt = base64.b64decode(attribute(how, "salt"))
    size = int(attribute(how, "key-size") or 16)
    if name in _PBKDF2:
        key = Key(start, salt, int(attribute(how, "iteration-count")), size)
        honest = 0 < key.rounds <= MAX_ITERATIONS
    elif name.endswith(_ARGON2):
        passes, memory, lanes = (
            int(attribute(how, f"argon2-{each}")) for each in ("iterations", "memory", "lanes")
        )
        key = Key(start, salt, passes, size, memory, lanes)
        honest = 0 < passes <= MAX_PASSES and 0 < lanes <= MAX_LANES
        honest = honest and 8 * lanes <= memory <= MAX_MEMORY and len(salt) >= 8
    else:
        raise ExtractError("its key is made in a way that is not known here")
    if not (honest and 0 < size <= 56):
        raise ExtractError("its key takes longer to make than any honest one")
    return key


def derived(key: Key, password: str) -> bytes:
    """The key that `password` makes."""
    first = hashlib.new(key.start, password.encode("utf-8", "replace")).digest()
    if key.memory:
        costs = {"passes": key.rounds, "memory": key.memory, "lanes": key.lanes}
        return argon.derived(first, key.salt, size=key.size, **costs)
    return hashlib.pbkdf2_hmac("sha1", first, key.salt, key.rounds, key.size)


def _checksum(kind: str, packed: bytes) -> bytes:
    return hashlib.new("sha256" if "256" in kind else "sha1", packed[:_CHECKED]).digest()


def opened(data: bytes, sealed: Sealed, key: bytes) -> bytes | None:
    """The content of the member whose bytes are `data`; None when the key is wrong. Raises
    ExtractError."""
    packed = _decrypted(sealed, key, data)
    if packed is None:
        return None
    if sealed.check and _checksum(sealed.checksum, packed) != sealed.check:
        return None
    if sealed.size > MAX_MEMBER_BYTES:
        raise ExtractError(f"a member is larger than {MAX_MEMBER_BYTES} bytes")
    try:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, sealed.size + 1)
    except zlib.error:
        return None
    return content if len(content) == sealed.size else None


def _decrypted(sealed: Sealed, key: bytes, data: bytes) -> bytes | None:
    try:
        if sealed.cipher in _GCM:
            # The vector stands once more before what it belongs to.
            return AESGCM(key).decrypt(sealed.vector, data.removeprefix(sealed.vector), None)
        if sealed.cipher not in _AES:
            return _blowfish(key, sealed.vector).decryptor().update(data)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(sealed.vector)).decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
    except InvalidTag:
        return None
    except ValueError:
        raise ExtractError("its encryption is damaged") from None
    filled = plain[-1] if plain else 0
    return plain[:-filled] if 0 < filled <= _BLOCK else None  # XML encryption: the rest is random


def _blowfish(key: bytes, vector: bytes) -> Cipher[CFB]:
    return Cipher(Blowfish(key), CFB(vector))


def closed(plain: bytes, sealed: Sealed, key: Key, made: bytes) -> tuple[bytes, etree._Element]:
    """The member packed and encrypted, and the element that says how."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(plain) + packer.flush()
    vector = os.urandom(len(sealed.vector))
    if sealed.cipher in _GCM:
        data = vector + AESGCM(made).encrypt(vector, packed, None)
    elif sealed.cipher in _AES:
        filled = _BLOCK - len(packed) % _BLOCK
        whole = packed + os.urandom(filled - 1) + bytes([filled])
        data = Cipher(algorithms.AES(made), modes.CBC(vector)).encryptor().update(whole)
    else:
        data = _blowfish(made, vector).encryptor().update(packed)
    described = next(each for each in sealed.entry if local(each) == "encryption-data")
    values = {
        "checksum": _checksum(sealed.checksum, packed),
        "initialisation-vector": vector,
        "salt": key.salt,
    }
    for element in described.iter():
        for name in element.attrib:
            if (value := values.get(str(name).rpartition("}")[2])) is not None:
                element.set(name, base64.b64encode(value).decode("ascii"))
    return data, described


def preload() -> None:
    """Use ciphers once: they are loaded when they are first used."""
    _blowfish(bytes(16), bytes(8)).encryptor().update(b"x")
    Cipher(algorithms.AES(bytes(32)), modes.CBC(bytes(16))).encryptor().update(b"x")
    derived(Key("sha256", bytes(16), 1, 32), "x")
    derived(Key("sha256", bytes(16), 1, 32, memory=8, lanes=1), "x")
    AESGCM(bytes(32)).encrypt(bytes(12), b"x", None)
