"""The environment that runs nothing: it stands where a real one is absent, and says why.

It must never let a file pass as examined: every detonation is stopped by its absence.
"""

from __future__ import annotations

from gateway.emulation.contract import (
    Absent,
    Budget,
    Context,
    Detonation,
    Present,
    Sample,
    StopKind,
    Stopped,
    unrun,
)


class Null:
    """An absent environment with its reason."""

    types: frozenset[str] = frozenset()

    def __init__(self, reason: str, name: str = "null") -> None:
        self._reason = reason
        self.name = name

    def probe(self) -> Present | Absent:
        return Absent(self._reason)

    def unsupported(self, sample: Sample) -> str:
        return self._reason

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation:
        stopped = Stopped(StopKind.ABSENT, self._reason)
        return unrun(self.name, "", stopped)

    def sweep(self) -> int:
        return 0
