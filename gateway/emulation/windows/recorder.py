"""What is written down of a run: behaviours in order, once each, and what was missing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.emulation.automation.errors import TimeOver
from gateway.emulation.contract import Actor, Behaviour, Kind

BEHAVIOURS_MAX = 3000
"""Different behaviours kept. Rules need tens; a report of more is read by nobody."""

_TEXT_MAX = 4000
"""Characters kept of a target or argument: a whole encoded command stays readable."""

_ARGUMENTS_MAX = 12
_NAMES_MAX = 20
"""Missing members named; more say nothing more."""

_SLEPT_MAX = 8 * 3600.0
"""Seconds of the emulated clock after which a script that waits again and again is ended."""

_Key = tuple[Kind, str, str, tuple[str, ...], str]


@dataclass(slots=True)
class Recorder:
    """Collects one run. `emit` gets each new behaviour at once, so that a kill loses none.

    slept: seconds that the script waited, by which the emulated clock runs ahead.
    """

    program: str
    emit: Callable[[Behaviour], None]
    behaviours: list[Behaviour] = field(default_factory=list)
    missing: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    slept: float = 0.0
    overflow: int = 0
    _index: dict[_Key, int] = field(default_factory=dict)
    _start: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the start, those slept included."""
        return time.monotonic() - self._start + self.slept

    def note(self, kind: Kind, action: str, target: str, *arguments: str, failed: str = "") -> None:
        """Write a behaviour down, or count it with an equal one."""
        words = tuple(word[:_TEXT_MAX] for word in arguments[:_ARGUMENTS_MAX])
        key = (kind, action, target[:_TEXT_MAX], words, failed)
        known = self._index.get(key)
        if known is not None:
            old = self.behaviours[known]
            self.behaviours[known] = Behaviour(
                *(old.time, old.kind, old.actor, old.action, old.target, old.arguments),
                *(old.failed, old.count + 1),
            )
            return
        if len(self.behaviours) >= BEHAVIOURS_MAX:
            self.overflow += 1
            return
        actor = Actor(1, 0, self.program)
        moment = round(self.elapsed, 6)
        made = Behaviour(moment, kind, actor, action, target[:_TEXT_MAX], words, failed)
        self._index[key] = len(self.behaviours)
        self.behaviours.append(made)
        self.emit(made)

    def call(self, what: str, *arguments: str) -> None:
        """A call of an object or library, as the script made it."""
        self.note(Kind.SCRIPT, "call", what, *arguments)

    def lacks(self, what: str) -> None:
        """The script wanted something that is not emulated."""
        if len(self.missing) < _NAMES_MAX:
            self.missing[what[:80]] = None

    def sleep(self, seconds: float) -> None:
        """The script waits; the emulated clock jumps instead."""
        if seconds >= 0.5:
            self.note(Kind.PROCESS, "sleep", f"{seconds:g} s")
        self.slept += max(0.0, seconds)
        if self.slept > _SLEPT_MAX:
            raise TimeOver("it would run for more than a working day")
