"""Whether a file that extraction has no answer for opens in its own application.

Each is asked alone, in a folder of its own, as the reader of one mail would: 7-Zip for archives and
compressed files, LibreOffice for documents, PDFium for PDFs, Pillow for pictures. Mails, pages and
texts open always, since their programs show whatever there is.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pypdfium2
from PIL import Image

from tools.judge import office_run
from tools.judge.model import FAMILIES, LEGACY, OFFICE, Judged

_SECONDS = 60
_MAILS = frozenset({"eml", "msg", "tnef"})
_PACKED = FAMILIES["container"] - _MAILS | {"iso", "cpio", "lha", "ar"}


def failures(judged: Sequence[Judged], work: Path) -> list[Judged]:
    """Those that failed although their own application opens them. `encrypted` is an answer."""
    failed = [one for one in judged if one.answer.status == "failed"]
    documents = [one for one in failed if one.answer.type in OFFICE | LEGACY]
    wanted = [(one.source, one.source.suffix.lstrip(".")) for one in documents]
    drawn = office_run.to_pdf(wanted, work / "failed") if wanted else {}
    return [one for one in failed if one.source in drawn or _opens(one)]


def share(judged: Sequence[Judged], opened: Sequence[Judged]) -> str:
    """The failures among the files that open, as a sentence. Every file with an answer counts as
    one that opens."""
    failed = sum(one.answer.status == "failed" for one in judged)
    base = len(judged) - failed + len(opened)
    per_cent = 100 * len(opened) / max(base, 1)
    return (
        f"{failed} files failed; their own application opens {len(opened)} of them: "
        f"{per_cent:.2f} % of the {base} files that open."
    )


def _opens(one: Judged) -> bool:
    kind = one.answer.type
    if kind in OFFICE | LEGACY:
        return False  # LibreOffice was asked for all of them at once
    if kind in _PACKED:
        return _by_7zip(one.source)
    if kind == "pdf":
        try:
            pypdfium2.PdfDocument(one.source).close()
        except pypdfium2.PdfiumError:
            return False
    elif kind in FAMILIES["image"]:
        try:
            with Image.open(one.source) as picture:
                picture.load()
        except (OSError, ValueError, SyntaxError):
            return False
    return True


def _by_7zip(source: Path) -> bool:
    program = shutil.which("7zz") or shutil.which("7z")
    if program is None:
        raise RuntimeError("7-Zip is not installed, and nothing else can be asked")
    with tempfile.TemporaryDirectory(prefix="sluice-judge-") as folder:
        alone = Path(folder, source.name)
        shutil.copyfile(source, alone)
        try:
            ran = subprocess.run(
                [program, "t", "-p-", str(alone)],
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return False
    return ran.returncode == 0
