"""Archives with fixed dates: zip, zip with a password (two schemes), tar.gz, 7z.

It must never write an archive whose bytes depend on the clock or on the user who runs it.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from struct import pack

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ZIP_DATE = (2026, 11, 2, 9, 0, 0)
UNIX_DATE = 1793610000
_DOS_DATE = (ZIP_DATE[0] - 1980) << 9 | ZIP_DATE[1] << 5 | ZIP_DATE[2]
_DOS_TIME = ZIP_DATE[3] << 11 | ZIP_DATE[4] << 5 | ZIP_DATE[5] // 2

ENCRYPTED_FLAG = 0x0001
STORED, DEFLATED, AES_METHOD = 0, 8, 99
AES_KEY_OCTETS = 32
AES_ROUNDS = 1000
"""WinZip's AE-2 specification fixes the rounds of PBKDF2."""


def zip_of(members: Mapping[str, bytes], *, compress: bool = True) -> bytes:
    """A zip archive of `members` in their order."""
    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.compress_type = method
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def tar_gz_of(members: Mapping[str, bytes]) -> bytes:
    """A gzip-compressed tar archive of `members`."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), UNIX_DATE, 0o644
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=UNIX_DATE)


def seven_zip_program() -> str:
    """7-Zip's name in the package 7zip: `7zz` in Debian 12, `7z` in 13. FileNotFoundError."""
    for name in ("7zz", "7z"):
        if shutil.which(name):
            return name
    raise FileNotFoundError("7-Zip is not installed (package 7zip)")


def seven_zip_of(members: Mapping[str, bytes], *, password: str = "") -> bytes:
    """A 7z archive written by 7-Zip itself; with a password its names are hidden too.

    Raises FileNotFoundError where that is not installed. The bytes hold the time of writing.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-7z-") as folder:
        for name, data in members.items():
            target = Path(folder, "in", name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        secret = [f"-p{password}", "-mhe=on"] if password else []
        command = [seven_zip_program(), "a", "-bd", "-mtm=off", *secret, "../out.7z", *members]
        subprocess.run(command, cwd=Path(folder, "in"), check=True, capture_output=True)
        return Path(folder, "out.7z").read_bytes()


def zip_crypto_of(name: str, data: bytes, password: str) -> bytes:
    """A zip of one member under PKWARE's old cipher (APPNOTE.TXT section 6.1)."""
    crc = zlib.crc32(data)
    body = _deflate(data)
    # The twelfth octet lets readers recognise a wrong password: the CRC's highest octet.
    header = hashlib.sha256(data).digest()[:11] + bytes([crc >> 24])
    cipher = _ZipCrypto(password.encode())
    sealed = cipher.encrypt(header + body)
    return single_member_zip(name, sealed, len(data), crc, flags=ENCRYPTED_FLAG)


def zip_aes_of(name: str, data: bytes, password: str) -> bytes:
    """A zip of one member under AES-256, WinZip's AE-2 (method 99, extra field 0x9901)."""
    salt = hashlib.sha256(data).digest()[:16]
    keys = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, AES_ROUNDS, 2 * AES_KEY_OCTETS + 2)
    secret, signing, check = keys[:32], keys[32:64], keys[64:]
    sealed = _aes_counter(secret, _deflate(data))
    tag = hmac.new(signing, sealed, "sha1").digest()[:10]
    extra = pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, DEFLATED)
    body = salt + check + sealed + tag
    # AE-2 leaves the CRC at zero: it would tell of the content.
    return single_member_zip(
        name, body, len(data), 0, flags=ENCRYPTED_FLAG, method=AES_METHOD, extra=extra
    )


def single_member_zip(
    name: str,
    body: bytes,
    plain_size: int,
    crc: int,
    *,
    flags: int = 0,
    method: int = DEFLATED,
    extra: bytes = b"",
) -> bytes:
    """A zip around one ready-made `body` (already compressed, perhaps encrypted)."""
    local = local_header(name, len(body), plain_size, crc, flags, method, extra)
    central = central_header(name, len(body), plain_size, crc, 0, flags, method, extra)
    return local + body + central + end_record(1, len(central), len(local) + len(body))


def local_header(
    name: str, size: int, plain_size: int, crc: int, flags: int, method: int, extra: bytes = b""
) -> bytes:
    """A local file header (APPNOTE.TXT section 4.3.7)."""
    encoded = name.encode()
    fields = pack("<IHHHHHIIIHH", 0x04034B50, 20, flags, method, _DOS_TIME, _DOS_DATE, crc, size,
                  plain_size, len(encoded), len(extra))  # fmt: skip
    return fields + encoded + extra


def central_header(
    name: str,
    size: int,
    plain_size: int,
    crc: int,
    offset: int,
    flags: int = 0,
    method: int = DEFLATED,
    extra: bytes = b"",
) -> bytes:
    """A central directory header (APPNOTE.TXT section 4.3.12)."""
    encoded = name.encode()
    fields = pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, flags, method, _DOS_TIME, _DOS_DATE,
                  crc, size, plain_size, len(encoded), len(extra), 0, 0, 0, 0o644 << 16,
                  offset)  # fmt: skip
    return fields + encoded + extra


def end_record(count: int, size: int, offset: int) -> bytes:
    """The end of central directory record (APPNOTE.TXT section 4.3.16)."""
    return pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, size, offset, 0)


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _aes_counter(key: bytes, data: bytes) -> bytes:
    """AES in counter mode as WinZip counts: little-endian, from 1."""
    blocks = range(1, -(-len(data) // 16) + 1)
    counters = b"".join(block.to_bytes(16, "little") for block in blocks)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    stream = encryptor.update(counters)[: len(data)]
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
    return mixed.to_bytes(len(data), "big")


class _ZipCrypto:
    """PKWARE's stream cipher: three keys, updated with every plain octet."""

    def __init__(self, password: bytes) -> None:
        self._table = [_crc_of_octet(octet) for octet in range(256)]
        self._keys = [0x12345678, 0x23456789, 0x34567890]
        for octet in password:
            self._update(octet)

    def encrypt(self, plain: bytes) -> bytes:
        sealed = bytearray()
        for octet in plain:
            temp = (self._keys[2] | 2) & 0xFFFF
            sealed.append(octet ^ ((temp * (temp ^ 1)) >> 8 & 0xFF))
            self._update(octet)
        return bytes(sealed)

    def _update(self, octet: int) -> None:
        first, second, third = self._keys
        first = self._crc(first, octet)
        second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        self._keys = [first, second, self._crc(third, second >> 24)]

    def _crc(self, crc: int, octet: int) -> int:
        return crc >> 8 ^ self._table[(crc ^ octet) & 0xFF]


def _crc_of_octet(octet: int) -> int:
    for _ in range(8):
        octet = octet >> 1 ^ (0xEDB88320 if octet & 1 else 0)
    return octet
