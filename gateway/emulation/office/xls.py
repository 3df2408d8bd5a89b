"""Workbooks of Excel 3 to 2003: the stream of records, in a compound file or bare, as the package
reader gives workbooks of Open XML. Reads; judges nothing.

Sources: [MS-XLS] 2.4 (records), OpenOffice.org's documentation of the older forms.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.ptg import Book, Names, Rule, formula_text
from gateway.emulation.office.xlscells import SheetReader
from gateway.emulation.office.xlsstrings import shared_strings, string_at
from gateway.extraction.ole.tokens import Dialect

_RECORDS_MAX = 400_000
_BOUNDSHEET, _SST, _CONTINUE, _CODEPAGE, _SHEET_HEADER = 0x85, 0xFC, 0x3C, 0x42, 0x8F
_NAMES = (0x18, 0x218)
_EXTERNSHEET, _EXTERNNAMES, _SUPBOOK, _LOCKED = 0x17, (0x23, 0x223), 0x1AE, 0x2F
_BEGINNINGS = {0x209: Dialect.BIFF3, 0x409: Dialect.BIFF4}
_BOF = 0x809
_BIFF8 = 0x600
_MACRO_SHEET, _WORKSPACE = 0x40, 0x100
"""What a beginning begins."""

STREAMS = tuple(struct.pack("<H", kind) for kind in (0x009, *_BEGINNINGS, _BOF))
"""How a bare stream of records begins, from Excel 2 on."""

_BUILT_IN = {1: "auto_open", 2: "auto_close", 10: "auto_activate", 11: "auto_deactivate"}
"""Numbers of built-in names that start macros ([MS-XLS] 2.5.66)."""

_OWN, _ADDIN = 0x0401, 0x3A01
_OLE_LINK = 0x10
_DDE_MARK = "\x03"
"""Between the program and what it is asked for; at the beginning of a sheet of this workbook."""
_FILE_MARK = "\x01"
"""At the beginning of the path of another workbook."""


@dataclass(slots=True)
class _Source(Book):
    """A book with how its link was written, and whether an object is linked rather than DDE."""

    path: str = ""
    is_object: bool = False


def read_workbook(stream: bytes, content: Content) -> None:
    """Everything in a workbook's stream, into `content`."""
    reader = _Workbook(content)
    for position, kind, body in _records(stream):
        try:
            reader.take(position, kind, body)
        except (struct.error, IndexError):
            reader.damaged += 1
    reader.finish()


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    position = 0
    for _ in range(_RECORDS_MAX):
        if position + 4 > len(stream):
            return
        kind, size = struct.unpack_from("<HH", stream, position)
        yield position, kind, stream[position + 4 : position + 4 + size]
        position += 4 + size


