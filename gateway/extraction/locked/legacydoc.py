"""The lock of a Word 97-2003 document ([MS-DOC] 2.2.6): three streams, each from its first byte on.

The head of the main stream and the header in the table stream stay clear. Nothing else of the file
is locked, macros and objects included.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from gateway.extraction.locked import legacysummary
from gateway.extraction.locked.legacykeys import Key, Rc4Key, Span, rc4_key, right, xor_key
from gateway.extraction.ole import word
from gateway.extraction.ole.compound import Compound, Entry

_MAIN, _DATA = "WordDocument", "Data"
_MODERN: Final = 0xC1
"""The version of Word 97; older ones lock in a way of their own."""
_CLEAR: Final = 68
"""Bytes of the main stream that are never encrypted."""
_FLAGS, _KEY = 0x0A, 0x0E
_ENCRYPTED, _OBFUSCATED = 0x0100, 0x8000
_BLOCK: Final = 512


def is_locked(file: Compound) -> bool:
    """Whether the document says that it is locked, in a way that is known here."""
    main = file.read(_entry(file, _MAIN))
    (version,) = struct.unpack_from("<H", main, 2)
    return version >= _MODERN and bool(_flags(main) & _ENCRYPTED)


def _key(file: Compound, password: str) -> Key | None:
    """The key; None for the wrong password. Raises ExtractError, struct.error."""
    main = file.read(_entry(file, _MAIN))
    (stored,) = struct.unpack_from("<L", main, _KEY)
    if _flags(main) & _OBFUSCATED:
        return xor_key(stored & 0xFFFF, stored >> 16, password, word=True)
    return rc4_key(file.read(_entry(file, word.table_name(main)))[:stored], password, _BLOCK)


def open_(file: Compound, password: str) -> bool:
    """Decrypt `file` in place; False when the password is wrong. Raises ExtractError, struct.error,
    ValueError."""
    key = _key(file, password)
    if key is None:
        return False
    main = file.read(_entry(file, _MAIN))
    _turn(file, _header_size(main), key, closing=False)
    _put_lock(file, _flags(main) & ~(_ENCRYPTED | _OBFUSCATED), 0)
    if isinstance(key, Rc4Key):
        legacysummary.step_aside(file, key)
    return True


def close(file: Compound, original: Compound, password: str) -> None:
    """Encrypt `file` in place as `original` is. Raises as `open_` does."""
    key = right(_key(original, password))
    main = original.read(_entry(original, _MAIN))
    (stored,) = struct.unpack_from("<L", main, _KEY)
    _put_lock(file, _flags(main), stored)
    _turn(file, _header_size(main), key, closing=True)
    legacysummary.step_back(file)


def _turn(file: Compound, header: int, key: Key, *, closing: bool) -> None:
    for entry, clear in _streams(file, header):
        stream = file.read(entry)
        spans = [Span(clear, len(stream))]
        file.write(entry, key.turned(stream, spans, closing=closing))


def _streams(file: Compound, header: int) -> Iterator[tuple[Entry, int]]:
    """The streams that are encrypted, each with how many of its first bytes are not."""
    main = _entry(file, _MAIN)
    yield main, _CLEAR
    yield _entry(file, word.table_name(file.read(main))), header
    data = file.stream(_DATA)
    if data is not None:
        yield data, 0


def _header_size(main: bytes) -> int:
    """Bytes of the header in the table stream; XOR has none."""
    return 0 if _flags(main) & _OBFUSCATED else int(struct.unpack_from("<L", main, _KEY)[0])


def _flags(main: bytes) -> int:
    return int(struct.unpack_from("<H", main, _FLAGS)[0])


def _put_lock(file: Compound, flags: int, stored: int) -> None:
    entry = _entry(file, _MAIN)
    main = bytearray(file.read(entry))
    struct.pack_into("<H", main, _FLAGS, flags)
    struct.pack_into("<L", main, _KEY, stored)
    file.write(entry, main)


def _entry(file: Compound, name: str) -> Entry:
    return file.needed_stream(name, "the Word document")
