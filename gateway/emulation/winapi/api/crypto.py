"""Cryptography: what is encrypted or decrypted is told; results are the program's bytes, changed.

Real ciphers are not computed: who encrypts sees other bytes, who decrypts gets them back.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct

from gateway.emulation.winapi.calls import Call, api, constants
from gateway.emulation.winapi.handles import Plain

_MAX = 16 << 20
_HASHES = {0x8003: "md5", 0x8004: "sha1", 0x800C: "sha256", 0x800D: "sha384", 0x800E: "sha512"}

constants(
    "advapi32 bcrypt crypt32",
    "CryptReleaseContext/2=1 CryptDestroyKey/1=1 CryptDestroyHash/1=1 CryptSetKeyParam/4=1 "
    "CryptSetHashParam/4=1 BCryptCloseAlgorithmProvider/2=0 BCryptDestroyKey/1=0 "
    "BCryptDestroyHash/1=0 BCryptSetProperty/5=0 CertCloseStore/2=1 CryptImportPublicKeyInfo/4=1 "
    "CryptGetUserKey/3=1 CryptMemFree/1=0 CertOpenSystemStoreA/2=0x9900 "
    "CertOpenSystemStoreW/2=0x9900 CertEnumCertificatesInStore/2=0 "
    "CertFreeCertificateContext/1=1 BCryptFinalizeKeyPair/2=0",
)


def _mixed(data: bytes) -> bytes:
    """Other bytes of the same length; applied twice, the first ones."""
    stream = hashlib.sha256(b"key").digest()
    pad = stream * (len(data) // 32 + 1)
    return bytes(a ^ b for a, b in zip(data, pad, strict=False))


def _noise(size: int) -> bytes:
    out, block = b"", b"noise"
    while len(out) < size:
        block = hashlib.sha256(block).digest()
        out += block
    return out[:size]


_DONE = 1
_STATUS_SUCCESS = 0
"""Success as CryptoAPI and as CNG answer it."""


def _handle(call: Call, place: int, thing: Plain) -> None:
    call.put_pointer(place, call.machine.handles.add(thing))


def _take(call: Call) -> None:
    """More data of a hash: its handle, the data, their size."""
    thing = call.machine.handles.get(call[0], Plain)
    if thing is not None:
        thing.items.append(call.machine.memory.read(call[1], min(call.u32(2), _MAX)))


@api("advapi32", "CryptAcquireContextA CryptAcquireContextW", 5)
def acquire(call: Call) -> int:
    _handle(call, call[0], Plain("provider"))
    return _DONE


@api("advapi32", "CryptGenRandom", 3)
def gen_random(call: Call) -> int:
    call.put(call[2], _noise(min(call.u32(1), _MAX)))
    return _DONE


@api("advapi32 cryptbase", "SystemFunction036 ProcessPrng RtlGenRandom", 2)
def system_random(call: Call) -> int:
    call.put(call[0], _noise(min(call.u32(1), _MAX)))
    return _DONE


@api("advapi32", "CryptGenKey", 4)
def gen_key(call: Call) -> int:
    call.saw(f"algorithm {call.u32(1):#x}")
    _handle(call, call[3], Plain("key", number=call.u32(1)))
    return _DONE


@api("advapi32", "CryptDeriveKey", 5)
def derive_key(call: Call) -> int:
    call.saw(f"algorithm {call.u32(1):#x}")
    _handle(call, call[4], Plain("key", number=call.u32(1)))
    return _DONE


@api("advapi32", "CryptImportKey", 6)
def import_key(call: Call) -> int:
    call.saw(f"{call.u32(2)} bytes")
    _handle(call, call[5], Plain("key"))
    return _DONE


@api("advapi32", "CryptExportKey", 6)
def export_key(call: Call) -> int:
    if call[4]:
        call.put(call[4], _noise(128))
    call.put_u32(call[5], 128)
    return _DONE


@api("advapi32", "CryptCreateHash", 5)
def create_hash(call: Call) -> int:
    _handle(call, call[4], Plain("hash", number=call.u32(1)))
    return _DONE


@api("advapi32", "CryptHashData", 4)
def hash_data(call: Call) -> int:
    _take(call)
    return _DONE


def _digest(thing: Plain) -> bytes:
    data = b"".join(each for each in thing.items if isinstance(each, bytes))
    return hashlib.new(_HASHES.get(thing.number, "sha1"), data).digest()


@api("advapi32", "CryptGetHashParam", 5)
def hash_param(call: Call) -> int:
    thing = call.machine.handles.get(call[0], Plain)
    digest = _digest(thing) if thing is not None else b""
    data = struct.pack("<I", len(digest)) if call.u32(1) == 4 else digest
    call.put_u32(call[3], len(data))
    call.put(call[2], data)
    return _DONE


@api("advapi32", "CryptEncrypt", 7)
def encrypt(call: Call) -> int:
    call.saw()
    size = call.machine.memory.u32(call[5])
    if call[4]:
        call.put(call[4], _mixed(call.machine.memory.read(call[4], min(size, _MAX))))
    return _DONE


@api("advapi32", "CryptDecrypt", 6)
def decrypt(call: Call) -> int:
    call.saw()
    size = call.machine.memory.u32(call[5])
    call.put(call[4], _mixed(call.machine.memory.read(call[4], min(size, _MAX))))
    return _DONE


@api("crypt32", "CryptUnprotectData", 7)
def unprotect(call: Call) -> int:
    """Windows' own store of secrets: who asks wants a browser's passwords."""
    call.saw()
    width = call.machine.width
    secret = b"hunter2\0"
    call.put_u32(call[6], len(secret))
    call.put_pointer(call[6] + width, call.machine.heap.keep(secret))
    return _DONE


@api("crypt32", "CryptProtectData", 7)
def protect(call: Call) -> int:
    width = call.machine.width
    size = call.machine.memory.u32(call[0])
    data = _mixed(
        call.machine.memory.read(call.machine.memory.pointer(call[0] + width), min(size, _MAX))
    )
    call.put_u32(call[6], len(data))
    call.put_pointer(call[6] + width, call.machine.heap.keep(data))
    return _DONE


@api("crypt32", "CryptStringToBinaryA CryptStringToBinaryW", 7)
def string_to_binary(call: Call) -> int:
    memory = call.machine.memory
    text = call.text(0)[: call.u32(1) or None]
    lines = [line for line in text.splitlines() if not line.startswith("-----")]
    try:
        if call.u32(2) & 0xF in (4, 8):
            data = binascii.unhexlify("".join("".join(lines).split()))
        else:
            packed = "".join("".join(lines).split())
            data = base64.b64decode(packed + "=" * (-len(packed) % 4))
    except (binascii.Error, ValueError):
        return call.fail(13)
    room = memory.u32(call[4])
    call.put_u32(call[4], len(data))
    if call[3]:
        if room < len(data):
            return call.fail(234)
        call.put(call[3], data)
    return _DONE


@api("crypt32", "CryptBinaryToStringA CryptBinaryToStringW", 5)
def binary_to_string(call: Call) -> int:
    data = call.machine.memory.read(call[0], min(call.u32(1), _MAX))
    text = data.hex(" ") if call.u32(2) & 0xF in (4, 8) else base64.b64encode(data).decode()
    text += "" if call.u32(2) & 0x4000_0000 else "\r\n"
    room = call.machine.memory.u32(call[4])
    call.put_u32(call[4], len(text) + (0 if call[3] else 1))
    if call[3]:
        if room <= len(text):
            return call.fail(234)
        call.put(call[3], call.encoded(text))
    return _DONE


# --- CNG -----------------------------------------------------------------------------------------


@api("bcrypt", "BCryptOpenAlgorithmProvider", 4)
def open_provider(call: Call) -> int:
    name = call.machine.memory.wide(call[1], 64)
    _handle(call, call[0], Plain("provider", name))
    return _STATUS_SUCCESS


@api("bcrypt", "BCryptGenRandom", 4)
def bcrypt_random(call: Call) -> int:
    call.put(call[1], _noise(min(call.u32(2), _MAX)))
    return _STATUS_SUCCESS


@api("bcrypt", "BCryptGetProperty", 6)
def get_property(call: Call) -> int:
    name = call.machine.memory.wide(call[1], 64)
    thing = call.machine.handles.get(call[0], Plain)
    lengths = {"md5": 16, "sha1": 20, "sha384": 48, "sha512": 64}
    value = {
        "ObjectLength": 512,
        "BlockLength": 16,
        "HashDigestLength": lengths.get((thing.text if thing else "").lower(), 32),
    }.get(name, 16)
    call.put_u32(call[2], value)
    call.put_u32(call[4], 4)
    return _STATUS_SUCCESS


@api("bcrypt", "BCryptGenerateSymmetricKey", 7)
def symmetric_key(call: Call) -> int:
    call.saw()
    _handle(call, call[1], Plain("key"))
    return _STATUS_SUCCESS


@api("bcrypt", "BCryptImportKeyPair", 7)
def import_pair(call: Call) -> int:
    call.saw()
    _handle(call, call[3], Plain("key"))
    return _STATUS_SUCCESS


@api("bcrypt", "BCryptEncrypt BCryptDecrypt", 10)
def bcrypt_encrypt(call: Call) -> int:
    call.saw()
    data = call.machine.memory.read(call[1], min(call.u32(2), _MAX))
    size = len(data) if "Decrypt" in call.name or not call.u32(9) & 1 else len(data) // 16 * 16 + 16
    call.put_u32(call[8], size)
    if call[6]:
        call.put(call[6], _mixed(data).ljust(size, b"\x10")[: call.u32(7)])
    return _STATUS_SUCCESS


@api("bcrypt", "BCryptCreateHash", 7)
def bcrypt_create_hash(call: Call) -> int:
    provider = call.machine.handles.get(call[0], Plain)
    _handle(call, call[1], Plain("hash", provider.text if provider else ""))
    return _STATUS_SUCCESS


@api("bcrypt", "BCryptHashData", 4)
def bcrypt_hash_data(call: Call) -> int:
    _take(call)
    return _STATUS_SUCCESS


@api("bcrypt", "BCryptFinishHash", 4)
def bcrypt_finish_hash(call: Call) -> int:
    thing = call.machine.handles.get(call[0], Plain)
    name = (thing.text if thing is not None else "").lower()
    data = b"".join(each for each in (thing.items if thing else []) if isinstance(each, bytes))
    digest = hashlib.new(name if name in ("md5", "sha1", "sha384", "sha512") else "sha256", data)
    call.put(call[1], digest.digest()[: call.u32(2)])
    return _STATUS_SUCCESS
