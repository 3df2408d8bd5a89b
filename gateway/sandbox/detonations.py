"""What guests of the emulator's zygote can do: run one sample. Imported by that zygote only.

Everything an interpreter needs must be imported by `preload`: a guest can open no file.
"""

from __future__ import annotations

import codecs
import resource
import sys
from collections.abc import Callable
from typing import Final

import msgspec

from gateway.emulation.microvm import reading
from gateway.emulation.office import run as office
from gateway.emulation.pdf import run as pdf
from gateway.emulation.remote import report as remote
from gateway.emulation.scripts import wsh
from gateway.emulation.scripts.wire import Request
from gateway.emulation.shells import run as shells
from gateway.engines.static import macros
from gateway.sandbox.guest import Operation, Sink, operation
from gateway.sandbox.limits import DETONATION_OUTPUT

_RECURSION = 12_000
"""Python's own limit: an interpreter's call takes a dozen frames, and scripts may nest 240."""

_CODECS: Final = (
    "ascii",
    "cp437",
    "latin-1",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "unicode_escape",
)


class Done(msgspec.Struct, frozen=True):
    """The whole answer: what was seen has been written to the output."""


def preload() -> None:
    """Import and use everything once; what guests may write is bounded before any is made."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (DETONATION_OUTPUT, DETONATION_OUTPUT))
    sys.setrecursionlimit(_RECURSION)
    for name in _CODECS:
        codecs.lookup(name)
    macros.preload()
    wsh.preload()
    office.preload()
    pdf.preload()
    shells.preload()


def _runs(run: Callable[[bytes, Request, Sink], None]) -> Operation:
    """An operation of what reads or runs a sample and writes down what it saw."""

    def detonate(data: bytes, request: Request, out: Sink) -> Done:
        run(data, request, out)
        return Done()

    return operation(Request, detonate)


OPERATIONS: Final[dict[str, Operation]] = {
    "wsh": _runs(wsh.run),
    "office": _runs(office.run),
    "pdf": _runs(pdf.run),
    "powershell": _runs(shells.run),
    "cmd": _runs(shells.run),
    "remote": _runs(remote.run),
    "microvm": _runs(reading.run),
}
"""By environment. The last two read what a machine elsewhere said of its run."""
