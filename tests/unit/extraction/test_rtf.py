"""Rich text: what acts is cut out, whatever its spelling, and all else keeps its bytes."""

from __future__ import annotations

import pytest

from gateway.extraction import ExtractStatus, ExtractSwitches, extract, survey
from tests.unit.extraction import richtexts as rtf
from tests.unit.extraction.test_contract import ExtractorContract


class TestRichText(ExtractorContract):
    __test__ = True
    TYPE = "rtf"

    def quiet(self) -> bytes:
        return rtf.quiet()

    def acting(self) -> bytes:
        return rtf.acting()


def cleaned(body: bytes) -> bytes:
    made = extract(rtf.document(body), "rtf")
    assert made.status is ExtractStatus.CLEANED, made
    assert made.content is not None
    return made.content


def test_an_object_leaves_its_preview_and_nothing_else_changes() -> None:
    kept = rtf.document(b"before {" + rb"{\pard shown " + rtf.PREVIEW + b"}} after")
    assert cleaned(b"before " + rtf.embedded() + b" after") == kept


def test_a_field_leaves_its_last_result() -> None:
    assert cleaned(rtf.field(rb"DDEAUTO cmd /c")) == rtf.document(b"{{last result}}")


@pytest.mark.parametrize(
    "disguised",
    [
        rb"{\field{\*\fldinst{\b DD}{\i EAUTO} cmd}{\fldrslt x}}",
        rb"{\field{\*\fldinst \'44\'44\'45\'41\'55\'54\'4f cmd}{\fldrslt x}}",
        rb"{\field{\*\fldinst \u68?\u68?\u69?AUTO cmd}{\fldrslt x}}",
        b"{\\field{\\*\\fldinst DD\r\nEAUTO cmd}{\\fldrslt x}}",
        rb"{\field{\*\fldinst {\field{\*\fldinst QUOTE 68}{\fldrslt D}} cmd}{\fldrslt x}}",
        rb"{\*\fldinst DDEAUTO cmd}",
        rb"{\object\objemb{\*\objdata{\bin4 }}}}}0105}{\result x}}",
        rb"{\object\objocx{\*\objdata 0105}}",
        rb"{\rtlch\objdata 0105000002}",
        rb"{\*\objdata 0105000002}",
        rb"{\OBJECT\objemb{\*\ObjData 0105}}",
        rb"{\object{\object\objlink\objupdate{\*\objdata 01}}{\result{\object{\*\objdata 02}}}}",
        rb"{\x{\*\template \\\\10.0.0.1\\share\\t.dot}}",
        b"{\\pict\\" + b"a" * 40 + b"1 00}",
        rb"\li" + b"9" * 20 + rb" x",
        rb"\objautlink x",
        rb"{\shp{\sp{\sn pihlShape}{\sv{\*\hl{\hlsrc file:///c:/x.exe}}}}}",
    ],
)
def test_no_spelling_hides_what_acts(disguised: bytes) -> None:
    made = cleaned(b"first " + disguised + b" last")
    for word in (b"objdata", b"objupdate", b"objocx", b"fldinst", b"share", b"999999", b"aaaaaa"):
        assert word not in made.lower()
    assert b"Dear reader" in made
    assert b" last" in made
    assert extract(made, "rtf").status is ExtractStatus.UNCHANGED


def test_object_data_in_the_open_ends_what_can_be_read() -> None:
    """Word takes all behind it as the object's bytes; the document stays whole before it."""
    assert cleaned(rb"seen \objdata 01050000") == rtf.document(b"seen ")


def test_a_binary_picture_is_not_read_as_text() -> None:
    body = rb"{\pict\pngblip\bin12 {\objdata{{}} after"
    assert extract(rtf.document(body), "rtf").status is ExtractStatus.UNCHANGED


def test_a_length_that_lies_reaches_no_further_than_the_file() -> None:
    made = extract(rtf.document(rb"{\pict\bin99999999 x"), "rtf")
    assert made.status is ExtractStatus.UNCHANGED


def test_what_lies_in_an_object_is_handed_on() -> None:
    payload = survey(rtf.document(rtf.embedded(b"Package", b"MZ\x90")), "rtf").payloads[0]
    assert (payload.name, payload.data) == ("Package", b"MZ\x90")


def test_custom_data_goes_only_when_policy_says_so() -> None:
    data = rtf.document(rb"{\*\datastore 0105}")
    assert extract(data, "rtf").status is ExtractStatus.UNCHANGED
    assert extract(data, "rtf", ExtractSwitches(custom_xml=True)).content == rtf.document(b"")


@pytest.mark.parametrize(
    "data",
    [b"{\\rtf1" + b"{" * 3000, b"{\\rtf1{\\fonttbl" + b"{\\f0 x;}" * 10_001 + b"}}", b"rtf"],
)
def test_what_breaks_readers_is_refused(data: bytes) -> None:
    assert extract(data, "rtf").status is ExtractStatus.FAILED


def test_an_object_within_what_goes_is_counted_once() -> None:
    inner = rtf.embedded(b"Inner")
    whole = rb"{\object\objemb{\*\objdata 01}" + inner + rb"}"
    made = extract(rtf.document(whole + rtf.embedded(b"Other")), "rtf")
    assert len(made.removed) == 2
    assert made.content is not None
    assert b"Inner" not in made.content
