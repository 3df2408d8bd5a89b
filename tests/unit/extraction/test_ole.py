"""Legacy Office: what acts goes in place, all else keeps its bytes, and the file stays sound."""

from __future__ import annotations

import struct
from io import BytesIO

import olefile
import pytest
from oletools import msodde
from oletools.olevba import VBA_Parser

from gateway.extraction import ExtractStatus, extract, survey
from gateway.extraction.contract import ExtractError
from gateway.extraction.ole.compound import Compound, empty
from tests.unit.extraction import legacy
from tests.unit.extraction.test_contract import ExtractorContract
from tools.corpus.compound import Tree, compound_file

DDE_PIECES = ("Dear reader \x13 DDE", "AUTO cmd /c calc \x14shown", "\x15 the end")


class LegacyContract(ExtractorContract):
    """A compound file is full of zeros, so that a tail is looked for by length."""

    @pytest.mark.parametrize("tail", [b"\r\n", b"\0" * 64, b"MZ" + bytes(range(256))])
    def test_bytes_behind_the_end_do_not_hide_anything(self, tail: bytes) -> None:
        alone = extract(self.acting(), self.TYPE).content
        assert extract(self.acting() + tail, self.TYPE).content == alone


class TestWord(LegacyContract):
    __test__ = True
    TYPE = "ole-doc"

    def quiet(self) -> bytes:
        return legacy.word(("Dear reader \x13 PA", "GE \x141\x15", " end"))

    def acting(self) -> bytes:
        extra: Tree = {
            "Macros": legacy.VBA,
            "ObjectPool": {"_1": legacy.OBJECT, "_2": legacy.CONTROL},
        }
        return legacy.word(DDE_PIECES, extra, "http://evil.example/t.dot")


class TestExcel(LegacyContract):
    __test__ = True
    TYPE = "ole-xls"

    def quiet(self) -> bytes:
        return legacy.excel(legacy.book(sheets={"One": (0, legacy.formula(0, 0, legacy.SUM, 3.0))}))

    def acting(self) -> bytes:
        return legacy.acting_book()


class TestPowerPoint(LegacyContract):
    __test__ = True
    TYPE = "ole-ppt"

    def quiet(self) -> bytes:
        inner = legacy.link("https://example.org/") + legacy.action(4)
        return legacy.presentation(legacy.part(0x03E8, inner, 0, True))

    def acting(self) -> bytes:
        return legacy.acting_presentation()


def content_of(data: bytes, kind: str) -> bytes:
    made = extract(data, kind)
    assert made.content is not None, made
    return made.content


def stream_of(data: bytes, name: str) -> bytes:
    with olefile.OleFileIO(BytesIO(data)) as file:
        stream: bytes = file.openstream(name).read()
        return stream


def names_in(data: bytes) -> list[str]:
    with olefile.OleFileIO(BytesIO(data)) as file:
        return ["/".join(path) for path in file.listdir()]


