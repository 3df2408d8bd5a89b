"""Asks whether a file is still active: each judge answers with complaints, none when it is clean.

Runs in a process of its own for each file, because oletools was not made for files that fight
back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.judge import active_office, active_pdf, active_web
from tools.judge.parts import inside, kind_of

_JUDGES: dict[str, Callable[[Path, bytes], Iterator[str]]] = {
    "pdf": active_pdf.complaints,
    "office": active_office.package_complaints,
    "ole": active_office.complaints,
    "rtf": active_office.rtf_complaints,
    "zip": active_office.zip_complaints,
}


def complaints(path: Path, type_name: str) -> list[str]:
    """Everything the judges say about the file at `path` and about the files inside it."""
    data = path.read_bytes()
    found = list(_about(path, data, type_name))
    with tempfile.TemporaryDirectory(prefix="sluice-judge-") as folder:
        for number, (name, content) in enumerate(inside("", data, type_name)):
            kind = kind_of(content)
            if kind == "program":
                found.append(f"members: {name} is a program")
            elif kind and kind != "packed":
                part = Path(folder, f"{number}{Path(name).suffix[:8]}")
                part.write_bytes(content)
                found += [f"{line} (in {name})" for line in _about(part, content, "")]
    return list(dict.fromkeys(found))


def _about(path: Path, data: bytes, type_name: str) -> Iterator[str]:
    if type_name in ("html", "svg"):
        yield from active_web.complaints(data)
    judge = _JUDGES.get(kind_of(data))
    if judge is not None:
        yield from judge(path, data)
