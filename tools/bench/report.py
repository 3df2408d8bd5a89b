"""The figures as a table of 80 columns, as Markdown and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tools.bench.figures import Comparison, Look, Result, Run, added, aims, compare
from tools.bench.mails import TITLES

WIDTH = 80
_HEADS = ("mails/s", "CPU s", "clamd", "p50", "p99", "+p50", "+p99")
_LEGEND = """\
CPU s: CPU seconds per 1,000 mails of all of the system's processes and clamd;
clamd: clamd's share of it. p50, p99: milliseconds of a mail sent alone, from
connect to the last answer; +p50, +p99: over straight. straight's CPU is that
of the sink."""


def table(result: Result) -> str:
    """For a terminal: every run, the ratios, memory, and each aim with its answer."""
    lines = [f"{'mail':14}{'system':10}" + "".join(f"{head:>8}" for head in _HEADS)]
    lines += [_row(result.runs, run) for run in _ordered(result.runs)]
    lines += ["", _LEGEND]
    if result.source_rate is not None:
        lines.append(f"smtp-source straight, for orientation: {result.source_rate:,.0f} mails/s.")
    if shares := _roles(result.runs):
        lines += ["", "CPU of the gateway by process (seconds per 1,000 mails):", *shares]
    if ratios := [line for one in compare(result.runs) if (line := _ratio(one))]:
        lines += ["", "Gateway against amavis:", *ratios]
    if result.memory:
        lines += ["", "Memory of the gateway (MiB; whole = shared pages counted once):"]
        lines += _memory(result.memory)
    if judged := aims(result):
        lines += ["", "Aims:"]
        for aim in judged:
            word = "reached" if aim.reached else "MISSED"
            lines += [f"  {word:8} {aim.promise}", f"           {aim.measured}"]
    return "\n".join(lines)


def data(result: Result) -> str:
    """Everything as JSON."""
    whole = {
        **msgspec.to_builtins(result),
        "comparisons": msgspec.to_builtins(compare(result.runs)),
        "aims": msgspec.to_builtins(aims(result)),
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()


def markdown(result: Result) -> str:
    """docs/BENCHMARKS.md: how it is measured, on what, the figures, what falls short."""
    facts = {**result.machine, **result.versions, "gateway workers": str(result.workers)}
    kinds = {run.kind for run in result.runs}
    sent = "; ".join(f"{kind}: {title}" for kind, title in TITLES.items() if kind in kinds)
    missed = [aim for aim in aims(result) if not aim.reached]
    short = (
        "\n".join(f"- {aim.promise}: {aim.measured}" for aim in missed)
        if missed
        else "Nothing that was measured here."
    )
    listed = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    return f"""# Benchmarks

Written by `./build.sh bench --report docs/BENCHMARKS.md`; run it again rather than edit it.

The same mails go three ways through one lab: **straight** over a plain bridge to `smtp-sink`;
through **amavis**, Debian's amavisd-new without spam and DKIM checks, with as many processes as the
gateway has workers; through the **gateway** with its built-in policy. Both ask the same clamd,
whose database knows EICAR only. Every mail is unique ({sent}),
but for the rows called *repeat*, which send one mail again and again.

Our own generator sends over {result.connections} connections, one mail a connection, without
pipelining or TLS, for throughput and CPU; then over one, for latency. CPU is user and system time
of all processes, including children that ended; work of the kernel outside of any process (bridge,
interrupts) is counted for none of the systems. Generator and sink share the machine's CPUs with the
system under test, so mails/s compares systems here and is no promise for other machines.

| measured on | |
|---|---|
{listed}

```
{table(result)}
```

## What falls short

{short}
"""


def _ordered(runs: Sequence[Run]) -> list[Run]:
    kinds = list(dict.fromkeys((run.kind, run.repeat) for run in runs))
    return sorted(runs, key=lambda run: kinds.index((run.kind, run.repeat)))


def _row(runs: Sequence[Run], run: Run) -> str:
    name = f"{run.kind} repeat" if run.repeat else run.kind
    over = None if run.system == "straight" else added(runs, run)
    figures = [
        f"{run.mails_per_second:,.0f}",
        f"{run.whole_cpu:.2f}",
        f"{run.clamd_cpu:.2f}",
        f"{run.p50:.1f}",
        f"{run.p99:.1f}",
        *(f"{value:.1f}" for value in over or ()),
    ]
    refused = f"\n{'':14}{run.refused} of {run.mails} were not accepted" if run.refused else ""
    return f"{name:14}{run.system:10}" + "".join(f"{one:>8}" for one in figures) + refused


def _ratio(one: Comparison) -> str:
    if one.cpu_ratio is None or one.own_ratio is None or one.rate_ratio is None:
        return ""
    name = f"{one.kind} repeat" if one.repeat else one.kind
    return (
        f"  {name:12} {one.cpu_ratio:5.1f} times the mails per CPU second "
        f"({one.own_ratio:.1f} without clamd)"
    )


def _roles(runs: Sequence[Run]) -> list[str]:
    own = [run for run in _ordered(runs) if run.system == "gateway"]
    roles = sorted({role for run in own for role in run.roles})
    if not roles:
        return []
    lines = [f"  {'':14}" + "".join(f"{role:>12}" for role in roles)]
    for run in own:
        name = f"{run.kind} repeat" if run.repeat else run.kind
        lines.append(
            f"  {name:14}" + "".join(f"{run.roles.get(role, 0.0):12.2f}" for role in roles)
        )
    return lines


def _memory(looks: Sequence[Look]) -> list[str]:
    roles = sorted({role for look in looks for role in look.rss})
    lines = [f"{'mails':>8}" + "".join(f"{role:>12}" for role in roles) + f"{'whole':>7}"]
    for look in looks:
        rss = "".join(f"{look.rss.get(role, 0.0):12.0f}" for role in roles)
        lines.append(f"{look.mails:8,}{rss}{look.pss:7.0f}")
    return lines
