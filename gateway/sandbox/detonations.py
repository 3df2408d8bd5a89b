"""What guests of the emulator's zygote can do: run one sample. Imported by that zygote only.

Everything an interpreter needs must be imported by `preload`: a guest can open no file.
"""

from __future__ import annotations

import codecs
import resource
import sys
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


def run_wsh(data: bytes, request: Request, out: Sink) -> Done:
    """A script of the Windows script host."""
    wsh.run(data, request, out)
    return Done()


def run_office(data: bytes, request: Request, out: Sink) -> Done:
    """An office document."""
    office.run(data, request, out)
    return Done()


def run_pdf(data: bytes, request: Request, out: Sink) -> Done:
    """A PDF document."""
    pdf.run(data, request, out)
    return Done()


def run_remote(data: bytes, request: Request, out: Sink) -> Done:
    """The report of a sandbox elsewhere."""
    remote.run(data, request, out)
    return Done()


def run_shell(data: bytes, request: Request, out: Sink) -> Done:
    """A PowerShell script, a command file, or a line of either."""
    shells.run(data, request, out)
    return Done()


def read_microvm(data: bytes, request: Request, out: Sink) -> Done:
    """What a virtual machine said of its run."""
    reading.run(data, request, out)
    return Done()


OPERATIONS: Final[dict[str, Operation]] = {
    "wsh": operation(Request, run_wsh),
    "office": operation(Request, run_office),
    "pdf": operation(Request, run_pdf),
    "remote": operation(Request, run_remote),
    "powershell": operation(Request, run_shell),
    "cmd": operation(Request, run_shell),
    "microvm": operation(Request, read_microvm),
}
