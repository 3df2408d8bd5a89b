"""Is this start a good one? Asked once, after the start; the answer decides about the slot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gateway.daemon.status import Status

ANTIVIRUS = Path("/run/clamav/clamd.ctl")


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at: its name, whether it is well, and what was seen."""

    name: str
    well: bool
    seen: str


def checks(status: Status | None, *, configured: bool) -> Iterator[Check]:
    """What a good start looks like. `status` is None when no gateway answers."""
    if not configured:
        yield Check("settings", True, "the appliance is not set up yet; nothing has to run")
        return
    if status is None:
        yield Check("gateway", False, "it does not answer")
        return
    ill = [f"{p.name} is {p.state}" for p in status.processes if p.state != "healthy"]
    yield Check("processes", not ill, ", ".join(ill) or f"{len(status.processes)} are healthy")
    yield Check("new mail", not status.failure, status.failure or "is inspected")
    rule = status.pair.queue_rule
    yield Check("NIC pair", bool(rule), f"{status.pair.client} ⇄ {status.pair.server} by {rule}")
    yield Check("antivirus", ANTIVIRUS.is_socket(), f"socket {ANTIVIRUS}")


def patience(seconds: float) -> Iterator[float]:
    """Seconds passed, once a second, until `seconds` are over; at least once."""
    began = time.monotonic()
    while True:
        passed = time.monotonic() - began
        yield passed
        if passed >= seconds:
            return
        time.sleep(1.0)
