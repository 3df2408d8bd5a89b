"""Zip archives whose members are encrypted: by PKWARE's old cipher (APPNOTE 6.1) or by AES.

libarchive opens them. Locked again, members that did not change keep the bytes in which they came;
the others get the cipher they had: many programs that open the old one know no AES.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from libarchive.exception import ArchiveError

from gateway.extraction.archives.changes import Bounds
from gateway.extraction.archives.library import reading
from gateway.extraction.archives.ziprepack import entry_parts, made_entry
from gateway.extraction.contract import ExtractError
from gateway.extraction.locked.zipcipher import encrypted
from gateway.extraction.zipcopy import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    FLAG_ENCRYPTED,
    LOCAL,
    LOCAL_SIGNATURE,
    Archive,
    Member,
    copied,
    end_of,
    read_archive,
)

_AES_METHOD: Final = 99
_AES_EXTRA: Final = 0x9901
_AES_VERSION: Final = 51
"""Version needed to extract (WinZip's AES specification)."""
_SALT, _KEY, _CHECK, _TAG, _ROUNDS = 16, 32, 2, 10, 1000
"""AES-256 of that specification: bytes of salt, key, password check and authentication code."""

_MOST_BY_OLD_CIPHER: Final = 4 * 1024 * 1024
"""Bytes that Python puts through the old cipher, about a second for each MiB; what is larger gets
AES."""

_FORMATS: Final = ("zip",)
_BOUNDS: Final = Bounds()


class _Opener:
    def __init__(self, data: bytes, archive: Archive) -> None:
        self._data = data
        self._archive = archive
        sealed = [member for member in archive.members if member.flags & FLAG_ENCRYPTED]
        smallest = min(sealed, key=lambda member: (member.size == 0, member.size))
        by_place = sorted(archive.members, key=lambda member: member.offset)
        self._probe = by_place.index(smallest)

    def open(self, password: str) -> bytes | None:
        try:
            with reading(self._data, _FORMATS, (), password) as reader:
                for number, _ in enumerate(reader.entries()):
                    if number == self._probe:
                        reader.content(_BOUNDS.member_bytes)
                        break
        except ArchiveError:
            return None  # the wrong word, or one that only the old cipher's one byte took for right
        return _opened(self._data, self._archive, password)


def opener(data: bytes) -> _Opener | None:
    """See `locks.Lock`."""
    archive = read_archive(data, sealed=True)
    if any(member.flags & FLAG_ENCRYPTED for member in archive.members):
        return _Opener(data, archive)
    return None


def lock(original: bytes, opened: bytes, content: bytes, password: str) -> bytes:
    """See `locks.Lock`."""
    old, before, after = (
        read_archive(original, sealed=True),
        read_archive(opened),
        read_archive(content),
    )
    body: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    if not len(old.members) == len(before.members) == len(after.members):
        raise ExtractError("the archive has other members than before")
    for was, plain, new in zip(old.members, before.members, after.members, strict=True):
        if _raw(before, plain) == _raw(after, new):
            local, central = copied(old.data, was, at)
        elif was.flags & FLAG_ENCRYPTED:
            local, central = _sealed(after.data, new, was.method == _AES_METHOD, password, at)
        else:
            local, central = copied(after.data, new, at)
        body.append(local)
        directory.append(central)
        at += len(local)
    return b"".join((*body, *directory, end_of(old, directory, at)))


def _opened(data: bytes, archive: Archive, password: str) -> bytes:
    """The archive without encryption. libarchive reads members in the order of their places."""
    contents: dict[int, bytes] = {}
    left = _BOUNDS.total_bytes
    try:
        with reading(data, _FORMATS, (), password) as reader:
            entries = reader.entries()
            for member in sorted(archive.members, key=lambda member: member.offset):
                entry = next(entries, None)
                if entry is None or (entry.size >= 0 and entry.size != member.size):
                    raise ExtractError(
                        "the archive's directory and its members contradict each other"
                    )
                if member.flags & FLAG_ENCRYPTED:
                    content = reader.content(left)
                    if content is None:
                        raise ExtractError("the archive unpacks to more than the limits allow")
                    left -= len(content)
                    contents[member.offset] = content
    except ArchiveError:
        raise ExtractError("its members do not all open with one password") from None
    body: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for member in archive.members:
        if member.offset in contents:
            local, central = made_entry(data, member, contents[member.offset], b"", at)
        else:
            local, central = copied(data, member, at)
        body.append(local)
        directory.append(central)
        at += len(local)
    return b"".join((*body, *directory, end_of(archive, directory, at)))


def _raw(archive: Archive, member: Member) -> bytes:
    return archive.data[member.offset : member.start + member.packed]


def _sealed(
    data: bytes, member: Member, by_aes: bool, password: str, at: int
) -> tuple[bytes, bytes]:
    """Local and central entry of a plain member, encrypted."""
    packed = data[member.start : member.start + member.packed]
    name, extra, comment = entry_parts(member.central)
    fields = CENTRAL.unpack_from(member.central)
    flags, method, crc, version = fields[3] | FLAG_ENCRYPTED, member.method, member.crc, fields[2]
    if by_aes or len(packed) > _MOST_BY_OLD_CIPHER:
        packed = _by_aes(packed, password)
        extra += struct.pack("<2HH2sBH", _AES_EXTRA, 7, 2, b"AE", 3, method)
        method, crc, version = _AES_METHOD, 0, _AES_VERSION
    else:
        packed = encrypted(packed, crc, password.encode())
    sizes = (crc, len(packed), member.size)
    common = (version, flags, method, fields[5], fields[6], *sizes, len(name), len(extra))
    local = LOCAL.pack(LOCAL_SIGNATURE, *common) + name + extra + packed
    rest = (len(comment), 0, fields[14], fields[15], at)
    central = CENTRAL.pack(CENTRAL_SIGNATURE, fields[1], *common, *rest)
    return local, central + name + extra + comment


def _by_aes(packed: bytes, password: str) -> bytes:
    """Salt, check, cipher text and code of WinZip's AE-2: AES-256 in counter mode, whose counter
    is little-endian and begins at one."""
    salt = os.urandom(_SALT)
    keys = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, _ROUNDS, 2 * _KEY + _CHECK)
    blocks = -(-len(packed) // 16)
    counters = b"".join(block.to_bytes(16, "little") for block in range(1, blocks + 1))
    stream = Cipher(algorithms.AES(keys[:_KEY]), modes.ECB()).encryptor().update(counters)
    mixed = int.from_bytes(packed, "big") ^ int.from_bytes(stream[: len(packed)], "big")
    sealed = mixed.to_bytes(len(packed), "big")
    code = hmac.new(keys[_KEY : 2 * _KEY], sealed, "sha1").digest()[:_TAG]
    return salt + keys[2 * _KEY :] + sealed + code


def preload() -> None:
    """See `locks.Lock`."""
    _by_aes(b"x", "x")
