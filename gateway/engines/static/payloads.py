"""OLE compound files and what is embedded in them: legacy documents, packages, objects.

Reads directories and headers with olefile; runs olevba only where a macro storage stands.
"""

from __future__ import annotations

import io
import re
import struct

import olefile

from gateway.engines.static import macros
from gateway.engines.static.report import Sight
from gateway.extraction.contract import ExtractError
from gateway.extraction.links import PROGRAM_SUFFIXES
from gateway.extraction.ole import linked
from gateway.extraction.ole.objects import presentation_objects
from gateway.extraction.ooxml.fields import hosts_of, judge_instruction
from gateway.model import Severity

MAX_STREAM_BYTES = 16 * 1024 * 1024
"""Of one stream, so much is read."""
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_PACKAGE = "\x01Ole10Native"
_EQUATION = "Equation Native"
_WHOLE_FILES = ("package", "contents")
_FILE_HEADS = (b"PK\x03\x04", b"%PDF", b"{\\rt", OLE_MAGIC)
"""What an object of another program holds as a whole, by its stream's name and beginning."""
_FIELD = re.compile(rb"\x13([^\x13\x14\x15]{1,2000})[\x14\x15]")
_WIDE_FIELD = re.compile(rb"\x13\x00((?:[^\x13\x14\x15]\x00){1,2000})[\x14\x15]\x00")
_BOUNDSHEET, _FILEPASS, _BOF = 0x85, 0x2F, 0x0809
_MACRO_SHEET = 1
_WORD_ENCRYPTED = 0x0100
_MAX_RECORDS = 200_000
"""BIFF records read from a workbook's globals, which come first."""


