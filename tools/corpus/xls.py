"""Workbooks of Excel 4 to 2003, small and without looks: the stream of records, in a compound file
from Excel 5 on.

Sources: [MS-XLS] 2.4, OpenOffice.org's documentation of the older forms.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from gateway.emulation.office.cells import cell_place
from gateway.extraction.ole.tokens import Dialect
from tools.corpus.biff import Compiler
from tools.corpus.compound import Tree, compound_file
from tools.corpus.xlsb import BinarySheet, Cell

_OWN = 0x0401
_BUILT_IN = {"auto_open": 1, "auto_close": 2}
_GLOBALS, _SHEET, _MACRO = 0x05, 0x10, 0x40
_SECTOR = 4096
"""Streams shorter than this lie elsewhere in a compound file."""


def xls(
    sheets: Sequence[BinarySheet],
    *,
    names: Mapping[str, str] | None = None,
    dde: tuple[str, str] | None = None,
    dialect: Dialect = Dialect.BIFF8,
    extra: Tree | None = None,
) -> bytes:
    """A workbook of Excel 97 (BIFF8) or Excel 5 (BIFF5) in a compound file, with other streams if
    `extra` has any. names: defined names and their formulas; dde: program and topic of a link."""
    writer = _Writer(dialect, sheets, names or {})
    externals = writer.externals(dde)
    defined = b"".join(writer.name(name, words) for name, words in (names or {}).items())
    tail = externals + defined + _record(0x0A)
    bodies = [writer.sheet(sheet) for sheet in sheets]
    beginning = writer.beginning(_GLOBALS)
    heads = sum(len(writer.bound(sheet, 0)) for sheet in sheets)
    at = len(beginning) + heads + len(tail)
    stream = beginning
    for sheet, body in zip(sheets, bodies, strict=True):
        stream += writer.bound(sheet, at)
        at += len(body)
    stream += tail + b"".join(bodies)
    title = "Workbook" if dialect is Dialect.BIFF8 else "Book"
    return compound_file({title: stream.ljust(_SECTOR, b"\0"), **(extra or {})})


def xls4(cells: Mapping[str, Cell], names: Mapping[str, str] | None = None) -> bytes:
    """A macro sheet of Excel 4: a bare stream."""
    sheet = BinarySheet("Macro1", cells, macro=True)
    writer = _Writer(Dialect.BIFF4, [sheet], names or {})
    defined = b"".join(writer.name(name, words) for name, words in (names or {}).items())
    body = writer.sheet(sheet)
    head = len(writer.beginning(_MACRO))
    return body[:head] + defined + body[head:]


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


class _Writer:
    """Records in one dialect."""

    def __init__(
        self, dialect: Dialect, sheets: Sequence[BinarySheet], names: Mapping[str, str]
    ) -> None:
        self._dialect = dialect
        self._old = dialect is Dialect.BIFF4
        self._compiler = Compiler(dialect, [sheet.name for sheet in sheets], list(names))
        self._sheets = sheets

    def beginning(self, what: int) -> bytes:
        """BOF."""
        if self._old:
            return _record(0x409, struct.pack("<HHH", 0, what, 0))
        version = 0x600 if self._dialect is Dialect.BIFF8 else 0x500
        more = struct.pack("<II", 0, 6) if self._dialect is Dialect.BIFF8 else b""
        return _record(0x809, struct.pack("<HHHH", version, what, 0x2A5A, 0x7CC) + more)

    def _text(self, words: str) -> bytes:
        """Characters, from Excel 97 on with their width before them."""
        wide = b"\0" if self._dialect is Dialect.BIFF8 else b""
        return wide + words.encode("cp1252")

    def bound(self, sheet: BinarySheet, at: int) -> bytes:
        """BOUNDSHEET: where a sheet begins."""
        head = struct.pack("<IBBB", at, sheet.hidden, sheet.macro, len(sheet.name))
        return _record(0x85, head + self._text(sheet.name))

    def externals(self, dde: tuple[str, str] | None) -> bytes:
        """References to every sheet of this workbook, and the link to a program."""
        topic = "\x03".join(dde or ())
        if self._dialect is Dialect.BIFF8:
            rows = [struct.pack("<HHH", 0, n, n) for n in range(len(self._sheets))]
            sources = _record(0x1AE, struct.pack("<HH", len(self._sheets), _OWN))
            if dde:
                sources += _record(0x1AE, struct.pack("<HH", 0, len(topic)) + self._text(topic))
            table = struct.pack("<H", len(rows)) + b"".join(rows)
            return sources + _record(0x17, table)
        paths = [f"\x03{sheet.name}" for sheet in self._sheets]
        listed = [_record(0x17, bytes((len(path) - 1,)) + path.encode("cp1252")) for path in paths]
        if dde:
            listed.append(_record(0x17, bytes((len(topic),)) + topic.encode("cp1252")))
        return _record(0x16, struct.pack("<H", len(listed))) + b"".join(listed)

    def name(self, name: str, words: str) -> bytes:
        """NAME."""
        built_in = _BUILT_IN.get(name.lower())
        shown = chr(built_in) if built_in else name
        tokens = self._compiler.name_tokens(words)
        head = struct.pack("<HBBH", 0x20 if built_in else 0, 0, len(shown), len(tokens))
        if self._old:
            return _record(0x218, head + self._text(shown) + tokens)
        return _record(0x18, head + bytes(8) + self._text(shown) + tokens)

    def sheet(self, sheet: BinarySheet) -> bytes:
        """A sheet from its beginning to its end."""
        places = {cell_place(name) or (1, 1): cell for name, cell in sheet.cells.items()}
        rows = b"".join(self._cell(place, cell) for place, cell in sorted(places.items()))
        last_row, last_column = max(r for r, _ in places), max(c for _, c in places)
        form = "<IIHHH" if self._dialect is Dialect.BIFF8 else "<HHHHH"
        size = _record(0x200, struct.pack(form, 0, last_row, 0, last_column, 0))
        begin = self.beginning(_MACRO if sheet.macro else _SHEET)
        return begin + size + rows + _record(0x0A)

    def _cell(self, place: tuple[int, int], cell: Cell) -> bytes:
        head = struct.pack("<HHH", place[0] - 1, place[1] - 1, 0)
        if isinstance(cell, bool):
            return _record(0x205, head + bytes((cell, 0)))
        if not isinstance(cell, str):
            return _record(0x203, head + struct.pack("<d", cell))
        if not cell.startswith("="):
            return _record(0x204, head + struct.pack("<H", len(cell)) + self._text(cell))
        tokens = self._compiler.tokens(cell)
        rule = struct.pack("<H", len(tokens)) + tokens
        value = struct.pack("<dH", 0.0, 0)
        if self._old:
            return _record(0x406, head + value + rule)
        return _record(0x06, head + value + bytes(4) + rule)
