"""The three systems under test, each up for as long as its context lasts, in one lab.

straight: nothing between sender and smtp-sink but a bridge. amavis: the same bridge, and amavisd
beside the sink. gateway: the gateway on the NIC pair. All end in an smtp-sink of their own; amavis
and the gateway ask the same clamd.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tools.bench.amavis import PORT as AMAVIS_PORT
from tools.bench.amavis import amavis, greets
from tools.demo.gateway import start_gateway
from tools.lab import CLIENT_NIC, SERVER_NIC, Lab
from tools.mail.netns import prefix

SINK_PORT = 25
SINK_SECONDS = 10.0
SINK_BACKLOG = "1024"
BRIDGE = "bench0"


class SystemName(StrEnum):
    """What is measured."""

    STRAIGHT = "straight"
    AMAVIS = "amavis"
    GATEWAY = "gateway"


class SinkError(RuntimeError):
    """smtp-sink is missing or did not start; one sentence."""


@dataclass(frozen=True, slots=True)
class System:
    """A system that is up: where mail goes in, and the pids its processes descend from."""

    name: SystemName
    address: tuple[str, int]
    roots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """What all systems share: lab, clamd's socket, a directory, and amavis's processes."""

    lab: Lab
    clamd: Path
    directory: Path
    workers: int


@contextmanager
def system(name: SystemName, bench: Bench) -> Iterator[System]:
    """Start a system. Raises SinkError, AmavisError, GatewayDidNotStartError."""
    end = bench.lab.layout.server
    next_hop = (end.ip, SINK_PORT)
    with ExitStack() as stack:
        sink = stack.enter_context(_sink(end.namespace, end.ip))
        if name is SystemName.GATEWAY:
            directory = bench.directory / "gateway"
            directory.mkdir(exist_ok=True)
            more = f'[antivirus]\nsocket = "{bench.clamd}"\n'
            running = start_gateway(bench.lab, directory, "", more)
            stack.callback(running.stop)
            yield System(name, next_hop, (running.process.pid,))
            return
        stack.enter_context(_bridge(bench.lab))
        if name is SystemName.STRAIGHT:
            yield System(name, next_hop, (sink,))
            return
        directory = bench.directory / "amavis"
        directory.mkdir(exist_ok=True)
        master = stack.enter_context(
            amavis(
                directory,
                netns=end.namespace,
                address=end.ip,
                next_hop=next_hop,
                clamd=bench.clamd,
                processes=bench.workers,
            )
        )
        yield System(name, (end.ip, AMAVIS_PORT), (master,))


@contextmanager
def sink_of(bench: Bench) -> Iterator[tuple[str, int]]:
    """The sink alone, for who brings a system of his own; its address."""
    end = bench.lab.layout.server
    with _sink(end.namespace, end.ip):
        yield end.ip, SINK_PORT


@contextmanager
def _sink(netns: str, address: str) -> Iterator[int]:
    """Postfix's smtp-sink, which accepts and forgets; its pid."""
    command = ["smtp-sink", "-u", "nobody", f"{address}:{SINK_PORT}", SINK_BACKLOG]
    try:
        process = subprocess.Popen([*prefix(netns), *command], stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise SinkError(f"{error.filename} is missing") from error
    try:
        deadline = time.monotonic() + SINK_SECONDS
        while not greets(netns, address, SINK_PORT):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SinkError("smtp-sink does not answer; is postfix installed?")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _bridge(lab: Lab) -> Iterator[None]:
    """A plain bridge over the pair, in the place the gateway takes."""
    space = lab.layout.gateway
    lab.exec_in(space, ["ip", "link", "add", BRIDGE, "type", "bridge"])
    try:
        for nic in (CLIENT_NIC, SERVER_NIC):
            lab.exec_in(space, ["ip", "link", "set", nic, "master", BRIDGE])
            lab.exec_in(space, ["ip", "link", "set", nic, "up"])
        lab.exec_in(space, ["ip", "link", "set", BRIDGE, "up"])
        yield
    finally:
        lab.exec_in(space, ["ip", "link", "del", BRIDGE])
