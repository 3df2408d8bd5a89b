"""Outlook's winmail.dat with new contents of its attachments and bodies; all else stays as it is.

Outlook reads more out of this file than a mail can say (votes, meetings, forms), so it is not made
an ordinary mail: attributes whose content changes are written anew, with the names and types that
belong to them, and what was written is read back.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.extraction.archives.changes import Change, Changes
from gateway.extraction.contract import ExtractError
from gateway.mime import tnef
from gateway.mime.defects import Defect
from gateway.mime.limits import MAX_TNEF_ATTRIBUTES
from gateway.mime.mapi import MapiProperty, PropertyEdit, as_bytes, as_text, edit_properties
from gateway.mime.rtf import decompress_rtf
from gateway.mime.tnef import TnefMessage, read_tnef
from gateway.mime.words import decode_charset

_START: Final = 6
"""Bytes of signature and key before the first attribute."""
_SUM: Final = struct.Struct("<H")
_UNICODE: Final = 0x001F
_EXTENSION: Final = 0x3703
_NAMES: Final = frozenset({tnef.P_LONG_NAME, tnef.P_NAME, tnef.P_DISPLAY_NAME})
_UNCOMPRESSED_RTF: Final = 0x414C454D
_RTF_HEADER: Final = struct.Struct("<4I")
_UNREADABLE: Final = frozenset({Defect.TNEF_DAMAGED, Defect.LIMIT_TNEF})


class _Attribute(NamedTuple):
    """One attribute as it stands: `head` is level, number and type with the value's length."""

    level: int
    number: int
    head: bytes
    value: bytes
    checksum: bytes


def respliced(data: bytes, changes: Changes) -> bytes:
    """`data` with `changes`. Raises ExtractError.

    Parts of a mail embedded in it are that mail's: it is an attachment, and changes whole.
    """
    before = read_tnef(data)
    if _UNREADABLE.intersection(before.defects):
        raise ExtractError("the winmail.dat is damaged: what cannot be read cannot be put back")
    asked = [changes.of(each.content, _name(each.filename)) for each in before.attachments]
    splicer = _Splicer(changes, asked)
    try:
        made = data[:_START] + b"".join(map(splicer.written, _attributes(data)))
    except ValueError:
        raise ExtractError("the properties of the winmail.dat are damaged") from None
    changes.check_complete()
    _check(read_tnef(made), before, asked)
    return made


class _Splicer:
    """Attributes on their way, in order; knows in which attachment it is."""

    def __init__(self, changes: Changes, asked: list[Change | None]) -> None:
        self._changes = changes
        self._asked = asked
        self._attachment = -1
        self._charset: str | None = None
        self._budget = [MAX_TNEF_ATTRIBUTES]

    def written(self, attribute: _Attribute) -> bytes:
        """The attribute's bytes. Raises ValueError when its properties are damaged."""
        value = self._new_value(attribute)
        if value is None:
            return attribute.head + attribute.value + attribute.checksum
        head = attribute.head[:-4] + struct.pack("<I", len(value))
        return head + value + _SUM.pack(tnef.checksum(memoryview(value)))

    def _new_value(self, attribute: _Attribute) -> bytes | None:
        if attribute.level == tnef.LEVEL_ATTACHMENT:
            if attribute.number == tnef.ATT_START or self._attachment < 0:
                self._attachment += 1
            change = self._asked[self._attachment]
            return self._of_attachment(attribute, change) if change is not None else None
        match attribute.number:
            case tnef.ATT_CODEPAGE if len(attribute.value) >= 4:
                self._charset = f"cp{int.from_bytes(attribute.value[:4], 'little')}"
            case tnef.ATT_BODY:
                body = self._changes.of(attribute.value.rstrip(b"\0"), b"")
                return body.content + b"\0" if body is not None else None
            case tnef.ATT_MAPI:
                return self._edited(attribute.value, _Body(self._changes, self._charset).edit)
        return None

    def _of_attachment(self, attribute: _Attribute, change: Change) -> bytes | None:
        match attribute.number:
            case tnef.ATT_DATA:
                return change.content
            case tnef.ATT_TITLE | tnef.ATT_TRANSPORT_NAME if change.renames:
                name = decode_charset(attribute.value.rstrip(b"\0"), self._charset)
                return _narrow(_renamed(change, name), self._charset)
            case tnef.ATT_ATTACHMENT:
                return self._edited(attribute.value, _Attached(change, self._charset).edit)
        return None

    def _edited(self, value: bytes, edit: PropertyEdit) -> bytes | None:
        new = edit_properties(memoryview(value), edit, self._budget)
        return new if new != value else None


