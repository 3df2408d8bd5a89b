"""What a virtual machine said, frame by frame: hostile, read in a confined guest only. No I/O."""

from __future__ import annotations

import msgspec

from gateway.emulation.contract import StopKind
from gateway.emulation.microvm.frames import Frame, FrameError, FrameReader


class _Started(msgspec.Struct, frozen=True):
    at: float
    clock: float = 0.0


class Asked(msgspec.Struct, frozen=True):
    """Something that the sinkhole was asked: `resolve`, `connect` or `send`; further words."""

    action: str
    target: str
    words: list[str]
    at: float


class Change(msgspec.Struct, frozen=True):
    """What differs at the end: `written`, `deleted`, `value`, `no-value`."""

    kind: str
    path: str
    size: int = 0
    data: str = ""


class End(msgspec.Struct, frozen=True):
    """How it ended: a status of -1 is none, `why` is empty where it ended by itself."""

    status: int
    why: str
    words: str = ""


class Said:
    """The frames of one run, sorted. start, clock: when it began, by the guest's own clock and in
    seconds since the epoch."""

    def __init__(self, untrusted_stream: bytes) -> None:
        self.start = 0.0
        self.clock = 0.0
        self.log = bytearray()
        self.output = bytearray()
        self.asked: list[Asked] = []
        self.changes: list[Change] = []
        self.files: dict[str, bytes] = {}
        self.pictures: list[bytes] = []
        self.end: End | None = None
        try:
            for kind, payload in FrameReader().feed(untrusted_stream):
                self._take(kind, payload)
        except (FrameError, msgspec.DecodeError):
            return  # what came before counts

    def _take(self, kind: Frame, payload: bytes) -> None:
        match kind:
            case Frame.STARTED:
                started = msgspec.json.decode(payload, type=_Started)
                self.start, self.clock = started.at, started.clock
            case Frame.TRACE:
                self.log += payload
            case Frame.OUTPUT:
                self.output += payload
            case Frame.NETWORK:
                self.asked.append(msgspec.json.decode(payload, type=Asked))
            case Frame.CHANGE:
                self.changes.append(msgspec.json.decode(payload, type=Change))
            case Frame.FILE if self.changes:
                self.files[self.changes[-1].path] = payload
            case Frame.SCREEN:
                self.pictures.append(payload)
            case Frame.ENDED:
                self.end = msgspec.json.decode(payload, type=End)
            case _:
                return

    def stopped(self, seconds: float) -> tuple[str, str]:
        """What ended the run early: a StopKind's value and words; both empty for none."""
        why = self.end.why if self.end is not None else "unseen"
        match why:
            case "unseen":
                return StopKind.CRASHED.value, "the guest ended unexpectedly"
            case "gone":
                return StopKind.CRASHED.value, "it ended what was to open it"
            case "processes":
                return StopKind.PROCESSES.value, "more processes at once than the budget allows"
            case "seconds":
                return StopKind.TIMED_OUT.value, f"still running after {seconds:g} s"
            case "left":
                return StopKind.TIMED_OUT.value, "processes it left behind were still running"
            case _:
                return "", ""
