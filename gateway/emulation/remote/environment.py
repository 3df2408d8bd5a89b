"""The environment `remote`: samples go to a CAPE sandbox, its reports become behaviours.

Never judges, and never takes the sandbox's word for a verdict. What leaves the machine is the
sample and its file name; what comes back is read in a confined guest.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from hashlib import sha256

from gateway.emulation.contract import (
    Absent,
    Budget,
    Child,
    Context,
    Detonation,
    Present,
    Sample,
    StopKind,
    Stopped,
    unrun,
)
from gateway.emulation.interpreters import guest_name
from gateway.emulation.remote.settings import RemoteSettings
from gateway.emulation.remote.trips import Courier, Trip
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.confined import Guests
from gateway.emulation.scripts.results import detonation_of

VERSION = "1"
"""Of the mapping from reports to behaviours: a change that may change verdicts raises it."""

_PROBE_KEPT = 60.0
"""Seconds for which a probe's answer counts: each mail asks, a sandbox allows few questions."""

_TASKS_MAX = 500
_TASK_KEPT = 3600.0
"""Tasks remembered, and for how many seconds: a sender that tries again finds its task done."""

_OMITTED_MAX = 20
"""Names of files that were not handed back; more say nothing more."""

_READING_SECONDS = 30.0
"""For a guest to read a report; 64 MiB take about three."""


@dataclass(slots=True)
class Remote:
    """Detonates in a sandbox elsewhere; `guests` read its reports."""

    settings: RemoteSettings
    guests: Guests
    name: str = "remote"
    _courier: Courier = field(init=False)
    _probed: tuple[float, Present | Absent] | None = None
    _tasks: dict[str, tuple[float, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._courier = Courier(self.settings)

    @property
    def types(self) -> frozenset[str]:
        """Those that the administrator sends there."""
        return self.settings.types

    def probe(self) -> Present | Absent:
        """Ask the sandbox how it is; the answer counts for a minute."""
        with self._lock:
            if self._probed is None or time.monotonic() - self._probed[0] > _PROBE_KEPT:
                self._probed = time.monotonic(), self._asked()
            return self._probed[1]

    def _asked(self) -> Present | Absent:
        try:
            self.guests.confinement()
        except OSError as error:
            return Absent(f"no confined guest for reports starts here: {error}")
        trip = self._courier.probe()
        if trip.trouble is not None:
            return Absent(trip.trouble.detail)
        machines = f" with {trip.machines} machines" if trip.machines >= 0 else ""
        version = f"{VERSION}, CAPE {trip.version}" if trip.version else VERSION
        return Present(version, f"CAPE at {self.settings.address}{machines}")

    def unsupported(self, sample: Sample) -> str:
        """Why it is not sent; empty when it is."""
        if sample.type not in self.types:
            return f"files of type '{sample.type}' are not sent to the remote sandbox"
        return ""

    def sweep(self) -> int:
        """Couriers leave nothing behind."""
        return 0

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation:
        """Have `sample` run elsewhere and say what it did. See the contract."""
        present = self.probe()
        if isinstance(present, Absent):
            return self._unrun(Stopped(StopKind.ABSENT, present.reason), 0.0)
        if reason := self.unsupported(sample):
            return self._unrun(Stopped(StopKind.UNSUPPORTED, reason), 0.0)
        start = time.monotonic()
        trip = self._fetched(sample, min(self.settings.seconds, budget.seconds))
        if trip.trouble is not None:
            return self._unrun(trip.trouble, time.monotonic() - start)
        name = guest_name(sample.name, sample.type)
        request = wire.Request(name, sample.type, _READING_SECONDS)
        ran = self.guests.run("remote", trip.report, request, _READING_SECONDS)
        told = detonation_of(self.name, VERSION, ran, 0.0, budget)
        children, omitted = self._children(told.children, budget)
        return Detonation(
            environment=told.environment,
            version=told.version,
            behaviours=told.behaviours,
            children=children,
            output=b"",
            exit_status=told.exit_status,
            seconds=time.monotonic() - start,
            stopped_by=told.stopped_by,
            notes=(f"task {trip.task} of the sandbox", *told.notes),
            omitted=(*omitted, *told.omitted),
        )

    def _fetched(self, sample: Sample, seconds: float) -> Trip:
        """The report. A sample that was submitted before is not submitted again."""
        digest = sha256(sample.data).hexdigest()
        with self._lock:
            known = self._tasks.get(digest)
        fresh = known is not None and time.monotonic() - known[0] < _TASK_KEPT
        task = known[1] if known is not None and fresh else 0
        trip = self._courier.detonate(sample.name, sample.data, task, seconds)
        self._remember(digest, trip)
        return trip

    def _remember(self, digest: str, trip: Trip) -> None:
        """A task that failed, or that the sandbox no longer knows, is forgotten."""
        lost = trip.trouble is not None and trip.trouble.kind is StopKind.INCOMPLETE
        with self._lock:
            self._tasks.pop(digest, None)
            if trip.task and not lost:
                self._tasks[digest] = time.monotonic(), trip.task
            while len(self._tasks) > _TASKS_MAX:
                self._tasks.pop(next(iter(self._tasks)))

    def _children(
        self, named: tuple[Child, ...], budget: Budget
    ) -> tuple[tuple[Child, ...], tuple[str, ...]]:
        """The dropped files themselves, as far as the sandbox hands them out."""
        paths = {child.data.decode("ascii", "replace"): child.path for child in named}
        wanted = list(paths)[: budget.children]
        if not wanted:
            return (), ()
        trip = self._courier.files(wanted, budget.child_bytes)
        found: list[Child] = []
        for data in trip.files:
            digest = sha256(data).hexdigest()
            if digest in paths:
                found.append(Child(paths[digest], digest, len(data), data))
        had = {child.sha256 for child in found}
        left = tuple(path for digest, path in paths.items() if digest not in had)
        return tuple(found), left[:_OMITTED_MAX]

    def _unrun(self, stopped: Stopped, seconds: float) -> Detonation:
        return unrun(self.name, VERSION, stopped, seconds)
