"""The guest's end of the virtual serial port: frames out, and the request in."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.emulation.microvm.frames import PORT, Frame, FrameReader, pack

_READ = 1 << 16
_PORTS = Path("/sys/class/virtio-ports")


@dataclass(frozen=True, slots=True)
class Request:
    """How to run the sample.

    command: program and arguments; path: where the sample is put, as a path of the guest;
    environment: further variables; seconds, linger, processes, output, children, child_bytes: the
    budget.
    """

    command: tuple[str, ...]
    path: str
    environment: Mapping[str, str]
    seconds: float
    linger: float
    processes: int
    output: int
    children: int
    child_bytes: int


class Line:
    """Frames to and from the host. Sending is safe from several threads."""

    def __init__(self) -> None:
        self._file = os.open(_device(), os.O_RDWR)
        self._lock = threading.Lock()

    def send(self, kind: Frame, payload: bytes = b"") -> None:
        """One frame."""
        view = memoryview(pack(kind, payload))
        with self._lock:
            while view:
                view = view[os.write(self._file, view) :]

    def tell(self, kind: Frame, values: Mapping[str, str | int | float | list[str]]) -> None:
        """One frame with JSON."""
        self.send(kind, json.dumps(values).encode())

    def receive(self) -> tuple[Request, bytes]:
        """Wait for a request and its sample."""
        reader = FrameReader()
        request: Request | None = None
        while True:
            for kind, payload in reader.feed(os.read(self._file, _READ)):
                if kind is Frame.REQUEST:
                    values = json.loads(payload)
                    values["command"] = tuple(values["command"])
                    request = Request(**values)
                elif kind is Frame.SAMPLE and request is not None:
                    return request, payload


def _device() -> str:
    for entry in _PORTS.iterdir():
        if (entry / "name").read_text().strip() == PORT:
            return f"/dev/{entry.name}"
    raise OSError(f"there is no port {PORT}")
