"""Writes Outlook's winmail.dat (TNEF, MS-OXTNEF): a subject, a body, attached files."""

from __future__ import annotations

from collections.abc import Mapping
from struct import pack

SIGNATURE = 0x223E9F78
LEVEL_MESSAGE, LEVEL_ATTACHMENT = 1, 2
TNEF_VERSION, MESSAGE_CLASS, SUBJECT, BODY = 0x00089006, 0x00078008, 0x00018004, 0x0002800C
OEM_CODEPAGE = 0x00069007
ATTACH_RENDERING, ATTACH_TITLE, ATTACH_DATA = 0x00069002, 0x00018010, 0x0006800F


def tnef_of(files: Mapping[str, bytes], *, subject: str, text: str) -> bytes:
    """A winmail.dat that carries `files`; names and texts are written in ASCII."""
    attributes = [
        _attribute(LEVEL_MESSAGE, TNEF_VERSION, pack("<I", 0x00010000)),
        _attribute(LEVEL_MESSAGE, OEM_CODEPAGE, pack("<II", 1252, 0)),
        _attribute(LEVEL_MESSAGE, MESSAGE_CLASS, b"IPM.Microsoft Mail.Note\0"),
        _attribute(LEVEL_MESSAGE, SUBJECT, _text(subject)),
        _attribute(LEVEL_MESSAGE, BODY, _text(text)),
    ]
    for name, data in files.items():
        attributes += [
            _attribute(LEVEL_ATTACHMENT, ATTACH_RENDERING, pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)),
            _attribute(LEVEL_ATTACHMENT, ATTACH_TITLE, _text(name)),
            _attribute(LEVEL_ATTACHMENT, ATTACH_DATA, data),
        ]
    return pack("<IH", SIGNATURE, 1) + b"".join(attributes)


def _attribute(level: int, identity: int, data: bytes) -> bytes:
    checksum = sum(data) & 0xFFFF
    return pack("<BII", level, identity, len(data)) + data + pack("<H", checksum)


def _text(text: str) -> bytes:
    return text.encode("ascii", "replace") + b"\0"
