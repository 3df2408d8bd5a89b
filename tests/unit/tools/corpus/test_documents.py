"""Documents and programs: judged by olefile, olevba, python-docx, openpyxl, pikepdf, libmagic."""

from __future__ import annotations

import io
import shutil
import zipfile

import docx
import magic
import olefile
import openpyxl
import pikepdf
import pytest
from lxml import etree
from oletools.olevba import VBA_Parser, decompress_stream
from tnefparse import TNEF

from tools.corpus import demo_files, ooxml, ooxml_others, pdf, programs, scripts, texts
from tools.corpus.compound import compound_file
from tools.corpus.opens import libreoffice_text
from tools.corpus.tnef import tnef_of
from tools.corpus.vba import DOCUMENT_CLASS, Module, compress, vba_project_bin


@pytest.mark.parametrize(
    "data",
    [b"a", b"abc" * 2000, bytes(range(256)) * 16, bytes(4096), b"Sub X()\r\nEnd Sub\r\n" * 700],
    ids=["one", "repeats", "one full chunk", "zeros", "source"],
)
def test_compression_is_undone_by_olevba(data: bytes) -> None:
    assert bytes(decompress_stream(bytearray(compress(data)))) == data


def test_compound_file_gives_back_small_and_large_streams() -> None:
    streams = {
        f"stream {n}": bytes([n]) * size for n, size in enumerate((1, 64, 4095, 4096, 70000))
    }
    with olefile.OleFileIO(io.BytesIO(compound_file({**streams, "Folder": {"x": b"deep"}}))) as ole:
        assert ole.parsing_issues == []
        assert {name: ole.openstream(name).read() for name in streams} == streams
        assert ole.openstream("Folder/x").read() == b"deep"


def test_compound_file_refuses_what_its_table_cannot_hold() -> None:
    with pytest.raises(ValueError, match="too big"):
        compound_file({"x": bytes(8_000_000)})


def test_olevba_reads_every_module() -> None:
    modules = [Module("ThisDocument", "", DOCUMENT_CLASS), Module("Second", "Sub A()\nEnd Sub")]
    parser = VBA_Parser("vbaProject.bin", data=vba_project_bin(modules))
    sources = {name: source for _, _, name, source in parser.extract_macros()}
    assert set(sources) == {"ThisDocument.cls", "Second.bas"}
    assert "Sub A()\r\nEnd Sub" in sources["Second.bas"]


def test_macro_document_is_seen_as_running_by_itself() -> None:
    parser = VBA_Parser("x.docm", data=demo_files.acting_docm())
    kinds = {(kind, word) for kind, word, _ in parser.analyze_macros()}
    assert ("AutoExec", "AutoOpen") in kinds and ("Suspicious", "Shell") in kinds


def test_word_document_shows_its_paragraphs_picture_and_links() -> None:
    data = ooxml.word_document(
        [texts.ENGLISH, texts.ARABIC], picture=b"\x89PNG", links=["http://out.example/"]
    )
    document = docx.Document(io.BytesIO(data))
    assert [p.text for p in document.paragraphs][:2] == [texts.ENGLISH, texts.ARABIC]
    targets = [rel.target_ref for rel in document.part.rels.values() if rel.is_external]
    assert targets == ["http://out.example/"]


def test_workbook_with_macro_and_formula() -> None:
    data = ooxml_others.workbook([["a", "b"]], source="Sub A()\nEnd Sub", formula="1+1")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][:2] == ["a", "b"]
    assert sheet["Z1"].value == "=1+1"
    assert VBA_Parser("x.xlsm", data=data).detect_vba_macros()


def test_presentation_members_are_well_formed_and_related() -> None:
    with zipfile.ZipFile(io.BytesIO(ooxml_others.presentation(["one", "two"]))) as archive:
        for name in archive.namelist():
            etree.fromstring(archive.read(name))
        assert b"<a:t>two</a:t>" in archive.read("ppt/slides/slide1.xml")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_macro_document() -> None:
    shown = libreoffice_text(demo_files.acting_docm(), "docm")
    assert texts.ENGLISH in shown and texts.ARABIC in shown


def test_honest_pdf_has_the_size_asked_for_and_no_actions() -> None:
    data = pdf.honest_pdf(("one",), octets=100_000)
    assert abs(len(data) - 100_000) < 1000
    with pikepdf.open(io.BytesIO(data)) as opened:
        assert "/OpenAction" not in opened.Root and "/Names" not in opened.Root
        assert len(opened.pages) == 1


def test_acting_pdf_acts_in_every_place() -> None:
    with pikepdf.open(io.BytesIO(demo_files.form_pdf())) as opened:
        assert opened.Root.OpenAction.S == "/JavaScript"
        assert "/JavaScript" in opened.Root.Names and "/EmbeddedFiles" in opened.Root.Names
        assert "/AA" in opened.Root and "/AA" in opened.pages[0].obj


def test_tnef_gives_back_its_files() -> None:
    parsed = TNEF(tnef_of({"a.txt": b"alpha"}, subject="s", text="t"))
    assert [(one.name, one.data) for one in parsed.attachments] == [("a.txt", b"alpha")]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (programs.elf_exit(), "ELF 64-bit LSB executable, x86-64"),
        (programs.pe_stub(), "PE32 executable "),  # libmagic 5.46 says more in between
        (scripts.dropper(), "POSIX shell script"),
        (scripts.eicar(), "EICAR virus test files"),
    ],
)
def test_libmagic_knows_them(data: bytes, told: str) -> None:
    assert magic.from_buffer(data).startswith(told)


def test_no_file_of_the_corpus_is_the_eicar_file() -> None:
    assert len(scripts.eicar()) == 68
    source = scripts.__loader__.get_source(scripts.__name__)  # type: ignore[union-attr]
    assert scripts.eicar().decode() not in (source or "")
