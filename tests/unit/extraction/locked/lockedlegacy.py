"""Locked documents of Office 97-2003 for tests, and the foreign reader that opens them again.

A document and a workbook are locked by the foreign library's own walk: RC4 turns both ways, so what
its decryption makes of a plain file that says it is locked is a locked one. Its walk over a
presentation is too simple for that; there only the cipher is foreign.
"""

from __future__ import annotations

import hashlib
import io
import struct
from itertools import pairwise

import msoffcrypto
import olefile
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher
from msoffcrypto.method.rc4 import _makekey as rc4_key
from msoffcrypto.method.rc4_cryptoapi import _makekey as api_key

from gateway.extraction.ole.compound import Compound
from tests.unit.extraction import legacy
from tools.corpus.compound import Tree, compound_file

SALT, VERIFIER = b"salt" * 4, b"verifier" * 2


def header(password: str, *, api: bool, properties_clear: bool = True) -> bytes:
    """The header of RC4, or that of RC4 by CryptoAPI with a key of 128 bits."""
    key = api_key(password, SALT, 128, 0) if api else rc4_key(password, SALT, 0)
    hashed = (hashlib.sha1 if api else hashlib.md5)(VERIFIER).digest()
    sealed = Cipher(ARC4(key), mode=None).encryptor().update(VERIFIER + hashed)
    if not api:
        return struct.pack("<2H", 1, 1) + SALT + sealed
    flags = 0x0C if properties_clear else 0x04
    named = struct.pack("<8L", flags, 0, 0x6801, 0x8004, 128, 1, 0, 0) + "x\0".encode("utf-16-le")
    verifier = struct.pack("<L", 16) + SALT + sealed[:16] + struct.pack("<L", 20) + sealed[16:]
    return struct.pack("<2H2L", 3, 2, flags, len(named)) + named + verifier


def by_library(data: bytes, password: str) -> bytes:
    """What the foreign library makes of a locked file."""
    document = msoffcrypto.OfficeFile(io.BytesIO(data))
    document.load_key(password=password)
    output = io.BytesIO()
    document.decrypt(output)
    return output.getvalue()


def streams_of(data: bytes) -> dict[str, bytes]:
    """All streams by their paths, as another library reads them."""
    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        return {"/".join(path): ole.openstream(path).read() for path in ole.listdir()}


def tree_of(data: bytes) -> dict[str, bytes]:
    """The streams of the root storage alone."""
    return {name: content for name, content in streams_of(data).items() if "/" not in name}


def locked_word(pieces: list[str], password: str, *, api: bool, extra: Tree) -> bytes:
    """A document with its text in `pieces`."""
    head = header(password, api=api)
    streams = legacy.word_streams(pieces)
    main, table = bytearray(streams["WordDocument"]), streams["1Table"]
    for slot in (0x1A2, 0x11A, 0x19A):
        start, size = struct.unpack_from("<2L", main, slot)
        struct.pack_into("<2L", main, slot, start + len(head), size)
    struct.pack_into("<H", main, 0x0A, 0x0300)
    struct.pack_into("<L", main, 0x0E, len(head))
    plain = {"WordDocument": bytes(main), "1Table": head + table, "Data": b"shapes " * 300}
    turned = tree_of(by_library(compound_file(plain), password))
    turned["WordDocument"] = bytes(main[:68]) + turned["WordDocument"][68:]
    turned["1Table"] = head + turned["1Table"][len(head) :]
    return compound_file({**turned, **extra})


def locked_excel(stream: bytes, password: str, *, api: bool, extra: Tree) -> bytes:
    """A workbook; `stream` is its plain main stream."""
    lock = legacy.record(0x2F, struct.pack("<H", 1) + header(password, api=api))
    plain = bytearray(stream[:20] + lock + stream[20:])
    for at in (at for at, kind in _records(plain) if kind == 0x85):
        struct.pack_into("<L", plain, at, struct.unpack_from("<L", plain, at)[0] + len(lock))
    turned = tree_of(by_library(compound_file({"Workbook": bytes(plain)}), password))["Workbook"]
    turned = turned[:20] + lock + turned[20 + len(lock) :]
    return compound_file({"Workbook": turned, **extra})


def _records(stream: bytes | bytearray) -> list[tuple[int, int]]:
    found, at = [], 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<2H", stream, at)
        found.append((at + 4, kind))
        at += 4 + size
    return found


def locked_presentation(objects: list[bytes], order: list[int], password: str) -> bytes:
    """A presentation of `objects`, the first the document, which stand in the stream in `order`.

    Its picture and its summary are locked as well.
    """
    stream, places = bytearray(), [0] * len(objects)
    for index in order:
        places[index] = len(stream)
        stream += _turned(password, index + 1, objects[index])
    places.append(len(stream))
    stream += legacy.part(0x2F14, header(password, api=True, properties_clear=False), 0, True)
    directory = len(stream)
    numbers = struct.pack(f"<{len(places) + 1}L", 1 | len(places) << 20, *places)
    stream += legacy.part(0x1772, numbers)
    edit = len(stream)
    stream += legacy.part(
        0x0FF5, struct.pack("<6L2HL", 256, 0x03000000, 0, directory, 1, 9, 0, 0, len(places))
    )
    user = struct.pack("<HHL", 0, 0x0FF6, 20) + struct.pack("<3L", 20, 0xF3D1C4DF, edit) + bytes(12)
    return compound_file(
        {
            "Current User": user,
            "PowerPoint Document": bytes(stream),
            "Pictures": locked_picture(password),
            "EncryptedSummary": locked_summary(password, "\x05SummaryInformation"),
        }
    )


PICTURE: bytes = legacy.part(0xF01E, b"digest--" * 2 + b"\xff" + b"\x89PNG of a face", 0x6E0)


def locked_picture(password: str) -> bytes:
    """`PICTURE`, each of its fields from the key's beginning."""
    bounds = (0, 8, 24, 25, len(PICTURE))
    fields = [PICTURE[start:stop] for start, stop in pairwise(bounds)]
    return b"".join(_turned(password, 0, field) for field in fields)


def locked_summary(password: str, name: str) -> bytes:
    """A stream that holds one thing, which is called `name`."""
    content = b"about the document"
    count = struct.pack("<L", 1)
    table = struct.pack("<LLHBBL", 8, len(content), 1, len(name), 1, 0)
    table += (name + "\0").encode("utf-16-le")
    head = struct.pack("<2L", 8 + len(content), len(table))
    parts = ((0, head), (1, content), (0, count + table))
    return b"".join(_turned(password, number, part) for number, part in parts)


def _turned(password: str, number: int, data: bytes) -> bytes:
    key = api_key(password, SALT, 128, number)
    return Cipher(ARC4(key), mode=None).encryptor().update(data)


def stream_of(data: bytes, name: str) -> bytes:
    """One stream of the root storage."""
    file = Compound(data)
    entry = file.root.child_named(name)
    assert entry is not None
    return file.read(entry)
