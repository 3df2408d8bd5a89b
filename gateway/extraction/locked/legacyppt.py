"""The lock of a PowerPoint 97-2003 presentation ([MS-PPT] 2.3.7): object by object, each by a key
of its number. What leads to the objects (edits and their directories) is clear.

The record that holds the key becomes one of no kind. Pictures are locked field by field, in a
stream of their own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.extraction.contract import ExtractError
from gateway.extraction.locked import legacysummary
from gateway.extraction.locked.legacykeys import Rc4Key, rc4_key, right
from gateway.extraction.ole import slides
from gateway.extraction.ole.compound import Compound, Entry

_USER, _STREAM, _PICTURES = "Current User", "PowerPoint Document", "Pictures"
_TOKEN_AT: Final = 12
_LOCKED, _OPEN = 0xF3D1C4DF, 0xE391C05F
"""The token in `Current User` (2.3.2)."""
_SESSION: Final = 0x2F14
_HEAD: Final = struct.Struct("<HHL")
_EDIT_SIZE, _SESSION_AT = 0x20, 36
"""Bytes of an edit that names the record with the key, and where in it (2.3.3)."""
_WHOLE: Final = 1 << 31
"""In place of a block's size: each object has one key, however long it is."""

_METAFILES: Final = frozenset({0xF01A, 0xF01B, 0xF01C})
_BITMAPS: Final = frozenset({0xF01D, 0xF01E, 0xF01F, 0xF029, 0xF02A})
_TWICE_NAMED: Final = frozenset({0x217, 0x3D5, 0x46B, 0x543, 0x6E1, 0x6E3, 0x6E5, 0x7A9})
"""Instances of pictures that carry two digests of 16 bytes ([MS-ODRAW] 2.2.24-30)."""
_DIGEST, _METAFILE_HEAD, _TAG = 16, 34, 1


@dataclass(frozen=True, slots=True)
class _Map:
    """Where the last edit and the record with the key stand, and the others by their offsets."""

    edit: int
    session: int
    objects: dict[int, int]


def is_locked(file: Compound) -> bool:
    """Whether the presentation has a record with a key."""
    return _map(file) is not None


def _key(file: Compound, password: str) -> Rc4Key | None:
    """The key; None for the wrong password. Raises ExtractError, struct.error."""
    stream, found = file.read(_entry(file, _STREAM)), _needed(_map(file))
    start, stop = _bounds(stream, found.session)
    return rc4_key(stream[start + _HEAD.size : stop], password, _WHOLE)


def open_(file: Compound, password: str) -> bool:
    """Decrypt `file` in place; False when the password is wrong. Raises ExtractError, struct.error,
    ValueError."""
    key = _key(file, password)
    if key is None:
        return False
    entry, found = _entry(file, _STREAM), _needed(_map(file))
    stream = bytearray(file.read(entry))
    taken = [_bounds(stream, found.session)]
    for at, number in found.objects.items():
        head = key.update(number, bytes(stream[at : at + _HEAD.size]))
        stop = at + _HEAD.size + _HEAD.unpack(head)[2]
        if stop > len(stream):
            raise ExtractError("an object of the presentation reaches beyond its end")
        stream[at:stop] = key.update(number, bytes(stream[at:stop]))
        taken.append((at, stop))
    _refuse_overlaps(taken)
    _forget_key(stream, found)
    file.write(entry, stream)
    _put_token(file, _OPEN)
    pictures = file.stream(_PICTURES)
    if pictures is not None:
        file.write(pictures, _pictures(file.read(pictures), key))
    legacysummary.step_aside(file, key)
    return True


def close(file: Compound, original: Compound, password: str) -> None:
    """Encrypt `file` in place as `original` is. Raises as `open_` does."""
    key = right(_key(original, password))
    entry, found = _entry(file, _STREAM), _needed(_map(original))
    before = original.read(_entry(original, _STREAM))
    stream = bytearray(file.read(entry))
    for at, number in found.objects.items():
        start, stop = _bounds(stream, at)
        head = key.update(number, before[at : at + _HEAD.size])
        if stop - start - _HEAD.size != _HEAD.unpack(head)[2]:
            raise ExtractError("the objects of the presentation are no longer what they were")
        stream[start:stop] = key.update(number, bytes(stream[start:stop]))
    for start, stop in (_bounds(before, found.session), _bounds(before, found.edit)):
        stream[start:stop] = before[start:stop]
    file.write(entry, stream)
    _put_token(file, struct.unpack_from("<L", original.read(_entry(original, _USER)), _TOKEN_AT)[0])
    locked, plain = original.stream(_PICTURES), file.stream(_PICTURES)
    if locked is not None and plain is not None:
        if file.read(plain) != _pictures(original.read(locked), key):
            raise ExtractError("pictures of a presentation cannot be locked again")
        file.write(plain, original.read(locked))
    legacysummary.step_back(file)


