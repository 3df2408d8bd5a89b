"""How members of an OpenDocument package are sealed: what the manifest says, keys and ciphers.

Source: OpenDocument 1.3 part 2, sections 3.4 and 4.3 to 4.8. Opens and closes single members; knows
nothing of packages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import zlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from gateway.extraction.contract import ExtractError
from gateway.extraction.xmlsafe import attribute, local
from gateway.extraction.zipcopy import MAX_MEMBER_BYTES

MAX_ITERATIONS: Final = 1_000_000
"""Rounds of one key; LibreOffice writes a hundred thousand."""

_AES: Final = {
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc": 16,
    "http://www.w3.org/2001/04/xmlenc#aes192-cbc": 24,
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc": 32,
}
_BLOWFISH: Final = ("blowfish cfb", "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#blowfish")
_PBKDF2: Final = ("pbkdf2", "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#pbkdf2")
_CHECKED: Final = 1024
"""Bytes of the packed member that the checksum is made of."""
_BLOCK: Final = 16


@dataclass(frozen=True, slots=True)
class Key:
    """How a member's key is made of a word. Sizes in bytes."""

    start: str
    salt: bytes
    rounds: int
    size: int


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
    if attribute(derived, "key-derivation-name").lower() not in _PBKDF2:
        raise ExtractError("its key is made in a way that is not known here (Argon2)")
    cipher = attribute(how, "algorithm-name")
    if cipher not in _AES and cipher.lower() not in _BLOWFISH:
        raise ExtractError("it is encrypted by a cipher that is not known here")
    start = parts.get("start-key-generation")
    named = attribute(start, "start-key-generation-name") if start is not None else "sha1"
    rounds = int(attribute(derived, "iteration-count"))
    size = int(attribute(derived, "key-size") or 16)
    if not (0 < rounds <= MAX_ITERATIONS and 0 < size <= 56):
        raise ExtractError("its key takes longer to make than any honest one")
    return Sealed(
        entry,
        int(attribute(entry, "size") or 0),
        Key(
            "sha256" if "256" in named else "sha1",
            base64.b64decode(attribute(derived, "salt")),
            rounds,
            size,
        ),
        cipher,
        base64.b64decode(attribute(how, "initialisation-vector")),
        attribute(data, "checksum-type"),
        base64.b64decode(attribute(data, "checksum")),
    )


def derived(key: Key, password: str) -> bytes:
    """The key that `password` makes."""
    first = hashlib.new(key.start, password.encode("utf-8", "replace")).digest()
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
        if sealed.cipher not in _AES:
            return _blowfish(key, sealed.vector).decryptor().update(data)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(sealed.vector)).decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
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
    if sealed.cipher in _AES:
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
