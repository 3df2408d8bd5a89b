"""Steering: what becomes of a flow's first packet. A decision table, pure.

Rows are tried in order, the first that fits decides:

| row | condition | decision |
| drop listed | the client's address is in steering.drop_networks | drop |
| pass listed | the client's address is in steering.pass_networks | pass |
| known flow | the same flow was steered moments ago (a repeated SYN) | as before |
| healthy worker | at least one worker takes flows | inspect by the least loaded |
| no worker, bypass | no worker is healthy, on_failure is bypass | pass |
| no worker, hold | no worker is healthy, on_failure is hold | drop: the sender retries |
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address

from gateway.model import Flow
from gateway.policy import Policy, listed_network

FLOW_MEMORY = 65_536
"""Flows remembered, so that a repeated SYN meets the same worker; the oldest is forgotten."""

FLOW_SECONDS = 130.0
"""How long: Linux gives up a connection attempt after about 127 s (tcp_syn_retries = 6)."""

NOT_HEALTHY = -1

MAX_COUNTERS = 300
"""Reasons that are counted one by one: they travel with each beat, in one packet of the channel,
and a list of networks may have thousands."""

OTHER_REASONS = "further networks that are listed"


class Decision(StrEnum):
    """What is done with a flow."""

    INSPECT = "inspect"
    PASS = "pass"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Steering:
    """The decision, the worker when it is `inspect` (else -1), and the counter's name."""

    decision: Decision
    worker: int
    reason: str


@dataclass(slots=True)
class SteeringTable:
    """Workers' health and load, flows steered lately, and what was counted.

    `sessions[k]` is worker k's load; NOT_HEALTHY when it takes no flow.
    """

    policy: Policy
    bypass: bool
    sessions: list[int]
    counters: Counter[str] = field(default_factory=Counter)
    _recent: OrderedDict[Flow, tuple[Steering, float]] = field(default_factory=OrderedDict)

    def decide(self, flow: Flow, now: float) -> Steering:
        """Steer `flow`, whose first packet came at `now` (monotonic seconds)."""
        steering = self._listed(flow) or self._known(flow, now) or self._assign(flow, now)
        self._count(steering)
        return steering

    def _count(self, steering: Steering) -> None:
        """Count by decision and reason; beyond MAX_COUNTERS reasons, by decision alone."""
        name = f"{steering.decision}: {steering.reason}"
        if name not in self.counters and len(self.counters) >= MAX_COUNTERS:
            name = f"{steering.decision}: {OTHER_REASONS}"
        self.counters[name] += 1

    def update(self, sessions: list[int]) -> None:
        """Take the supervisor's view of the workers."""
        self.sessions = sessions

    def _listed(self, flow: Flow) -> Steering | None:
        match = listed_network(self.policy, ip_address(flow.source))
        if match is None:
            return None
        decision = Decision.PASS if match.allowed else Decision.DROP
        return Steering(decision, -1, f"network {match.entry} is listed, {match.rule}")

    def _known(self, flow: Flow, now: float) -> Steering | None:
        known = self._recent.get(flow)
        if known is None:
            return None
        steering, since = known
        stale = now - since > FLOW_SECONDS
        sick = self.sessions[steering.worker] == NOT_HEALTHY
        if stale or sick:
            del self._recent[flow]
            return None
        return steering

    def _assign(self, flow: Flow, now: float) -> Steering:
        healthy = [k for k, load in enumerate(self.sessions) if load != NOT_HEALTHY]
        if not healthy:
            if self.bypass:
                return Steering(Decision.PASS, -1, "no worker is healthy, on_failure is bypass")
            return Steering(Decision.DROP, -1, "no worker is healthy, on_failure is hold")
        worker = min(healthy, key=lambda k: (self.sessions[k], k))
        # Count the flow at once: the worker's own figure arrives only with its next beat.
        self.sessions[worker] += 1
        steering = Steering(Decision.INSPECT, worker, f"worker {worker}")
        self._recent[flow] = (steering, now)
        if len(self._recent) > FLOW_MEMORY:
            self._recent.popitem(last=False)
        return steering