def examine_compound(sight: Sight, data: bytes) -> None:
    """Examine an OLE compound file: document, workbook, presentation or other."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as compound:
            _examine_open(sight, compound, data)
    except (OSError, ValueError, IndexError, struct.error, TypeError) as error:
        sight.notes.append(f"the compound file is damaged: {type(error).__name__}")


def _examine_open(sight: Sight, compound: olefile.OleFileIO, data: bytes) -> None:
    paths = ["/".join(entry) for entry in compound.listdir()]
    lowered = {path.lower(): path for path in paths}
    if "encryptedpackage" in lowered or "encryptedsummary" in lowered:
        sight.encrypted = True
        return
    if any(path.endswith("vba/dir") or "_vba_project" in path for path in lowered):
        sight.extractable.append("VBA macros")
        macros.examine_project(sight, data, "document")
    for path in paths:
        name = path.rpartition("/")[2]
        if name.lower() == _PACKAGE.lower():
            sight.acts("embedded file")
            examine_package(sight, _read(compound, path), path)
        elif name.lower() == _EQUATION.lower():
            sight.acts("equation of the Equation Editor")
            sight.find("equation_object", Severity.LOW, 60, f"Equation Editor object in {path}")
        elif path.lower() == linked.STREAM.lower() and linked.addresses(_read(compound, path)):
            sight.acts("link to an object elsewhere")
        elif path.lower() in _WHOLE_FILES and _read(compound, path).startswith(_FILE_HEADS):
            sight.acts("embedded file")
    if "worddocument" in lowered:
        _examine_word(sight, _read(compound, lowered["worddocument"]))
    for book in ("workbook", "book"):
        if book in lowered:
            _examine_workbook(sight, _read(compound, lowered[book]))
    if "powerpoint document" in lowered:
        user = lowered.get("current user")
        _examine_presentation(
            sight,
            compound.openstream(lowered["powerpoint document"]).read(),
            _read(compound, user) if user else b"",
        )


def _read(compound: olefile.OleFileIO, path: str) -> bytes:
    content: bytes = compound.openstream(path).read(MAX_STREAM_BYTES)
    return content


def examine_object(sight: Sight, data: bytes, name: str) -> None:
    """Examine an object embedded in a document, given as its bytes."""
    if not data.startswith(OLE_MAGIC):
        _judge_content(sight, data, name, name)
        return
    examine_compound(sight, data)


def examine_package(sight: Sight, untrusted_stream: bytes, where: str) -> None:
    """Examine an Ole10Native stream: a file that a double click opens."""
    label, content = read_package(untrusted_stream)
    _judge_content(sight, content, label, where)


def read_package(untrusted_stream: bytes) -> tuple[str, bytes]:
    """File name and content of an Ole10Native stream ([MS-OLEDS] and its wide practice)."""
    at = 6
    names = []
    for _ in range(2):
        end = untrusted_stream.find(b"\0", at)
        if end < 0:
            return "", untrusted_stream[4:]
        names.append(untrusted_stream[at:end].decode("latin-1"))
        at = end + 1
    at += 4
    if at + 4 > len(untrusted_stream):
        return names[0], b""
    (length,) = struct.unpack_from("<L", untrusted_stream, at)
    at += 4 + length
    if at + 4 > len(untrusted_stream):
        return names[0] or names[1], b""
    (size,) = struct.unpack_from("<L", untrusted_stream, at)
    return names[0] or names[1], untrusted_stream[at + 4 : at + 4 + size]


def _judge_content(sight: Sight, content: bytes, label: str, where: str) -> None:
    program = content[:2] == b"MZ" or content[:4] in (b"\x7fELF", b"\xca\xfe\xba\xbe")
    if program or label.lower().rstrip().endswith(tuple(PROGRAM_SUFFIXES)):
        shown = label or "a program"
        sight.find("embedded_program", Severity.HIGH, 85, f"{shown} embedded in {where}")
        sight.extractable.append("embedded OLE object")


def _examine_presentation(sight: Sight, stream: bytes, current_user: bytes) -> None:
    """Each object of a presentation is a compound file of its own."""
    try:
        objects, complete = presentation_objects(stream, current_user)
    except (ExtractError, struct.error) as error:
        sight.notes.append(f"the presentation's objects were not read: {error}")
        return
    if not complete:
        sight.notes.append("the presentation has an object that was not read")
        sight.acts("object that was not read")
    for each in objects:
        examine_compound(sight, each)


def _examine_word(sight: Sight, stream: bytes) -> None:
    if len(stream) >= 12 and struct.unpack_from("<H", stream, 10)[0] & _WORD_ENCRYPTED:
        sight.encrypted = True
        return
    if b"\x13" not in stream:
        return
    instructions = [found.decode("latin-1") for found in _FIELD.findall(stream)]
    instructions += [found.decode("utf-16-le", "replace") for found in _WIDE_FIELD.findall(stream)]
    for instruction in instructions:
        sight.hosts |= hosts_of(instruction)
        hit = judge_instruction(instruction)
        if hit is not None:
            sight.extractable.append(hit.what)
            if hit.kind == "dde":
                sight.acts(hit.what)
                sight.find("dde", Severity.HIGH, 80, f"{hit.what}: {hit.where}")


def _examine_workbook(sight: Sight, stream: bytes) -> None:
    """Walk the workbook's global records ([MS-XLS] 2.4) for encryption and macro sheets."""
    at = 0
    for _ in range(_MAX_RECORDS):
        if at + 4 > len(stream):
            return
        record, length = struct.unpack_from("<2H", stream, at)
        body = stream[at + 4 : at + 4 + length]
        if record == _FILEPASS:
            sight.encrypted = True
            return
        if record == _BOUNDSHEET and len(body) > 5 and body[5] == _MACRO_SHEET:
            hidden = body[4] & 3
            sight.acts("Excel 4 macro sheet")
            sight.extractable.append("Excel 4 macro sheet")
            severity = Severity.HIGH if hidden else Severity.MEDIUM
            words = "hidden Excel 4 macro sheet" if hidden else "Excel 4 macro sheet"
            sight.find("xlm_macro", severity, 65, words)
        if record == _BOF and at > 0:
            return
        at += 4 + length
