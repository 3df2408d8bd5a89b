"""The roster: which process fills which place, which still finish, what the ended ones counted.

It answers questions about the processes and never starts, tells or ends one: that is the crew's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.daemon.children import Child, Restarts
from gateway.daemon.steering import NOT_HEALTHY
from gateway.daemon.topology import Role


@dataclass(slots=True)
class Roster:
    """`children` fill their places; those of `leaving` have been relieved and finish their work.

    A process that died has no entry until its place is filled again.
    """

    children: dict[tuple[Role, int], Child] = field(default_factory=dict)
    leaving: list[Child] = field(default_factory=list)
    restarts: defaultdict[tuple[Role, int], Restarts] = field(
        default_factory=lambda: defaultdict(Restarts)
    )
    _past: defaultdict[Role, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def interceptor(self) -> Child | None:
        return self.children.get((Role.INTERCEPTOR, 0))

    def everybody(self) -> list[Child]:
        """All processes, those included that leave."""
        return [*self.children.values(), *self.leaving]

    def of(self, role: Role) -> list[Child]:
        """All processes of `role`, those included that leave."""
        return [child for child in self.everybody() if child.kind.role is role]

    def healthy(self, place: tuple[Role, int], now: float) -> bool:
        """Whether the one that fills `place` beat lately; not when nobody does."""
        child = self.children.get(place)
        return child is not None and child.healthy(now)

    def inspecting(self, now: float) -> bool:
        """Whether a new connection is inspected: somebody steers it, and somebody takes it."""
        steered = self.healthy((Role.INTERCEPTOR, 0), now)
        return steered and any(worker.healthy(now) for worker in self.of(Role.WORKER))

    def load(self, slot: int, now: float) -> int:
        """Sessions of the workers that accept at `slot`: all there are until they are drained. They
        share their listeners, so one that is fit serves the slot while its successor starts."""
        fit = [worker.beat.sessions for worker in self.accepting(slot, now)]
        return sum(fit) if fit else NOT_HEALTHY

    def accepting(self, slot: int, now: float) -> list[Child]:
        """The healthy workers that take connections at `slot`."""
        return [
            worker
            for worker in self.of(Role.WORKER)
            if worker.slot == slot and not worker.drained and worker.healthy(now)
        ]

    def relieve(self, place: tuple[Role, int]) -> Child | None:
        """Free `place` for another; the one that filled it, if any, is leaving from now on."""
        child = self.children.pop(place, None)
        if child is not None:
            self.leaving.append(child)
        return child

    def keep_counters(self, child: Child) -> None:
        """Count on with what `child`, which has ended, had counted."""
        self._past[child.kind.role].update(child.beat.counters)

    def counters(self, role: Role) -> list[Mapping[str, int]]:
        """What processes of `role` counted since the start, those included that have ended."""
        return [self._past[role], *(child.beat.counters for child in self.of(role))]
