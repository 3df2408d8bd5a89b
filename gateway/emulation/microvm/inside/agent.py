"""Process 1 of the guest: makes a desk ready, waits for one sample, runs it, tells what it did.

The host saves the guest's state while it waits here; every run begins in that instant. The sample
is another user; whatever it does to this program ends the guest, and the host sees that.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path

from gateway.emulation.microvm.desks import DOCUMENTS, WORD
from gateway.emulation.microvm.frames import Frame
from gateway.emulation.microvm.inside.changes import Registry
from gateway.emulation.microvm.inside.desk import network, processes, screen, wine
from gateway.emulation.microvm.inside.line import Line
from gateway.emulation.microvm.inside.office import HEIGHT, WIDTH, Office, OfficeError
from gateway.emulation.microvm.inside.opening import Opening
from gateway.emulation.microvm.inside.running import Running
from gateway.emulation.microvm.inside.sinkhole import Sinkhole


def main() -> None:
    """Never returns: the guest ends when the host ends it."""
    line = Line()
    sinkhole = Sinkhole(
        lambda action, target, words: line.tell(
            Frame.NETWORK,
            {"action": action, "target": target, "words": words, "at": time.monotonic()},
        )
    )
    network()
    sinkhole.start()
    if f"{WORD}={DOCUMENTS.name}" in Path("/proc/cmdline").read_text().split():
        _documents(line)
    else:
        _programs(line)
    while True:
        signal.pause()


def _programs(line: Line) -> None:
    screen(800, 600)
    server = wine()
    before = Registry()
    settled = processes(None)
    line.tell(Frame.READY, {"at": time.monotonic()})
    request, sample = line.receive()
    Running(line, request, settled, server).run(sample, before)


def _documents(line: Line) -> None:
    screen(WIDTH, HEIGHT)
    office = Office()
    try:
        office.ready()
    except OfficeError as error:
        line.tell(Frame.FAILED, {"why": str(error)})
        return
    settled = processes(None)
    line.tell(Frame.READY, {"at": time.monotonic()})
    request, sample = line.receive()
    Opening(line, request, office, settled).run(sample)


if __name__ == "__main__":
    main()
