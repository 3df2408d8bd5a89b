"""One Windows program, from its bytes to the last frame: started, watched, what it left told."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from gateway.emulation.microvm.frames import Frame
from gateway.emulation.microvm.inside.changes import (
    Registry,
    changed_files,
    changed_values,
    programs_count,
)
from gateway.emulation.microvm.inside.desk import (
    ENVIRONMENT,
    POLL_SECONDS,
    UID,
    close,
    confirm,
    end_server,
    kill,
    processes,
)
from gateway.emulation.microvm.inside.line import Line, Request
from gateway.emulation.microvm.inside.screen import Screen
from gateway.emulation.microvm.inside.telling import tell_files

_TRACE = 1 << 16
_LOOK_SECONDS = 0.4
"""Between two looks at the screen."""

_SCREENS = 3
_VISITS, _CLOSE = (0.35, 0.6, 0.8), 0.08
"""Shares of the time after which somebody at the desk confirms what is asked, and how much later
closes what is open: programs with a window wait for that for ever. More than once, since a window
may not be there yet on a busy machine."""

_JOIN_SECONDS = 1.0
"""For the last lines of the log: whoever could write further ones has been ended."""

_VALUES_MAX = 500
"""Registry values told; a program that changes more has shown what it does."""

_DATA_MAX = 2000
"""Characters of a value's data."""


class Running:
    """One program; `settled`: processes that were there before; `server`: Wine's."""

    def __init__(self, line: Line, request: Request, settled: frozenset[int], server: int) -> None:
        self._line = line
        self._request = request
        self._settled = settled
        self._server = server
        self._screen = Screen(_SCREENS)
        self._status: int | None = None
        self._forwarding: list[threading.Thread] = []

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
        tell_files(self._line, changed_files(began, programs_count), path, self._request)
        for picture in self._screen.pictures():
            self._line.send(Frame.SCREEN, picture)
        for thread in self._forwarding:
            thread.join(_JOIN_SECONDS)
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
            thread = threading.Thread(target=self._forward, args=words, daemon=True)
            thread.start()
            self._forwarding.append(thread)
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
            alive = processes(UID, own)
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

    def _tell_registry(self, before: Registry) -> None:
        """End everything of the sample's, and see what Wine's server writes as it goes."""
        kill(processes(UID, self._settled))
        end_server(self._server)
        for value in islice(changed_values(before, Registry()), _VALUES_MAX):
            kind = "value" if value.data is not None else "no-value"
            words: dict[str, str | int | float | list[str]] = {"kind": kind, "path": value.path}
            self._line.tell(Frame.CHANGE, words | {"data": (value.data or "")[:_DATA_MAX]})