class _Attached:
    """New properties of an attachment that changes."""

    def __init__(self, change: Change, charset: str | None) -> None:
        self._change = change
        self._charset = charset

    def edit(self, item: MapiProperty) -> bytes | None:
        change = self._change
        match item.id:
            case tnef.P_DATA if item.is_object:
                return bytes(item.value[: tnef.INTERFACE_ID]) + change.content
            case tnef.P_DATA:
                return change.content
            case tnef.P_MIME_TYPE if change.mime:
                return _as_type(item, change.mime, self._charset)
            case number if number in _NAMES and change.renames:
                name = _renamed(change, as_text(item, self._charset))
                return _as_type(item, name, self._charset)
            case number if number == _EXTENSION and change.renames:
                ending = _renamed(change, "x" + as_text(item, self._charset)).rpartition(".")[2]
                return _as_type(item, f".{ending}", self._charset)
        return None


class _Body:
    """New properties of the message: its bodies, where one changes."""

    def __init__(self, changes: Changes, charset: str | None) -> None:
        self._changes = changes
        self._charset = charset

    def edit(self, item: MapiProperty) -> bytes | None:
        match item.id:
            case tnef.P_BODY:
                text = as_text(item, self._charset).encode("utf-8", "replace")
                change = self._changes.of(text, b"")
                if change is not None:
                    return _as_type(item, change.content.decode("utf-8", "replace"), self._charset)
            case tnef.P_HTML:
                change = self._changes.of(as_bytes(item).rstrip(b"\0"), b"")
                return change.content if change is not None else None
            case tnef.P_RTF:
                change = self._changes.of(decompress_rtf(as_bytes(item)).content, b"")
                return _as_compressed(change.content) if change is not None else None
        return None


def _as_compressed(rtf: bytes) -> bytes:
    """RTF in its container, stored ([MS-OXRTFCP] 2.1.3.1): sizes, kind and no checksum."""
    return _RTF_HEADER.pack(len(rtf) + 12, len(rtf), _UNCOMPRESSED_RTF, 0) + rtf


def _renamed(change: Change, name: str) -> str:
    return change.renamed(name.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")


def _name(filename: str | None) -> bytes:
    return (filename or "").encode("utf-8", "surrogatepass")


def _as_type(item: MapiProperty, text: str, charset: str | None) -> bytes:
    """A text as the property had it, with its NUL."""
    if item.type == _UNICODE:
        return text.encode("utf-16-le", "replace") + b"\0\0"
    return _narrow(text, charset)


def _narrow(text: str, charset: str | None) -> bytes:
    try:
        return text.encode(charset or "cp1252", "replace") + b"\0"
    except LookupError:
        return text.encode("cp1252", "replace") + b"\0"


def _attributes(data: bytes) -> Iterator[_Attribute]:
    """The attributes of a stream that was read without damage before."""
    at, size = _START, tnef.HEADER.size
    while at + size <= len(data):
        level, number, _, length = tnef.HEADER.unpack_from(data, at)
        start, end = at + size, at + size + length
        yield _Attribute(level, number, data[at:start], data[start:end], data[end : end + 2])
        at = end + 2


def _check(after: TnefMessage, before: TnefMessage, asked: list[Change | None]) -> None:
    """What was written says what was meant. Raises ExtractError."""
    wanted = [
        change.content if change is not None else each.content
        for each, change in zip(before.attachments, asked, strict=True)
    ]
    if [each.content for each in after.attachments] != wanted or _UNREADABLE.intersection(
        after.defects
    ):
        raise ExtractError("the winmail.dat cannot be put together again")