class _Workbook:
    """What has been read of a workbook: names and references come before the sheets."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._dialect: Dialect | None = None
        self._codec = "cp1252"
        self._names = Names()
        self._sources: list[_Source] = []
        self._defined: list[tuple[str, Rule, int | None]] = []
        self._starts: dict[int, Sheet] = {}
        self._title = ""
        self._strings: list[str] = []
        self._shared: list[bytes] = []
        self._reader: SheetReader | None = None
        self._unread = 0
        self._locked = False
        self.damaged = 0

    def take(self, position: int, kind: int, body: bytes) -> None:
        """The next record. Raises struct.error and IndexError for a damaged one."""
        if self._shared and kind not in (_SST, _CONTINUE):
            self._strings = shared_strings(self._shared)
            self._shared = []
        if kind == _BOF or kind in _BEGINNINGS:
            self._begin(position, kind, body)
        elif kind == _BOUNDSHEET:
            self._bound(body)
        elif kind == _SST or (kind == _CONTINUE and self._shared):
            self._shared.append(body)
        elif kind == _CODEPAGE:
            self._codec = _codec(struct.unpack_from("<H", body)[0])
        elif kind == _SHEET_HEADER and len(body) > 4:
            self._title = body[5 : 5 + body[4]].decode(self._codec, "replace")
        elif kind == _SUPBOOK:
            self._source(_supbook(body))
        elif kind == _EXTERNSHEET:
            self._references(body)
        elif kind in _EXTERNNAMES and self._sources:
            self._external_name(body)
        elif kind in _NAMES:
            self._name(body)
        elif kind == _LOCKED:
            self._locked = True
        elif self._reader is not None:
            self._reader.take(kind, body)

    def _begin(self, position: int, kind: int, body: bytes) -> None:
        """A workbook or sheet begins; a bare sheet of Excel 3 and 4 is a workbook of its own."""
        version, what = struct.unpack_from("<HH", body)
        if self._dialect is None:
            newest = Dialect.BIFF8 if version >= _BIFF8 else Dialect.BIFF5
            self._dialect = _BEGINNINGS.get(kind, newest)
        self._end_sheet()
        sheet = self._starts.get(position)
        if kind in _BEGINNINGS and what != _WORKSPACE:
            self._resolve()
            self._names.defined.clear()
            sheet = Sheet(self._title or f"Sheet{len(self._names.sheets) + 1}")
            self._content.sheets.append(sheet)
            self._names.sheets.append(sheet.name)
        elif sheet is None and position == 0 and what in (0x10, _MACRO_SHEET):
            sheet = Sheet("Sheet1")  # Excel 5 and later as a bare sheet
            self._content.sheets.append(sheet)
            self._names.sheets.append(sheet.name)
        if sheet is not None:
            sheet.kind = "macro" if what == _MACRO_SHEET else sheet.kind
            self._reader = SheetReader(
                sheet, self._strings, self._names, self._dialect, self._codec
            )

    def _bound(self, body: bytes) -> None:
        offset, hidden, sort, length = struct.unpack_from("<IBBB", body)
        name = self._string(body, 7, length)
        made = Sheet(name, "macro" if sort == 1 else "worksheet", bool(hidden & 3))
        self._content.sheets.append(made)
        self._names.sheets.append(name)
        self._starts[offset] = made

    def _string(self, body: bytes, at: int, length: int) -> str:
        """A string; from Excel 97 on a byte before it says how wide its characters are."""
        if self._dialect is not Dialect.BIFF8:
            return body[at : at + length].decode(self._codec, "replace")
        return string_at(body, at, length)

    def _source(self, source: _Source) -> None:
        self._sources.append(source)
        self._names.books.append(source)

    def _references(self, body: bytes) -> None:
        """EXTERNSHEET: from Excel 97 on a table; before it one source."""
        if self._dialect is Dialect.BIFF8:
            (count,) = struct.unpack_from("<H", body)
            for number in range(min(count, len(body) // 6)):
                source, first, _ = struct.unpack_from("<HhH", body, 2 + 6 * number)
                self._names.references.append((source, first))
            return
        path = body[1 : 1 + body[0]].decode(self._codec, "replace")
        own = path.startswith(("\x02", _DDE_MARK))
        sheet = path[1:] if own else ""
        known = self._names.sheets.index(sheet) if sheet in self._names.sheets else -1
        self._names.references.append((len(self._sources), known))
        self._source(_Source(own=own, title=path.rpartition("\\")[2], path="" if own else path))

    def _external_name(self, body: bytes) -> None:
        source = self._sources[-1]
        (flags,) = struct.unpack_from("<H", body)
        source.is_object = source.is_object or bool(flags & _OLE_LINK)
        source.names.append(self._string(body, 7, body[6]))

    def _name(self, body: bytes) -> None:
        """A defined name ([MS-XLS] 2.4.150): built-in ones are a number."""
        flags, _, length, size = struct.unpack_from("<HBBH", body)
        old = self._dialect in (Dialect.BIFF3, Dialect.BIFF4)
        at = 6 if old else 14
        name = self._string(body, at, length)
        if flags & 0x20:
            name = _BUILT_IN.get(ord(name[:1] or "\0"), "builtin")
        if self._dialect is Dialect.BIFF8:
            at += 1 + length * (2 if body[at] & 1 else 1)
        else:
            at += length
        self._names.defined.append(name)
        sheet = 0 if old else int(struct.unpack_from("<H", body, 8)[0])
        tokens, extra = body[at : at + size], body[at + size :]
        rule = Rule(tokens, extra, self._dialect or Dialect.BIFF8)
        self._defined.append((name, rule, sheet - 1 if sheet else None))

    def _resolve(self) -> None:
        for name, rule, sheet in self._defined:
            try:
                self._content.define(name, formula_text(rule, self._names), sheet)
            except (ValueError, struct.error):
                self._content.names.setdefault(name.lower(), "")
        self._defined.clear()

    def _end_sheet(self) -> None:
        if self._reader is not None:
            self._reader.finish()
            if self._reader.sheet.kind == "macro":
                self._unread += self._reader.unread
        self._reader = None

    def finish(self) -> None:
        """Say what could not be read."""
        self._end_sheet()
        self._resolve()
        for source in self._sources:
            program, mark, topic = source.path.partition(_DDE_MARK)
            if mark and not source.is_object and not program.startswith(_FILE_MARK):
                self._content.commands.append(f"{program} {topic}".strip())
        macros = any(sheet.kind == "macro" for sheet in self._content.sheets)
        if self._dialect is None:
            self._content.unread.append("a workbook without a beginning, or of Excel 2")
        elif self._locked:
            self._content.unread.append("the workbook's encrypted records")
        elif macros and (self._unread or self.damaged):
            self._content.unread.append(f"{self._unread + self.damaged} formulas of a macro sheet")


def _supbook(body: bytes) -> _Source:
    """SUPBOOK: this workbook, an add-in, another workbook, or a program and what it is asked."""
    _, length = struct.unpack_from("<HH", body)
    if length in (_OWN, _ADDIN):
        return _Source(own=length == _OWN)
    text = string_at(body, 4, length)
    return _Source(title=text.rpartition("\\")[2].lstrip("\x01\x02\x03"), path=text)


def _codec(page: int) -> str:
    """Python's name of a code page; that of Western Europe for one that nobody has."""
    name = {0x8000: "mac-roman", 0x8001: "cp1252", 1200: "utf-16-le"}.get(page, f"cp{page}")
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name
