"""Word, Excel and PowerPoint of 1997-2003: texts, cells, properties and embedded files out of
compound files.

Source: [MS-DOC] 2.4.1 (piece table). Workbooks are read elsewhere.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

import olefile

from gateway.emulation.office.content import Content
from gateway.emulation.office.macros import holds_project
from gateway.emulation.office.oleobjects import take_compound
from gateway.emulation.office.xls import read_workbook
from gateway.extraction.contract import ExtractError
from gateway.extraction.ole.objects import presentation_objects

_TEXT_MAX = 8 << 20
_DDE = re.compile(r"\x13\s*DDE(?:AUTO)?\s+([^\x13\x14\x15]+)", re.IGNORECASE)
_PROPERTY_NAMES = {
    "title": "title",
    "subject": "subject",
    "author": "author",
    "keywords": "keywords",
    "comments": "comments",
    "last_saved_by": "last author",
    "category": "category",
    "manager": "manager",
    "company": "company",
}


def read_legacy(data: bytes, application: str, *, alone: bool = False) -> Content:
    """Everything in a compound file; alone: it is the object of some program, not a document.

    Raises OSError when it is none.
    """
    content = Content(application)
    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        _properties(ole, content)
        if ole.exists("WordDocument"):
            _word(ole, content)
        for name in ("Workbook", "Book"):
            if ole.exists(name):
                read_workbook(ole.openstream(name).read(), content)
                break
        if ole.exists("PowerPoint Document"):
            _presentation(ole, content)
        elif holds_project(data):
            content.projects.append(data)
    take_compound(data, content, alone=alone)
    return content


def _properties(ole: olefile.OleFileIO, content: Content) -> None:
    try:
        metadata = ole.get_metadata()
    except Exception:  # noqa: BLE001 - olefile raises whatever a damaged stream makes it raise
        content.unread.append("the document's properties")
        return
    for attribute, name in _PROPERTY_NAMES.items():
        value = getattr(metadata, attribute, None)
        if isinstance(value, bytes):
            value = value.decode("cp1252", "replace")
        if value:
            content.properties[name] = str(value)


def _word(ole: olefile.OleFileIO, content: Content) -> None:
    """The document's text by its piece table."""
    stream = ole.openstream("WordDocument").read()
    if len(stream) < 0x1AA:
        return
    flags = struct.unpack_from("<H", stream, 0x0A)[0]
    table = "1Table" if flags & 0x0200 else "0Table"
    offset, size = struct.unpack_from("<II", stream, 0x1A2)
    if not ole.exists(table):
        return
    text = "".join(_pieces(stream, ole.openstream(table).read()[offset : offset + size]))
    content.commands += [found[1].strip() for found in _DDE.finditer(text)]
    content.paragraphs += re.split(r"[\r\x07]", text)


def _presentation(ole: olefile.OleFileIO, content: Content) -> None:
    """The files in a presentation's objects."""
    user = ole.openstream("Current User").read() if ole.exists("Current User") else b""
    try:
        objects, complete = presentation_objects(ole.openstream("PowerPoint Document").read(), user)
    except (ExtractError, struct.error):
        objects, complete = [], False
    if not complete:
        content.unread.append("objects of the presentation")
    for each in objects:
        take_compound(each, content)
    content.projects += filter(holds_project, objects)


def _pieces(stream: bytes, clx: bytes) -> Iterator[str]:
    position = 0
    while position < len(clx) and clx[position] == 1:  # formatting, each with its size
        position += 3 + struct.unpack_from("<H", clx, position + 1)[0]
    if position + 5 > len(clx) or clx[position] != 2:
        return
    size = struct.unpack_from("<I", clx, position + 1)[0]
    table = clx[position + 5 : position + 5 + size]
    count = (len(table) - 4) // 12
    total = 0
    for number in range(count):
        start, end = struct.unpack_from("<II", table, number * 4)
        place = struct.unpack_from("<I", table, (count + 1) * 4 + number * 8 + 2)[0]
        length = min(end - start, _TEXT_MAX - total)
        if length <= 0:
            return
        total += length
        if place & 0x40000000:
            at = (place & ~0x40000000) // 2
            yield stream[at : at + length].decode("cp1252", "replace")
        else:
            yield stream[place : place + 2 * length].decode("utf-16-le", "replace")
