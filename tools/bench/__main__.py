"""`python -m tools.bench`: the gateway beside amavisd-new and a straight line, in one run."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

import drivers
from drivers import DriverError
from tools.bench import facts, report
from tools.bench.amavis import AmavisError
from tools.bench.figures import Look, Result, Run
from tools.bench.mails import Kind
from tools.bench.measure import (
    CONNECTIONS,
    LoadError,
    measure,
    prove_scanning,
    source_rate,
    watch_memory,
)
from tools.bench.systems import Bench, SinkError, System, SystemName, system
from tools.clamd import server as clamd
from tools.clamd.server import ClamdMissingError, ClamdStartError
from tools.demo.gateway import GatewayDidNotStartError
from tools.lab import CLIENT_NIC, SERVER_NIC, down, up

TROUBLES = (
    AmavisError,
    ClamdMissingError,
    ClamdStartError,
    DriverError,
    GatewayDidNotStartError,
    LoadError,
    SinkError,
)
"""What keeps the benchmark from running, each with its own sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    mails: int
    kinds: tuple[Kind, ...]
    systems: tuple[SystemName, ...]
    repeat: bool
    memory: bool


class _Listed(click.ParamType[tuple[str, ...]]):
    """Words of an enumeration, separated by commas."""

    name = "list"

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The words in their usual order."""
        chosen = {word.strip() for word in str(value).split(",")}
        if unknown := sorted(chosen - set(self._words)):
            self.fail(f"{unknown[0]!r} is none of {', '.join(self._words)}", param, ctx)
        return tuple(word for word in self._words if word in chosen)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the figures as data.")
@click.option("--mails", default=1000, show_default=True, type=click.IntRange(20))
@click.option("--kinds", type=_Listed(list(Kind)), default=",".join(Kind), show_default=True)
@click.option(
    "--only", type=_Listed(list(SystemName)), default=",".join(SystemName), show_default=True
)
@click.option("--repeat/--no-repeat", default=True, help="Also send one text again and again.")
@click.option("--memory", is_flag=True, help="Also watch the gateway's memory over 20,000 mails.")
@click.option("--report", "file", type=click.Path(path_type=Path), help="Write a report there.")
def main(
    as_json: bool,
    mails: int,
    kinds: tuple[str, ...],
    only: tuple[str, ...],
    repeat: bool,
    memory: bool,
    file: Path | None,
) -> None:
    """Measure mails a second, CPU and latency: straight, through amavisd-new, through the gateway.

    CPU figures hold on a busy machine as well; rates and latencies want a quiet one.
    """
    if os.geteuid() != 0:
        raise click.ClickException("the benchmark makes network namespaces: run it as root")
    chosen = Wanted(
        mails,
        tuple(Kind(kind) for kind in kinds),
        tuple(SystemName(name) for name in only),
        repeat and Kind.TEXT in kinds,
        memory,
    )
    directory = Path(tempfile.mkdtemp(prefix="sluice-bench-"))
    directory.chmod(0o755)
    try:
        result = run(chosen, directory)
    except TROUBLES as error:
        raise click.ClickException(str(error)) from error
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if file is not None:
        file.write_text(report.markdown(result))
    click.echo(report.data(result) if as_json else report.table(result))


def run(wanted: Wanted, directory: Path) -> Result:
    """Everything that is wanted, system by system. Raises TROUBLES."""
    machine = facts.machine()
    runs: list[Run] = []
    looks: list[Look] = []
    rate: float | None = None
    name = f"bench-{os.getpid()}"
    with ExitStack() as stack:
        lab = up(name)
        stack.callback(down, name)
        scanner = clamd.up(directory / "clamd")
        stack.callback(clamd.down, directory / "clamd")
        scanner_pid = int((directory / "clamd" / "clamd.pid").read_text())
        workers = len(drivers.plan_cores(drivers.probe_cores((CLIENT_NIC, SERVER_NIC))).workers)
        bench = Bench(lab, scanner, directory, workers)
        for which in wanted.systems:
            with system(which, bench) as running:
                _say(f"{which} is up")
                if which is SystemName.STRAIGHT:
                    rate = source_rate(running, bench, wanted.mails)
                else:
                    prove_scanning(running, bench)
                runs += _rows(wanted, running, bench, scanner_pid)
                if wanted.memory and which is SystemName.GATEWAY:
                    looks = watch_memory(running, bench, _say)
    return Result(machine, facts.versions(), workers, CONNECTIONS, rate, runs, looks)


def _rows(wanted: Wanted, running: System, bench: Bench, scanner: int) -> list[Run]:
    rows = []
    plans = [(kind, False) for kind in wanted.kinds]
    plans += [(Kind.TEXT, True)] if wanted.repeat else []
    for kind, repeat in plans:
        row = measure(running, bench, scanner, kind, wanted.mails, repeat=repeat)
        rows.append(row)
        _say(f"{row.system}, {kind}: {row.mails_per_second:,.0f} mails/s, p50 {row.p50:.1f} ms")
    return rows


def _say(words: str) -> None:
    """Progress goes to standard error: standard output is the table or the data alone."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {words}\n")


if __name__ == "__main__":
    main()