def test_a_field_is_blanked_over_pieces_and_locked() -> None:
    before = legacy.word(DDE_PIECES)
    after = content_of(before, "ole-doc")
    old, new = stream_of(before, "WordDocument"), stream_of(after, "WordDocument")
    assert len(old) == len(new)
    text = new[0x400:].replace(b"\0", b"")
    assert text == b"Dear reader \x13QUOTE                \x14shown\x15 the end"
    table = stream_of(after, "1Table")
    start, size = struct.unpack_from("<2L", new, 0x11A)
    marks = table[start + (size - 4) // 6 * 4 + 4 : start + size]
    assert marks == b"\x13\x23\x14\x80\x15\x90"
    assert msodde.process_doc(olefile.OleFileIO(BytesIO(after))) == ""


def test_only_what_acts_is_touched() -> None:
    before = legacy.word(
        (*DDE_PIECES, "x" * 5000), {"Macros": legacy.VBA, "Data": b"picture" * 900}
    )
    after = content_of(before, "ole-doc")
    assert stream_of(after, "Data") == b"picture" * 900
    assert "Macros/VBA/dir" not in names_in(after)
    assert len(after) == len(before)
    assert b"_VBA_PROJECT".decode().encode("utf-16-le") not in after


@pytest.mark.parametrize(
    "instruction",
    [
        ' INCLUDEPICTURE "http://evil.example/p.png" ',
        " LINK Excel.Sheet.8 c:\\\\x.xls ",
        "\x13 QUOTE 68 \x14DDE\x15 cmd ",
        ' HYPERLINK "file:///c:/windows/calc.exe" ',
        ' INCLUDETEXT "\\\\\\\\10.0.0.1\\\\x" ',
    ],
)
def test_acting_fields_of_all_kinds_go_once(instruction: str) -> None:
    after = content_of(legacy.word((f"a \x13{instruction}", "\x14shown\x15 b")), "ole-doc")
    assert extract(after, "ole-doc").status is ExtractStatus.UNCHANGED
    assert b"s\0h\0o\0w\0n" in stream_of(after, "WordDocument")


def test_an_old_document_is_read_without_a_piece_table() -> None:
    text = b"a \x13 DDEAUTO cmd \x14shown\x15 b"
    stream = bytearray(0x300) + text
    struct.pack_into("<2H", stream, 0, 0xA5DC, 0x65)
    struct.pack_into("<2L", stream, 0x18, 0x300, len(stream))
    after = stream_of(
        content_of(compound_file({"WordDocument": bytes(stream)}), "ole-doc"), "WordDocument"
    )
    assert after[0x300:] == b"a \x13QUOTE        \x14shown\x15 b"


def test_a_remote_template_goes_and_the_other_strings_move_up() -> None:
    before = legacy.word(("text",), template="\\\\evil.example\\t.dot")
    after = content_of(before, "ole-doc")
    assert "evil".encode("utf-16-le") not in after
    assert survey(before, "ole-doc").hosts == ("evil.example",)
    local = legacy.word(("text",), template="C:\\Templates\\Normal.dot")
    assert extract(local, "ole-doc").status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize("flags", [0x0100, 0x8000])
def test_a_locked_document_is_named_so(flags: int) -> None:
    data = compound_file({**legacy.word_streams(("x",), flags=flags)})
    assert extract(data, "ole-doc").status is ExtractStatus.ENCRYPTED


def records(stream: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<2H", stream, at)
        found.append((kind, stream[at + 4 : at + 4 + size]))
        at += 4 + size
    return found


def test_formulas_leave_their_last_result() -> None:
    before = legacy.acting_book()
    stream = stream_of(content_of(before, "ole-xls"), "Workbook")
    assert len(stream) == len(stream_of(before, "Workbook"))
    cells = {kind: data for kind, data in records(stream) if kind in (0x06, 0x203, 0x204, 0x205)}
    assert cells[0x204][6:] == struct.pack("<HB", 10, 0) + b"shown text"
    assert cells[0x203][6:] == struct.pack("<d", 7.5)
    assert cells[0x205][6:] == b"\x01\0"
    rules = [data[22:] for kind, data in records(stream) if kind == 0x06]
    assert rules == [legacy.SUM]


def test_a_macro_sheet_becomes_a_sheet_and_a_source_an_unused_one() -> None:
    stream = stream_of(content_of(legacy.acting_book(), "ole-xls"), "Workbook")
    found = records(stream)
    assert [data[5] for kind, data in found if kind == 0x85] == [0, 0]
    assert [data[2] for kind, data in found if kind == 0x809] == [5, 0x10, 0x10]
    assert next(data for kind, data in found if kind == 0x1AE) == b"\x01\0\x01\0\0 "
    assert [data for kind, data in found if kind == 0x17] == [
        struct.pack("<H", 2) + struct.pack("<6H", 1, 0xFFFF, 0xFFFF, 1, 0, 0)
    ]
    assert not any(kind in (0x23, 0xD3, 0x1AD, 0xDC) for kind, _ in found)
    assert b"calc" not in stream
    assert b"SELECT" not in stream


def test_links_to_other_workbooks_go_with_their_formulas() -> None:
    names = legacy.source("\x01other.xls", 1) + legacy.record(0x59, b"\0\0") + legacy.SELF
    names += legacy.record(0x17, struct.pack("<H", 1) + struct.pack("<3H", 0, 0, 0))
    names += legacy.name(b"Rate", legacy.REF_3D)
    shared = legacy.record(0x4BC, bytes(8) + struct.pack("<H", 7) + legacy.REF_3D)
    cells = legacy.formula(0, 0, b"\x01\0\0\0\0", 1.0) + shared
    cells += legacy.formula(1, 0, b"\x01\0\0\0\0", 2.0) + legacy.formula(2, 0, legacy.REF_3D, 4.0)
    made = extract(legacy.excel(legacy.book(names, {"One": (0, cells)})), "ole-xls")
    assert [removal.what for removal in made.removed] == ["link to another workbook"]
    assert made.content is not None
    found = records(stream_of(made.content, "Workbook"))
    assert sum(kind == 0x203 for kind, _ in found) == 3
    assert not any(kind in (0x06, 0x4BC) for kind, _ in found)
    assert next(data for kind, data in found if kind == 0x18).endswith(b"\x1c\x17" + b"\x15" * 5)


def test_a_workbook_without_a_compound_file_is_cleaned_too() -> None:
    bof = legacy.record(0x409, struct.pack("<3H", 0, 0x40, 0))
    cell = legacy.record(
        0x406, bytes(6) + struct.pack("<d", 2.0) + bytes(2) + b"\x04\0\x42\0\x6e\0"
    )
    data = bof + cell + legacy.record(0x0A)
    made = content_of(data, "ole-xls")
    assert len(made) == len(data)
    assert [kind for kind, _ in records(made)][:2] == [0x409, 0x203]


@pytest.mark.parametrize("cut", [b"\x85\0\xff\xff", b"\x06\0\x04\0\0\0\0\0"])
def test_a_damaged_workbook_never_looks_clean(cut: bytes) -> None:
    made = extract(legacy.excel(legacy.book() + cut), "ole-xls")
    assert made.status in (ExtractStatus.FAILED, ExtractStatus.UNCHANGED)


def test_a_locked_workbook_and_presentation_are_named_so() -> None:
    locked = legacy.excel(legacy.book(legacy.record(0x2F, bytes(6))))
    assert extract(locked, "ole-xls").status is ExtractStatus.ENCRYPTED
    shown = legacy.presentation(b"", token=0xF3D1C4DF)
    assert extract(shown, "ole-ppt").status is ExtractStatus.ENCRYPTED
    rights = compound_file({"\x06DataSpaces": {"Version": b"1"}, "Workbook": legacy.book()})
    assert extract(rights, "ole-xls").status is ExtractStatus.ENCRYPTED


def test_a_presentation_keeps_its_records_with_nothing_in_them() -> None:
    before = legacy.acting_presentation()
    made = extract(before, "ole-ppt")
    assert made.content is not None
    assert {removal.what for removal in made.removed} == {
        *("VBA macros", "embedded OLE object", "ActiveX control", "action that calls a macro"),
        *("action that starts a program", "link that acts when the pointer passes"),
        "link that starts a program",
    }
    stream = stream_of(made.content, "PowerPoint Document")
    assert len(stream) == len(stream_of(before, "PowerPoint Document"))
    assert "calc".encode("utf-16-le") not in stream
    assert "example.org".encode("utf-16-le") in stream


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (legacy.word(("x",), {"Macros": legacy.VBA}), "ole-doc"),
        (legacy.acting_book(), "ole-xls"),
        (legacy.acting_presentation(), "ole-ppt"),
    ],
)
def test_olevba_finds_nothing(data: bytes, kind: str) -> None:
    made = content_of(data, kind)
    parser = VBA_Parser("document", data=made)
    assert not parser.detect_vba_macros()
    assert not parser.detect_xlm_macros()
    parser.close()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 20])
