"""What people see of a document before and after: words, pages, and which programs open it."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx

from tools.judge import office_run, pictures
from tools.judge.model import OFFICE, Judged, is_error

_WORD = re.compile(r"\w+")
_SECONDS = 60

_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "docx": ("python-docx", docx.Document),
    "docm": ("python-docx", docx.Document),
    "xlsx": ("openpyxl", openpyxl.load_workbook),
    "xlsm": ("openpyxl", openpyxl.load_workbook),
    "pptx": ("python-pptx", pptx.Presentation),
}


def compare(changed: Sequence[Judged], work: Path) -> None:
    """Fill in words, pages and programs of every changed document."""
    drawn = [
        one
        for one in changed
        if one.type in OFFICE | _CONVERTED and _FLAT not in one.source.read_bytes()[:4096]
    ]
    documents = [(path, _suffix(one)) for one in drawn for path in _both(one)]
    made = office_run.to_pdf(documents, work / "drawn")
    for one in changed:
        before, after = one.source, one.output
        assert after is not None, "a changed file has an output"
        if one.type == "pdf":
            _compare_pdfs(one, before, after)
        elif one in drawn and after.suffix == ".pdf":
            _compare_office(one, made.get(before), after)
        elif one in drawn:
            _compare_office(one, made.get(before), made.get(after))
            _compare_reader(one, before, after)


_FLAT = b"http://schemas.microsoft.com/office/2006/xmlPackage"
"""A package written as one XML file: LibreOffice does not know it and shows its source."""
_CONVERTED = frozenset(["ole-doc", "ole-xls", "ole-ppt", "rtf", "odf"])


def _both(one: Judged) -> tuple[Path, ...]:
    """What LibreOffice has to draw: both, unless the output is a PDF already."""
    if one.output is None or one.output.suffix == ".pdf":
        return (one.source,)
    return (one.source, one.output)


def _suffix(one: Judged) -> str:
    return one.source.suffix.lstrip(".").lower() or one.type


def _compare_office(one: Judged, before: Path | None, after: Path | None) -> None:
    if before is None:
        return
    _opens(one, "LibreOffice", after is not None)
    if after is not None:
        _compare_pdfs(one, before, after)


def _compare_pdfs(one: Judged, before: Path, after: Path) -> None:
    drawn_before, drawn_after = pictures.pages(before), pictures.pages(after)
    if drawn_before is not None:
        _opens(one, "PDFium", drawn_after is not None)
        one.similarity = pictures.similarities(drawn_before, drawn_after or [])
    _compare_words(one, words(before), words(after))


def _compare_words(one: Judged, before: Counter[str], after: Counter[str]) -> None:
    lost = before - after
    one.words_before = before.total()
    one.words_kept = one.words_before - lost.total()
    one.error_values = sum(count for word, count in lost.items() if is_error(word))
    one.missing = tuple(sorted(lost))[:20]


def _compare_reader(one: Judged, before: Path, after: Path) -> None:
    if one.type in _READERS:
        name, read = _READERS[one.type]
        if _readable(read, before):
            _opens(one, name, _readable(read, after))


def _readable(read: Callable[[str], Any], path: Path) -> bool:
    try:
        read(str(path))
    except Exception:  # noqa: BLE001 - a reader of others' code refuses a file in any way it likes
        return False
    return True


def _opens(one: Judged, program: str, opens: bool) -> None:
    if opens:
        one.opened += (program,)
    else:
        one.closed += (program,)


def words(pdf: Path) -> Counter[str]:
    """The words pdftotext finds, as a multiset."""
    command = ["pdftotext", "-q", "-enc", "UTF-8", str(pdf), "-"]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)
    return Counter(_WORD.findall(ran.stdout.decode("utf-8", "replace")))
