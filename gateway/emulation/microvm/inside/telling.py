"""What was left behind, told to the host: names of all files, the bytes of as many as it wants."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway.emulation.microvm.frames import Frame
from gateway.emulation.microvm.inside.changes import Changed
from gateway.emulation.microvm.inside.line import Line, Request


def tell_files(line: Line, files: Iterable[Changed], own: Path, request: Request) -> None:
    """Names of what changed; the bytes of new files within the request's limits. `own` is the
    sample, whose bytes the host has."""
    sent, size = 0, 0
    for file in files:
        kind = "deleted" if file.deleted else "written"
        line.tell(Frame.CHANGE, {"kind": kind, "path": file.path, "size": file.size})
        if file.deleted or str(file.place).endswith(str(own)):
            continue
        if sent < request.children and size + file.size <= request.child_bytes:
            sent, size = sent + 1, size + file.size
            line.send(Frame.FILE, file.place.read_bytes())