def test_storages_that_lose_one_are_found_by_every_reader(count: int) -> None:
    """Whichever stream goes, the others keep their names, bytes and order."""
    tree: Tree = {
        f"S{number:02}" * (1 + number % 2): bytes([number]) * 50 for number in range(count)
    }
    for name in tree:
        file = Compound(compound_file({**tree, "big": b"y" * 9000}))
        gone = file.root.child_named(name)
        assert gone is not None
        file.remove(gone)
        with olefile.OleFileIO(BytesIO(file.written())) as read:
            left = {"/".join(path): read.openstream(path).read() for path in read.listdir()}
            assert not read.parsing_issues
        assert left == {
            **{key: value for key, value in tree.items() if key != name},
            "big": b"y" * 9000,
        }


def test_the_bytes_of_what_went_are_nowhere_in_the_file() -> None:
    secret = b"Sub AutoOpen secret"
    for size in (1, 300):
        file = Compound(compound_file({"keep": b"k" * 10, "gone": {"inner": secret * size}}))
        gone = file.root.child_named("gone")
        assert gone is not None
        file.remove(gone)
        assert secret not in file.written()


def test_a_stream_in_place_keeps_its_length() -> None:
    file = Compound(compound_file({"a": b"x" * 5000, "b": b"y" * 70}))
    for entry in list(file.streams()):
        file.write(entry, b"z" * entry.size)
        with pytest.raises(ValueError, match="length"):
            file.write(entry, b"short")
    again = Compound(file.written())
    read = {entry.name: again.read(entry) for entry in again.streams()}
    assert read == {"a": b"z" * 5000, "b": b"z" * 70}
    assert list(Compound(empty()).streams()) == []


def test_streams_over_the_same_bytes_are_refused() -> None:
    data = bytearray(compound_file({"aaaa": b"x" * 5000, "bbbb": b"y" * 5000}))
    first = data.find("aaaa".encode("utf-16-le"))
    second = data.find("bbbb".encode("utf-16-le"))
    data[second + 116 : second + 120] = data[first + 116 : first + 120]
    with pytest.raises(ExtractError, match="share"):
        Compound(bytes(data))


def test_entries_that_hang_on_nothing_go() -> None:
    data = bytearray(legacy.word(("x",)))
    # Root and two streams: the fourth entry of the directory's sector is free.
    entry = data.find("Root Entry".encode("utf-16-le")) + 3 * 128
    name = "hidden".encode("utf-16-le")
    data[entry : entry + len(name)] = name
    struct.pack_into("<HB", data, entry + 64, len(name) + 2, 2)
    made = extract(bytes(data), "ole-doc")
    assert [removal.what for removal in made.removed] == ["stream outside of the directory"]
    assert made.content is not None
    assert name not in made.content
