"""PKWARE's old stream cipher, for writing (APPNOTE 6.1). It is weak, and it is what everything
opens; the password is in the same mail anyway."""

from __future__ import annotations

import os
from typing import Final

_HEADER: Final = 12
"""Random bytes before the content; the last one tells readers that a password is wrong."""


def encrypted(packed: bytes, crc: int, password: bytes) -> bytes:
    """The member's compressed bytes behind their header, encrypted."""
    plain = os.urandom(_HEADER - 1) + bytes([crc >> 24]) + packed
    table = _TABLE
    first, second, third = 0x12345678, 0x23456789, 0x34567890
    for octet in password:
        first = first >> 8 ^ table[(first ^ octet) & 0xFF]
        second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        third = third >> 8 ^ table[(third ^ second >> 24) & 0xFF]
    out = bytearray(len(plain))
    for place, octet in enumerate(plain):
        mixed = (third | 2) & 0xFFFF
        out[place] = octet ^ (mixed * (mixed ^ 1) >> 8 & 0xFF)
        first = first >> 8 ^ table[(first ^ octet) & 0xFF]
        second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        third = third >> 8 ^ table[(third ^ second >> 24) & 0xFF]
    return bytes(out)


def _crc_of_octet(octet: int) -> int:
    for _ in range(8):
        octet = octet >> 1 ^ (0xEDB88320 if octet & 1 else 0)
    return octet


_TABLE: Final = tuple(_crc_of_octet(octet) for octet in range(256))
