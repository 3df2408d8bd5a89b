"""The state of a gateway in figures and words: what `gatewayctl status` is told.

Pure: it looks at the roster and the settings, changes nothing, and asks nobody but the kernel for
the CPUs of a process.
"""

from __future__ import annotations

from pathlib import Path

from drivers import Applied, PairConfig
from gateway import VERSION
from gateway.daemon.children import Child
from gateway.daemon.control import summed
from gateway.daemon.roster import Roster
from gateway.daemon.settings import Settings
from gateway.daemon.status import CounterStatus, NicPairStatus, ProcessStatus, Status
from gateway.daemon.topology import Role
from gateway.policy import GatewayConfig, OnFailure


def overview(
    roster: Roster,
    settings: Settings,
    pair: NicPairStatus,
    packets: list[CounterStatus],
    *,
    policy_path: Path,
    began: float,
    now: float,
) -> Status:
    """Everything, for `gatewayctl status`.

    `packets` are the rules' counters; `began` and `now` are monotonic seconds.
    """
    return Status(
        version=VERSION,
        uptime=now - began,
        on_failure=settings.config.on_failure.value,
        failure=failure(roster, settings.config, now),
        policy=settings.policy.version,
        policy_file=str(policy_path),
        pair=pair,
        processes=_processes(roster, now),
        packets=packets,
        steering=summed(roster.counters(Role.INTERCEPTOR)),
        mails=summed(roster.counters(Role.WORKER)),
        # of those that run now: what an ended one counted is not kept
        emulation=summed([one.beat.counters for one in roster.of(Role.EMULATOR)]),
    )


def nic_pair(pair: PairConfig, applied: Applied | None) -> NicPairStatus:
    """The NIC pair; `applied` is None before its rules are in force."""
    return NicPairStatus(
        client=pair.client_nic,
        server=pair.server_nic,
        mode=pair.mode.value,
        ports=list(pair.ports),
        vlan=pair.vlan.value,
        queue_rule=applied.rules.spelling.value if applied is not None else "",
    )


def failure(roster: Roster, config: GatewayConfig, now: float) -> str:
    """What a new connection meets when nobody can inspect it; empty while all is well."""
    if roster.inspecting(now):
        return ""
    if config.on_failure is OnFailure.BYPASS:
        return "new connections pass UNINSPECTED (on_failure = bypass)"
    return "new connections are held back, senders retry (on_failure = hold)"


def _processes(roster: Roster, now: float) -> list[ProcessStatus]:
    """By role in the topology's order, then by slot."""
    order = list(Role)
    children = sorted(
        roster.everybody(), key=lambda child: (order.index(child.kind.role), child.slot)
    )
    return [
        ProcessStatus(
            name=child.name,
            pid=child.pid,
            state=_state(roster, child, now),
            cpus=child.affinity(),
            uptime=now - child.since,
            restarts=roster.restarts[child.place].count,
            sessions=child.beat.sessions,
            does=child.kind.does,
        )
        for child in children
    ]


def _state(roster: Roster, child: Child, now: float) -> str:
    if child in roster.leaving:
        return "draining"
    if child.healthy(now):
        return "healthy"
    return "starting" if child.last_beat is None else "silent"
