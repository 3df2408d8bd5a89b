"""Data connections of binary workbooks: emptied in place, as those of xlsx are.

Tables and pivot caches name a connection by its number, so every connection stays, with its name
and kind; where it leads and what it asks goes. Of the records within a connection only those stay
whose place Excel looks for; what is not known here goes. Source: [MS-XLSB] 2.1.7.24 and the records
2.4.61, 2.4.62, 2.4.71, 2.4.80.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ooxml.binary_records import Record, records, wide_string
from gateway.extraction.ooxml.package import Package
from gateway.extraction.ooxml.relations import Removes

_CONTENT_TYPE = "application/vnd.ms-excel.connections"
_RELATIONSHIP = "connections"

_BEGIN, _END = 201, 202
"""BrtBeginExtConnection, BrtEndExtConnection."""
_BEGIN_DATABASE, _END_DATABASE = 203, 204
_BEGIN_CUBE, _END_CUBE = 205, 206
_BEGIN_PAGE, _END_PAGE = 261, 262

_HEAD = struct.Struct("<BBBBHHHLLLB")
"""Versions, password, interval, flags, which strings follow, kind, reconnecting, number, login."""
_BY_ITSELF = 0x08 | 0x20
"""Flags: read the connection from its file; refresh on opening."""
_DESCRIBED, _NAMED = 0x04, 0x08
_STRINGS = (0x01, 0x02, _DESCRIBED, _NAMED, 0x10)
"""Flags of the data's file, the connection's file, the description, the name (which is always
there) and the login's id, in the order in which the strings stand."""


def clean_connections(package: Package, removes: Removes) -> None:
    """Empty every connection of every binary part that holds connections. Raises ExtractError."""
    if not removes(Kind.DATA_CONNECTIONS):
        return
    for part in _parts(package):
        where = package.name(part)
        before = list(records(package.read(part), where))
        after = _emptied(package, before, where)
        if after != before:
            package.replaced[part] = b"".join(record.packed() for record in after)


def _parts(package: Package) -> list[str]:
    related = {item.part for item in package.all_relationships() if item.kind == _RELATIONSHIP}
    return [
        part
        for part in package.members
        if part.endswith(".bin")
        and part not in package.removed
        and (part in related or package.content_type(part) == _CONTENT_TYPE)
    ]


def _emptied(package: Package, before: list[Record], where: str) -> list[Record]:
    after: list[Record] = []
    within: list[Record] | None = None
    for record in before:
        if record.type == _BEGIN:
            within = []
        if within is None:
            after.append(record)
            continue
        within.append(record)
        if record.type == _END:
            after += _empty_one(package, within, where)
            within = None
    if within:  # nobody can say what belongs to it
        package.hits.append(Hit(Kind.DATA_CONNECTIONS, "data connection that never ends", where))
    return after


def _empty_one(package: Package, before: list[Record], where: str) -> list[Record]:
    name, first = _head(before[0].data)
    after = [Record(_BEGIN, first)]
    after += [
        Record(record.type, _KEPT[record.type](record.data))
        for record in before[1:-1]
        if record.type in _KEPT
    ]
    after.append(before[-1])
    if after != before:
        shown = "".join(sign if sign.isprintable() else "?" for sign in name)
        package.hits.append(Hit(Kind.DATA_CONNECTIONS, "data connection", f"{where}: {shown}"))
    return after


def _head(data: bytes) -> tuple[str, bytes]:
    """The connection's name, and its first record without files, times and orders to refresh."""
    if len(data) < _HEAD.size:
        data = data.ljust(_HEAD.size, b"\0")
    fields = list(_HEAD.unpack_from(data))
    (_, _, _, _, _, flags, strings, *_) = fields
    found: dict[int, str] = {}
    at = _HEAD.size
    for flag in _STRINGS:
        if strings & flag or flag == _NAMED:
            found[flag], at = wide_string(data, at)
    name = found[_NAMED] or f"connection {fields[9]}"
    described = found.get(_DESCRIBED, "")
    fields[4:7] = 0, flags & ~_BY_ITSELF, _NAMED | (_DESCRIBED if described else 0)
    return name, _HEAD.pack(*fields) + (_wide(described) if described else b"") + _wide(name)


def _wide(text: str) -> bytes:
    raw = text.encode("utf-16-le", "replace")
    return struct.pack("<L", len(raw) // 2) + raw


def _database(data: bytes) -> bytes:
    """The kind of the question; no source, no question."""
    return data[:4].ljust(4, b"\0") + b"\0" + _wide("")


def _cube(data: bytes) -> bytes:
    """Looks and counts; no source."""
    return bytes([data[0] & ~1 if data else 0]) + data[1:5].ljust(4, b"\0") + b"\0"


def _page(data: bytes) -> bytes:
    """How a page is read; no address, nothing posted. Its tables' names go with it."""
    (flags,) = struct.unpack_from("<H", data.ljust(4, b"\0"), 2)
    return data[:2].ljust(2, b"\0") + struct.pack("<H", flags & 1)


def _as_it_is(data: bytes) -> bytes:
    return data


_KEPT: Mapping[int, Callable[[bytes], bytes]] = {
    _BEGIN_DATABASE: _database,
    _END_DATABASE: _as_it_is,
    _BEGIN_CUBE: _cube,
    _END_CUBE: _as_it_is,
    _BEGIN_PAGE: _page,
    _END_PAGE: _as_it_is,
}
"""The records within a connection that stay, and what is left of each. Tables of a page, columns of
a text file, parameters and later versions' additions go."""