def _map(file: Compound) -> _Map | None:
    """None where nothing is locked. Raises ExtractError."""
    stream = file.read(_entry(file, _STREAM))
    edit = slides.last_edit(file.read(_entry(file, _USER)))
    edits = list(slides.edits(stream, edit))
    if not edits or struct.unpack_from("<L", stream, edit + 4)[0] != _EDIT_SIZE:
        return None
    (session_number,) = struct.unpack_from("<L", stream, edit + _SESSION_AT)
    objects: dict[int, int] = {}
    session: int | None = None
    for each in edits:
        directory = slides.directory_of(stream, each)
        for number, at in slides.listed(stream, directory):
            if at + _HEAD.size > len(stream):
                continue  # no reader comes there
            if objects.setdefault(at, number) != number:
                raise ExtractError("the presentation's directory is damaged")
            if number == session_number and session is None:
                session = at
        objects.pop(directory, None)
        objects.pop(each, None)
    if session is None or struct.unpack_from("<H", stream, session + 2)[0] != _SESSION:
        return None
    objects.pop(session, None)
    return _Map(edit, session, objects)


def _bounds(stream: bytes | bytearray, at: int) -> tuple[int, int]:
    """A record with its head."""
    stop = at + _HEAD.size + _HEAD.unpack_from(stream, at)[2]
    if stop > len(stream):
        raise ExtractError("an object of the presentation reaches beyond its end")
    return at, stop


def _refuse_overlaps(taken: list[tuple[int, int]]) -> None:
    """Bytes that two objects share would be turned twice."""
    behind = 0
    for start, stop in sorted(taken):
        if start < behind:
            raise ExtractError("two objects of the presentation share their bytes")
        behind = stop


def _forget_key(stream: bytearray, found: _Map) -> None:
    start, stop = _bounds(stream, found.session)
    size = stop - start - _HEAD.size
    stream[start:stop] = _HEAD.pack(0, 0, size) + bytes(size)
    struct.pack_into("<L", stream, found.edit + 4, _EDIT_SIZE - 4)
    struct.pack_into("<L", stream, found.edit + _SESSION_AT, 0)


def _put_token(file: Compound, token: int) -> None:
    entry = _entry(file, _USER)
    current = bytearray(file.read(entry))
    struct.pack_into("<L", current, _TOKEN_AT, token)
    file.write(entry, current)


def _pictures(locked: bytes, key: Rc4Key) -> bytes:
    """The pictures decrypted; as they came when they are not what the format says."""
    stream = bytearray(locked)
    at = 0
    while at + _HEAD.size <= len(stream):
        head = key.update(0, bytes(stream[at : at + _HEAD.size]))
        version, kind, size = _HEAD.unpack(head)
        stop = at + _HEAD.size + size
        if kind not in _METAFILES | _BITMAPS or stop > len(stream):
            return bytes(stream) if not any(stream[at:]) else locked
        for start, end in _fields(at, stop, kind, version >> 4):
            stream[start:end] = key.update(0, bytes(stream[start:end]))
        at = stop
    return bytes(stream)


def _fields(at: int, stop: int, kind: int, instance: int) -> Iterator[tuple[int, int]]:
    """The fields of a picture, each of which is encrypted by the same key from its beginning."""
    sizes = [_HEAD.size, *[_DIGEST] * (2 if instance in _TWICE_NAMED else 1)]
    sizes.append(_METAFILE_HEAD if kind in _METAFILES else _TAG)
    for size in sizes:
        yield at, min(at + size, stop)
        at = min(at + size, stop)
    yield at, stop


def _needed(found: _Map | None) -> _Map:
    if found is None:
        raise ExtractError("the presentation has no key")
    return found


def _entry(file: Compound, name: str) -> Entry:
    return file.needed_stream(name, "the presentation")
