"""Process 1 of the guest: makes the desk ready, waits for one sample, runs it, tells what it did.

The host saves the guest's state while it waits here; every run begins in that instant. The sample
is another user; whatever it does to this program ends the guest, and the host sees that.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from gateway.emulation.microvm.frames import Frame
from gateway.emulation.microvm.inside.changes import Changed, Registry, changed_files
from gateway.emulation.microvm.inside.desk import (
    ENVIRONMENT,
    POLL_SECONDS,
    SERVER,
    UID,
    close,
    confirm,
    desk,
    network,
    processes,
    run_as_user,
)
from gateway.emulation.microvm.inside.line import Line, Request
from gateway.emulation.microvm.inside.screen import Screen
from gateway.emulation.microvm.inside.sinkhole import Sinkhole

_TRACE = 1 << 16
_LOOK_SECONDS = 0.4
"""Between two looks at the screen."""

_SCREENS = 3
_VISITS, _CLOSE = (0.35, 0.6, 0.8), 0.08
"""Shares of the time after which somebody at the desk confirms what is asked, and how much later
closes what is open: programs with a window wait for that for ever. More than once, since a window
may not be there yet on a busy machine."""

_VALUES_MAX = 500
"""Registry values told; a program that changes more has shown what it does."""


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
    desk()
    before = Registry()
    settled = processes()
    line.send(Frame.READY)
    request, sample = line.receive()
    _Run(line, request, settled).run(sample, before)
    while True:
        signal.pause()


class _Run:
    """One sample, from its bytes to the last frame."""

    def __init__(self, line: Line, request: Request, settled: frozenset[int]) -> None:
        self._line = line
        self._request = request
        self._settled = settled
        self._screen = Screen(_SCREENS)
        self._status: int | None = None

    def run(self, sample: bytes, before: Registry) -> None:
        request = self._request
        path = Path(request.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample)
        os.chown(path, UID, UID)
        path.chmod(0o755)
        began = time.time() + 0.001
        why = self._watch(self._start())
        self._screen.look()
        self._tell_registry(before)
        self._tell_files(changed_files(began), path)
        for picture in self._screen.pictures():
            self._line.send(Frame.SCREEN, picture)
        status = self._status if self._status is not None else -1
        self._line.tell(Frame.ENDED, {"status": status, "why": why})

    def _start(self) -> subprocess.Popen[bytes]:
        request = self._request
        trace, output = os.pipe(), os.pipe()
        process = subprocess.Popen(
            request.command,
            stdin=subprocess.DEVNULL,
            stdout=output[1],
            stderr=trace[1],
            env=ENVIRONMENT | dict(request.environment),
            user=UID,
            group=UID,
            cwd=str(Path(request.path).parent),
            start_new_session=True,
        )
        self._line.tell(Frame.STARTED, {"at": time.monotonic()})
        for kind, (source, target) in ((Frame.TRACE, trace), (Frame.OUTPUT, output)):
            os.close(target)
            limit = request.output if kind is Frame.OUTPUT else None
            words = (kind, source, limit)
            threading.Thread(target=self._forward, args=words, daemon=True).start()
        return process

    def _forward(self, kind: Frame, source: int, limit: int | None) -> None:
        while data := os.read(source, _TRACE):
            if limit is not None:
                data, limit = data[:limit], max(0, limit - len(data))
            if data:
                self._line.send(kind, data)

    def _watch(self, process: subprocess.Popen[bytes]) -> str:
        """Until the sample and what it started have ended, or a limit; why, empty at its end."""
        end = time.monotonic() + self._request.seconds
        look = 0.0
        lingering = False
        acts, own = self._visits(time.monotonic()), set(self._settled)
        while (now := time.monotonic()) < end:
            if now >= look:
                self._screen.look()
                look = time.monotonic() + _LOOK_SECONDS
            if acts and now >= acts[0][0] and not lingering:
                own |= {acts.pop(0)[1]().pid}
            status = process.poll()
            if status is not None and not lingering:
                lingering = True
                self._status = status
                end = min(end, now + self._request.linger)
            alive = processes() - own
            if len(alive) > self._request.processes:
                return "processes"
            if lingering and not alive:
                return ""
            time.sleep(POLL_SECONDS)
        return "left" if lingering else "seconds"

    def _visits(self, now: float) -> list[tuple[float, Callable[[], subprocess.Popen[bytes]]]]:
        """What somebody at the desk does, and when."""
        seconds = self._request.seconds
        name = Path(self._request.path).name
        visits: list[tuple[float, Callable[[], subprocess.Popen[bytes]]]] = []
        for share in _VISITS:
            visits.append((now + share * seconds, confirm))
            visits.append((now + (share + _CLOSE) * seconds, lambda: close(name)))
        return visits

    def _tell_registry(self, registry: Registry) -> None:
        """End everything of the user; Wine's server writes its registry as it goes."""
        for pid in processes() - self._settled:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        run_as_user([SERVER, "-k"], timeout=5.0)
        before, after = registry.values, Registry(registry).values
        told = 0
        for (key, name), data in after.items():
            if before.get((key, name)) != data and told < _VALUES_MAX:
                told += 1
                words: dict[str, str | int | float | list[str]] = {"data": data[:2000]}
                self._line.tell(Frame.CHANGE, {"kind": "value", "path": f"{key}\\{name}"} | words)
        for key, name in before.keys() - after.keys():
            if told < _VALUES_MAX:
                told += 1
                self._line.tell(Frame.CHANGE, {"kind": "no-value", "path": f"{key}\\{name}"})

    def _tell_files(self, files: Iterable[Changed], own: Path) -> None:
        """Names of what changed; the bytes of as many new files as the budget allows."""
        sent, size = 0, 0
        for file in files:
            kind = "deleted" if file.deleted else "written"
            said: dict[str, str | int | float | list[str]] = {"kind": kind, "path": file.path}
            self._line.tell(Frame.CHANGE, said | {"size": file.size})
            if file.deleted or str(file.place).endswith(str(own)):
                continue
            if sent < self._request.children and size + file.size <= self._request.child_bytes:
                sent, size = sent + 1, size + file.size
                self._line.send(Frame.FILE, file.place.read_bytes())


if __name__ == "__main__":
    main()
