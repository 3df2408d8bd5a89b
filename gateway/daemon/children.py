"""One process of the gateway as its supervisor knows it: when it beat, what it says, how it ends.

What its death means for mail is not known here: who replaces it is the crew's business.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog

from gateway.daemon.channel import Beat, ChannelClosedError, FromProcess, ToProcess
from gateway.daemon.launch import Started
from gateway.daemon.member import SILENCE_SECONDS
from gateway.daemon.topology import ProcessKind, Role

log = structlog.get_logger()

START_SECONDS = 300.0
"""From the start to the first beat: Python and its libraries load within one, on a busy machine
within several. On an emulated processor of a machine with five other things to do it took two
minutes; a limit below that would end each start just before it succeeds."""

FIRST_RESTART_SECONDS = 0.1
LAST_RESTART_SECONDS = 5.0
"""Wait before a process that keeps dying is started again: doubled each time, up to this."""

STEADY_SECONDS = 30.0
"""A process that lived this long is not one that keeps dying."""


@dataclass(slots=True, eq=False)
class Child:
    """One place of the topology and the process that fills it now. `inspector` is a worker's, and
    `drained` says of a worker that it was told to take no more connections."""

    kind: ProcessKind
    slot: int
    cpus: list[int]
    started: Started
    since: float = field(default_factory=time.monotonic)
    last_beat: float | None = None
    beat: Beat = field(default_factory=Beat)
    inspector: Child | None = None
    drained: bool = False

    @property
    def name(self) -> str:
        """`worker@1`, or `interceptor` where there is one only."""
        return f"{self.kind.role}@{self.slot}" if self.kind.per_worker else str(self.kind.role)

    @property
    def place(self) -> tuple[Role, int]:
        """What it fills: a role, and there a slot."""
        return self.kind.role, self.slot

    @property
    def pid(self) -> int:
        return self.started.pid

    def healthy(self, now: float) -> bool:
        """Whether it beat lately; an unwatched process is healthy while it is there."""
        if not self.kind.watched:
            return self.started.process.poll() is None
        return self.last_beat is not None and now - self.last_beat <= SILENCE_SECONDS

    def overdue(self, now: float) -> str:
        """Why it counts as hung, or empty."""
        if not self.kind.watched:
            return ""
        if self.last_beat is None:
            slow = now - self.since > START_SECONDS
            return f"no sign of life {START_SECONDS:.0f} s after its start" if slow else ""
        silence = now - self.last_beat
        return f"silent for {silence:.1f} s" if silence > SILENCE_SECONDS else ""

    def heard(self, beat: Beat) -> None:
        """It beat."""
        self.last_beat = time.monotonic()
        self.beat = beat

    def send(self, message: ToProcess, descriptors: tuple[int, ...] = ()) -> bool:
        """Tell it something; whether it was told. A process that is gone is noticed elsewhere."""
        if self.started.channel is not None:
            with contextlib.suppress(ChannelClosedError):
                return self.started.channel.send(message, descriptors)
        return False

    def messages(self) -> Iterator[FromProcess]:
        """What it has said and nobody has heard yet. Raises ChannelClosedError once it is gone, or
        says what no process says."""
        channel = self.started.channel
        while channel is not None and (received := channel.receive()) is not None:
            message, descriptors = received
            for descriptor in descriptors:  # nobody sends us any
                os.close(descriptor)
            yield message

    def kill(self) -> None:
        """End it at once, even when it is stopped; nothing happens when it is gone."""
        with contextlib.suppress(OSError):  # it is gone, or its descriptor is closed already
            signal.pidfd_send_signal(self.started.pidfd, signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        with contextlib.suppress(OSError):  # it is gone, or its descriptor is closed already
            signal.pidfd_send_signal(self.started.pidfd, signal.SIGTERM)

    def affinity(self) -> list[int]:
        """The CPUs it may run on, as the kernel says; empty when it is gone."""
        try:
            return sorted(os.sched_getaffinity(self.pid))
        except ProcessLookupError:
            return []


@dataclass(slots=True)
class Restarts:
    """How often one place was refilled, and how long the next refill waits."""

    count: int = 0
    _wait: float = FIRST_RESTART_SECONDS

    def next_wait(self, lived: float) -> float:
        """Seconds to wait after a process that lived `lived` seconds has died."""
        self.count += 1
        if lived > STEADY_SECONDS:
            self._wait = FIRST_RESTART_SECONDS
        wait = self._wait
        self._wait = min(self._wait * 2, LAST_RESTART_SECONDS)
        return wait
