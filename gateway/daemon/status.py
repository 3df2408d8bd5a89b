"""What `gatewayctl status` is told: the state of a running gateway as data."""

from __future__ import annotations

import msgspec


class ProcessStatus(msgspec.Struct, frozen=True):
    """One process. `cpus` are what the kernel lets it run on; `state` is healthy, starting,
    draining or silent; times are in seconds."""

    name: str
    pid: int
    state: str
    cpus: list[int]
    uptime: float
    restarts: int
    sessions: int = 0
    does: str = ""


class NicPairStatus(msgspec.Struct, frozen=True):
    """The NIC pair and what happens to what crosses it."""

    client: str
    server: str
    mode: str
    ports: list[int]
    vlan: str
    queue_rule: str


class CounterStatus(msgspec.Struct, frozen=True):
    """One counter."""

    name: str
    value: int
    meaning: str = ""


class Status(msgspec.Struct, frozen=True):
    """A gateway's state. `failure` says in words what new connections meet now."""

    version: str
    uptime: float
    on_failure: str
    failure: str
    policy: str
    policy_file: str
    pair: NicPairStatus
    processes: list[ProcessStatus]
    packets: list[CounterStatus]
    steering: list[CounterStatus]
    mails: list[CounterStatus]
    emulation: list[CounterStatus] = []


class ControlRequest(msgspec.Struct, frozen=True):
    """A line to the control socket: `status`, `reload`."""

    op: str


class ControlError(msgspec.Struct, frozen=True):
    """The answer to a request that could not be done: one sentence."""

    error: str


class ControlDone(msgspec.Struct, frozen=True):
    """The answer to a request that was done: one sentence."""

    done: str
