"""A running gateway's state as an administrator reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from drivers.cpus import format_cpu_list
from gateway.cli.screen import hanging, styled
from gateway.cli.words import TAGGED_MAIL, time_words
from gateway.daemon.status import CounterStatus, ProcessStatus, Status

_INDENT = 13

_STATE_STYLE = {"healthy": "green", "starting": "cyan", "draining": "cyan", "silent": "bold red"}

_ON_FAILURE = {
    "hold": "while nobody can inspect, senders are held back and try again",
    "bypass": "while nobody can inspect, mail passes UNINSPECTED",
}


def show_status(status: Status, console: Console) -> None:
    """Print the state."""
    for piece in _pieces(status, console.width):
        console.print(piece)


def _pieces(status: Status, columns: int) -> Iterator[RenderableType]:
    title = styled("Sluice ", "bold")
    title.append_text(styled(f"{status.version}, up {time_words(status.uptime)}"))
    yield title
    pair = status.pair
    tagged = TAGGED_MAIL.get(pair.vlan, pair.vlan)
    crossing = f"{pair.client} ⇄ {pair.server} ({pair.mode}; mail in VLAN tags {tagged})"
    ports = f"TCP {', '.join(map(str, pair.ports))}; queue rule by {pair.queue_rule}"
    for name, value in (
        ("NIC pair", crossing),
        ("intercepts", ports),
        ("on failure", _on_failure(status)),
        ("policy", f"{status.policy} ({status.policy_file})"),
    ):
        yield hanging(styled(f"  {name}", "dim"), styled(value), columns, _INDENT)
    yield Text()
    yield _processes(status.processes)
    for heading, counters in (
        ("Packets", status.packets),
        ("Connections", status.steering),
        ("Mails", status.mails),
        ("Emulation", status.emulation),
    ):
        if counters:
            yield Text()
            yield styled(heading, "bold")
            yield _counters(counters)


def _on_failure(status: Status) -> str:
    """What is set, and what is so now when all is not well."""
    meaning = _ON_FAILURE.get(status.on_failure, "")
    words = f"{status.on_failure}: {meaning}" if meaning else status.on_failure
    return f"{words}. NOW: {status.failure}" if status.failure else words


def _processes(processes: Iterable[ProcessStatus]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("process")
    table.add_column("state")
    for name in ("pid", "CPUs", "up", "sessions", "restarts"):
        table.add_column(name, justify="right")
    for process in processes:
        table.add_row(
            styled(process.name),
            styled(process.state, _STATE_STYLE.get(process.state, "yellow")),
            str(process.pid),
            format_cpu_list(process.cpus),
            time_words(process.uptime),
            str(process.sessions),
            str(process.restarts),
        )
    return table


def _counters(counters: Iterable[CounterStatus]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(min_width=2)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(ratio=1)
    for counter in counters:
        meaning = styled(counter.meaning, "dim")
        table.add_row("", styled(counter.name), f"{counter.value:,}", meaning)
    return table
