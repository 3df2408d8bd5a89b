"""Environments whose samples are run by interpreters in confined guests: the host's side.

One class serves `wsh` and `office`: they differ in types and in the guest's operation.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.emulation.contract import (
    Absent,
    Behaviour,
    Budget,
    Child,
    Context,
    Detonation,
    Present,
    Sample,
    StopKind,
    Stopped,
)
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.confined import Confined, Guests

VERSION = "1"
"""Of the interpreters and the emulated machine: a change that may change verdicts raises it."""

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
        return self._detonation(ran, time.monotonic() - start, budget)

    def _unrun(self, kind: StopKind, reason: str) -> Detonation:
        stopped = Stopped(kind, reason)
        return Detonation(self.name, VERSION, (), (), b"", None, 0.0, stopped)

    def _detonation(self, ran: Confined, seconds: float, budget: Budget) -> Detonation:
        seen: list[wire.Saw] = []
        children: list[Child] = []
        ended: wire.Ended | None = None
        for message in wire.messages(ran.output):
            match message:
                case wire.Saw():
                    seen.append(message)
                case wire.Dropped():
                    children.append(wire.child(message))
                case wire.Shown():
                    continue  # scripts have no screen
                case wire.Ended():
                    ended = message
        counts = ended.counts if ended is not None else ()
        found = behaviours(seen, counts)
        kept, omitted = within(children, budget)
        return Detonation(
            environment=self.name,
            version=VERSION,
            behaviours=found,
            children=kept,
            output=ended.output.encode()[: budget.output] if ended is not None else b"",
            exit_status=ended.exit_status if ended is not None else None,
            seconds=seconds,
            stopped_by=self._stopped(ran, ended, budget),
            notes=ended.notes[:20] if ended is not None else (),
            omitted=tuple(omitted),
        )

    @staticmethod
    def _stopped(ran: Confined, ended: wire.Ended | None, budget: Budget) -> Stopped | None:
        if ended is not None:
            return wire.stopped(ended)
        if ran.timed_out:
            return Stopped(StopKind.TIMED_OUT, f"still running after {budget.seconds:g} s")
        if "memory" in ran.lost:
            return Stopped(StopKind.MEMORY, ran.lost)
        return Stopped(StopKind.CRASHED, ran.lost or "the guest said nothing")


def behaviours(seen: list[wire.Saw], counts: tuple[int, ...]) -> tuple[Behaviour, ...]:
    """What the guest told, with the counts of its last message; what cannot be is left out."""
    found: list[Behaviour] = []
    for number, message in enumerate(seen):
        made = wire.behaviour(message, counts[number] if number < len(counts) else message.count)
        if made is not None:
            found.append(made)
    return tuple(found)


def within(children: list[Child], budget: Budget) -> tuple[tuple[Child, ...], list[str]]:
    """Children within the budget, and what was left out."""
    kept: list[Child] = []
    omitted: list[str] = []
    size = 0
    for child in children:
        if len(kept) >= budget.children or size + child.size > budget.child_bytes:
            omitted.append(f"{child.path} ({child.size} bytes)")
            continue
        kept.append(child)
        size += child.size
    return tuple(kept), omitted[:20]


_FOR_NODE = re.compile(
    rb"\A#!.*\bnode\b|^\s*(?:(?:const|let|var)\s+[\w{},\s]+=\s*)?require\(['\"][\w@./:-]+['\"]\)"
    rb"|^\s*import\s[^;\n]*from\s*['\"]|^\s*export\s+(?:default|const|function|class|[{*])"
    rb"|^\s*(?:module\.)?exports\b.*=|\bprocess\.(?:argv|env|exit|stdout)",
    re.MULTILINE,
)
_FOR_WINDOWS = re.compile(rb"ActiveXObject|WScript|GetObject\s*\(|@cc_on", re.IGNORECASE)
_LOOKED_AT = 1 << 20
"""Bytes of a script in which the signs of its host are looked for."""


def _refused_script(sample: Sample) -> str:
    """JavaScript that is written for node belongs to it; everything else Windows would run."""
    head = sample.data[:_LOOKED_AT]
    if sample.type != "javascript" or _FOR_WINDOWS.search(head) or not _FOR_NODE.search(head):
        return ""
    return "wsh: the script is written for node"


def wsh_environment(guests: Guests) -> ScriptEnvironment:
    """JScript, VBScript, WSF and HTA against an emulated Windows script host."""
    types = frozenset({"javascript", "vbscript", "wsf", "hta"})
    return ScriptEnvironment("wsh", types, guests, _refused_script)


_OFFICE_TYPES = frozenset(
    {
        *("docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "xlam"),
        *("pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "ole-doc", "ole-xls", "ole-ppt"),
    }
)


def office_environment(guests: Guests) -> ScriptEnvironment:
    """Word, Excel and PowerPoint documents: VBA, Excel 4 macros, DDE, templates, packages."""
    return ScriptEnvironment("office", _OFFICE_TYPES, guests)


def pdf_environment(guests: Guests) -> ScriptEnvironment:
    """PDF documents: scripts of every trigger, actions, embedded files."""
    return ScriptEnvironment("pdf", frozenset({"pdf"}), guests)


def powershell_environment(guests: Guests) -> ScriptEnvironment:
    """PowerShell scripts and command lines: constants worked out, effects recognised."""
    return ScriptEnvironment("powershell", frozenset({"powershell"}), guests)
