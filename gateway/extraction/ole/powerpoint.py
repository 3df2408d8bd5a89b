"""PowerPoint 97-2003: objects, macros and actions in its stream of records, made inert.

Objects and the macro project are compressed storages in records of their own; each keeps its
record, which then holds an empty storage. The slide shows the object's picture as before.
Source: [MS-PPT].
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from gateway.extraction import links
from gateway.extraction.contract import EncryptedError, Payload
from gateway.extraction.kinds import Kind
from gateway.extraction.ole import stored
from gateway.extraction.ole.findings import Findings
from gateway.extraction.ole.slides import Record, records

_STORAGE, _VBA_INFO, _ACTION, _TEXT = 0x1011, 0x0400, 0x0FF3, 0x0FBA
_HYPERLINK, _ENCRYPTION = 0x0FD7, 0x2F14
_MEDIA = frozenset({0x1005, 0x1006, 0x1007, 0x100E, 0x100F})
"""Films and sounds that are linked by their path."""
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_RUNS = {
    1: (Kind.MACROS, "action that calls a macro"),
    2: (Kind.ACTING_LINKS, "action that starts a program"),
    5: (Kind.OLE_OBJECTS, "action that opens an object"),
}
"""Values of InteractiveInfoAtom.action that run something."""
_FOLLOWS_LINK = 4


def refuse_encrypted(current_user: bytes) -> None:
    """Raises EncryptedError when the stream `Current User` says so ([MS-PPT] 2.3.2)."""
    if (
        len(current_user) >= 16
        and struct.unpack_from("<L", current_user, 12)[0] == _ENCRYPTED_TOKEN
    ):
        raise EncryptedError("the presentation is protected by a password")


def clean(untrusted_stream: bytes, edit: int | None, found: Findings) -> bytearray:
    """The stream `PowerPoint Document`, of the same length, without what `found.removes` names.

    `edit`: where its last edit stands (`slides.last_edit`). Raises ExtractError where its records
    do not fit into each other.
    """
    stream = bytearray(untrusted_stream)
    every = list(records(stream, edit))
    for record in every:
        if record.type == _STORAGE:
            _clean_storage(stream, record, found)
        elif record.type == _ACTION and record.size >= 16:
            _clean_action(stream, record, found)
        elif record.type == _TEXT:
            _clean_text(stream, record, found)
        elif record.type == _ENCRYPTION:
            raise EncryptedError("the presentation is protected by a password")
    if any(hit.kind is Kind.MACROS for hit in found.hits):
        _forget_project(stream, every)
    return stream


def _clean_storage(stream: bytearray, record: Record, found: Findings) -> None:
    packed = bytes(stream[record.start : record.start + record.size])
    data = stored.inflated(packed[4:]) if record.instance else packed
    kind, what = stored.kind_of(data)
    if kind is None or not found.takes(kind, what, f"record at {record.start}", acts=False):
        return
    if kind is not Kind.MACROS:
        found.payloads.append(Payload(kind, f"object at {record.start}", data))
    content = stored.EMPTY
    if record.instance:
        content = struct.pack("<L", len(content)) + stored.EMPTY_PACKED
    start, stop = record.start, record.start + record.size
    stored.put(stream, start, stop, content, "the presentation")


def _clean_action(stream: bytearray, record: Record, found: Findings) -> None:
    """An InteractiveInfoAtom; its container's instance says whether the pointer only passes."""
    action = stream[record.start + 8]
    rule = _RUNS.get(action)
    if rule is None and action == _FOLLOWS_LINK and _is_over(stream, record):
        rule = Kind.ACTING_LINKS, "link that acts when the pointer passes"
    if rule is not None and found.takes(*rule, f"record at {record.start}", acts=False):
        stream[record.start + 8 : record.start + 10] = b"\0\0"


def _is_over(stream: bytearray, record: Record) -> bool:
    (head,) = struct.unpack_from("<H", stream, record.start - 16)
    return bool(head >> 4 == 1)


def _clean_text(stream: bytearray, record: Record, found: Findings) -> None:
    """A string: the address of a link, of a film, or of something else that does not matter."""
    parent = record.inside[-1] if record.inside else 0
    if parent != _HYPERLINK and parent not in _MEDIA:
        return
    stop = record.start + record.size
    text = bytes(stream[record.start : stop]).decode("utf-16-le", "replace").rstrip("\0")
    if named := links.host(text):
        found.hosts.add(named)
    place = f"presentation → {text}"
    if parent in _MEDIA:
        gone = links.is_remote(text) and found.takes(Kind.EXTERNAL_LINKS, "remote media", place)
    elif links.starts_program(text) and record.instance:
        what = "link that starts a program"
        gone = found.takes(Kind.ACTING_LINKS, what, place, acts=False)
    elif not links.is_remote(text) and links.scheme(text) not in ("hxxp", "hxxps"):
        gone = False
    elif (made := found.swap(bytes(stream[record.start : stop]), text)) is not None:
        stream[record.start : stop] = made
        gone = False
    else:
        gone = found.takes(Kind.HYPERLINKS, "link", place, acts=False)
    if gone:
        stream[record.start : stop] = b" \0" * (record.size // 2) + bytes(record.size % 2)


def _forget_project(stream: bytearray, every: Iterable[Record]) -> None:
    """The presentation says no longer that it has macros (VBAInfoAtom)."""
    for record in every:
        if record.type == _VBA_INFO and record.size >= 8:
            stream[record.start : record.start + 8] = bytes(8)
