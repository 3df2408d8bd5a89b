"""How samples for Linux are made: scripts as they stand, programs from C by the compiler here."""

from __future__ import annotations

import subprocess
import tempfile
from functools import partial
from pathlib import Path

from tools.corpus.detections.case import Case


def linux(name: str, type_name: str, text: str, rule: str = "") -> Case:
    """A sample: for `elf` the text is C, for all else it is the script."""
    make = partial(_compiled, text) if type_name == "elf" else text.encode
    return Case(name, type_name, make, rule)


def _compiled(source: str) -> bytes:
    """The program. Raises OSError or CalledProcessError where it cannot be made."""
    with tempfile.TemporaryDirectory(prefix="sluice-sample-") as directory:
        written, program = Path(directory, "sample.c"), Path(directory, "sample")
        written.write_text(source)
        subprocess.run(["gcc", "-w", "-pthread", "-o", program, written], check=True)
        return program.read_bytes()
