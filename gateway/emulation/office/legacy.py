"""Word and Excel of 1997-2003: texts, cells and properties out of compound files.

Sources: MS-DOC 2.4.1 (piece table), MS-XLS 2.5 (records).
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
from collections.abc import Iterator

import olefile

from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.embedded import native_files

_TEXT_MAX = 8 << 20
_RECORDS_MAX = 400_000
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


def read_legacy(data: bytes, application: str) -> Content:
    """Everything in a compound file. Raises OSError when it is none."""
    content = Content(application)
    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        _properties(ole, content)
        if ole.exists("WordDocument"):
            _word(ole, content)
        for name in ("Workbook", "Book"):
            if ole.exists(name):
                _workbook(ole.openstream(name).read(), content)
                break
    content.embedded += native_files(data)
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


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    position = 0
    for _ in range(_RECORDS_MAX):
        if position + 4 > len(stream):
            return
        kind, size = struct.unpack_from("<HH", stream, position)
        yield position, kind, stream[position + 4 : position + 4 + size]
        position += 4 + size


_BOUNDSHEET, _SST, _CONTINUE, _BOF = 0x85, 0xFC, 0x3C, 0x809
_LABELSST, _LABEL, _NUMBER, _RK, _MULRK, _FORMULA, _STRING = (
    0xFD,
    0x204,
    0x203,
    0x27E,
    0xBD,
    6,
    0x207,
)


def _workbook(stream: bytes, content: Content) -> None:
    starts: dict[int, Sheet] = {}
    strings: list[str] = []
    sheet: Sheet | None = None
    shared: list[bytes] = []
    last = (0, 0)
    for position, kind, body in _records(stream):
        try:
            if kind == _BOUNDSHEET and len(body) > 8:
                offset, hidden, sort, length, wide = struct.unpack_from("<IBBBB", body)
                raw = body[8 : 8 + length * (2 if wide & 1 else 1)]
                name = raw.decode("utf-16-le" if wide & 1 else "cp1252", "replace")
                made = Sheet(name, "macro" if sort == 1 else "worksheet", bool(hidden & 3))
                content.sheets.append(made)
                starts[offset] = made
            elif kind == _SST:
                shared = [body]
            elif kind == _CONTINUE and shared:
                shared.append(body)
            elif kind == _BOF and position in starts:
                strings = strings or shared_strings(shared)
                sheet = starts[position]
            elif sheet is not None:
                last = _cell(kind, body, sheet, strings, last)
            if kind not in (_SST, _CONTINUE) and shared and not strings:
                strings = shared_strings(shared)
                shared = []
        except struct.error:
            continue
    if any(sheet.kind == "macro" for sheet in content.sheets):
        content.unread.append("Excel 4 macros in the old binary form")


def _cell(
    kind: int, body: bytes, sheet: Sheet, strings: list[str], last: tuple[int, int]
) -> tuple[int, int]:
    """Take a record of a cell; where the last formula stood, because its text comes after it."""
    if kind == _STRING:
        length, wide = struct.unpack_from("<HB", body)
        raw = body[3 : 3 + length * (2 if wide & 1 else 1)]
        sheet.values[last] = raw.decode("utf-16-le" if wide & 1 else "cp1252", "replace")
        return last
    if kind not in (_LABELSST, _LABEL, _NUMBER, _RK, _MULRK, _FORMULA):
        return last
    row, column = struct.unpack_from("<HH", body)
    place = (row + 1, column + 1)
    if kind == _LABELSST:
        index = struct.unpack_from("<I", body, 6)[0]
        sheet.values[place] = strings[index] if index < len(strings) else ""
    elif kind == _LABEL:
        length, wide = struct.unpack_from("<HB", body, 6)
        raw = body[9 : 9 + length * (2 if wide & 1 else 1)]
        sheet.values[place] = raw.decode("utf-16-le" if wide & 1 else "cp1252", "replace")
    elif kind == _NUMBER:
        sheet.values[place] = _whole(struct.unpack_from("<d", body, 6)[0])
    elif kind == _RK:
        sheet.values[place] = _rk(struct.unpack_from("<I", body, 6)[0])
    elif kind == _MULRK:
        for number in range((len(body) - 6) // 6):
            value = struct.unpack_from("<I", body, 6 + number * 6)[0]
            sheet.values[row + 1, column + 1 + number] = _rk(value)
    elif body[12:14] != b"\xff\xff":
        sheet.values[place] = _whole(struct.unpack_from("<d", body, 6)[0])
    return place


def _rk(value: int) -> object:
    """A number in 30 bits (MS-XLS 2.5.122)."""
    if value & 2:
        number = float((value >> 2) - (1 << 30 if value & 0x80000000 else 0))
    else:
        number = struct.unpack("<d", struct.pack("<II", 0, value & 0xFFFFFFFC))[0]
    return _whole(number / 100 if value & 1 else number)


def _whole(number: float) -> object:
    return int(number) if abs(number) < 1 << 31 and number == int(number) else number


def shared_strings(records: list[bytes]) -> list[str]:
    """The shared strings table; a string may go on in the next record, with a flag of its own."""
    if not records or len(records[0]) < 8:
        return []
    total = struct.unpack_from("<I", records[0], 4)[0]
    reader = _Strings(records, 8)
    found: list[str] = []
    with contextlib.suppress(struct.error, IndexError):  # what was read before the damage counts
        while len(found) < min(total, _RECORDS_MAX):
            found.append(reader.next())
    return found


class _Strings:
    """Reads strings across records."""

    def __init__(self, records: list[bytes], position: int) -> None:
        self._records = records
        self._number = 0
        self._position = position

    def _take(self, count: int) -> bytes:
        while self._position >= len(self._records[self._number]):
            self._number += 1
            self._position = 0
        found = self._records[self._number][self._position : self._position + count]
        self._position += len(found)
        return found

    def _bytes(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            found += self._take(count - len(found))
        return found

    def next(self) -> str:
        """The next string. Raises IndexError at the end of all records."""
        length, flags = struct.unpack("<HB", self._bytes(3))
        runs = struct.unpack("<H", self._bytes(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", self._bytes(4))[0] if flags & 4 else 0
        text = ""
        while len(text) < length:
            if self._position >= len(self._records[self._number]):
                self._number += 1
                self._position = 1
                flags = flags & ~1 | self._records[self._number][0] & 1
            width = 2 if flags & 1 else 1
            room = len(self._records[self._number]) - self._position
            raw = self._take(min((length - len(text)) * width, room))
            text += raw.decode("utf-16-le" if width == 2 else "cp1252", "replace")
        self._bytes(runs * 4)
        self._bytes(extra)
        return text
