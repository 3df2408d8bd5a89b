"""Environments whose samples are run by interpreters in confined guests: the host's side.

One class serves `wsh` and `office`: they differ in types and in the guest's operation.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.emulation.contract import (
    Absent,
    Budget,
    Context,
    Detonation,
    Present,
    Sample,
    StopKind,
    Stopped,
    unrun,
)
from gateway.emulation.fingerprint import fingerprint
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.confined import Guests
from gateway.emulation.scripts.hosts import Host, written_for
from gateway.emulation.scripts.results import detonation_of

VERSION = fingerprint()
"""Of the interpreters and the emulated machine: any change of their sources changes it."""

_GRACE = 1.0
"""Seconds after the script's own time in which a guest may still write its last messages."""


@dataclass(slots=True)
class ScriptEnvironment:
    """Runs samples of `types` by the guest's `operation`.

    refuses: why a sample is not for this environment, empty when it is.
    """

    name: str
    types: frozenset[str]
    guests: Guests
    refuses: Callable[[Sample], str] = lambda sample: ""
    _probed: Present | Absent | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def probe(self) -> Present | Absent:
        """Start the guests' zygote once; the answer is kept."""
        with self._lock:
            if self._probed is None:
                try:
                    self._probed = Present(VERSION, self.guests.confinement())
                except OSError as error:
                    self._probed = Absent(f"no confined guest starts here: {error}")
            return self._probed

    def unsupported(self, sample: Sample) -> str:
        """Why it cannot run; empty when it can."""
        if sample.type not in self.types:
            return f"{self.name} does not run files of type '{sample.type}'"
        return self.refuses(sample)

    def sweep(self) -> int:
        """Guests leave nothing behind."""
        return 0

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation:
        """Run `sample` in a new guest and say what it did. See the contract."""
        present = self.probe()
        if isinstance(present, Absent):
            return self._unrun(StopKind.ABSENT, present.reason)
        if reason := self.unsupported(sample):
            return self._unrun(StopKind.UNSUPPORTED, reason)
        request = wire.Request(sample.name, sample.type, budget.seconds, context.arguments)
        start = time.monotonic()
        ran = self.guests.run(self.name, sample.data, request, budget.seconds + _GRACE)
        seconds = time.monotonic() - start
        return detonation_of(self.name, VERSION, ran, seconds, budget)

    def _unrun(self, kind: StopKind, reason: str) -> Detonation:
        return unrun(self.name, VERSION, Stopped(kind, reason))


def _refused_script(sample: Sample) -> str:
    """JavaScript that is written for node belongs to it; everything else Windows would run."""
    if sample.type != "javascript":
        return ""
    written = written_for(sample.data)
    return f"wsh: {written.words}" if written.host is Host.NODE else ""


def wsh_environment(guests: Guests) -> ScriptEnvironment:
    """JScript, VBScript, WSF and HTA against an emulated Windows script host."""
    types = frozenset({"javascript", "vbscript", "wsf", "hta"})
    return ScriptEnvironment("wsh", types, guests, _refused_script)


_OFFICE_TYPES = frozenset(
    {
        *("docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam"),
        *("pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "ole-doc", "ole-xls", "ole-ppt"),
        *("ole", "rtf"),
    }
)


def office_environment(guests: Guests) -> ScriptEnvironment:
    """Word, Excel and PowerPoint documents, rich text and bare objects: VBA, Excel 4 macros, DDE,
    templates, packages, equations."""
    return ScriptEnvironment("office", _OFFICE_TYPES, guests)


def pdf_environment(guests: Guests) -> ScriptEnvironment:
    """PDF documents: scripts of every trigger, actions, embedded files."""
    return ScriptEnvironment("pdf", frozenset({"pdf"}), guests)


def powershell_environment(guests: Guests) -> ScriptEnvironment:
    """PowerShell scripts and command lines: constants worked out, effects recognised."""
    return ScriptEnvironment("powershell", frozenset({"powershell"}), guests)


def cmd_environment(guests: Guests) -> ScriptEnvironment:
    """Command files and command lines of Windows: interpreted, effects recognised."""
    return ScriptEnvironment("cmd", frozenset({"batch"}), guests)
