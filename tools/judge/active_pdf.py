"""pdfid's keywords, qpdf's own reading of every object, and `qpdf --check`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from pdfid import pdfid

_SECONDS = 60
_KEYWORDS = frozenset(
    ["/JS", "/JavaScript", "/AA", "/OpenAction", "/RichMedia", "/Launch", "/EmbeddedFile", "/XFA"]
)
"""pdfid's keywords for what acts; the others count pages and encodings."""
_KEYS = _KEYWORDS | {"/EmbeddedFiles", "/EF", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData"}
_ACTIONS = frozenset(
    [
        "/JavaScript",
        "/Launch",
        "/GoToR",
        "/GoToE",
        "/SubmitForm",
        "/ImportData",
        "/Rendition",
        "/Sound",
        "/Movie",
        "/RichMediaExecute",
    ]
)
_SUBTYPES = frozenset(["/RichMedia", "/3D", "/Sound", "/Movie", "/Screen", "/FileAttachment"])


def complaints(path: Path, data: bytes) -> Iterator[str]:
    """What the judges of PDF files say."""
    checked = _qpdf("--check", str(path))
    if checked.returncode == 2:
        yield f"qpdf --check: {_last_line(checked.stderr)}"
    yield from (f"qpdf objects: {line}" for line in sorted(set(_objects(path))))
    yield from (f"pdfid: {keyword}" for keyword in sorted(_pdfid(path)))
    yield from _around(data)


def revisions(data: bytes) -> int:
    """How many revisions the file holds."""
    return data.count(b"%%EOF")


def _around(data: bytes) -> Iterator[str]:
    if not data.startswith(b"%PDF-"):
        yield "polyglot: bytes before %PDF"
    end = data.rfind(b"%%EOF")
    if end >= 0 and data[end + 5 :].strip(b"\r\n\t \0"):
        yield "polyglot: bytes after %%EOF"


def _pdfid(path: Path) -> set[str]:
    """pdfid's keywords. It reads raw bytes, so an /OpenAction that only chooses the first page
    counts too: qpdf's reading of that one object decides."""
    document = pdfid.PDFiD(str(path), force=True)
    found = set()
    for keyword in document.getElementsByTagName("Keyword"):
        name = keyword.getAttribute("Name")
        if name in _KEYWORDS and int(keyword.getAttribute("Count")):
            found.add(name)
    if not any(line.startswith("/OpenAction ") for line in _objects(path)):
        found.discard("/OpenAction")
    return found


def _objects(path: Path) -> Iterator[str]:
    ran = _qpdf("--json", "--json-key=qpdf", "--json-stream-data=none", str(path))
    try:
        document = json.loads(ran.stdout)
    except ValueError:
        return
    stack: list[object] = [document]
    while stack:
        found = stack.pop()
        if isinstance(found, dict):
            yield from _about(found)
            stack += found.values()
        elif isinstance(found, list):
            stack += found


def _about(found: dict[str, object]) -> Iterator[str]:
    for key in found.keys() & _KEYS:
        if key != "/OpenAction" or _acts(found[key]):
            yield f"{key} in an object"
    if isinstance(action := found.get("/S"), str) and action in _ACTIONS:
        yield f"{action} action"
    if found.get("/Subtype") in _SUBTYPES and "/Rect" in found:
        yield f"{found['/Subtype']} annotation"
    if "/F" in found and "/FFilter" in found:
        yield "/F stream in another file"


def _acts(action: object) -> bool:
    """An array or a name is a destination; a dictionary is an action, GoTo only chooses a page."""
    return isinstance(action, dict) and action.get("/S") != "/GoTo"


def _qpdf(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["qpdf", "--warning-exit-0", *arguments], capture_output=True, check=False, timeout=_SECONDS
    )


def _last_line(text: bytes) -> str:
    lines = text.decode(errors="replace").strip().splitlines()
    # qpdf says the file's whole path before the reason; where the judge works is nobody's business.
    return lines[-1].rpartition("/")[2][-160:] if lines else "failed"
