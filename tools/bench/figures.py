"""The figures of the benchmark as data, and what is computed from them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

WANTED_RATIO = 3.0
"""The gateway is to handle this many times amavis's mails per CPU second, of every kind."""
HOPED_RATIO = 5.0
WANTED_TEXT_MS = 8.0
"""Latency the gateway may add to a text, at the median."""
GROWTH_ALLOWED = 0.03
"""Between the first and the last look under load; allocators never give everything back."""


class Run(msgspec.Struct, frozen=True):
    """One system with one kind of mail.

    `cpu` and `clamd_cpu` are CPU seconds per 1,000 mails, of the system's own processes and of
    clamd; `roles` shares `cpu` out between the processes;
    `p50` and `p99` milliseconds from connect to the last answer, one mail at a time.
    `generator_cpu`: the sender's, for comparison. `repeat`: always the same mail.
    """

    system: str
    kind: str
    repeat: bool
    mails: int
    refused: int
    mails_per_second: float
    cpu: float
    clamd_cpu: float
    p50: float
    p99: float
    generator_cpu: float
    roles: dict[str, float] = {}

    @property
    def whole_cpu(self) -> float:
        """CPU seconds per 1,000 mails with clamd's."""
        return self.cpu + self.clamd_cpu


class Look(msgspec.Struct, frozen=True):
    """The gateway's memory after `mails` mails, in MiB; see `tools.bench.processes.Memory`."""

    mails: int
    rss: dict[str, float]
    pss: float
    processes: int


class Aim(msgspec.Struct, frozen=True):
    """One promise, and what was measured."""

    promise: str
    measured: str
    reached: bool


class Result(msgspec.Struct, frozen=True):
    """Everything one run of the benchmark found. `source_rate`: smtp-source's, mails a second."""

    machine: dict[str, str]
    versions: dict[str, str]
    workers: int
    connections: int
    source_rate: float | None
    runs: list[Run]
    memory: list[Look]


class Comparison(msgspec.Struct, frozen=True):
    """The gateway against the others for one kind; None where the other was not measured.

    `cpu_ratio`: mails per CPU second, gateway over amavis, with clamd; `own_ratio` without it.
    `added_*`: milliseconds over straight.
    """

    kind: str
    repeat: bool
    cpu_ratio: float | None
    own_ratio: float | None
    rate_ratio: float | None
    added_p50: float | None
    added_p99: float | None


def find(runs: Sequence[Run], system: str, kind: str, *, repeat: bool = False) -> Run | None:
    """The run of a system with a kind, if it was made."""
    wanted = (system, kind, repeat)
    return next((run for run in runs if (run.system, run.kind, run.repeat) == wanted), None)


def added(runs: Sequence[Run], run: Run) -> tuple[float, float] | None:
    """What `run` added at p50 and p99 over straight with the same mails."""
    base = find(runs, "straight", run.kind, repeat=run.repeat)
    return None if base is None else (run.p50 - base.p50, run.p99 - base.p99)


def compare(runs: Sequence[Run]) -> list[Comparison]:
    """The gateway against amavis and straight, kind by kind."""
    found = []
    for run in runs:
        if run.system != "gateway":
            continue
        other = find(runs, "amavis", run.kind, repeat=run.repeat)
        over = added(runs, run)
        found.append(
            Comparison(
                run.kind,
                run.repeat,
                other.whole_cpu / run.whole_cpu if other and run.whole_cpu else None,
                other.cpu / run.cpu if other and run.cpu else None,
                run.mails_per_second / other.mails_per_second if other else None,
                over[0] if over else None,
                over[1] if over else None,
            )
        )
    return found


def aims(result: Result) -> list[Aim]:
    """The promises that this result can say something about."""
    found = []
    for one in compare(result.runs):
        if one.repeat:
            continue
        if one.cpu_ratio is not None:
            found.append(
                Aim(
                    f"{one.kind}: {WANTED_RATIO:.0f} times amavis's mails per CPU second",
                    f"{one.cpu_ratio:.1f} times ({one.own_ratio or 0:.1f} without clamd's CPU)",
                    one.cpu_ratio >= WANTED_RATIO,
                )
            )
        if one.kind == "text" and one.added_p50 is not None:
            found.append(
                Aim(
                    f"text: under {WANTED_TEXT_MS:.0f} ms added at p50",
                    f"{one.added_p50:.1f} ms",
                    one.added_p50 < WANTED_TEXT_MS,
                )
            )
    if len(result.memory) > 2:
        first, last = result.memory[1], result.memory[-1]
        growth = (last.pss - first.pss) / first.pss
        found.append(
            Aim(
                f"memory does not grow from {first.mails:,} to {last.mails:,} mails",
                f"{first.pss:.0f} to {last.pss:.0f} MiB ({growth:+.1%})",
                growth <= GROWTH_ALLOWED,
            )
        )
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of `values` do not exceed (nearest rank); 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
