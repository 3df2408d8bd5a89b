"""Asks LibreOffice whether it can open an Office file, and what text it sees in it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

OPEN_SECONDS = 90
"""A first start with a fresh profile takes about 4 s here; a loaded machine needs more."""


class LibreOfficeMissingError(RuntimeError):
    """`soffice` is not installed."""


def libreoffice_text(document: bytes, suffix: str) -> str:
    """The text LibreOffice shows of a Word-like `document` (suffix `docx`, `docm`, `odt` ...).

    Empty when LibreOffice could not open it. Raises LibreOfficeMissingError, or
    subprocess.TimeoutExpired after OPEN_SECONDS.
    """
    program = shutil.which("soffice")
    if program is None:
        raise LibreOfficeMissingError("soffice is not installed (package libreoffice-writer-nogui)")
    with tempfile.TemporaryDirectory(prefix="sluice-office-") as folder:
        source = Path(folder, f"document.{suffix}")
        source.write_bytes(document)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        target = ["--convert-to", "txt:Text (encoded):UTF8", "--outdir", folder, str(source)]
        command = [program, profile, "--headless", "--norestore", *target]
        subprocess.run(command, capture_output=True, timeout=OPEN_SECONDS, check=False)
        result = source.with_suffix(".txt")
        return result.read_text("utf-8-sig") if result.exists() else ""
