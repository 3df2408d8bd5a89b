"""The files inside a file, as far as Python's own libraries and 7-Zip open them."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

MAX_DEPTH = 6
MAX_BYTES = 64 * 1024 * 1024
"""Of one member; the judge's own memory is not what is tested."""

_ZIP, _OLE, _PDF, _RTF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"{\\rt"
_PROGRAMS = {b"MZ": "a Windows program", b"\x7fELF": "a Linux program"}
_PACKED = (b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MSCF", b"(\xb5/\xfd")


def kind_of(data: bytes) -> str:
    """What the first bytes say: pdf, office (a zip with content types), zip, ole, rtf, packed,
    program or nothing."""
    if _PDF in data[:1024]:
        return "pdf"
    if data.startswith(_ZIP):
        return "office" if b"[Content_Types].xml" in data else "zip"
    if data.startswith(_OLE):
        return "ole"
    if data.startswith(_RTF):
        return "rtf"
    if data.startswith(_PACKED):
        return "packed"
    return "program" if data.startswith(tuple(_PROGRAMS)) else ""


def inside(name: str, data: bytes, type_name: str, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Every file inside `data` with its path, however deep."""
    if depth > MAX_DEPTH:
        return
    for inner, content in _members(data, type_name):
        path = f"{name}!{inner}"
        yield path, content
        yield from inside(path, content, "", depth + 1)


def _members(data: bytes, type_name: str) -> Iterator[tuple[str, bytes]]:
    kind = kind_of(data)
    if kind in ("zip", "office"):
        yield from _zipped(data)
    elif type_name == "eml":
        yield from _attached(data)
    elif type_name == "tar":
        yield from _tarred(data)
    elif kind == "packed":
        yield from _packed(data)


def _zipped(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.file_size <= MAX_BYTES and not info.is_dir():
                    yield info.filename, archive.read(info)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return


def _attached(data: bytes) -> Iterator[tuple[str, bytes]]:
    for number, part in enumerate(message_from_bytes(data).walk()):
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield part.get_filename() or f"part {number}", payload


def _tarred(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for info in archive:
                opened = archive.extractfile(info) if info.isfile() else None
                if opened is not None and info.size <= MAX_BYTES:
                    yield info.name, opened.read()
    except (tarfile.TarError, OSError, EOFError, ValueError):
        return


def _packed(data: bytes) -> Iterator[tuple[str, bytes]]:
    program = shutil.which("7zz") or shutil.which("7z")
    if program is None:
        return
    with tempfile.TemporaryDirectory(prefix="sluice-judge-") as folder:
        packed = Path(folder, "packed")
        packed.write_bytes(data)
        out = Path(folder, "out")
        command = [program, "x", "-y", "-p-", f"-o{out}", str(packed)]
        subprocess.run(command, capture_output=True, check=False, timeout=60)
        for path in sorted(out.rglob("*")) if out.exists() else ():
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_BYTES:
                yield str(path.relative_to(out)), path.read_bytes()
