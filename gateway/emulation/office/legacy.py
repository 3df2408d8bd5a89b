"""Word, Excel and PowerPoint of 1997-2003: texts, cells, properties and embedded files out of
compound files.

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
from gateway.emulation.office.ptg import Names, formula_text
from gateway.extraction.contract import ExtractError
from gateway.extraction.ole.objects import presentation_objects

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
        if ole.exists("PowerPoint Document"):
            _presentation(ole, content)
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
        content.embedded += native_files(each)


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


_BIFF8 = 0x600
"""The version in the first record from Excel 97 on; before it strings have another form."""

_BOUNDSHEET, _SST, _CONTINUE, _BOF = 0x85, 0xFC, 0x3C, 0x809
_LABELSST, _LABEL, _NUMBER, _RK, _MULRK = 0xFD, 0x204, 0x203, 0x27E, 0xBD
_FORMULA, _STRING, _NAME, _EXTERNSHEET = 0x06, 0x207, 0x18, 0x17


def _workbook(stream: bytes, content: Content) -> None:
    """Sheets in the order of their records; names and references come before them."""
    reader = _Workbook(content)
    for position, kind, body in _records(stream):
        try:
            reader.take(position, kind, body)
        except struct.error:
            reader.damaged += 1
    reader.finish()


class _Workbook:
    """What has been read of a workbook."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._names = Names()
        self._starts: dict[int, Sheet] = {}
        self._strings: list[str] = []
        self._shared: list[bytes] = []
        self._sheet: Sheet | None = None
        self._last = (0, 0)
        self._unread = 0
        self._old = False
        self.damaged = 0

    def take(self, position: int, kind: int, body: bytes) -> None:
        """The next record. Raises struct.error for a damaged one."""
        if self._shared and kind not in (_SST, _CONTINUE):
            self._strings = shared_strings(self._shared)
            self._shared = []
        if position == 0:
            self._old = struct.unpack_from("<H", body)[0] < _BIFF8
        elif kind == _BOUNDSHEET:
            self._bound(body)
        elif kind == _SST or (kind == _CONTINUE and self._shared):
            self._shared.append(body)
        elif kind == _EXTERNSHEET:
            count = struct.unpack_from("<H", body)[0]
            places = range(min(count, len(body) // 6))
            first = [struct.unpack_from("<HHH", body, 2 + 6 * n)[1] for n in places]
            self._names.references += first
        elif kind == _NAME:
            self._name(body)
        elif kind == _BOF and position in self._starts:
            self._sheet = self._starts[position]
        elif self._sheet is not None:
            self._last = _cell(kind, body, self._sheet, self._strings, self._last)
            if kind == _FORMULA and self._sheet.kind == "macro":
                self._formula(body, self._sheet)

    def _bound(self, body: bytes) -> None:
        offset, hidden, sort, length, wide = struct.unpack_from("<IBBBB", body)
        raw = body[8 : 8 + length * (2 if wide & 1 else 1)]
        name = raw.decode("utf-16-le" if wide & 1 else "cp1252", "replace")
        made = Sheet(name, "macro" if sort == 1 else "worksheet", bool(hidden & 3))
        self._content.sheets.append(made)
        self._names.sheets.append(name)
        self._starts[offset] = made

    def _name(self, body: bytes) -> None:
        """A defined name (MS-XLS 2.4.150): built-in ones are a number."""
        flags, _, length, size = struct.unpack_from("<HBBH", body)
        wide = body[14] if len(body) > 14 else 0
        width = 2 if wide & 1 else 1
        raw = body[15 : 15 + length * width]
        name = raw.decode("utf-16-le" if width == 2 else "cp1252", "replace")
        if flags & 0x20:
            name = _BUILT_IN.get(ord(name[:1] or "\0"), "builtin")
        self._names.defined.append(name)
        tokens = body[15 + length * width : 15 + length * width + size]
        try:
            self._content.names[name.lower()] = formula_text(tokens, self._names)
        except (ValueError, struct.error):
            self._content.names.setdefault(name.lower(), "")

    def _formula(self, body: bytes, sheet: Sheet) -> None:
        size = struct.unpack_from("<H", body, 20)[0]
        try:
            text = formula_text(body[22 : 22 + size], self._names)
        except (ValueError, struct.error):
            self._unread += 1
            return
        sheet.formulas[self._last] = text
        sheet.values.pop(self._last, None)

    def finish(self) -> None:
        """Say what could not be read."""
        macros = any(sheet.kind == "macro" for sheet in self._content.sheets)
        if macros and self._old:
            self._content.unread.append("Excel 4 macros in the form of Excel 5")
        if macros and (self._unread or self.damaged):
            self._content.unread.append(f"{self._unread + self.damaged} formulas of a macro sheet")


_BUILT_IN = {1: "auto_open", 2: "auto_close", 10: "auto_activate", 11: "auto_deactivate"}
"""Numbers of built-in names that start macros (MS-XLS 2.5.66)."""


def _cell(
    kind: int, body: bytes, sheet: Sheet, strings: list[str], last: tuple[int, int]
) -> tuple[int, int]:
    """Take a record of a cell; where the last formula stood, because its text comes after it."""
    if kind == _STRING and last not in sheet.formulas:
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
