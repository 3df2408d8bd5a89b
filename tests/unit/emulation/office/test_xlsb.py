"""Binary workbooks: what is read of them. The writer is checked with LibreOffice in its own test."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.package import read_package
from gateway.emulation.office.ptg import Names
from gateway.emulation.office.xlsbcells import SheetReader
from gateway.extraction.ooxml.binary_records import Record, records
from tools.corpus.archives import zip_of
from tools.corpus.xlsb import BinarySheet, xlsb

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
BOOK = xlsb(
    [
        BinarySheet("It's", {"A1": "Total", "B1": 2.5, "B2": 3.0, "B3": True, "C1": "=B1*2&A1"}),
        BinarySheet(
            "Macro1", {"A1": '=EXEC("calc.exe")', "A2": "=HALT()"}, macro=True, hidden=True
        ),
    ],
    names={"Auto_Open": "Macro1!$A$1", "rate": "=0.19"},
    dde=("cmd", "/c calc.exe"),
)


def _read(data: bytes) -> Content:
    return read_package(data, "excel")


def test_sheets_cells_names_and_links() -> None:
    content = _read(BOOK)
    first, second = content.sheets
    assert (first.name, first.kind, first.hidden) == ("It's", "worksheet", False)
    assert first.values == {(1, 1): "Total", (1, 2): 2.5, (2, 2): 3, (3, 2): True, (1, 3): 0}
    assert first.formulas == {(1, 3): "((B1*2)&A1)"}
    assert (second.name, second.kind, second.hidden) == ("Macro1", "macro", True)
    assert second.formulas == {(1, 1): 'EXEC("calc.exe")', (2, 1): "HALT()"}
    assert second.values == {}
    assert content.names == {"auto_open": "'Macro1'!A1", "rate": "0.19"}
    assert content.commands == ["cmd /c calc.exe"]
    assert content.unread == []


def test_the_workbook_is_found_by_its_relationship() -> None:
    """A workbook whose part has an unusual name is read like any other."""
    with zipfile.ZipFile(io.BytesIO(BOOK)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    moved = {name.replace("workbook.bin", "other.bin"): data for name, data in members.items()}
    moved["_rels/.rels"] = moved["_rels/.rels"].replace(b"workbook.bin", b"other.bin")
    assert _read(zip_of(moved)) == _read(BOOK)


@pytest.mark.parametrize("part", ["xl/workbook.bin", "xl/macrosheets/sheet2.bin"])
def test_a_part_that_is_cut_off_is_told(part: str) -> None:
    with zipfile.ZipFile(io.BytesIO(BOOK)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    whole = members[part]
    ends = {0}
    for record in records(whole, part):
        ends.add(max(ends) + len(record.packed()))
    for size in set(range(0, len(whole), 7)) - ends:
        members[part] = whole[:size]
        assert _read(zip_of(members)).unread


def _cell(kind: int, column: int, body: bytes) -> Record:
    return Record(kind, struct.pack("<II", column, 0) + body)


def _row(number: int) -> Record:
    return Record(0, struct.pack("<I", number).ljust(25, b"\0"))


def _formula(tokens: bytes, extra: bytes = b"") -> bytes:
    rule = struct.pack("<I", len(tokens)) + tokens + struct.pack("<I", len(extra)) + extra
    return struct.pack("<dH", 1.0, 0) + rule


def _sheet(*found: Record) -> SheetReader:
    reader = SheetReader(Sheet("S"), ["zero", "one"], Names())
    for record in found:
        reader.take(record)
    reader.finish()
    return reader


def test_cells_of_every_kind() -> None:
    sheet = _sheet(
        _row(4),
        _cell(2, 0, struct.pack("<I", (7 << 2) | 2)),
        _cell(2, 1, struct.pack("<I", ((1 << 30) - 3) << 2 | 3)),
        _cell(3, 2, b"\x2a"),
        _cell(4, 3, b"\x01"),
        _cell(5, 4, struct.pack("<d", 0.5)),
        _cell(6, 5, struct.pack("<I", 2) + "ab".encode("utf-16-le")),
        _cell(7, 6, struct.pack("<I", 1)),
        _cell(7, 7, struct.pack("<I", 99)),
        _cell(62, 8, b"\x01" + struct.pack("<I", 1) + b"r\0"),
    ).sheet
    assert list(sheet.values.values()) == [7, -0.03, "#N/A", True, 0.5, "ab", "one", "", "r"]
    assert set(sheet.values) == {(5, column) for column in range(1, 10)}


def test_shared_formulas_are_counted_from_each_cell() -> None:
    shared = b"\x4c" + struct.pack("<IH", 0xFFFFF, 0xC000)  # the cell above
    place = b"\x01" + struct.pack("<I", 1)
    area = struct.pack("<4I", 1, 2, 0, 0)
    reader = _sheet(
        _row(1),
        _cell(9, 0, _formula(place, struct.pack("<I", 0))),
        Record(427, area + struct.pack("<I", len(shared)) + shared + bytes(4)),
        _row(2),
        _cell(9, 0, _formula(place, struct.pack("<I", 0))),
        _cell(9, 1, _formula(b"\x01" + struct.pack("<I", 70), struct.pack("<I", 0))),
    )
    assert reader.sheet.formulas == {(2, 1): "A1", (3, 1): "A2"}
    assert reader.unread == 1
    assert reader.sheet.values[3, 2] == 1


@pytest.mark.parametrize("record", [_cell(8, 0, b""), _cell(2, 0, b"\0"), Record(0, b"")])
def test_damaged_cells_are_counted(record: Record) -> None:
    assert _sheet(record).unread == 1


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")
@pytest.mark.parametrize(
    ("file", "cells", "formulas"),
    [
        ("oletools/excel4_sample_macro.xlsb", 0, 2),
        ("oletools/dde-test.xlsb", 5, 1),
        ("tika/test-columnar.xlsb", 95, 0),
        ("tika/testEXCEL_various.xlsb", 48, 3),
    ],
)
def test_workbooks_of_excel(file: str, cells: int, formulas: int) -> None:
    content = _read((CORPUS / file).read_bytes())
    first = content.sheets[0]
    assert (len(first.values), len(first.formulas)) == (cells, formulas)
    assert content.unread == []
