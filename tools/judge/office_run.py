"""LibreOffice as it is: documents converted to PDF without repair, many in one run."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

_BATCH = 12
"""Documents of one run. A run starts in seconds; one that a document ends takes the rest along."""
_SECONDS = 90


class LibreOfficeMissingError(RuntimeError):
    """`soffice` is not installed."""


def to_pdf(documents: Sequence[tuple[Path, str]], out: Path) -> dict[Path, Path]:
    """PDFs of documents, each given with its suffix; what LibreOffice could not open is missing.

    Raises LibreOfficeMissingError.
    """
    made: dict[Path, Path] = {}
    for start in range(0, len(documents), _BATCH):
        batch = documents[start : start + _BATCH]
        made |= _run(batch, out, start)
        for number, (document, suffix) in enumerate(batch):
            if document not in made and len(batch) > 1:
                made |= _run([(document, suffix)], out, start + number)
    return made


def _run(batch: Sequence[tuple[Path, str]], out: Path, first: int) -> dict[Path, Path]:
    program = shutil.which("soffice")
    if program is None:
        raise LibreOfficeMissingError("soffice is not installed (libreoffice-*-nogui)")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sluice-judge-") as folder:
        copies = {}
        for number, (document, suffix) in enumerate(batch):
            copy = Path(folder, f"{first + number:05d}.{suffix}")
            shutil.copyfile(document, copy)
            copies[document] = copy
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        command = [program, profile, "--headless", "--norestore", "--convert-to", "pdf"]
        command += ["--outdir", str(out), *map(str, copies.values())]
        with contextlib.suppress(subprocess.TimeoutExpired):  # what is not written did not open
            subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        made = {document: out / f"{copy.stem}.pdf" for document, copy in copies.items()}
    return {document: pdf for document, pdf in made.items() if pdf.is_file()}
