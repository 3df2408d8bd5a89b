"""The method of Dangerzone, for comparison: pixels through a container.

In a gVisor sandbox without network the document becomes a PDF (LibreOffice) and the PDF raw pixels;
outside, a PDF is made of the pixels (README of https://github.com/freedomofpress/dangerzone). Built
here with the programs at hand, not measured on Dangerzone itself: pdftoppm in place of PyMuPDF,
`runsc do` in place of its container image, no text recognition.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from PIL import Image

from tools.bench.extraction.files import SOFFICE, Sample

DPI = 150
"""Dangerzone's resolution (dangerzone/conversion/common.py, DEFAULT_DPI)."""
_SECONDS = 300
_JPEG_QUALITY = 75
_SANDBOX = ("runsc", "--network=none", "--ignore-cgroups", "do", "-cwd", "/", "--")
_OFFICE_SUFFIXES = (".docx", ".docm", ".xlsx", ".pptx", ".odt", ".doc")


class NoPixelsError(RuntimeError):
    """The sandbox gave no pixels. One sentence."""


def missing() -> str:
    """What the method needs and is not there; empty when all of it is."""
    needed = ("runsc", "pdftoppm")
    absent = [name for name in needed if shutil.which(name) is None]
    if not Path(SOFFICE).exists():
        absent.append("LibreOffice")
    return ", ".join(absent)


def milliseconds(sample: Sample) -> float:
    """How long `sample` takes from bytes to a PDF made of pixels. Raises NoPixelsError."""
    with tempfile.TemporaryDirectory(prefix="sluice-pixels-") as directory:
        source = Path(directory) / f"document{Path(sample.name).suffix}"
        source.write_bytes(sample.data)
        started = time.perf_counter()
        command = [*_SANDBOX, "/bin/sh", "-c", _script(source)]
        ran = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        if not ran.stdout.startswith(b"P6"):
            why = ran.stderr.decode(errors="replace").strip()[-200:] or "no output"
            raise NoPixelsError(f"{sample.name}: no pixels came out of the sandbox: {why}")
        _pdf_of(ran.stdout)
        return (time.perf_counter() - started) * 1000


def _script(source: Path) -> str:
    """What runs in the sandbox; its /tmp is its own, the rest is read-only."""
    if source.suffix not in _OFFICE_SUFFIXES:
        return f"pdftoppm -r {DPI} {source}"
    office = f"{SOFFICE} -env:UserInstallation=file:///tmp/profile --headless --norestore"
    convert = f"{office} --convert-to pdf --outdir /tmp/out {source} >/dev/null 2>&1"
    # The first start with a new profile only makes it, and says so by 81.
    return f"{convert} || {convert}; pdftoppm -r {DPI} /tmp/out/*.pdf"


def _pdf_of(pixels: bytes) -> bytes:
    """A PDF of a stream of pictures in PPM's binary form (ppm(5))."""
    stream, pages = io.BytesIO(pixels), []
    while stream.tell() < len(pixels):
        if stream.readline().strip() != b"P6":
            raise NoPixelsError("the sandbox's output is no picture")
        width, height = (int(word) for word in stream.readline().split())
        stream.readline()
        pages.append(Image.frombytes("RGB", (width, height), stream.read(width * height * 3)))
    out = io.BytesIO()
    pages[0].save(
        out, "pdf", save_all=True, append_images=pages[1:], resolution=DPI, quality=_JPEG_QUALITY
    )
    return out.getvalue()
