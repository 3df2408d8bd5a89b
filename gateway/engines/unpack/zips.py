"""What a zip's directory gives away: members that overlap, headers that contradict each other.

Reads metadata only; contents are libarchive's. The central directory is what most programs obey,
the local headers are what streaming ones obey: a file that says two things is made to be read
differently by a scanner and by a person's program (APPNOTE 4.3.7 and 4.3.12).
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Final

from gateway.engines.unpack.collector import Collector

_LOCAL_HEADER: Final = struct.Struct("<4sHHHHHIIIHH")
_LOCAL_MARK: Final = b"PK\x03\x04"
_MAX_COMPARED: Final = 2000
"""Members whose two headers are compared; as many as an archive may have."""


def note_oddities(data: bytes, into: Collector) -> None:
    """Findings about the directory of a zip. One that cannot be read is libarchive's."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()[:_MAX_COMPARED]
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError):
        return
    _overlaps(infos, into)
    names: set[str] = set()
    for info in infos:
        _compare_headers(data, info, into)
        if info.filename in names:
            into.note("unpack.duplicate_name", f"two members are called {info.filename[:100]!r}")
        names.add(info.filename)
    first = min((info.header_offset for info in infos), default=0)
    if first > 0 and not data.startswith(_LOCAL_MARK):
        into.note("unpack.prefixed", f"{first} bytes stand before the archive")


def _overlaps(infos: list[zipfile.ZipInfo], into: Collector) -> None:
    """Members that share bytes make the densest bombs (Fifield 2019); honest archives have none."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            into.note("unpack.overlapping_members", f"at {info.filename[:100]!r}")
            return
        end = info.header_offset + _LOCAL_HEADER.size + info.compress_size


def _compare_headers(data: bytes, info: zipfile.ZipInfo, into: Collector) -> None:
    raw = data[info.header_offset : info.header_offset + _LOCAL_HEADER.size]
    if len(raw) < _LOCAL_HEADER.size or not raw.startswith(_LOCAL_MARK):
        into.note("unpack.header_mismatch", f"no local header for {info.filename[:100]!r}")
        return
    fields = _LOCAL_HEADER.unpack(raw)
    flags, method, name_length = fields[2], fields[3], fields[9]
    start = info.header_offset + _LOCAL_HEADER.size
    name = data[start : start + name_length]
    shown = repr(info.filename[:100])
    encoding = "utf-8" if flags & 0x800 else "cp437"
    if name.decode(encoding, "replace").partition("\0")[0] != info.orig_filename.partition("\0")[0]:
        other = name[:100].decode("utf-8", "replace")
        into.note("unpack.header_mismatch", f"{shown} is called {other!r} in its local header")
    elif method != info.compress_type:
        into.note("unpack.header_mismatch", f"{shown} has two compression methods")
    elif bool(flags & 1) != bool(info.flag_bits & 1):
        into.note("unpack.header_mismatch", f"{shown} is encrypted in one header only")
