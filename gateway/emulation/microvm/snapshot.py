"""The saved states that runs begin from: making them, and what must be the same to use them.

The guest is started once for each desk, to the instant in which its agent waits for a sample; then
its memory and QEMU's state are written into files. A state belongs to one version of QEMU, one
accelerator, one machine type.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.emulation.microvm import machine, memory
from gateway.emulation.microvm.desks import DESKS, Desk
from gateway.emulation.microvm.frames import Frame, FrameError, FrameReader

IMAGE, KERNEL, INITRD = "image.squashfs", "kernel", "initrd"
STAMP = "stamp.json"

_KVM_FASTER = 15
"""How many times sooner a desk is ready with KVM, at the least."""

_FAILURES = (machine.MachineError, FrameError, msgspec.DecodeError, OSError)
_SAVE_SECONDS = 120.0
_ASK_SECONDS = 20.0


_CLOCK_AHEAD, _CLOCK_SLACK = 1.1, 5.0
"""Times and seconds that the guest's clock may be ahead of ours."""


class _Ready(msgspec.Struct, frozen=True):
    at: float


class _Failed(msgspec.Struct, frozen=True):
    why: str


class SnapshotError(Exception):
    """The guest cannot be made ready: one sentence."""


class Stamp(msgspec.Struct, frozen=True):
    """From what a state was made, for which machine (`machine.form`), and the desks that it has."""

    recipe: str
    machine: str
    qemu: str
    accelerator: str
    desks: tuple[str, ...]


def stamp(guest: Path) -> Stamp | None:
    """The stamp of a guest's directory; None where there is no complete guest."""
    try:
        found = msgspec.json.decode((guest / STAMP).read_bytes(), type=Stamp)
    except (OSError, msgspec.DecodeError):
        return None
    names = [IMAGE, KERNEL, INITRD]
    for desk in DESKS:
        if desk.name in found.desks:
            names += [desk.memory_file, desk.state_file]
    complete = all((guest / name).exists() for name in names)
    return found if complete else None


def current(guest: Path, recipe: str) -> bool:
    """Whether the guest was made from this recipe, for this machine, by the QEMU that is here, with
    every desk."""
    found = stamp(guest)
    if found is None or len(found.desks) < len(DESKS):
        return False
    wanted = (recipe, machine.form(), qemu_version())
    return (found.recipe, found.machine, found.qemu) == wanted


def qemu_version() -> str:
    """What QEMU calls itself; empty where there is none."""
    program = shutil.which(machine.QEMU)
    if program is None:
        return ""
    try:
        said = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=_ASK_SECONDS,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    version = re.search(r"version (.+)", said)
    return version[1].strip() if version else ""


def make(guest: Path, recipe: str, progress: Callable[[str], None]) -> str:
    """Start the guest for each desk, wait until it is ready, save its state. The accelerator.

    KVM is tried first, with this very guest: that the device opens proves nothing. The first desk
    must become ready; without a further one the others are of use. Raises SnapshotError.
    """
    problems = []
    first, *further = DESKS
    names = ("kvm", "tcg") if os.access("/dev/kvm", os.R_OK | os.W_OK) else ("tcg",)
    for accelerator in names:
        try:
            progress(_saved(guest, first, accelerator))
        except _FAILURES as error:
            problems.append(f"{accelerator}: {error}")
            continue
        made = [first.name]
        for desk in further:
            try:
                progress(_saved(guest, desk, accelerator))
                made.append(desk.name)
            except _FAILURES as error:
                progress(f"no desk for {desk.name}: {error}")
        words = (recipe, machine.form(), qemu_version(), accelerator)
        (guest / STAMP).write_bytes(msgspec.json.encode(Stamp(*words, tuple(made))))
        return accelerator
    raise SnapshotError(f"the guest does not start ({'; '.join(problems)})")


def _saved(guest: Path, desk: Desk, accelerator: str) -> str:
    """How one desk was saved, in words. Raises what `_FAILURES` names."""
    began = time.monotonic()
    limit = desk.boot_seconds / (_KVM_FASTER if accelerator == "kvm" else 1)
    descriptor = memory.empty(desk.memory_mib << 20)
    try:
        with machine.start(machine.Wanted(guest, desk, accelerator, descriptor)) as started:
            started.greet()
            _ready(started, began, limit)
            seconds = time.monotonic() - began
            started.save(guest / desk.state_file, _SAVE_SECONDS)
        kept = memory.keep(descriptor, guest / desk.memory_file)
    finally:
        os.close(descriptor)
    return f"desk for {desk.name}: ready after {seconds:.0f} s, {kept >> 20} MiB of memory"


def _ready(started: machine.Machine, began: float, limit: float) -> None:
    """Wait for the guest's first frame. Raises MachineError, FrameError."""
    reader = FrameReader()
    while True:
        started.line.settimeout(max(0.01, began + limit - time.monotonic()))
        try:
            data = started.line.recv(1 << 16)
        except TimeoutError:
            words = started.console_words()
            raise machine.MachineError(f"it was not ready in time: {words}") from None
        if not data:
            words = started.console_words()
            raise machine.MachineError(f"it ended before it was ready: {words}")
        for kind, payload in reader.feed(data):
            if kind is Frame.FAILED:
                raise machine.MachineError(_failed(payload))
            if kind is Frame.READY:
                check_clock(payload, time.monotonic() - began)
                return


def _failed(untrusted_payload: bytes) -> str:
    """Why a guest gave up, in its own words."""
    return msgspec.json.decode(untrusted_payload, type=_Failed).why


def check_clock(untrusted_payload: bytes, seconds: float) -> None:
    """Refuse a guest whose clock runs ahead: its kernel measured the processor's counter while the
    host was too busy, and every run would end before its time. Raises MachineError."""
    at = msgspec.json.decode(untrusted_payload, type=_Ready).at
    if at > seconds * _CLOCK_AHEAD + _CLOCK_SLACK:
        words = f"its clock says {at:.0f} s after {seconds:.0f} s"
        raise machine.MachineError(f"{words}: this machine is too busy to build it now")
