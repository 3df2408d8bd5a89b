"""The gVisor environment: Linux scripts and programs, one guest each, on a kernel in user space.

A guest has no network but its own loopback, no host file but a read-only root under an overlay in
memory, no right of its own, and limits held from outside. This module prepares, runs and tidies;
it judges nothing.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from gateway.emulation import bait, cgroup, guest, interpreters, oci, owners, runsc
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
from gateway.emulation.control import Reports, exit_words
from gateway.emulation.incomplete import missing_programs, why_incomplete
from gateway.emulation.observe import Tracker

_PROBE = Sample("probe", "sh", b"#!/bin/sh\necho present > /tmp/probe\n")
"""The probe is a detonation: it proves platform, root, trace and collection together."""

_PROBE_BUDGET = Budget(seconds=60.0)
"""The answer is kept, so a machine that is slow while it starts must not be told it has no guests;
the probe itself takes milliseconds."""


@dataclass(slots=True)
class Gvisor:
    """Detonates in `runsc` guests.

    root: what `tools.guestroot` built; work: directory for guests' own directories (a tmpfs is
    best); cpus: cores for guests, None for all; program: another `runsc` than the one on the path.
    """

    root: Path
    work: Path
    cpus: frozenset[int] | None = None
    program: Path | None = None
    name: str = "gvisor"
    _probed: Present | Absent | None = None
    _runsc: runsc.Runsc | None = None
    _platform: str = ""
    _calls: tuple[str, ...] = runsc.traced_calls()
    _grouped: bool = False
    _authority: guest.Certifier | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def types(self) -> frozenset[str]:
        return interpreters.TYPES

    def probe(self) -> Present | Absent:
        """Run one guest for each platform until one works; the answer is kept."""
        with self._lock:
            if self._probed is None:
                self._probed = self._probe()
            return self._probed

    def unsupported(self, sample: Sample) -> str:
        chosen = interpreters.start(sample, (), self._guest_root())
        return chosen.reason if isinstance(chosen, interpreters.Unsupported) else ""

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation:
        """Run `sample` in a new guest and say what it did. See the contract."""
        present = self.probe()
        if isinstance(present, Absent):
            return self._unrun(Stopped(StopKind.ABSENT, present.reason))
        chosen = interpreters.start(sample, context.arguments, self._guest_root())
        if isinstance(chosen, interpreters.Unsupported):
            return self._unrun(Stopped(StopKind.UNSUPPORTED, chosen.reason))
        return self.run(sample, chosen, budget)

    def run(self, sample: Sample, chosen: interpreters.Start, budget: Budget) -> Detonation:
        """Run `sample` as `chosen` says, where `probe` has said that guests start."""
        return self._run(sample, chosen, budget)[0]

    def sweep(self) -> int:
        """Remove what guests of dead processes left (after a crash or kill). Returns how many."""
        groups = cgroup.leftovers()
        names = {entry.name for entry in self.work.glob("guest-*")} | set(groups)
        dead = [name for name in names if name.startswith("guest-") and not owners.alive(name)]
        for name in dead:
            if name in groups:
                groups[name].end()
            guest.remove(self.work / name)
        cgroup.tidy()
        return len(dead)

    def _probe(self) -> Present | Absent:
        problem = self._missing()
        if problem:
            return Absent(problem)
        try:
            self._runsc = runsc.find(self.program)
        except runsc.RunscError as error:
            return Absent(str(error))
        self.work.mkdir(parents=True, exist_ok=True)
        self.sweep()
        self._grouped = cgroup.available()
        failures = [self._try_platform(name) for name in self._runsc.platforms]
        if not self._platform:
            return Absent(f"no gVisor guest starts here ({'; '.join(failures)})")
        limits = "cgroup" if self._grouped else "no cgroup: memory bounded per process only"
        return Present(self._runsc.version, f"platform {self._platform}, {limits}")

    def _try_platform(self, name: str) -> str:
        """Empty when a guest works on the platform or an earlier one did, else what went wrong."""
        if self._platform:
            return ""
        chosen = interpreters.start(_PROBE, (), self._guest_root())
        if isinstance(chosen, interpreters.Unsupported):
            return chosen.reason
        self._platform = name
        result, unknown_call = self._run(_PROBE, chosen, _PROBE_BUDGET)
        while unknown_call in self._calls:
            self._calls = tuple(call for call in self._calls if call != unknown_call)
            result, unknown_call = self._run(_PROBE, chosen, _PROBE_BUDGET)
        if result.stopped_by is None and [child.path for child in result.children] == [
            "/tmp/probe"
        ]:
            return ""
        self._platform = ""
        return f"{name}: {result.stopped_by.detail if result.stopped_by else 'nothing was traced'}"

    def _missing(self) -> str:
        if os.geteuid() != 0:
            return "guests need root: gVisor sets up namespaces and a root of its own"
        if not (self._guest_root() / "bin/sh").exists():
            return f"there is no guest root at {self.root}: build it with tools.guestroot"
        return ""

    def _guest_root(self) -> Path:
        return self.root / "root"

    def _unrun(self, stopped: Stopped) -> Detonation:
        version = self._runsc.version if self._runsc else ""
        return unrun(self.name, version, stopped)

    def _run(
        self, sample: Sample, chosen: interpreters.Start, budget: Budget
    ) -> tuple[Detonation, str]:
        """The detonation, and the call that this gVisor cannot trace (empty in all but probes)."""
        assert self._runsc is not None
        directory = self.work / owners.new_name("guest")
        tracker = Tracker(budget.processes, chosen.path, chosen.own)
        group = self._group(directory.name, budget)
        if self._grouped and group is None:
            return self._unrun(Stopped(StopKind.CRASHED, "no cgroup could be made for it")), ""
        running = guest.Guest(
            self._prepared(directory, sample, chosen, budget),
            budget,
            tracker,
            group,
            Reports(budget.child_bytes, budget.children),
            self._trusted(),
        )
        try:
            running.run()
        finally:
            if group is not None:
                group.end()
            guest.remove(directory)
        return self._result(sample, chosen, tracker, running, budget), tracker.unknown_call

    def _trusted(self) -> guest.Certifier:
        """The authority of this process's guests, made for the first of them."""
        if self._authority is None:
            # Here, since guests of `winapi` load this package in a Python without this library.
            from gateway.emulation.authority import Authority

            self._authority = Authority()
        return self._authority

    def _group(self, name: str, budget: Budget) -> cgroup.Group | None:
        return cgroup.create(name, budget.memory, budget.processes) if self._grouped else None

    def _prepared(
        self, directory: Path, sample: Sample, chosen: interpreters.Start, budget: Budget
    ) -> guest.Launch:
        """Write the bundle: configuration, the sample in the user's Downloads, the log's pipe."""
        assert self._runsc is not None
        downloads, state = directory / "downloads", directory / "state"
        directory.mkdir(mode=0o700)
        downloads.mkdir()
        state.mkdir()
        path = downloads / Path(chosen.path).name
        path.write_bytes(sample.data)
        path.chmod(0o755)
        for entry in (downloads, path):
            os.chown(entry, bait.UID, bait.UID)
        configuration = oci.config(
            self._guest_root(),
            downloads,
            chosen.command,
            budget,
            chosen.mounts,
            grouped=self._grouped,
        )
        (directory / "config.json").write_bytes(configuration)
        trace = directory / "trace"
        os.mkfifo(trace, 0o600)
        options = self._runsc.options(state, trace, self._platform, self._calls)
        command = (str(self._runsc.program), *options)
        return guest.Launch(command, state, directory, trace, self.cpus or frozenset())

    def _result(
        self,
        sample: Sample,
        chosen: interpreters.Start,
        tracker: Tracker,
        running: guest.Guest,
        budget: Budget,
    ) -> Detonation:
        assert self._runsc is not None
        reports = running.reports
        tracker.names = reports.names
        output = bytes(running.output)
        status, signal = (
            exit_words(reports.exit_status) if reports.exit_status is not None else (None, "")
        )
        stopped = running.stopped or why_incomplete(sample.type, status, signal, output)
        return Detonation(
            self.name,
            self._runsc.version,
            tracker.named(),
            tuple(child for child in reports.children if child.path != chosen.path),
            output,
            status,
            running.seconds,
            stopped,
            _notes(tracker, reports, output),
            omitted=_omitted(tracker, reports, budget),
        )


def _notes(tracker: Tracker, reports: Reports, output: bytes) -> tuple[str, ...]:
    """What else limits the picture, a sentence each."""
    notes = [f"the guest has no program '{name}'" for name in missing_programs(output)]
    if reports.started and not reports.ended:
        notes.append("the files it wrote could not be collected")
    if tracker.overflow:
        notes.append(f"{tracker.overflow} further behaviours were not kept")
    return tuple(notes)


def _omitted(tracker: Tracker, reports: Reports, budget: Budget) -> tuple[str, ...]:
    """Files that it wrote and that did not come back, as far as that is known."""
    found = [f"{path} (too large)" for path in reports.omitted]
    beyond = len(tracker.written_paths()) - budget.children
    if beyond > 0:
        found.append(f"{beyond} more files than {budget.children}")
    return tuple(found)
