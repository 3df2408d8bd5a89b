"""`python -m tools.bench.detonations`: what plain mails feel of ten detonations at once.

Three runs in one lab: straight (nothing between sender and sink), the gateway at rest, the gateway
while its emulator runs ten guests without a pause. Added latency is what the gateway adds to
straight; the aim is that it rises by no more than half.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.daemon.emulatorclient import EmulatorClient
from gateway.model import BytesContent
from gateway.policy import load_gateway_config
from gateway.stages.services import Emulated, Urgency
from tools.bench import facts
from tools.bench.figures import percentile
from tools.bench.mails import Kind
from tools.bench.measure import generate
from tools.bench.systems import Bench, System, SystemName, sink_of, system
from tools.clamd import server as clamd
from tools.demo.gateway import start_gateway
from tools.lab import down, up

PAGE = Path(__file__).resolve().parents[2] / "docs/EMULATION.md"
BEGIN, END = "<!-- tools.bench.detonations: begin -->", "<!-- tools.bench.detonations: end -->"

GUESTS = 10
MOST_ADDED = 1.5
"""Times the added latency at rest."""

WARM_UP = 60
BUSY_SECONDS = 3
"""Of each sample: long enough that guests compute most of the time, and do not only start."""

SAMPLE = b"""#!/bin/sh
# %d
end=$(($(date +%%s) + %d))
while [ $(date +%%s) -lt $end ]; do i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done; done
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of mails sent alone, one after the other."""

    p50: float
    p99: float


@dataclass(slots=True)
class Load:
    """Detonations under way: how many ended, and how many of these were run."""

    asked: int = 0
    ran: int = 0


def _measure(running: System, bench: Bench, mails: int) -> Measured:
    generate(running, bench, str(Kind.TEXT), WARM_UP, 1)
    sent = generate(running, bench, str(Kind.TEXT), mails, 1)
    return Measured(percentile(sent.milliseconds, 0.50), percentile(sent.milliseconds, 0.99))


@contextmanager
def _detonating(client: EmulatorClient) -> Iterator[Load]:
    """GUESTS samples under way at any time, each another one."""
    load, over = Load(), threading.Event()

    async def keep_busy() -> None:
        while not over.is_set():
            load.asked += 1
            text = BytesContent(SAMPLE % (load.asked, BUSY_SECONDS))
            answer = await client.emulate(text, "sh", "busy.sh", 3 * BUSY_SECONDS, Urgency.HELD)
            load.ran += isinstance(answer, Emulated)
            if not isinstance(answer, Emulated):
                await asyncio.sleep(0.1)

    async def all_of_them() -> None:
        await asyncio.gather(*(keep_busy() for _ in range(GUESTS)))

    thread = threading.Thread(target=asyncio.run, args=(all_of_them(),))
    thread.start()
    try:
        over.wait(2 * BUSY_SECONDS)  # until all of them are at work
        yield load
    finally:
        over.set()
        thread.join()


def _run(mails: int, directory: Path) -> tuple[Measured, Measured, Measured, Load]:
    name = f"bench-{os.getpid()}"
    with ExitStack() as stack:
        lab = up(name)
        stack.callback(down, name)
        scanner = clamd.up(directory / "clamd")
        stack.callback(clamd.down, directory / "clamd")
        bench = Bench(lab, scanner, directory, 0)
        with system(SystemName.STRAIGHT, bench) as running:
            straight = _measure(running, bench, mails)
        with sink_of(bench) as next_hop:
            settings = f'[antivirus]\nsocket = "{scanner}"\n[emulator]\nconcurrency = {GUESTS}\n'
            gateway = start_gateway(lab, _made(directory / "gateway"), "", settings)
            stack.callback(gateway.stop)
            running = System(SystemName.GATEWAY, next_hop, (gateway.process.pid,))
            rest = _measure(running, bench, mails)
            config = load_gateway_config((gateway.directory / "gateway.toml").read_text())
            with _detonating(EmulatorClient(config)) as load:
                busy = _measure(running, bench, mails)
    return straight, rest, busy, load


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def _section(straight: Measured, rest: Measured, busy: Measured, load: Load, mails: int) -> str:
    rows = (("straight", straight), ("gateway at rest", rest), ("gateway, ten guests busy", busy))
    lines = ["| plain mails of 10 KB, one at a time | p50 | p99 | added p50 | added p99 |"]
    lines += ["|---|---|---|---|---|"]
    for name, one in rows:
        added = f"{one.p50 - straight.p50:.1f} ms | {one.p99 - straight.p99:.1f} ms"
        lines.append(f"| {name} | {one.p50:.1f} ms | {one.p99:.1f} ms | {added} |")
    half, most = _ratio(straight.p50, rest.p50, busy.p50), _ratio(straight.p99, rest.p99, busy.p99)
    word = "kept" if half <= MOST_ADDED else "MISSED"
    machine = facts.machine()
    lines += [
        "",
        f"Added latency with ten detonations at once is {half:.2f} times that at rest at p50 and "
        f"{most:.2f} times at p99; the aim of at most {MOST_ADDED} is {word} at p50. "
        f"{mails} mails a run; {load.ran} of {load.asked} detonations of {BUSY_SECONDS} s were run "
        f"meanwhile. {machine['processor']}, {machine['CPUs']} CPUs, kernel {machine['kernel']}, "
        f"{machine['system']}, {machine['busy with other work before']} busy with other work.",
    ]
    return "\n".join(lines)


def _ratio(straight: float, rest: float, busy: float) -> float:
    return (busy - straight) / max(rest - straight, 0.001)


def _written_into(page: str, text: str) -> str:
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise click.ClickException(f"{PAGE.name} has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


@click.command()
@click.option("--mails", default=400, show_default=True, type=click.IntRange(20))
@click.option("--repeat", default=1, show_default=True, help="Runs; the one in the middle counts.")
@click.option("--write", is_flag=True, help="Put the section into docs/EMULATION.md.")
def main(mails: int, repeat: int, write: bool) -> None:
    """Measure plain mails straight, through the gateway at rest, and with ten guests busy."""
    if os.geteuid() != 0:
        raise click.ClickException("the benchmark makes network namespaces: run it as root")
    found = []
    for _ in range(repeat):
        directory = Path(tempfile.mkdtemp(prefix="sluice-bench-"))
        directory.chmod(0o755)
        try:
            found.append(_run(mails, directory))
        finally:
            shutil.rmtree(directory, ignore_errors=True)
    ratios = [_ratio(one[0].p50, one[1].p50, one[2].p50) for one in found]
    middle = statistics.median_low(ratios)
    text = _section(*found[ratios.index(middle)], mails)
    click.echo(text)
    if write:
        PAGE.write_text(_written_into(PAGE.read_text(), text))
    sys.exit(0 if middle <= MOST_ADDED else 1)


if __name__ == "__main__":
    main()
