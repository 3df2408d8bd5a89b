"""Outlook messages ([MS-OXMSG]): an OLE compound file of MAPI properties, read into values.

Reads what a mail can say: heads, bodies, attachments, messages within. Everything else (times of
appointments, votes, categories) is named in `lost`, because no mail can hold it. Never writes such
a file.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import olefile

from gateway.extraction.contract import ExtractError
from gateway.extraction.ole import native
from gateway.extraction.ole.making import made
from gateway.mime.rtf import decompress_rtf

MAX_DEPTH: Final = 8
"""Messages inside messages; Outlook itself stops at about as many."""
MAX_ATTACHMENTS: Final = 2000
"""Attachments of one message: the parts a mail may have."""

_PROPERTIES: Final = "__properties_version1.0"
_ATTACHMENT: Final = "__attach_version1.0_#"
_STREAM: Final = "__substg1.0_"
_HEADER_TOP, _HEADER_WITHIN, _HEADER_ATTACHMENT = 32, 24, 8
"""Bytes before the properties of a message, of one within another, of an attachment."""
_ENTRY: Final = struct.Struct("<HHI8s")

_STRING8, _UNICODE, _BINARY, _OBJECT, _LONG, _TIME = 0x1E, 0x1F, 0x102, 0x0D, 0x03, 0x40
_CLASS, _SUBJECT, _HEADERS, _BODY, _RTF, _HTML = 0x001A, 0x0037, 0x007D, 0x1000, 0x1009, 0x1013
_SENDER_NAME, _SENDER_MAIL, _SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_TO, _CC, _SUBMITTED, _DELIVERED, _MESSAGE_ID = 0x0E04, 0x0E03, 0x0039, 0x0E06, 0x1035
_INTERNET_CODEPAGE, _CODEPAGE = 0x3FDE, 0x3FFD
_DATA, _METHOD, _LONG_NAME, _SHORT_NAME, _MIME = 0x3701, 0x3705, 0x3707, 0x3704, 0x370E
_CONTENT_ID, _DISPLAY_NAME = 0x3712, 0x3001
_METHOD_BY_REFERENCE: Final = frozenset({2, 3, 4, 7})
_METHOD_OLE: Final = 6

_NOTE_CLASSES: Final = ("ipm.note", "ipm.document", "report.", "ipm.post")
"""Classes of messages that are mails; of others a mail holds the words only."""


@dataclass(frozen=True, slots=True)
class MsgAttachment:
    """One attachment: a file, an embedded object as one, or a message within (then `content` is
    empty)."""

    name: str
    claimed_type: str
    content_id: str
    content: bytes
    message: MsgMessage | None = None


@dataclass(frozen=True, slots=True)
class MsgMessage:
    """A message. `headers` are those it came with, empty when it was never sent by SMTP; bodies
    are None where there are none. `html` is in `codepage`. `sent` is in seconds since the epoch.
    `lost` speaks of the messages within, too: what a mail cannot hold.
    """

    headers: str
    subject: str
    sender: str
    to: str
    cc: str
    message_id: str
    sent: float | None
    text: str | None
    html: bytes | None
    rtf: bytes | None
    codepage: int
    attachments: tuple[MsgAttachment, ...]
    lost: tuple[str, ...] = ()


def read_msg(untrusted_data: bytes) -> MsgMessage:
    """The message. Raises ExtractError when it is none or is damaged."""
    try:
        with olefile.OleFileIO(io.BytesIO(untrusted_data)) as ole:
            return _Reader(ole).message((), _HEADER_TOP, 0)
    except ExtractError:
        raise
    except Exception as error:  # noqa: BLE001 - olefile raises its own, OSError, IndexError, …
        raise ExtractError(f"the message is damaged: {type(error).__name__}") from None


class _Reader:
    def __init__(self, ole: olefile.OleFileIO) -> None:
        self._ole = ole
        self._lost: list[str] = []
        self._names: dict[tuple[str, ...], list[str]] = {}
        for path in ole.listdir(streams=True, storages=True):
            self._names.setdefault(tuple(path[:-1]), []).append(path[-1])

    def message(self, place: tuple[str, ...], header: int, depth: int) -> MsgMessage:
        if depth > MAX_DEPTH:
            raise ExtractError(f"messages lie more than {MAX_DEPTH} deep in each other")
        properties = _Properties(self._ole, place, self._names.get(place, []), header)
        attachments: list[MsgAttachment] = []
        names = [name for name in self._names.get(place, []) if name.startswith(_ATTACHMENT)]
        if len(names) > MAX_ATTACHMENTS:
            raise ExtractError(f"the message has more than {MAX_ATTACHMENTS} attachments")
        for name in sorted(names):
            attachments.extend(self._attachment((*place, name), depth))
        kind = properties.text(_CLASS) or ""
        if not kind.lower().startswith(_NOTE_CLASSES):
            self._lost.append(f"what makes it more than a mail ({kind[:60] or 'no class'})")
        compressed = properties.binary(_RTF)
        return MsgMessage(
            headers=properties.text(_HEADERS) or "",
            subject=properties.text(_SUBJECT) or "",
            sender=_person(
                properties.text(_SENDER_NAME),
                properties.text(_SENDER_SMTP) or properties.text(_SENDER_MAIL),
            ),
            to=properties.text(_TO) or "",
            cc=properties.text(_CC) or "",
            message_id=properties.text(_MESSAGE_ID) or "",
            sent=properties.time(_SUBMITTED) or properties.time(_DELIVERED),
            text=properties.text(_BODY),
            html=properties.html(),
            rtf=decompress_rtf(compressed).content if compressed else None,
            codepage=properties.codepage,
            attachments=tuple(attachments),
            lost=tuple(self._lost),
        )

    def _attachment(self, place: tuple[str, ...], depth: int) -> list[MsgAttachment]:
        """The attachment as a list of one, or of none with a word about it."""
        names = self._names.get(place, [])
        properties = _Properties(self._ole, place, names, _HEADER_ATTACHMENT)
        name = (
            properties.text(_LONG_NAME)
            or properties.text(_SHORT_NAME)
            or properties.text(_DISPLAY_NAME)
            or ""
        )
        storage = f"{_STREAM}{_DATA:04X}{_OBJECT:04X}"
        method = properties.number(_METHOD)
        message = None
        content = properties.binary(_DATA)
        if content is None and storage in names:
            inside = (*place, storage)
            if method == _METHOD_OLE or _PROPERTIES not in self._names.get(inside, []):
                label, content = self._object(inside)
                return [MsgAttachment(label or name or "object", "", "", content)]
            message = self.message(inside, _HEADER_WITHIN, depth + 1)
        if content is None and message is None and method in _METHOD_BY_REFERENCE:
            self._lost.append(f"a link to a file elsewhere ({name[:60]})")
            return []
        return [
            MsgAttachment(
                name,
                (properties.text(_MIME) or "").lower(),
                properties.text(_CONTENT_ID) or "",
                content or b"",
                message,
            )
        ]

    def _object(self, place: tuple[str, ...]) -> tuple[str, bytes]:
        """An embedded object: the file in a package, by its own name, or else a compound file of
        the object's streams."""
        streams: dict[tuple[str, ...], bytes] = {}
        for path in self._ole.listdir(streams=True, storages=False):
            if tuple(path[: len(place)]) == place:
                content = bytes(self._ole.openstream(path).read())
                streams[tuple(path[len(place) :])] = content
        packed = native.packaged(streams.get((native.STREAM,), b""))
        if packed is not None:
            return packed
        class_id = str(self._ole.getclsid("/".join(place)))
        return "", made(streams, UUID(class_id).bytes_le if class_id else bytes(16))


