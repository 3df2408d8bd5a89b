"""The saved state that every run begins from: making it, and what must be the same to use it.

The guest is started once, to the instant in which its agent waits for a sample; then QEMU writes
its state into a file. A state belongs to one version of QEMU, one accelerator, one machine type.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import msgspec

from gateway.emulation.microvm import machine
from gateway.emulation.microvm.frames import Frame, FrameError, FrameReader

IMAGE, KERNEL, INITRD = "image.squashfs", "kernel", "initrd"
STATE, STAMP = "state", "stamp.json"

_BOOT_SECONDS = {"kvm": 40.0, "tcg": 600.0}
"""For the guest to become ready. Under emulation two minutes on two cores; where KVM only seems to
be there nothing happens at all."""

_SAVE_SECONDS = 120.0
_ASK_SECONDS = 20.0


class SnapshotError(Exception):
    """The guest cannot be made ready: one sentence."""


class Stamp(msgspec.Struct, frozen=True):
    """From what a state was made."""

    recipe: str
    qemu: str
    accelerator: str


def stamp(guest: Path) -> Stamp | None:
    """The stamp of a guest's directory; None where there is no complete guest."""
    try:
        found = msgspec.json.decode((guest / STAMP).read_bytes(), type=Stamp)
    except (OSError, msgspec.DecodeError):
        return None
    complete = all((guest / name).exists() for name in (IMAGE, KERNEL, INITRD, STATE))
    return found if complete else None


def current(guest: Path, recipe: str) -> bool:
    """Whether the guest was made from this recipe, and by the QEMU that is installed."""
    found = stamp(guest)
    return found is not None and found.recipe == recipe and found.qemu == qemu_version()


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


def make(guest: Path, recipe: str) -> str:
    """Start the guest, wait until it is ready, save its state. What it was, in words.

    KVM is tried first, with this very guest: that the device opens proves nothing.
    Raises SnapshotError.
    """
    problems = []
    names = ("kvm", "tcg") if os.access("/dev/kvm", os.R_OK | os.W_OK) else ("tcg",)
    for accelerator in names:
        try:
            seconds = _saved(guest, accelerator)
        except (machine.MachineError, FrameError, OSError) as error:
            problems.append(f"{accelerator}: {error}")
            continue
        made = Stamp(recipe, qemu_version(), accelerator)
        (guest / STAMP).write_bytes(msgspec.json.encode(made))
        size = (guest / STATE).stat().st_size >> 20
        return f"{accelerator}, ready after {seconds:.0f} s, state of {size} MiB"
    raise SnapshotError(f"the guest does not start ({'; '.join(problems)})")


def _saved(guest: Path, accelerator: str) -> float:
    """Seconds until the guest was ready. Raises MachineError, FrameError, OSError."""
    began = time.monotonic()
    with machine.start(machine.Wanted(guest, accelerator)) as started:
        started.greet()
        _ready(started.line, began + _BOOT_SECONDS[accelerator])
        seconds = time.monotonic() - began
        started.order("stop")
        source, sink = os.pipe()
        started.give("state", sink)
        os.close(sink)
        pouring = machine.drain(source, guest / STATE)
        started.order("migrate", uri="fd:state")
        machine.wait_until(started, "postmigrate", _SAVE_SECONDS)
    pouring.join(_SAVE_SECONDS)
    return seconds


def _ready(line: socket.socket, deadline: float) -> None:
    """Wait for the guest's first frame. Raises MachineError, FrameError."""
    reader = FrameReader()
    while True:
        line.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            data = line.recv(1 << 16)
        except TimeoutError:
            raise machine.MachineError("it was not ready in time") from None
        if not data:
            raise machine.MachineError("it ended before it was ready")
        if any(kind is Frame.READY for kind, _ in reader.feed(data)):
            return
