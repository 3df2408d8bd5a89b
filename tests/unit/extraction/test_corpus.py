"""Every document of the corpus gets an answer; outputs open wherever inputs did."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import docx
import olefile
import openpyxl
import pikepdf
import pytest

from gateway.extraction import ExtractStatus, extract, survey
from gateway.extraction.ooxml.extractor import TYPES
from tests.unit.extraction.packages import members_of

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
SUFFIXES = TYPES | {"pdf"}
DOCUMENTS = (
    sorted(path for path in CORPUS.rglob("*.*") if path.suffix[1:].lower() in SUFFIXES)
    if CORPUS.is_dir()
    else []
)
ENCRYPTED = {
    "autostart-encrypt-standardpassword.xlsb",
    "autostart-encrypt-standardpassword.xlsm",
    "dde-test-encrypt-standardpassword.xlsx",
    "encrypted.docx",
    "encrypted.pptx",
    "encrypted.xlsm",
    "protect.xlsx",
    "protected_normal_case.docx",
    "protected_upper_case.docx",
    "testMicrosoftIRMServices.pdf",
}

pytestmark = pytest.mark.skipif(not DOCUMENTS, reason="../shared/corpus is not here")


def opens_as_word(data: bytes) -> object:
    return [paragraph.text for paragraph in docx.Document(BytesIO(data)).paragraphs]


def opens_as_excel(data: bytes) -> object:
    book = openpyxl.load_workbook(BytesIO(data))
    return [sheet.title for sheet in book.worksheets]


def opens_as_pdf(data: bytes) -> object:
    with pikepdf.open(BytesIO(data)) as document:
        return len(document.pages)


OPENERS: dict[str, Callable[[bytes], object]] = {
    "docx": opens_as_word,
    "xlsx": opens_as_excel,
    "xlsm": opens_as_excel,
    "pdf": opens_as_pdf,
}


def opened(kind: str, data: bytes) -> object:
    """What the format's library sees in `data`; None when it cannot open it."""
    try:
        return OPENERS[kind](data)
    except Exception:  # noqa: BLE001 - the libraries raise as they please; only None counts
        return None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_document_is_answered_and_stays_readable(path: Path) -> None:
    data, kind = path.read_bytes(), path.suffix[1:].lower()
    made = extract(data, kind)
    if path.name in ENCRYPTED:
        assert made.status is ExtractStatus.ENCRYPTED
    else:
        assert made.status in (ExtractStatus.CLEANED, ExtractStatus.UNCHANGED), made.error
    if made.content is None:
        return
    assert extract(made.content, kind).status is ExtractStatus.UNCHANGED
    assert survey(made.content, kind).hits == ()
    before = opened(kind, data) if kind in OPENERS else None
    if before is not None:
        after = opened(kind, made.content)
        if path.name == "excel4_sample_macro.xlsm":
            assert isinstance(after, list), "the macro sheet is an empty sheet now"
        else:
            assert after == before


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_member_of_a_cleaned_package_is_an_object_or_program(path: Path) -> None:
    kind = path.suffix[1:].lower()
    made = extract(path.read_bytes(), kind)
    if made.content is None or kind == "pdf":
        return
    for name, content in members_of(made.content).items():
        assert not olefile.isOleFile(BytesIO(content)), name
        assert not content.startswith(b"MZ"), name


def test_members_that_stay_keep_their_packed_bytes() -> None:
    compared = 0
    for path in DOCUMENTS:
        data, kind = path.read_bytes(), path.suffix[1:].lower()
        content = extract(data, kind).content
        if content is None or kind == "pdf":
            continue
        before, after = packed_members(data), packed_members(content)
        same = [name for name in after if before.get(name) == after[name]]
        assert len(same) >= len(after) - 6, f"{path.name} rewrote more than it had to"
        compared += 1
    assert compared >= 20


def packed_members(data: bytes) -> dict[str, bytes]:
    """Members by name, as they lie compressed in the file."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        found = {}
        for info in archive.infolist():
            at = info.header_offset
            names = int.from_bytes(data[at + 26 : at + 28], "little")
            extras = int.from_bytes(data[at + 28 : at + 30], "little")
            start = at + 30 + names + extras
            found[info.filename] = data[start : start + info.compress_size]
        return found
