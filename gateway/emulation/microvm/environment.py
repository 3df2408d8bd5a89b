"""The microvm environment: Windows programs and documents, each in a virtual machine of its own.

A machine begins from the saved state, gets one sample over its line, says what the sample did, and
is ended. This module moves bytes and keeps limits; what the machine said is read in a confined
guest (`reading`), and judged by nobody here.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

import msgspec

from gateway.emulation import cgroup, owners
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
from gateway.emulation.interpreters import Unsupported
from gateway.emulation.microvm import documents, machine, programs, snapshot
from gateway.emulation.microvm.desks import DOCUMENTS, PROGRAMS, Desk
from gateway.emulation.microvm.frames import FRAME_MAX, Frame, FrameError, FrameReader, pack
from gateway.emulation.microvm.memory import load
from gateway.emulation.microvm.programs import Start
from gateway.emulation.microvm.traced import CHANNELS
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.confined import Confined, Guests
from gateway.emulation.scripts.results import behaviours, within

_SLOWER = 3.0
"""How many times longer than under KVM what a sample left behind gets to end under emulation."""

_START_SECONDS = 30.0
"""For the state to be loaded and the sample to start: two seconds on a quiet machine."""

_END_SECONDS = 15.0
"""For the guest to collect what the sample left: two seconds under emulation."""

_READ_SECONDS = 20.0
"""For what it said to be read in a confined guest: a second for each ten megabytes."""

_READ = 1 << 18
_EXTRA = 16 << 20
"""Bytes of frames beside the log and the files: pictures, names, values."""


@dataclass(slots=True)
class _Heard:
    """What came over the line. `stopped`: what the host ended it for."""

    stream: bytearray = field(default_factory=bytearray)
    started: float = 0.0
    ended: bool = False
    stopped: Stopped | None = None


@dataclass(slots=True)
class MicroVm:
    """Detonates in virtual machines.

    guest: what `tools.microvm` built; guests: confines the reading; cpus: cores for machines.
    """

    guest: Path
    guests: Guests
    cpus: frozenset[int] | None = None
    name: str = "microvm"
    _probed: Present | Absent | None = None
    _stamp: snapshot.Stamp | None = None
    _grouped: bool = False
    _memory: dict[Desk, FileIO] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def types(self) -> frozenset[str]:
        return programs.TYPES | documents.TYPES

    def probe(self) -> Present | Absent:
        """Look whether everything is there and fits together; the answer is kept."""
        with self._lock:
            if self._probed is None:
                self._probed = self._probe()
            return self._probed

    def unsupported(self, sample: Sample) -> str:
        desk, found = _desk(sample, Context())
        return found.reason if isinstance(found, Unsupported) else self._lacks(desk)

    def _lacks(self, desk: Desk) -> str:
        """Why a desk cannot be used; empty where it was built, or nothing was."""
        if self._stamp is None or desk.name in self._stamp.desks:
            return ""
        return f"the guest was built without its desk for {desk.name}"

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation:
        """Run `sample` in a new machine and say what it did. See the contract."""
        present = self.probe()
        if isinstance(present, Absent):
            return self._unrun(Stopped(StopKind.ABSENT, present.reason))
        desk, start = _desk(sample, context)
        if isinstance(start, Unsupported):
            return self._unrun(Stopped(StopKind.UNSUPPORTED, start.reason))
        if lacks := self._lacks(desk):
            return self._unrun(Stopped(StopKind.UNSUPPORTED, lacks))
        if len(sample.data) > FRAME_MAX:
            return self._unrun(Stopped(StopKind.UNSUPPORTED, "it is larger than a machine takes"))
        began = time.monotonic()
        try:
            heard = self._run(sample, desk, start, budget)
        except (machine.MachineError, OSError) as error:
            return self._unrun(Stopped(StopKind.CRASHED, f"no machine could be run: {error}"))
        request = wire.Request(start.name, sample.type, budget.seconds)
        read = self.guests.run(self.name, bytes(heard.stream), request, _READ_SECONDS)
        return self._detonation(heard, read, time.monotonic() - began, budget)

    def sweep(self) -> int:
        """Remove cgroups of machines whose owners are gone. Returns how many."""
        groups = cgroup.leftovers()
        dead = [name for name in groups if name.startswith("vm-") and not owners.alive(name)]
        for name in dead:
            groups[name].end()
        cgroup.tidy()
        return len(dead)

    def _probe(self) -> Present | Absent:
        if os.geteuid() != 0:
            return Absent("machines need root: QEMU gets an account and a cgroup of its own")
        for program in (machine.QEMU, "bwrap", "setpriv"):
            if shutil.which(program) is None:
                return Absent(f"{program} is not installed")
        self._stamp = snapshot.stamp(self.guest)
        if self._stamp is None:
            return Absent(f"there is no guest in {self.guest}: ./build.sh microvm builds it")
        if self._stamp.qemu != snapshot.qemu_version():
            return Absent("the guest's state was saved by another QEMU: run ./build.sh microvm")
        if self._stamp.machine != machine.form():
            return Absent("the guest's state is of another release: run ./build.sh microvm")
        try:
            confinement = self.guests.confinement()
        except OSError as error:
            return Absent(f"what the machine says cannot be read in a confined guest: {error}")
        self.sweep()
        self._grouped = cgroup.available()
        limits = "cgroup" if self._grouped else "no cgroup"
        desks = " and ".join(self._stamp.desks)
        detail = f"{self._stamp.accelerator}, {desks}, {limits}; reading {confinement}"
        return Present(f"QEMU {self._stamp.qemu.split()[0]}", detail)

    def _unrun(self, stopped: Stopped) -> Detonation:
        return unrun(self.name, self._version(), stopped)

    def _version(self) -> str:
        return self._probed.version if isinstance(self._probed, Present) else ""

    def _run(self, sample: Sample, desk: Desk, start: Start, budget: Budget) -> _Heard:
        """One machine's life. Raises MachineError, OSError."""
        assert self._stamp is not None
        accelerator = self._stamp.accelerator
        kept, cpus = self._kept(desk), self.cpus or frozenset()
        memory = (desk.memory_mib << 20) + machine.OVERHEAD
        group = cgroup.create(owners.new_name("vm"), memory, machine.TASKS)
        if self._grouped and group is None:
            raise OSError("no cgroup could be made for it")
        wanted = machine.Wanted(self.guest, desk, accelerator, kept, True, cpus, group)
        with machine.start(wanted) as running:
            running.greet()
            running.resume(self.guest / desk.state_file)
            running.line.settimeout(_START_SECONDS)
            slower = _SLOWER if accelerator == "tcg" else 1.0
            request = _request(start, budget, budget.linger * slower)
            running.line.sendall(pack(Frame.REQUEST, request))
            running.line.sendall(pack(Frame.SAMPLE, sample.data))
            return _listen(running, budget)

    def _kept(self, desk: Desk) -> int:
        """The desk's saved memory, read at its first use and shared by all machines from then on.
        Raises OSError."""
        with self._lock:
            if desk not in self._memory:
                self._memory[desk] = load(self.guest / desk.memory_file)
            return self._memory[desk].fileno()

    def _detonation(
        self, heard: _Heard, read: Confined, seconds: float, budget: Budget
    ) -> Detonation:
        seen: list[wire.Saw] = []
        children: list[Child] = []
        screens: list[bytes] = []
        ended: wire.Ended | None = None
        for message in wire.messages(read.output):
            match message:
                case wire.Saw():
                    seen.append(message)
                case wire.Dropped():
                    children.append(wire.child(message))
                case wire.Shown():
                    screens.append(message.png)
                case wire.Ended():
                    ended = message
        kept, omitted = within(children, budget)
        stopped = heard.stopped or (wire.stopped(ended) if ended is not None else None)
        if ended is None:
            why = read.lost or "it took too long"
            stopped = Stopped(StopKind.CRASHED, f"what the machine said was not read: {why}")
        return Detonation(
            environment=self.name,
            version=self._version(),
            behaviours=behaviours(seen, ()),
            children=kept,
            output=ended.output.encode()[: budget.output] if ended is not None else b"",
            exit_status=ended.exit_status if ended is not None else None,
            seconds=seconds,
            stopped_by=stopped,
            notes=ended.notes if ended is not None else (),
            omitted=(*(ended.omitted if ended is not None else ()), *omitted),
            screens=tuple(screens),
        )


