"""What a zip or an OLE compound file really is, told by its directory. Reads no member but
`[Content_Types].xml` and `mimetype`, and of those a bounded part; never raises on hostile bytes.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from typing import Final

import olefile

_MANY_ENTRIES: Final = 5000
"""Entries above which a zip is not read as an office file: the largest real ones have a few
hundred, and Python's zipfile needs 10 µs for each."""

_CONTENT_TYPES_BYTES: Final = 256 * 1024
"""Bytes of [Content_Types].xml that are looked at; real ones have a few KiB."""

_OOXML: Final[tuple[tuple[bytes, str], ...]] = (
    (b"wordprocessingml.document.main+xml", "docx"),
    (b"ms-word.document.macroEnabled.main+xml", "docm"),
    (b"wordprocessingml.template.main+xml", "dotx"),
    (b"ms-word.template.macroEnabledTemplate.main+xml", "dotm"),
    (b"spreadsheetml.sheet.main+xml", "xlsx"),
    (b"ms-excel.sheet.macroEnabled.main+xml", "xlsm"),
    (b"spreadsheetml.template.main+xml", "xltx"),
    (b"ms-excel.template.macroEnabled.main+xml", "xltm"),
    (b"ms-excel.sheet.binary.macroEnabled.main", "xlsb"),
    (b"ms-excel.addin.macroEnabled.main+xml", "xlam"),
    (b"presentationml.presentation.main+xml", "pptx"),
    (b"ms-powerpoint.presentation.macroEnabled.main+xml", "pptm"),
    (b"presentationml.slideshow.main+xml", "ppsx"),
    (b"ms-powerpoint.slideshow.macroEnabled.main+xml", "ppsm"),
    (b"presentationml.template.main+xml", "potx"),
    (b"ms-powerpoint.template.macroEnabled.main+xml", "potm"),
    (b"ms-powerpoint.addin.macroEnabled.main+xml", "pptm"),
)
"""Main content types of Office Open XML (ECMA-376 part 1; [MS-OFFMACRO2] for macros)."""

_ODF: Final = re.compile(rb"application/vnd\.(?:oasis\.opendocument|sun\.xml)")
"""OpenDocument, and what it was called in OpenOffice.org 1 and StarOffice 6."""
_CONTENT: Final = b"<office:document-content"
"""Root of an OpenDocument's content: not every package says what it is."""
_VBA: Final = b"application/vnd.ms-office.vbaProject"
_WITH_MACROS: Final = {
    "docx": "docm",
    "dotx": "dotm",
    "xlsx": "xlsm",
    "xltx": "xltm",
    "pptx": "pptm",
    "ppsx": "ppsm",
    "potx": "potm",
}
"""A file that carries a VBA project is the type with macros, whatever its main part says."""

_MSI_CLASSES: Final = frozenset(
    {
        "000C1084-0000-0000-C000-000000000046",
        "000C1086-0000-0000-C000-000000000046",
        "000C1082-0000-0000-C000-000000000046",
    }
)

_OLE_STREAMS: Final[tuple[tuple[str, str], ...]] = (
    ("encryptedpackage", "office-encrypted"),
    ("__properties_version1.0", "msg"),
    ("worddocument", "ole-doc"),
    ("workbook", "ole-xls"),
    ("book", "ole-xls"),
    ("powerpoint document", "ole-ppt"),
    ("pp97_dualstorage", "ole-ppt"),
)


def zip_kind(data: bytes) -> str:
    """The type of a file that begins as a zip (or ends as one)."""
    try:
        if _entry_count(data) > _MANY_ENTRIES:
            return "zip"
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _by_directory(archive)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, struct.error):
        return _by_first_bytes(data)
    except (zlib.error, RuntimeError, KeyError, UnicodeDecodeError, OverflowError, IndexError):
        return _by_first_bytes(data)


def _entry_count(data: bytes) -> int:
    """Entries by the end record (APPNOTE 4.3.16), 0 when there is none."""
    end = data.rfind(b"PK\x05\x06")
    return int.from_bytes(data[end + 10 : end + 12], "little") if end >= 0 else 0


def _by_directory(archive: zipfile.ZipFile) -> str:
    names = {name.lstrip("/").lower(): name for name in archive.namelist()}
    if "[content_types].xml" in names:
        kind = _ooxml_kind(_read(archive, names["[content_types].xml"]), names)
        if kind:
            return kind
    if "mimetype" in names and _ODF.search(_read(archive, names["mimetype"])):
        return "odf"
    if "content.xml" in names and _CONTENT in _read(archive, names["content.xml"]):
        return "odf"
    if "androidmanifest.xml" in names or "classes.dex" in names:
        return "apk"
    if "meta-inf/manifest.mf" in names or any(name.endswith(".class") for name in names):
        return "jar"
    return "zip"


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(_CONTENT_TYPES_BYTES)


def _ooxml_kind(content_types: bytes, names: dict[str, str]) -> str:
    if content_types[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content_types = content_types.decode("utf-16", "replace").encode("ascii", "replace")
    kind = next((kind for mark, kind in _OOXML if mark in content_types), "")
    if kind and (_VBA in content_types or any(n.endswith("vbaproject.bin") for n in names)):
        return _WITH_MACROS.get(kind, kind)
    return kind


def _by_first_bytes(data: bytes) -> str:
    """For a zip whose directory is damaged: Office repairs such files, so look at the names."""
    if b"[Content_Types].xml" in data[:4096]:
        for mark, kind in ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx")):
            if mark in data:
                return _WITH_MACROS[kind] if b"vbaProject.bin" in data else kind
    if _ODF.search(data[30:85]):
        return "odf"
    return "zip"


def ole_kind(data: bytes) -> str:
    """The type of an OLE compound file ([MS-CFB]), by its root class and its streams."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            if ole.root is not None and ole.root.clsid in _MSI_CLASSES:
                return "msi"
            names = {"/".join(entry).lower() for entry in ole.listdir(streams=True, storages=True)}
    except Exception:  # noqa: BLE001 - olefile raises its own, OSError, IndexError, struct.error, …
        names = _names_by_search(data)
    return next((kind for name, kind in _OLE_STREAMS if name in names), "ole")


def _names_by_search(data: bytes) -> set[str]:
    """Names of streams that stand somewhere in a damaged file, as UTF-16 with their terminator."""
    spelled = {
        "encryptedpackage": "EncryptedPackage",
        "worddocument": "WordDocument",
        "workbook": "Workbook",
        "powerpoint document": "PowerPoint Document",
        "__properties_version1.0": "__properties_version1.0",
    }
    return {key for key, name in spelled.items() if (name + "\0").encode("utf-16-le") in data}


def program_kind(data: bytes) -> str:
    """`pe` for what Windows or DOS runs, empty for a text that begins with MZ."""
    if len(data) < 64:
        return "pe" if any(byte < 9 for byte in data) else ""
    offset = int.from_bytes(data[60:64], "little")
    if data[offset : offset + 2] in (b"PE", b"NE", b"LE", b"LX"):
        return "pe"
    return "pe" if b"\0" in data[:512] else ""


def class_kind(data: bytes) -> str:
    """0xCAFEBABE begins a Java class (version 45 and up) or a fat Mach-O (a few architectures)."""
    return "jar" if int.from_bytes(data[6:8], "big") >= 45 else "macho"
