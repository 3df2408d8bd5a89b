"""Reading application/ms-tnef (`winmail.dat`, [MS-OXTNEF]): bodies and attachments with their
names.

A parser of our own (docs/decisions/032): tnefparse loops over unchecked counts, copies the rest of
the stream for every attribute and raises on damage. This one reads what is there, notes what is
wrong and never raises.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from gateway.mime.defects import Defect
from gateway.mime.limits import MAX_TNEF_ATTRIBUTES, MAX_TNEF_DEPTH
from gateway.mime.mapi import MapiProperty, as_bytes, as_text, read_properties
from gateway.mime.rtf import decompress_rtf
from gateway.mime.words import decode_charset

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
"""The first bytes of every TNEF stream, 0x223E9F78 in little endian."""

HEADER: Final = struct.Struct("<BHHI")  # level, id, type, length
LEVEL_ATTACHMENT: Final = 2

_ATT_SUBJECT: Final = 0x8004
ATT_BODY: Final = 0x800C
ATT_DATA: Final = 0x800F
ATT_TITLE: Final = 0x8010
ATT_TRANSPORT_NAME: Final = 0x9001
ATT_START: Final = 0x9002  # attAttachRenddata begins each attachment
ATT_MAPI: Final = 0x9003
ATT_ATTACHMENT: Final = 0x9005
ATT_CODEPAGE: Final = 0x9007

_P_SUBJECT: Final = 0x0037
P_BODY: Final = 0x1000
P_RTF: Final = 0x1009
P_HTML: Final = 0x1013
P_DISPLAY_NAME: Final = 0x3001
P_DATA: Final = 0x3701
P_NAME: Final = 0x3704
P_LONG_NAME: Final = 0x3707
P_MIME_TYPE: Final = 0x370E
P_CODEPAGE: Final = 0x3FDE

INTERFACE_ID: Final = 16
"""Bytes of the interface id before the data of an embedded object."""


class TnefBody(msgspec.Struct, frozen=True, gc=False):
    """One form of the body: `text/plain` or `text/html` (bytes in `charset`), `text/rtf`."""

    claimed_type: str
    content: bytes
    charset: str | None = None


class TnefAttachment(msgspec.Struct, frozen=True, gc=False):
    """One attachment. `embedded` is set when it is a mail; its own `content` is then its TNEF
    stream."""

    filename: str | None
    claimed_type: str | None
    content: bytes
    names: tuple[str, ...] = ()
    embedded: "TnefMessage | None" = None


class TnefMessage(msgspec.Struct, frozen=True, gc=False):
    """What a TNEF stream holds."""

    subject: str
    bodies: tuple[TnefBody, ...]
    attachments: tuple[TnefAttachment, ...]
    defects: tuple[Defect, ...]


def is_tnef(content: bytes) -> bool:
    """Whether content begins like a TNEF stream, whatever its type and name say."""
    return content.startswith(SIGNATURE)


def read_tnef(content: bytes) -> TnefMessage:
    """Read a TNEF stream; content that is none gives an empty message with `tnef_damaged`."""
    return _read(memoryview(content), 0, [MAX_TNEF_ATTRIBUTES])


class _Attribute(NamedTuple):
    level: int
    id: int
    value: memoryview


class _Draft:
    """An attachment while its attributes come in."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.long_name: str | None = None
        self.claimed_type: str | None = None
        self.content: bytes = b""
        self.embedded: TnefMessage | None = None

    def finished(self) -> TnefAttachment:
        names = [self.long_name, *self.names]
        distinct = tuple(dict.fromkeys(name for name in names if name))
        first = distinct[0] if distinct else None
        return TnefAttachment(first, self.claimed_type, self.content, distinct, self.embedded)