class _Properties:
    """The properties of one message or attachment."""

    def __init__(
        self, ole: olefile.OleFileIO, place: tuple[str, ...], names: list[str], header: int
    ) -> None:
        self._ole = ole
        self._place = place
        self._streams = {name.upper(): name for name in names}
        self._fixed = self._read_fixed(header)
        internet = self.number(_INTERNET_CODEPAGE)
        codepage = self.number(_CODEPAGE) or internet or 1252
        self.codepage = internet or codepage
        self._charset = f"cp{codepage}"

    def text(self, number: int) -> str | None:
        """A property of text, without NULs at its end."""
        wide = self._stream(number, _UNICODE)
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._stream(number, _STRING8)
        if narrow is None:
            return None
        try:
            return narrow.decode(self._charset, "replace").rstrip("\0")
        except LookupError:
            return narrow.decode("cp1252", "replace").rstrip("\0")

    def binary(self, number: int) -> bytes | None:
        return self._stream(number, _BINARY)

    def html(self) -> bytes | None:
        """The HTML body, which is binary, or in some files text."""
        found = self.binary(_HTML)
        if found is None and (text := self._stream(_HTML, _UNICODE)) is not None:
            found = text.decode("utf-16-le", "replace").encode(self._charset, "xmlcharrefreplace")
        return found if found is not None else self._stream(_HTML, _STRING8)

    def number(self, number: int) -> int | None:
        value = self._fixed.get((number, _LONG))
        return int.from_bytes(value[:4], "little") if value is not None else None

    def time(self, number: int) -> float | None:
        """A FILETIME as seconds since the epoch."""
        value = self._fixed.get((number, _TIME))
        ticks = int.from_bytes(value, "little") if value is not None else 0
        return ticks / 10_000_000 - 11_644_473_600 if ticks else None

    def _stream(self, number: int, kind: int) -> bytes | None:
        name = self._streams.get(f"{_STREAM}{number:04X}{kind:04X}".upper())
        if name is None:
            return None
        return bytes(self._ole.openstream([*self._place, name]).read())

    def _read_fixed(self, header: int) -> dict[tuple[int, int], bytes]:
        name = self._streams.get(_PROPERTIES.upper())
        if name is None:
            return {}
        data = self._ole.openstream([*self._place, name]).read()
        end = header + (len(data) - header) // _ENTRY.size * _ENTRY.size
        return {
            (number, kind): value for kind, number, _, value in _ENTRY.iter_unpack(data[header:end])
        }


def _person(name: str | None, address: str | None) -> str:
    if address is None or "@" not in address:
        return name or address or ""
    return f'"{name}" <{address}>' if name and name != address else address
