"""Files that only their gateway can read: AES-256-GCM in frames, a key of its own for each file.

Frames follow the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015): the nonce
counts, and its last byte marks the last frame, so that nothing can be cut off, repeated or
put in another order unnoticed. The file's name is authenticated with each frame: a file put under
another name does not open.
"""

from __future__ import annotations

import os
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.model import Content
from gateway.store.database import StoreError

KEY_BYTES = 32
_MAGIC = b"SLUICE\x01\n"
_SALT_BYTES = 16
_FRAME = 1024 * 1024
"""Bytes of content in a frame: what is held in memory at once."""
_LENGTH = struct.Struct(">I")
_TAG_BYTES = 16


class SealError(StoreError):
    """A sealed file was changed, cut off or is of another key."""


def load_key(path: Path) -> bytes:
    """The master key in `path` (mode 0600), made when it is missing. Raises StoreError."""
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(f"the key {path} cannot be read: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise StoreError(f"the key {path} is damaged")
    return key


def _make_key(path: Path) -> None:
    """Complete when it appears; of several processes that make one, the first wins."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(KEY_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(partial, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        partial.unlink()


def mac(key: bytes, purpose: str, text: str) -> bytes:
    """A code of 32 bytes for `text` that only who has the key can make."""
    made = HMAC(_derived(key, b"", purpose.encode()), SHA256())
    made.update(text.encode("utf-8", "surrogateescape"))
    return made.finalize()


def write(file: IO[bytes], key: bytes, name: str, head: bytes, body: Content) -> None:
    """Write `head` and `body`, sealed under `name`. Raises OSError."""
    salt = secrets.token_bytes(_SALT_BYTES)
    cipher = AESGCM(_derived(key, salt, b"file"))
    file.write(_MAGIC + salt)
    _write_frame(file, cipher.encrypt(_nonce(0, last=False), head, name.encode()))
    starts = range(0, max(body.size, 1), _FRAME)
    for number, start in enumerate(starts, 1):
        piece = body.read(start, min(start + _FRAME, body.size))
        nonce = _nonce(number, last=number == len(starts))
        _write_frame(file, cipher.encrypt(nonce, piece, name.encode()))


def read_head(file: IO[bytes], key: bytes, name: str) -> bytes:
    """What was sealed as `head`. Raises SealError and OSError."""
    return _open_frame(file, _cipher_of(file, key), name, 0, last=False)


def read_body(file: IO[bytes], key: bytes, name: str) -> Iterator[bytes]:
    """What was sealed as `body`, in pieces. Raises SealError and OSError; pieces given before the
    error are genuine, but whoever needs the whole must not use them."""
    cipher = _cipher_of(file, key)
    _open_frame(file, cipher, name, 0, last=False)
    size = os.fstat(file.fileno()).st_size
    number, last = 1, False
    while not last:
        # The last frame ends the file; a lie about that fails to open.
        length = _LENGTH.unpack(_exactly(file, _LENGTH.size))[0]
        last = file.tell() + length >= size
        file.seek(-_LENGTH.size, os.SEEK_CUR)
        yield _open_frame(file, cipher, name, number, last=last)
        number += 1


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, b"sluice originals " + purpose).derive(key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _write_frame(file: IO[bytes], sealed: bytes) -> None:
    file.write(_LENGTH.pack(len(sealed)) + sealed)


def _cipher_of(file: IO[bytes], key: bytes) -> AESGCM:
    head = file.read(len(_MAGIC) + _SALT_BYTES)
    if len(head) != len(_MAGIC) + _SALT_BYTES or not head.startswith(_MAGIC):
        raise SealError("it is no sealed file of this version")
    return AESGCM(_derived(key, head[len(_MAGIC) :], b"file"))


def _open_frame(file: IO[bytes], cipher: AESGCM, name: str, number: int, *, last: bool) -> bytes:
    length = _LENGTH.unpack(_exactly(file, _LENGTH.size))[0]
    if length > _FRAME + _TAG_BYTES:
        raise SealError("it was changed")
    try:
        return cipher.decrypt(_nonce(number, last=last), _exactly(file, length), name.encode())
    except InvalidTag:
        raise SealError("it was changed, or sealed with another key") from None


def _exactly(file: IO[bytes], count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise SealError("it was cut off")
    return data
