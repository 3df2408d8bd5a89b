"""The judges bite: each complains of a file that acts, and is silent about one that does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tools.corpus.archives import zip_of
from tools.corpus.ooxml import macro_document, word_document
from tools.corpus.pdf import acting_pdf, honest_pdf
from tools.judge import active, looks, openable, page, pictures
from tools.judge.extraction import extract_twice
from tools.judge.model import Answer, Judged, Removed

needs_qpdf = pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed"
)
MACRO = 'Sub AutoOpen()\nMsgBox "hello"\nEnd Sub\n'


def asked(tmp_path: Path, name: str, data: bytes, type_name: str) -> list[str]:
    path = tmp_path / name
    path.write_bytes(data)
    return active.complaints(path, type_name)


def test_macros_are_found_by_oletools_and_by_their_relationship(tmp_path: Path) -> None:
    found = asked(tmp_path, "letter.docm", macro_document(["Dear reader"], MACRO), "docm")
    judges = {line.partition(":")[0] for line in found}
    assert {"olevba", "oleid", "relationships", "members"} <= judges
    assert asked(tmp_path, "letter.docx", word_document(["Dear reader"]), "docx") == []


def test_members_are_judged_however_deep(tmp_path: Path) -> None:
    inner = zip_of({"letter.docm": macro_document(["Dear reader"], MACRO), "a.exe": b"MZ" * 99})
    found = asked(tmp_path, "all.zip", zip_of({"inner.zip": inner}), "zip")
    assert any(line.startswith("olevba: VBA macros (in !inner.zip!letter.docm") for line in found)
    assert "members: !inner.zip!a.exe is a program" in found


@needs_qpdf
def test_actions_of_a_pdf_are_found_by_both_readers(tmp_path: Path) -> None:
    found = asked(tmp_path, "script.pdf", acting_pdf(("read me",)), "pdf")
    assert any(line.startswith("qpdf objects: /JavaScript") for line in found)
    assert asked(tmp_path, "honest.pdf", honest_pdf(("read me",)), "pdf") == []
    found = asked(tmp_path, "both.pdf", b"GIF89a" + honest_pdf(("read me",)) + b"PK" * 9, "pdf")
    assert "polyglot: bytes before %PDF" in found
    assert "polyglot: bytes after %%EOF" in found


def test_a_page_of_scripts_is_found(tmp_path: Path) -> None:
    body = b'<p onclick="x()">a</p><a href="java\nscript:x">b</a><script>1</script>'
    found = asked(tmp_path, "page.html", b"<html><body>" + body + b"</body></html>", "html")
    assert found == ["lxml: handler onclick", "lxml: script in href", "lxml: <script>"]


def test_likeness_is_one_for_the_same_and_less_for_less_alike() -> None:
    rows, columns = np.mgrid[0:40, 0:60]
    picture = 127 + 120 * np.sin(rows / 3.0) * np.cos(columns / 5.0)
    shifted, blank = np.roll(picture, 1, axis=1), np.full_like(picture, 127.0)
    assert pictures.similarity(picture, picture) == 1.0
    assert 0.5 < pictures.similarity(picture, shifted) < 1.0
    assert pictures.similarity(picture, blank) < 0.1
    assert pictures.similarities([picture], [picture, blank]) == (1.0, 0.0)


@needs_poppler
def test_lost_words_are_counted(tmp_path: Path) -> None:
    before, after = tmp_path / "before.pdf", tmp_path / "after.pdf"
    before.write_bytes(honest_pdf(("one two three two",)))
    after.write_bytes(honest_pdf(("one two three",)))
    lost = looks.words(before) - looks.words(after)
    assert lost == {"two": 1}


def test_extraction_is_run_twice_and_its_answers_are_checked(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "script.pdf").write_bytes(acting_pdf(("read me",)))
    (source / "note.txt").write_bytes(b"words")
    (source / "broken.docx").write_bytes(word_document(["Dear reader"])[:-30])
    judged = {one.answer.file: one for one in extract_twice(source, tmp_path / "work")}
    assert judged["script.pdf"].changed
    assert judged["script.pdf"].again == "unchanged"
    assert not judged["note.txt"].changed
    assert [one.complaints for one in judged.values()] == [[], [], []]


@pytest.mark.skipif(shutil.which("7zz") is None, reason="7-Zip is not installed")
def test_failures_count_where_the_files_own_application_opens_it(tmp_path: Path) -> None:
    contents = {
        "good.zip": zip_of({"a": b"words"}),
        "cut.zip": zip_of({"a": b"words"})[:-30],
        "good.pdf": honest_pdf(("words",)),
        "bad.pdf": b"%PDF-1.7",
        "mail.eml": b"From: a",
        "bad.png": b"\x89PNG\r\n\x1a\n",
    }
    judged = []
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        answer = Answer(name, Path(name).suffix[1:], "clean", "failed", [], 1.0, "a reason")
        judged.append(Judged(answer, tmp_path / name, None))
    opened = openable.failures(judged, tmp_path / "work")
    assert [one.answer.file for one in opened] == ["good.zip", "good.pdf", "mail.eml"]


def test_the_page_says_what_falls_short(tmp_path: Path) -> None:
    answer = Answer("a|b.docx", "docx", "clean", "cleaned", [Removed("macros", "x", "y")], 12.0)
    one = Judged(answer, tmp_path / "a", tmp_path / "b", ["olevba: VBA <macros>"])
    one.words_before, one.words_kept, one.similarity = 10, 9, (0.5, 1.0)
    one.missing, one.closed = ("gone",), ("LibreOffice",)
    failed = Answer("c.pdf", "pdf", "clean", "failed", [], 1.0, "c.pdf: it is damaged")
    other = Judged(failed, tmp_path / "c.pdf", None)
    text = page.page([one, other], [other], "FOLDER")
    assert (
        "application opens 1 of them: 50.00 % of the 2 files that open. They are `c.pdf`." in text
    )
    assert "| docx | 1 | 1 | 0 | 0 | 0 | 0 | 1 | 90.00 % | 0.5000 | 12.0 | 12.0 |" in text
    assert "olevba: VBA (macros)" in text
    assert "(LibreOffice)" in text
    assert "9 of 10 | gone | macros" in text
    one.missing, one.words_kept = ("NAME", "gone"), 8
    one.error_values = 1
    text = page.page([one, other], [], "FOLDER")
    assert "Of 2 words that are gone 1 are pieces" in text
    assert "Without them 88.89 % of the words" in text
    assert "only error values" not in text
    one.missing, one.error_values = ("NAME", "509"), 2
    assert "(NAME 509; only error values)" in page.page([one, other], [], "FOLDER")
    assert "- pdf: it is damaged: 1 (c.pdf)" in text
