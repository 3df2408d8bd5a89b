"""Workbooks of Excel 4 to 2003: what is read of them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.legacy import read_legacy
from gateway.emulation.office.ptg import Names
from gateway.emulation.office.xls import STREAMS, read_workbook
from gateway.emulation.office.xlscells import SheetReader
from gateway.extraction.ole.tokens import Dialect
from tools.corpus.xls import xls, xls4
from tools.corpus.xlsb import BinarySheet

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
SHEETS = [
    BinarySheet("Data", {"A1": "Total", "B1": 2.5, "B2": True, "C1": "=B1*2&A1"}),
    BinarySheet("Macro1", {"A1": '=EXEC("calc.exe")', "A2": "=HALT()"}, macro=True, hidden=True),
]
NAMES = {"Auto_Open": "Macro1!$A$1", "rate": "=0.19"}
DIALECTS = pytest.mark.parametrize("dialect", [Dialect.BIFF5, Dialect.BIFF8], ids=lambda d: d.name)


def _bare(stream: bytes) -> Content:
    content = Content("excel")
    read_workbook(stream, content)
    return content


@DIALECTS
def test_sheets_cells_names_and_links(dialect: Dialect) -> None:
    data = xls(SHEETS, names=NAMES, dde=("cmd", "/c calc.exe"), dialect=dialect)
    content = read_legacy(data, "excel")
    first, second = content.sheets
    assert (first.name, first.kind, first.hidden) == ("Data", "worksheet", False)
    assert first.values == {(1, 1): "Total", (1, 2): 2.5, (2, 2): True, (1, 3): 0}
    assert first.formulas == {(1, 3): "((B1*2)&A1)"}
    assert (second.name, second.kind, second.hidden) == ("Macro1", "macro", True)
    assert second.formulas == {(1, 1): 'EXEC("calc.exe")', (2, 1): "HALT()"}
    assert content.names == {"auto_open": "'Macro1'!A1", "rate": "0.19"}
    assert content.commands == ["cmd /c calc.exe"]
    assert content.unread == []


def test_a_bare_macro_sheet_of_excel_4() -> None:
    stream = xls4({"A1": '=EXEC("calc.exe")', "B1": "x"}, {"Auto_Open": "$A$1"})
    assert stream.startswith(STREAMS)
    content = _bare(stream)
    assert [(sheet.name, sheet.kind) for sheet in content.sheets] == [("Sheet1", "macro")]
    assert content.sheets[0].formulas == {(1, 1): 'EXEC("calc.exe")'}
    assert content.sheets[0].values == {(1, 2): "x"}
    assert content.names == {"auto_open": "A1"}


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


@pytest.mark.parametrize(
    ("path", "flags", "commands"),
    [
        ("MTX\x03DATA", 0, ["MTX DATA"]),
        ("Word.Document.8\x03C:\\a.doc", 0x10, []),
        ("\x01\x02folder\x03other.xls", 0, []),
    ],
)
def test_only_links_to_programs_are_dde(path: str, flags: int, commands: list[str]) -> None:
    """A linked object and another workbook are none, though they are written alike."""
    stream = _record(0x809, struct.pack("<HH", 0x600, 5) + bytes(12))
    stream += _record(0x1AE, struct.pack("<HHB", 0, len(path), 0) + path.encode("latin-1"))
    stream += _record(0x23, struct.pack("<HIBB", flags, 0, 4, 0) + b"item")
    assert _bare(stream).commands == commands


def test_encrypted_records_are_told() -> None:
    stream = _record(0x809, struct.pack("<HH", 0x600, 5) + bytes(12)) + _record(0x2F, bytes(54))
    assert _bare(stream).unread == ["the workbook's encrypted records"]


def test_excel_2_is_told() -> None:
    assert _bare(_record(0x009, bytes(4))).unread != []


@DIALECTS
def test_cut_off_streams_are_read_up_to_there(dialect: Dialect) -> None:
    whole = xls(SHEETS, names=NAMES, dialect=dialect)[512:]
    full = _bare(whole[:4096])
    for size in range(0, 700, 3):
        found = _bare(whole[:size])
        cells = sum(len(sheet.formulas) for sheet in found.sheets)
        assert cells <= sum(len(sheet.formulas) for sheet in full.sheets) == 3


@DIALECTS
def test_shared_formulas_are_counted_from_each_cell(dialect: Dialect) -> None:
    above = struct.pack("<HB", 0xFFFF, 0) if dialect is Dialect.BIFF5 else b"\xff\xff\x00\xc0"
    shared = b"\x4c" + above
    place = b"\x01" + struct.pack("<HH", 1, 0)
    reader = SheetReader(Sheet("S"), [], Names(), dialect, "cp1252")
    for row in (1, 2):
        head = struct.pack("<HHHdHI", row, 0, 0, 1.0, 0, 0)
        reader.take(0x06, head + struct.pack("<H", len(place)) + place)
        if row == 1:
            area = struct.pack("<HHBBBB", 1, 2, 0, 0, 0, 2)
            reader.take(0x4BC, area + struct.pack("<H", len(shared)) + shared)
    reader.finish()
    assert reader.sheet.formulas == {(2, 1): "A1", (3, 1): "A2"}
    assert reader.unread == 0


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")
def test_a_workbook_of_excel_5() -> None:
    data = (CORPUS / "oletools/excel4_sample_macro_excel5_format.xls").read_bytes()
    content = read_legacy(data, "excel")
    assert content.names == {"auto_open": "'Macro1'!A1"}
    alert = 'ALERT("This is a sample Excel 4 macro")'
    assert content.sheets[0].formulas == {(1, 1): alert, (2, 1): "HALT()"}
    assert content.unread == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")
def test_a_worksheet_of_excel_4() -> None:
    content = _bare((CORPUS / "tika/testEXCEL_4.xls").read_bytes())
    sheet = content.sheets[0]
    assert (len(sheet.values), len(sheet.formulas), content.unread) == (980, 157, [])
    assert sheet.formulas[13, 4] == "((SUM((C13/B13)))*100)"
