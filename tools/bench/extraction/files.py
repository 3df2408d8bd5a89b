"""What is extracted: the corpus, type by type, and documents whose size the aims name."""

from __future__ import annotations

import io
import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from PIL import Image

from tools.corpus.ooxml import macro_document
from tools.corpus.texts import GERMAN

SOFFICE = "/usr/lib/libreoffice/program/soffice.bin"
_MACRO = 'Sub AutoOpen()\nMsgBox "hello"\nEnd Sub\n'
_PAGES = 10
_PARAGRAPHS = 200
"""That many of the sentence below fill ten pages and a bit."""
_SENTENCE = f"{GERMAN} " * 3
_DRAW_SECONDS = 120
_PIXELS = (512, 355)
"""A picture as mails carry it: the corpus' JPEG has that size."""


class NoLibreOfficeError(RuntimeError):
    """LibreOffice did not make the ten-page document. One sentence."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One file. `name` is what it is called when it is extracted."""

    name: str
    data: bytes


def corpus(folder: Path) -> Iterator[Sample]:
    """Every file below `folder`."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield Sample(path.name, path.read_bytes())


def ten_page_document() -> Sample:
    """A Word document of ten pages with a macro."""
    paragraphs = [f"{number}. {_SENTENCE}" for number in range(_PARAGRAPHS)]
    return Sample("ten-pages.docm", macro_document(paragraphs, _MACRO))


def ten_page_pdf(document: Sample) -> Sample:
    """`document` as LibreOffice prints it, cut to ten pages, with JavaScript that runs at opening.

    Raises NoLibreOfficeError.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as directory:
        source = Path(directory) / document.name
        source.write_bytes(document.data)
        command = [SOFFICE, f"-env:UserInstallation=file://{directory}/profile", "--headless"]
        command += ["--norestore", "--convert-to", "pdf", "--outdir", directory, str(source)]
        for _ in range(2):  # the first start of a new profile only makes the profile
            subprocess.run(command, capture_output=True, timeout=_DRAW_SECONDS, check=False)
        printed = source.with_suffix(".pdf")
        if not printed.exists():
            raise NoLibreOfficeError("LibreOffice did not print the ten-page document")
        return Sample("ten-pages.pdf", _with_script(printed.read_bytes()))


def pictures() -> Iterator[Sample]:
    """A photograph-like picture in each format that is redrawn."""
    noise = random.Random(1).randbytes(_PIXELS[0] * _PIXELS[1] * 3)
    picture = Image.frombytes("RGB", _PIXELS, noise).resize((64, 44)).resize(_PIXELS)
    for name in ("jpeg", "png", "gif", "webp", "tiff", "bmp"):
        out = io.BytesIO()
        picture.save(out, name)
        yield Sample(f"picture.{name}", out.getvalue())


def _with_script(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        del pdf.pages[_PAGES:]
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.Root.OpenAction = pdf.make_indirect(script)
        pdf.save(out)
    return out.getvalue()