def _desk(sample: Sample, context: Context) -> tuple[Desk, Start | Unsupported]:
    """Where a sample is at home, and how it is started there."""
    if not sample.data:
        return PROGRAMS, Unsupported("it is empty")
    if sample.type in documents.TYPES:
        return DOCUMENTS, documents.start(sample)
    return PROGRAMS, programs.start(sample, context.arguments)


def _request(start: Start, budget: Budget, linger: float) -> bytes:
    """The request in the words of `inside.line.Request`."""
    return msgspec.json.encode(
        {
            "command": start.command,
            "path": start.path,
            "environment": {"WINEDEBUG": CHANNELS},
            "seconds": budget.seconds,
            "linger": linger,
            "processes": budget.processes,
            "output": budget.output,
            "children": budget.children,
            "child_bytes": budget.child_bytes,
        }
    )


def _listen(running: machine.Machine, budget: Budget) -> _Heard:
    """Everything until the last frame, the machine's end or a limit."""
    heard = _Heard()
    reader = FrameReader()
    limit = budget.trace + budget.child_bytes + _EXTRA
    deadline = time.monotonic() + _START_SECONDS
    while not heard.ended and heard.stopped is None:
        running.line.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            data = running.line.recv(_READ)
        except TimeoutError:
            heard.stopped = _late(heard, budget)
            break
        except OSError:
            data = b""
        if not data:
            heard.stopped = _gone(running)
            break
        heard.stream += data
        if len(heard.stream) > limit:
            heard.stopped = Stopped(StopKind.TRACE, f"it said more than {limit >> 20} MiB")
        deadline = _followed(heard, reader, data, deadline, budget)
    return heard


def _followed(
    heard: _Heard, reader: FrameReader, data: bytes, deadline: float, budget: Budget
) -> float:
    """Look at the kinds of the frames; the deadline from here on."""
    try:
        kinds = [kind for kind, _ in reader.feed(data)]
    except FrameError as error:
        heard.stopped = Stopped(StopKind.CRASHED, f"the guest speaks no sense: {error}")
        return deadline
    heard.ended = Frame.ENDED in kinds
    if Frame.STARTED in kinds and not heard.started:
        heard.started = time.monotonic()
        return heard.started + budget.seconds + budget.linger * _SLOWER + _END_SECONDS
    return deadline


def _late(heard: _Heard, budget: Budget) -> Stopped:
    if not heard.started:
        return Stopped(StopKind.CRASHED, f"nothing started in {_START_SECONDS:.0f} s")
    return Stopped(StopKind.TIMED_OUT, f"still running after {budget.seconds:g} s")


def _gone(running: machine.Machine) -> Stopped:
    """The machine ended without being told to."""
    if running.group is not None and running.group.memory_ran_out():
        return Stopped(StopKind.MEMORY, "the machine needed more memory than it may have")
    return Stopped(StopKind.CRASHED, "the guest ended unexpectedly")