class _Reader:
    """Collects one stream's attributes."""

    def __init__(self, depth: int, budget: list[int]) -> None:
        self.depth = depth
        self.budget = budget
        self.defects: list[Defect] = []
        self.charset: str | None = None
        self.subject = ""
        self.bodies: list[TnefBody] = []
        self.drafts: list[_Draft] = []

    def note(self, *defects: Defect) -> None:
        """Record defects, each once."""
        self.defects.extend(d for d in defects if d not in self.defects)

    def attribute(self, attribute: _Attribute) -> None:
        """Take in one attribute."""
        if attribute.level == LEVEL_ATTACHMENT:
            if attribute.id == ATT_START or not self.drafts:
                self.drafts.append(_Draft())
            self._attachment(self.drafts[-1], attribute)
        elif attribute.id == ATT_CODEPAGE and len(attribute.value) >= 4:
            self.charset = f"cp{int.from_bytes(attribute.value[:4], 'little')}"
        elif attribute.id == _ATT_SUBJECT:
            self.subject = self._text(attribute.value)
        elif attribute.id == ATT_BODY:
            text = bytes(attribute.value).rstrip(b"\0")
            self.bodies.append(TnefBody("text/plain", text, self.charset))
        elif attribute.id == ATT_MAPI:
            self._message_properties(attribute.value)

    def _text(self, value: memoryview) -> str:
        return decode_charset(bytes(value).rstrip(b"\0"), self.charset)

    def _attachment(self, draft: _Draft, attribute: _Attribute) -> None:
        if attribute.id in (ATT_TITLE, ATT_TRANSPORT_NAME):
            draft.names.append(self._text(attribute.value))
        elif attribute.id == ATT_DATA:
            draft.content = bytes(attribute.value)
        elif attribute.id == ATT_ATTACHMENT:
            for item in self._properties(attribute.value):
                self._attachment_property(draft, item)

    def _attachment_property(self, draft: _Draft, item: MapiProperty) -> None:
        match item.id:
            case i if i == P_LONG_NAME:
                draft.long_name = as_text(item, self.charset)
            case i if i in (P_NAME, P_DISPLAY_NAME):
                draft.names.append(as_text(item, self.charset))
            case i if i == P_MIME_TYPE:
                draft.claimed_type = as_text(item, self.charset).lower() or None
            case i if i == P_DATA and item.is_object:
                self._object(draft, as_bytes(item))
            case i if i == P_DATA:
                draft.content = as_bytes(item)
            case _:
                pass

    def _object(self, draft: _Draft, value: bytes) -> None:
        """An embedded object: a mail as TNEF, or an OLE storage."""
        draft.content = value[INTERFACE_ID:]
        if not is_tnef(draft.content):
            return
        if self.depth >= MAX_TNEF_DEPTH:
            self.note(Defect.LIMIT_TNEF)
            return
        draft.claimed_type = "application/ms-tnef"
        draft.embedded = _read(memoryview(draft.content), self.depth + 1, self.budget)

    def _message_properties(self, value: memoryview) -> None:
        charset = self.charset
        for item in self._properties(value):
            if item.id == P_CODEPAGE and len(item.value) >= 4:
                charset = f"cp{int.from_bytes(item.value[:4], 'little')}"
            elif item.id == _P_SUBJECT:
                self.subject = as_text(item, self.charset)
            elif item.id == P_BODY:
                text = as_text(item, charset).encode("utf-8", "replace")
                self.bodies.append(TnefBody("text/plain", text, "utf-8"))
            elif item.id == P_HTML:
                self.bodies.append(TnefBody("text/html", as_bytes(item).rstrip(b"\0"), charset))
            elif item.id == P_RTF:
                rtf = decompress_rtf(as_bytes(item))
                self.note(*rtf.defects)
                self.bodies.append(TnefBody("text/rtf", rtf.content))

    def _properties(self, value: memoryview) -> Iterator[MapiProperty]:
        properties, defects = read_properties(value, self.budget)
        self.note(*defects)
        return iter(properties)


def _read(stream: memoryview, depth: int, budget: list[int]) -> TnefMessage:
    """Read one stream; `budget` holds the attributes and properties that may still be read."""
    reader = _Reader(depth, budget)
    for attribute in _attributes(stream, reader):
        reader.attribute(attribute)
    return TnefMessage(
        reader.subject,
        tuple(reader.bodies),
        tuple(draft.finished() for draft in reader.drafts),
        tuple(reader.defects),
    )


def checksum(value: memoryview) -> int:
    """Sum of the bytes modulo 65536. The low half of Adler-32 is one plus the sum modulo 65521,
    which 256 bytes cannot reach, so C adds up what Python would take fifty times as long for."""
    total = 0
    for start in range(0, len(value), 256):
        total += (zlib.adler32(value[start : start + 256]) & 0xFFFF) - 1
    return total & 0xFFFF


def _attributes(stream: memoryview, reader: _Reader) -> Iterator[_Attribute]:
    """Walk the attributes; a length beyond the end is cut to what is there."""
    if bytes(stream[:4]) != SIGNATURE:
        reader.note(Defect.TNEF_DAMAGED)
        return
    position = 6  # signature and key
    size = len(stream)
    while position + HEADER.size <= size:
        if reader.budget[0] <= 0:
            reader.note(Defect.LIMIT_TNEF)
            return
        reader.budget[0] -= 1
        level, number, _, length = HEADER.unpack_from(stream, position)
        start = position + HEADER.size
        end = start + length
        if level not in (1, LEVEL_ATTACHMENT) or end + 2 > size:
            reader.note(Defect.TNEF_DAMAGED)
        if level not in (1, LEVEL_ATTACHMENT):
            return
        value = stream[start : min(end, size)]
        if end + 2 <= size and checksum(value) != int.from_bytes(stream[end : end + 2], "little"):
            reader.note(Defect.TNEF_CHECKSUM)
        yield _Attribute(level, number, value)
        position = end + 2
