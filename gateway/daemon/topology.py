"""The processes of a gateway as a table: what runs, with which rights, on which cores.

Units, `gatewayctl status` and the drawing in docs/ARCHITECTURE.md come from this table; the
supervisor starts nothing that is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.daemon.privileges import CAP_NET_ADMIN


class Role(StrEnum):
    """The kinds of process."""

    SUPERVISOR = "gatewayd"
    INTERCEPTOR = "interceptor"
    WORKER = "worker"
    INSPECTOR = "inspector"
    EMULATOR = "emulator"


@dataclass(frozen=True, slots=True)
class ProcessKind:
    """One line of the table.

    `per_worker`: there is one beside each worker. `watched`: it has a channel and beats.
    `keep`: capabilities left after dropping privilege; None: it stays root.
    """

    role: Role
    module: str
    does: str
    parses_hostile: str
    per_worker: bool
    watched: bool
    keep: frozenset[int] | None


TOPOLOGY: tuple[ProcessKind, ...] = (
    ProcessKind(
        Role.SUPERVISOR,
        "gateway.daemon",
        "NIC pair, rules, sockets; starts and watches the rest",
        "nothing",
        per_worker=False,
        watched=False,
        keep=None,
    ),
    ProcessKind(
        Role.INTERCEPTOR,
        "gateway.daemon.interceptor",
        "NFQUEUE verdicts on the first packet of each flow",
        "IP and TCP header of a SYN",
        per_worker=False,
        watched=True,
        keep=frozenset({CAP_NET_ADMIN}),
    ),
    ProcessKind(
        Role.WORKER,
        "gateway.daemon.worker",
        "SMTP on both sides; holds the mail, runs the plan, rebuilds, forwards",
        "SMTP lines only",
        per_worker=True,
        watched=True,
        keep=frozenset(),
    ),
    ProcessKind(
        Role.INSPECTOR,
        "gateway.sandbox.host",
        "MIME, archives, documents, static analysis, extraction, in confined guests",
        "everything",
        per_worker=True,
        watched=False,
        keep=None,
    ),
    ProcessKind(
        Role.EMULATOR,
        "gateway.daemon.emulator",
        "one gVisor guest for each detonation, on its own cores",
        "in the guest",
        per_worker=False,
        watched=True,
        keep=None,
    ),
)

BY_ROLE: dict[Role, ProcessKind] = {kind.role: kind for kind in TOPOLOGY}
