"""Binary workbooks: formulas, links, names and objects in their records."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import pytest

from gateway.engines.identify import identify
from gateway.extraction import ExtractStatus, extract
from gateway.extraction.ooxml.binary_records import Record, records
from tests.unit.extraction.legacy import SUM
from tests.unit.extraction.packages import members_of, zip_of

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_EXCEL = "application/vnd.ms-excel"
NAME_X = b"\x59\0\0\x01\0\0\0"
REF_3D = b"\x3a\0\0" + bytes(6)


def wide(text: str) -> bytes:
    return struct.pack("<L", len(text)) + text.encode("utf-16-le")


def rule(tokens: bytes) -> bytes:
    return struct.pack("<L", len(tokens)) + tokens + bytes(4)


def cell(kind: int, value: bytes, tokens: bytes) -> Record:
    return Record(kind, bytes(8) + value + bytes(2) + rule(tokens))


def name(text: str, tokens: bytes, flags: int = 0) -> Record:
    return Record(39, struct.pack("<LBl", flags, 0, -1) + wide(text) + rule(tokens))


def rels(targets: Mapping[str, tuple[str, str]]) -> str:
    inside = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def workbook(
    cells: list[Record],
    names: list[Record] | None = None,
    sheet_rels: Mapping[str, tuple[str, str]] | None = None,
    more: Mapping[str, bytes] | None = None,
    book_rels: Mapping[str, tuple[str, str]] | None = None,
) -> bytes:
    """A binary workbook with one sheet, and a link to another workbook or DDE source."""
    book = [
        Record(131, b""),
        Record(156, struct.pack("<2L", 0, 1) + wide("rId1") + wide("One")),
        Record(353, b""),
        Record(355, wide("rId2")),
        Record(362, struct.pack("<LLll", 1, 0, 0, 0)),
        Record(354, b""),
        *(names or []),
        Record(132, b""),
    ]
    sheet = [Record(129, b""), Record(145, b""), Record(0, bytes(25)), *cells, Record(146, b""),
             Record(130, b"")]  # fmt: skip
    types = "".join(
        f'<Override PartName="/{part}" ContentType="{_EXCEL}.{kind}"/>'
        for part, kind in (
            ("xl/workbook.bin", "sheet.binary.macroEnabled.main"),
            ("xl/worksheets/sheet1.bin", "worksheet"),
            ("xl/externalLinks/externalLink1.bin", "externalLink"),
        )
    )
    links = {
        "rId1": ("worksheet", "worksheets/sheet1.bin"),
        "rId2": ("externalLink", "externalLinks/externalLink1.bin"),
        **(book_rels or {}),
    }
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
        "_rels/.rels": rels({"a": ("officeDocument", "xl/workbook.bin")}),
        "xl/workbook.bin": b"".join(record.packed() for record in book),
        "xl/_rels/workbook.bin.rels": rels(links),
        "xl/worksheets/sheet1.bin": b"".join(record.packed() for record in sheet),
        "xl/worksheets/_rels/sheet1.bin.rels": rels(sheet_rels or {}),
        "xl/externalLinks/externalLink1.bin": Record(
            360, struct.pack("<H", 1) + wide("cmd") + wide("/c calc")
        ).packed(),
        **(more or {}),
    }
    return zip_of({key: value.encode() if isinstance(value, str) else value
                   for key, value in members.items()})  # fmt: skip


def cleaned(data: bytes) -> tuple[list[str], list[Record], list[Record]]:
    """What went, and the records of workbook and sheet afterwards."""
    assert identify(data, "a.xlsb").guess.type == "xlsb"
    made = extract(data, "xlsb")
    assert made.content is not None, made
    assert extract(made.content, "xlsb").status is ExtractStatus.UNCHANGED
    members = members_of(made.content)
    book = list(records(members["xl/workbook.bin"], "book"))
    sheet = list(records(members["xl/worksheets/sheet1.bin"], "sheet"))
    return [removal.what for removal in made.removed], book, sheet


def test_formulas_over_a_removed_link_leave_their_last_result() -> None:
    cells = [
        cell(8, wide("shown"), NAME_X),
        cell(9, struct.pack("<d", 2.5), REF_3D),
        cell(10, b"\x01", NAME_X),
        cell(11, b"\x17", NAME_X),
        cell(9, struct.pack("<d", 3.0), SUM),
    ]
    went, book, sheet = cleaned(workbook(cells, [name("Rate", REF_3D)]))
    assert went == ["link to another workbook"]
    assert [record.type for record in sheet[3:-2]] == [6, 5, 4, 3, 9]
    assert sheet[3].data == bytes(8) + wide("shown")
    assert sheet[4].data == bytes(8) + struct.pack("<d", 2.5)
    assert [record.type for record in book].count(358) == 1
    references = next(record.data for record in book if record.type == 362)
    assert references == struct.pack("<LLll", 1, 0, -1, -1)
    rate = next(record.data for record in book if record.type == 39)
    assert rate.endswith(b"\x1c\x17" + b"\x15" * 7 + bytes(4))


def test_shared_formulas_go_with_all_their_cells() -> None:
    exp = b"\x01" + struct.pack("<L", 0)
    shared = Record(427, bytes(16) + rule(REF_3D))
    cells = [cell(9, struct.pack("<d", 1.0), exp), shared, cell(9, struct.pack("<d", 2.0), exp)]
    _, _, sheet = cleaned(workbook(cells))
    assert [record.type for record in sheet[3:-2]] == [5, 5]


@pytest.mark.parametrize("tokens", [b"\x42\0\x96\0", b"\x41\x7b\x01", b"\x23\x01\0\0\0"])
def test_formulas_that_act_go(tokens: bytes) -> None:
    names = [name("_xlfn.WEBSERVICE", b"\x1c\x1d")]
    went, _, sheet = cleaned(workbook([cell(9, struct.pack("<d", 1.0), tokens)], names))
    assert "formula that fetches or runs" in went
    assert sheet[3].type == 5


def test_names_that_start_macros_lose_their_name_and_keep_their_number() -> None:
    went, book, _ = cleaned(workbook([], [name("_xlnm.Auto_Open", SUM, 0x22), name("Rate", SUM)]))
    assert "name _xlnm.Auto_Open that runs a macro" in went
    found = [record.data for record in book if record.type == 39]
    assert wide("_emptied1") in found[0]
    assert wide("Rate") in found[1]
    assert found[0][:4] == bytes(4)


def test_objects_and_controls_leave_the_sheet_with_their_parts() -> None:
    ole = [
        Record(638, b""),
        Record(639, struct.pack("<3LH", 1, 1, 1, 0) + wide("Package") + wide("rIdO")),
        Record(640, b""),
    ]
    linked = [Record(638, b""), Record(639, struct.pack("<3LH", 1, 1, 1, 1) + wide("") +
                                       rule(NAME_X)), Record(640, b"")]  # fmt: skip
    data = workbook(
        [*ole, *linked],
        sheet_rels={"rIdO": ("oleObject", "../embeddings/o.bin")},
        more={"xl/embeddings/o.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)},
    )
    went, _, sheet = cleaned(data)
    assert {"embedded OLE object", "linked OLE object"} <= set(went)
    assert not {638, 639, 640} & {record.type for record in sheet}


def _connection(number: int, kind: int, *inside: Record) -> list[Record]:
    """A connection that refreshes on opening, from a file, with a description."""
    head = struct.pack("<4B3H3LB", 5, 5, 1, 0, 15, 0x60, 0x01 | 0x04 | 0x08, kind, 1, number, 0)
    strings = wide("\\\\evil.example\\a.odc") + wide("What sells") + wide(f"Sales{number}")
    return [Record(201, head + strings), *inside, Record(202, b"")]


def test_connections_keep_number_and_name_and_lose_where_they_lead() -> None:
    database = struct.pack("<LB", 2, 0x03) + wide("DSN=evil.example;PWD=x") + wide("SELECT 1")
    page = struct.pack("<BBH", 1, 0, 0x01 | 0x02 | 0x08) + wide("http://evil.example/q") + wide("p")
    cube = struct.pack("<BLB", 1, 1000, 1) + wide("Provider=evil.example")
    part = [
        Record(429, b""),
        *_connection(1, 1, Record(203, database + wide("more")), Record(204, b"")),
        *_connection(2, 4, Record(261, page), Record(263, b""), Record(264, b""), Record(262, b"")),
        *_connection(3, 5, Record(205, cube), Record(206, b""), Record(35, b"\0" * 4),
                     Record(2071, wide("http://evil.example/feed")), Record(36, b"")),
        Record(430, b""),
    ]  # fmt: skip
    data = workbook(
        [],
        book_rels={"rId3": ("connections", "connections.bin")},
        more={"xl/connections.bin": b"".join(record.packed() for record in part)},
    )
    made = extract(data, "xlsb")
    assert made.status is ExtractStatus.CLEANED, made
    went = [(removal.what, removal.where.rpartition(": ")[2]) for removal in made.removed]
    assert [each for each in went if each[0] == "data connection"] == [
        ("data connection", f"Sales{number}") for number in (1, 2, 3)
    ]
    assert made.content is not None
    assert extract(made.content, "xlsb").status is ExtractStatus.UNCHANGED
    left = members_of(made.content)["xl/connections.bin"]
    assert "evil.example".encode("utf-16-le") not in left
    assert "SELECT".encode("utf-16-le") not in left
    after = list(records(left, "connections"))
    assert [record.type for record in after] == [
        429, 201, 203, 204, 202, 201, 261, 262, 202, 201, 205, 206, 202, 430,
    ]  # fmt: skip
    for number, record in enumerate((each for each in after if each.type == 201), 1):
        head = struct.unpack_from("<4B3H3LB", record.data)
        assert head[4:7] == (0, 0x40, 0x04 | 0x08)
        assert head[9] == number
        assert record.data.endswith(wide("What sells") + wide(f"Sales{number}"))


def test_a_connection_that_is_cut_short_goes() -> None:
    part = Record(429, b"").packed() + Record(201, b"\x05").packed()
    data = workbook(
        [],
        book_rels={"rId3": ("connections", "connections.bin")},
        more={"xl/connections.bin": part},
    )
    went, _, _ = cleaned(data)
    assert "data connection that never ends" in went
    made = extract(data, "xlsb")
    assert made.content is not None
    assert members_of(made.content)["xl/connections.bin"] == Record(429, b"").packed()


def test_a_record_that_is_cut_off_fails() -> None:
    whole = members_of(workbook([]))
    whole["xl/worksheets/sheet1.bin"] = b"\x81\x01\x00\x91\x01\x7f"
    made = extract(zip_of(whole), "xlsb")
    assert made.status is ExtractStatus.FAILED
    assert "cut off" in made.error


@pytest.mark.parametrize("size", [0, 1, 127, 128, 300, 20_000])
@pytest.mark.parametrize("kind", [0, 39, 129, 355, 2071])
def test_records_are_read_as_they_were_written(kind: int, size: int) -> None:
    record = Record(kind, b"x" * size)
    assert list(records(record.packed() * 2, "part")) == [record, record]
