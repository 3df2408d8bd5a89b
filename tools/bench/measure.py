"""Measures one system: throughput and CPU over several connections, latency over one, memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import msgspec

from tools.bench.figures import Look, Run, percentile
from tools.bench.load import MIX, VIRUS, Sent
from tools.bench.mails import SENDER, TEXT_OCTETS, Kind
from tools.bench.processes import cpu_by_role, cpu_seconds, memory
from tools.bench.systems import Bench, System
from tools.mail.netns import prefix

CONNECTIONS = 8
"""At once: enough to keep two workers or amavis's children busy without long queues."""
WARM_UP = 60
"""Mails before each measurement: lazy imports, amavis's children, the inspector's pool."""
LATENCY_SHARE = 4
"""One mail in so many again for latency, one at a time."""
SETTLE_SECONDS = 2.5
"""Until guests that wait for a next request have ended; their CPU is counted as well."""
MEMORY_STEP = 5_000
MEMORY_MAILS = 20_000
LOAD_SECONDS = 1800

Progress = Callable[[str], None]


class LoadError(RuntimeError):
    """The generator gave up; one sentence."""


class _Numbers:
    """Gives out numbers of mails, no number twice in the process's life."""

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> int:
        """The first of `count` fresh numbers."""
        first, self._next = self._next, self._next + count
        return first


NUMBERS = _Numbers()


def measure(
    system: System, bench: Bench, clamd_pid: int, kind: Kind, mails: int, *, repeat: bool = False
) -> Run:
    """One row of the table. Raises LoadError."""

    def send(count: int, connections: int) -> Sent:
        return generate(system, bench, str(kind), count, connections, repeat=repeat)

    send(WARM_UP, CONNECTIONS)
    time.sleep(SETTLE_SECONDS)
    before, clamd = cpu_by_role(system.roots), cpu_seconds([clamd_pid])
    sent = send(mails, CONNECTIONS)
    time.sleep(SETTLE_SECONDS)
    after, clamd = cpu_by_role(system.roots), cpu_seconds([clamd_pid]) - clamd
    roles = {role: (after[role] - before.get(role, 0.0)) * 1000 / mails for role in sorted(after)}
    alone = send(max(mails // LATENCY_SHARE, 20), 1)
    return Run(
        system=str(system.name),
        kind=str(kind),
        repeat=repeat,
        mails=mails,
        refused=mails - sent.answers.get(250, 0),
        mails_per_second=mails / sent.seconds,
        cpu=sum(roles.values()),
        clamd_cpu=clamd * 1000 / mails,
        p50=percentile(alone.milliseconds, 0.50),
        p99=percentile(alone.milliseconds, 0.99),
        generator_cpu=sent.cpu_seconds * 1000 / mails,
        roles=roles,
    )


def prove_scanning(system: System, bench: Bench) -> None:
    """Send EICAR: a system that takes it does not scan, and its figures would mean nothing.

    Raises LoadError.
    """
    sent = generate(system, bench, VIRUS, 1, 1)
    if not any(code >= 500 for code in sent.answers):
        codes = ", ".join(str(code) for code in sent.answers)
        raise LoadError(f"{system.name} answered EICAR with {codes}: it does not scan")


def watch_memory(system: System, bench: Bench, say: Progress) -> list[Look]:
    """The system's memory at the start and after each MEMORY_STEP of a mix. Raises LoadError."""
    looks = [_look(system, 0)]
    for done in range(MEMORY_STEP, MEMORY_MAILS + 1, MEMORY_STEP):
        generate(system, bench, MIX, MEMORY_STEP, CONNECTIONS)
        time.sleep(SETTLE_SECONDS)
        looks.append(_look(system, done))
        say(f"gateway: {looks[-1].pss:.0f} MiB after {done:,} mails")
    return looks


def generate(
    system: System, bench: Bench, kind: str, count: int, connections: int, *, repeat: bool = False
) -> Sent:
    """Run the generator in the sender's namespace."""
    host, port = system.address
    command = [sys.executable, "-m", "tools.bench.load", "--host", host, "--port", str(port)]
    command += ["--kind", kind, "--count", str(count), "--connections", str(connections)]
    command += ["--repeat", "--first", "0"] if repeat else ["--first", str(NUMBERS.take(count))]
    sender = bench.lab.layout.sender.namespace
    ran = subprocess.run(
        [*prefix(sender), *command], capture_output=True, text=True, timeout=LOAD_SECONDS
    )
    if ran.returncode != 0:
        raise LoadError(f"{system.name}, {kind}: {ran.stderr.strip().splitlines()[-1]}")
    return msgspec.json.decode(ran.stdout, type=Sent)


def source_rate(system: System, bench: Bench, mails: int) -> float:
    """Mails a second of Postfix's smtp-source, for orientation. Raises LoadError."""
    host, port = system.address
    command = ["smtp-source", "-s", str(CONNECTIONS), "-m", str(mails), "-l", str(TEXT_OCTETS)]
    command += ["-f", SENDER, "-t", "inbox@server.example", f"{host}:{port}"]
    sender = bench.lab.layout.sender.namespace
    started = time.perf_counter()
    ran = subprocess.run([*prefix(sender), *command], capture_output=True, text=True, timeout=600)
    if ran.returncode != 0:
        raise LoadError(f"smtp-source: {' '.join(ran.stderr.split())}")
    return mails / (time.perf_counter() - started)


def _look(system: System, mails: int) -> Look:
    found, mib = memory(system.roots), 1024 * 1024
    rss = {role: octets / mib for role, octets in sorted(found.rss.items())}
    return Look(mails, rss, found.pss / mib, found.processes)
