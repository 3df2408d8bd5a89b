"""`python -m tools.demo`: real mails through the gateway, a table, and where to look next."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from drivers import DriverError
from tools.clamd.server import ClamdMissingError, ClamdStartError
from tools.corpus.opens import LibreOfficeMissingError
from tools.demo.gateway import GatewayDidNotStartError
from tools.demo.run import Line, Stand, send_all, stand
from tools.mail.postfix import PostfixError

LAB = "demo"
WIDTH = 80

TROUBLES = (
    DriverError,
    GatewayDidNotStartError,
    PostfixError,
    ClamdMissingError,
    ClamdStartError,
    LibreOfficeMissingError,
)
"""What keeps the demo from running, each with its own sentence."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the table as data.")
@click.option("--keep", is_flag=True, help="Leave everything running until Ctrl-C.")
def main(as_json: bool, keep: bool) -> None:
    """Send the demo's mails through the gateway and compare what happens with what is promised."""
    if os.geteuid() != 0:
        raise click.ClickException("the demo makes network namespaces: run it as root")
    directory = Path(tempfile.mkdtemp(prefix="sluice-demo-"))
    try:
        with stand(LAB, directory, _say) as running:
            lines = list(send_all(running, _say))
            _print(lines, as_json)
            if keep:
                _wait(running)
    except TROUBLES as error:
        raise click.ClickException(str(error)) from error
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    sys.exit(1 if any(line.differs for line in lines) else 0)


def _say(words: str) -> None:
    click.echo(f"  {words}", err=True)


def _print(lines: list[Line], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines], indent=2))
        return
    console = Console(width=WIDTH)
    console.print(_table(lines))
    wrong = [line for line in lines if line.differs]
    for line in wrong:
        for sentence in line.differs:
            console.print(f"NOT AS PROMISED: {line.mail}: {sentence}", style="red", markup=False)
    click.echo(f"{len(lines)} mails, {len(wrong)} not as promised.")
    click.echo("Every step of a mail: gatewayctl trace ID|last while the gateway runs (--keep),")
    click.echo("gatewayctl explain FILE.eml without one. Settings: docs/generated/settings.md")


def _table(lines: list[Line]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", row_styles=["", "dim"])
    table.add_column("mail", width=22)
    table.add_column("what happened", width=17)
    table.add_column("why", ratio=1)
    table.add_column("ms", justify="right", width=5)
    for line in lines:
        happened = f"{line.code} {line.happened}".replace(", ", "\n    ")
        table.add_row(line.mail, happened, line.why, f"{line.milliseconds:.0f}")
    return table


def _wait(running: Stand) -> None:
    """Leave the lab up until the person has seen enough."""
    layout = running.lab.layout
    python = f"{sys.executable} -m gateway.cli --config {running.directory}/gateway.toml"
    click.echo(
        f"\nThe lab is up. Send: ip netns exec {layout.sender.namespace} "
        f"swaks --server {layout.server.ip} --to anna@corp.example\n"
        f"Look: {python} status, {python} trace last\n"
        "End it all with Ctrl-C."
    )
    try:
        while True:
            time.sleep(1.0)
    except KeyboardInterrupt:
        click.echo("\ncleaning up")


if __name__ == "__main__":
    main()
