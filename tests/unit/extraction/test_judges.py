"""Judges that are not ours: oletools and qpdf find nothing in the output, LibreOffice opens it."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from oletools import msodde, oleid, oleobj
from oletools.olevba import VBA_Parser

from gateway.extraction import extract
from tests.unit.extraction import samples
from tools.corpus import demo_files, ooxml
from tools.corpus.opens import libreoffice_text
from tools.corpus.pdf import acting_pdf

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
NAMES = (
    "oletools/dde-test.xlsx",
    "oletools/embedded-simple-2007.docx",
    "oletools/embedded-simple-2007.dotm",
    "oletools/embedded-simple-2007.ppsm",
    "oletools/excel4_sample_macro.xlsm",
    "oletools/sample_with_external_link_to_doc.docm",
    "oletools/sample_with_external_link_to_doc.pptm",
    "tika/testPPT_macros.pptm",
    "tika/testDdeLink.xlsx",
    "tika/testMSChart-govdocs-428996.pptx",
    "tika/EmbeddedOutlook.docx",
)


def outputs() -> list[tuple[str, bytes]]:
    """Cleaned files by name: the corpus' acting ones where it is here, and our own."""
    given = [(name, CORPUS / name) for name in NAMES if (CORPUS / name).is_file()]
    sources = [(name, path.read_bytes()) for name, path in given]
    sources += [("demo.docm", demo_files.acting_docm()), ("all.docx", samples.acting_word())]
    made = []
    for name, data in sources:
        content = extract(data, name.rpartition(".")[2]).content
        assert content is not None, name
        made.append((name, content))
    return made


@pytest.mark.parametrize(("name", "content"), outputs(), ids=lambda value: str(value)[-40:])
def test_oletools_find_nothing(name: str, content: bytes, tmp_path: Path) -> None:
    file = tmp_path / Path(name).name
    file.write_bytes(content)
    parser = VBA_Parser(str(file), data=content)
    assert not parser.detect_vba_macros()
    assert not parser.detect_xlm_macros()
    parser.close()
    assert list(oleobj.find_ole(str(file), None)) == []
    remote = [
        kind for kind, _ in oleobj.find_external_relationships(oleobj.XmlParser(str(file)))
        if kind != "hyperlink"
    ]  # fmt: skip
    assert remote == []
    if file.suffix in (".docx", ".docm", ".dotm", ".xlsx", ".xlsm"):
        assert "DDE" not in msodde.process_file(str(file), msodde.FIELD_FILTER_DDE).upper()
    risks = {found.id: found.value for found in oleid.OleID(str(file)).check()}
    assert risks.get("vba") in ("No", None)
    assert risks.get("ext_rels", 0) in (0, len(remote)) or name == "all.docx"


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
@pytest.mark.parametrize("data", [acting_pdf(("Hello",)), samples.acting_pdf()])
def test_qpdf_finds_a_sound_file_without_actions(data: bytes, tmp_path: Path) -> None:
    content = extract(data, "pdf").content
    assert content is not None
    file = tmp_path / "clean.pdf"
    file.write_bytes(content)
    checked = subprocess.run(["qpdf", "--check", file], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with pikepdf.open(BytesIO(content)) as document:
        plain = BytesIO()
        document.save(plain, qdf=True, static_id=True)
    for name in (b"/JavaScript", b"/JS ", b"/AA ", b"/Launch", b"/OpenAction", b"/EmbeddedFile"):
        assert name not in plain.getvalue()


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_a_cleaned_document_and_sees_the_same_text() -> None:
    before = ooxml.macro_document(
        ("First paragraph", "مرحبا بالعالم", "Last one"), "Sub A()\nEnd Sub"
    )
    after = extract(before, "docm").content
    assert after is not None
    seen = libreoffice_text(after, "docm")
    assert seen.split() == libreoffice_text(before, "docm").split()
    assert "Last one" in seen
