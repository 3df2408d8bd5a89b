"""What every extractor promises, tried on each: one contract class, a subclass per family."""

from __future__ import annotations

import msgspec
import pytest

from gateway.extraction import (
    EXTRACTORS,
    SWITCHES,
    ExtractStatus,
    ExtractSwitches,
    extract,
    extractor_for,
    survey,
)
from gateway.extraction.contract import Extraction
from gateway.model import file_type
from tests.unit.extraction import pictures, samples

NOTHING = msgspec.convert(
    {switch.name: False if switch.choices == ("true", "false") else "keep" for switch in SWITCHES},
    ExtractSwitches,
)
"""Every switch off."""


class ExtractorContract:
    """Inherited by each family's class, which says what its files are."""

    TYPE = ""
    __test__ = False

    def quiet(self) -> bytes:
        raise NotImplementedError

    def acting(self) -> bytes:
        raise NotImplementedError

    def test_a_quiet_file_stays_as_it_is(self) -> None:
        made = extract(self.quiet(), self.TYPE)
        assert made.status is ExtractStatus.UNCHANGED
        assert made.content is None
        assert made.removed == ()

    def test_an_acting_file_is_cleaned_and_says_of_what(self) -> None:
        made = extract(self.acting(), self.TYPE)
        assert made.status is ExtractStatus.CLEANED
        assert made.type == self.TYPE
        assert all(removal.what and removal.where and removal.why for removal in made.removed)

    def test_cleaning_again_finds_nothing(self) -> None:
        once = extract(self.acting(), self.TYPE).content
        assert once is not None
        assert extract(once, self.TYPE).status is ExtractStatus.UNCHANGED
        assert survey(once, self.TYPE).hits == ()

    def test_the_same_bytes_come_out_twice(self) -> None:
        assert extract(self.acting(), self.TYPE) == extract(self.acting(), self.TYPE)

    def test_what_a_survey_finds_is_what_is_taken_out(self) -> None:
        found = {hit.what for hit in survey(self.acting(), self.TYPE).hits}
        assert found == {removal.what for removal in extract(self.acting(), self.TYPE).removed}

    def test_with_every_switch_off_nothing_changes(self) -> None:
        assert extract(self.acting(), self.TYPE, NOTHING).status is ExtractStatus.UNCHANGED

    @pytest.mark.parametrize("percent", range(100))
    def test_a_cut_off_file_never_breaks_nor_looks_cleaner_than_it_is(self, percent: int) -> None:
        whole = self.acting()
        made = extract(whole[: len(whole) * percent // 100], self.TYPE)
        _assert_honest(made, self.TYPE)

    @pytest.mark.parametrize("tail", [b"\r\n", b"\0" * 64, b"MZ" + bytes(range(256))])
    def test_bytes_behind_the_end_do_not_hide_anything(self, tail: bytes) -> None:
        made = extract(self.acting() + tail, self.TYPE)
        assert made.status is ExtractStatus.CLEANED
        assert made.content is not None
        assert tail not in made.content
        _assert_honest(made, self.TYPE)

    @pytest.mark.parametrize("junk", [b"", b"\0", b"not at all what it claims to be"])
    def test_junk_is_no_document(self, junk: bytes) -> None:
        assert extract(junk, self.TYPE).status is not ExtractStatus.CLEANED


def _assert_honest(made: Extraction, type_name: str) -> None:
    """A cleaned output is clean under a second look; anything else carries no content."""
    if made.content is not None:
        assert extract(made.content, type_name).status is ExtractStatus.UNCHANGED


class TestWord(ExtractorContract):
    __test__ = True
    TYPE = "docx"

    def quiet(self) -> bytes:
        return samples.quiet_word()

    def acting(self) -> bytes:
        return samples.acting_word()


class TestExcel(ExtractorContract):
    __test__ = True
    TYPE = "xlsx"

    def quiet(self) -> bytes:
        return samples.document_of("xlsx").build()

    def acting(self) -> bytes:
        return samples.acting_book()


class TestPowerPoint(ExtractorContract):
    __test__ = True
    TYPE = "pptx"

    def quiet(self) -> bytes:
        return samples.document_of("pptx").build()

    def acting(self) -> bytes:
        return samples.acting_slide()


class TestPdf(ExtractorContract):
    __test__ = True
    TYPE = "pdf"

    def quiet(self) -> bytes:
        return samples.quiet_pdf()

    def acting(self) -> bytes:
        return samples.acting_pdf()


def test_types_are_known_and_belong_to_one_extractor() -> None:
    for extractor in EXTRACTORS:
        for name in extractor.TYPES:
            assert file_type(name).name == name
            assert extractor_for(name) is extractor


def test_a_type_nobody_extracts_is_a_failure_not_a_clean_file() -> None:
    made = extract(b"MZ", "pe")
    assert made.status is ExtractStatus.FAILED
    assert "pe" in made.error


def test_a_contradictory_answer_cannot_exist() -> None:
    with pytest.raises(ValueError, match="cleaned"):
        Extraction(ExtractStatus.CLEANED, "pdf")
    with pytest.raises(ValueError, match="missing answer"):
        Extraction(ExtractStatus.FAILED, "pdf")


class TestHtml(ExtractorContract):
    __test__ = True
    TYPE = "html"

    def quiet(self) -> bytes:
        return b"<html><body><p>Hello <a href='https://example.org/'>there</a></p></body></html>"

    def acting(self) -> bytes:
        return (
            b"<html><head><script>x()</script><meta http-equiv=refresh content='0;url=x'></head>"
            b"<body onload='y()'><form action=z><iframe src=x></iframe><p style='x:expression(1)'>"
            b"<a href='javascript:x()'>t</a><svg><script>z()</script></svg></form></body></html>"
        )

    @pytest.mark.parametrize("tail", [b"\r\n", b"<script>z()</script>"])
    def test_bytes_behind_the_end_do_not_hide_anything(self, tail: bytes) -> None:
        made = extract(self.acting() + tail, self.TYPE)
        assert made.content is not None, "browsers show what stands behind </html>, too"
        assert b"z()" not in made.content
        _assert_honest(made, self.TYPE)


class TestPicture(ExtractorContract):
    __test__ = True
    TYPE = "png"

    def quiet(self) -> bytes:
        return pictures.picture("png")

    def acting(self) -> bytes:
        return pictures.png_with_chunk(b"tEXt", b"Comment\0<script>x()</script>") + pictures.TAIL

    @pytest.mark.parametrize("tail", [b"MZ" + bytes(range(256))])
    def test_bytes_behind_the_end_do_not_hide_anything(self, tail: bytes) -> None:
        """What only pads (zeros, line ends) stays: cameras and transports do that."""
        super().test_bytes_behind_the_end_do_not_hide_anything(tail)


class TestDrawing(ExtractorContract):
    __test__ = True
    TYPE = "svg"

    def quiet(self) -> bytes:
        return b"<svg xmlns='http://www.w3.org/2000/svg'><text>Hello</text></svg>"

    def acting(self) -> bytes:
        return (
            b"<?xml version='1.0'?><?xml-stylesheet href='//x.example/x.xsl'?>"
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'><script>y()</script>"
            b"<a href='javascript:z()'><text>t</text></a><use href='//x.example/a#b'/></svg>"
        )

    @pytest.mark.parametrize("tail", [b"<script xmlns='http://www.w3.org/1999/xhtml'>t()</script>"])
    def test_bytes_behind_the_end_do_not_hide_anything(self, tail: bytes) -> None:
        super().test_bytes_behind_the_end_do_not_hide_anything(tail)


class TestCalendar(ExtractorContract):
    __test__ = True
    TYPE = "ics"

    def quiet(self) -> bytes:
        return b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Noon\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

    def acting(self) -> bytes:
        return (
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nURL:javascript:x()\r\nBEGIN:VALARM\r\n"
            b"ACTION:PROCEDURE\r\nEND:VALARM\r\nATTACH;ENCODING=BASE64;VALUE=BINARY:TVqQ\r\n"
            b"END:VEVENT\r\nEND:VCALENDAR\r\n"
        )

    @pytest.mark.parametrize("tail", [b"ATTACH;ENCODING=BASE64;VALUE=BINARY:TVqQ"])
    def test_bytes_behind_the_end_do_not_hide_anything(self, tail: bytes) -> None:
        super().test_bytes_behind_the_end_do_not_hide_anything(tail)


class TestTable(ExtractorContract):
    __test__ = True
    TYPE = "csv"

    def quiet(self) -> bytes:
        return b"name;amount\r\nA;-3.5\r\n"

    def acting(self) -> bytes:
        return b"name;amount\r\nA;=cmd|'/c calc'!A0\r\n@SUM(A1);+B2\r\n"

    @pytest.mark.parametrize("tail", [b"\r\n=1+1"])
    def test_bytes_behind_the_end_do_not_hide_anything(self, tail: bytes) -> None:
        super().test_bytes_behind_the_end_do_not_hide_anything(tail)
