"""What the demo prints: the table, one mail file by file, where to look next. 80 columns.

It must never decide what is right: that is `compare`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.demo.run import FileLine, Line, Stand

WIDTH = 80

SHOWN = "zip-and-pdf"
"""The mail that is shown file by file: it carries what each of the two before it carries."""

NEXT_STEPS = """\
Where to look next:
  ./build.sh demo --keep                  leaves it all running, to be looked at
  .venv/bin/gatewayctl explain FILE.eml   the same on any mail, and no network
  .venv/bin/gatewayctl workflow           what is done with each file, and when
  docs/generated/settings.md              everything that can be set
"""

_WHILE_IT_RUNS = """\
It all runs until Ctrl-C. In another terminal, as root, in this directory:
  export SLUICE_CONFIG={config} PATH=$PWD/.venv/bin:$PATH
and then
  gatewayctl status             processes, counters, what happens on failure
  gatewayctl trace last         every step of the newest mail, and why
  gatewayctl trace ID           the same of a mail listed below; --json as data
  gatewayctl explain FILE.eml   the same of any mail; nothing is sent
  gatewayctl workflow           the plan; --type pdf, --format mermaid|svg|json
  gatewayctl policy check {policy}
  ip netns exec {gateway} gatewayctl nic      cores: who works on which CPU
Send a mail of your own:
  ip netns exec {sender} swaks --server {server} \\
    --to {recipient} --attach @FILE
The demo's mails, in {mails}:
"""


def table(lines: list[Line]) -> Iterator[Table | Text]:
    """The table of all mails, and what was not as promised."""
    wrong = [line for line in lines if line.differs]
    yield _mails(lines)
    yield from (
        Text(f"NOT AS PROMISED: {line.mail}: {sentence}", "red")
        for line in wrong
        for sentence in line.differs
    )
    yield Text(f"{len(lines)} mails, {len(wrong)} not as promised.")


def file_by_file(lines: list[Line]) -> Iterator[Table | Text]:
    """The mail `SHOWN`: what emulation and extraction did with each file, or why not."""
    for line in lines:
        if line.name == SHOWN:
            yield Text()
            yield Text(
                f"The mail '{line.mail}', file by file. gatewayctl shows all stages:", "bold"
            )
            yield _files(line.files)


def while_it_runs(stand: Stand, lines: list[Line], recipient: str) -> str:
    """Where to look while everything runs."""
    layout = stand.lab.layout
    words = _WHILE_IT_RUNS.format(
        config=stand.directory / "gateway.toml",
        policy=stand.directory / "policy.toml",
        gateway=layout.gateway,
        sender=layout.sender.namespace,
        server=layout.server.ip,
        recipient=recipient,
        mails=stand.mails,
    )
    return words + "".join(f"  {line.name + '.eml':<22} trace {line.trace}\n" for line in lines)


def print_all(pieces: Iterable[Table | Text]) -> None:
    """Print to standard output, without the blanks that tables have at the ends of lines."""
    console = Console(width=WIDTH, highlight=False, markup=False, emoji=False)
    for piece in pieces:
        with console.capture() as captured:
            console.print(piece)
        for line in captured.get().splitlines():
            print(line.rstrip())


def _mails(lines: list[Line]) -> Table:
    made = Table(box=None, pad_edge=False, header_style="bold", row_styles=["", "dim"])
    made.add_column("mail", width=21)
    made.add_column("what happened", width=17)
    made.add_column("why", ratio=1, overflow="fold")
    made.add_column("ms", justify="right", width=5)
    for line in lines:
        happened = f"{line.code} {line.happened}".replace(", ", "\n    ")
        made.add_row(line.mail, happened, line.why, f"{line.milliseconds:.0f}")
    return made


def _files(files: tuple[FileLine, ...]) -> Table:
    made = Table(box=None, pad_edge=False, header_style="bold", row_styles=["", "dim"])
    made.add_column("file", width=14, overflow="fold")
    made.add_column("emulate", ratio=1)
    made.add_column("extract", ratio=1)
    for file in files:
        made.add_row(file.name, file.emulate, file.extract)
    return made
