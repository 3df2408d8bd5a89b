"""Files embedded in Office documents: `word/embeddings/*` and their like, packages opened.

Macros and pictures are no children: static analysis reads macros in place, pictures do not act.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

import olefile

from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import Damaged
from gateway.extraction.ole import native
from gateway.model import Origin

OFFICE_TYPES: Final = frozenset(
    {"docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam", "odf"}
    | {"pptx", "pptm", "ppsx", "ppsm", "potx", "potm"}
)
"""Zip-based documents; what legacy OLE documents embed is read by static analysis in place."""

_FOLDERS: Final = ("/embeddings/", "/afchunk")


def unpack_office(data: bytes, into: Collector) -> None:
    """The embedded files of an OOXML or OpenDocument file. Raises LimitReachedError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if _is_embedded(info.filename):
                    _take(archive, info, into)
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as error:
        into.problem(Damaged(f"its zip directory cannot be read: {str(error)[:100]}"))


def _is_embedded(name: str) -> bool:
    lower = name.lower()
    return any(folder in lower for folder in _FOLDERS) or lower.startswith("object ")


def _take(archive: zipfile.ZipFile, info: zipfile.ZipInfo, into: Collector) -> None:
    if info.is_dir() or (info.filename.lower().startswith("object ") and "/" in info.filename):
        return  # an ODF sub-document lies there as single files: text and pictures
    limit = into.member_limit
    try:
        with archive.open(info) as member:
            content = member.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError) as error:
        into.problem(Damaged(f"{info.filename[:100]!r} cannot be read: {str(error)[:100]}"))
        into.add_unreadable(info.filename.encode(), info.file_size, encrypted=False)
        return
    if len(content) > limit:
        raise into.over_member_limit()
    name, content = _opened_package(info.filename, content)
    into.add(name.encode("utf-8", "replace"), content, origin=Origin.EMBEDDED)


def _opened_package(name: str, content: bytes) -> tuple[str, bytes]:
    """The file inside an OLE package ([MS-OLEDS] 2.3.6) with its own name, or what was given."""
    if not content.startswith(olefile.MAGIC):
        return name, content
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            if not ole.exists(native.STREAM):
                return name, content
            return native.packaged(ole.openstream(native.STREAM).read()) or (name, content)
    except Exception:  # noqa: BLE001 - olefile raises its own, OSError, IndexError, struct.error, …
        return name, content
