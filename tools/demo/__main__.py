"""`python -m tools.demo`: real mails through the gateway, a table, and where to look next.

However it ends, Ctrl-C at any moment and a closed terminal included, nothing stays behind; what a
killed one left is taken down by the next.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from types import FrameType

import click

from drivers import DriverError
from tools.clamd import server as clamd
from tools.clamd.server import ClamdMissingError, ClamdStartError
from tools.corpus import ANNA
from tools.corpus.opens import LibreOfficeMissingError
from tools.demo import printing
from tools.demo.gateway import GatewayDidNotStartError
from tools.demo.run import Line, send_all, stand
from tools.lab import down
from tools.mail.postfix import PostfixError

LAB = "demo"
DIRECTORY = Path("/run/sluice-demo")
LOCK = Path("/run/sluice-demo.lock")
"""Held by the one demo that runs: lab and directory have fixed names, so that people can type
them, and that the next demo finds what a killed one left."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130
"""Exit code, as of a program that SIGINT ended."""

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
    for number in ENDING:
        signal.signal(number, _end)
    try:
        with _alone(), _directory():
            lines = _run(as_json=as_json, keep=keep)
    except TROUBLES as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        _say("interrupted: everything has been taken down again")
        sys.exit(INTERRUPTED)
    if not (as_json or keep):
        click.echo("\n" + printing.NEXT_STEPS, nl=False)
    sys.exit(1 if any(line.differs for line in lines) else 0)


def _run(*, as_json: bool, keep: bool) -> list[Line]:
    """Everything up, the mails, everything down again. Raises TROUBLES and KeyboardInterrupt."""
    with stand(LAB, DIRECTORY, _say) as running:
        lines = list(send_all(running, _say))
        if as_json:
            click.echo(json.dumps([asdict(line) for line in lines], indent=2))
        else:
            printing.print_all(chain(printing.table(lines), printing.file_by_file(lines)))
        if keep:
            words = printing.while_it_runs(running, lines, ANNA)
            click.echo("\n" + words, nl=False, err=as_json)
            with contextlib.suppress(KeyboardInterrupt):
                signal.pause()
        _say("cleaning up")
    return lines


def _end(_number: int, _frame: FrameType | None) -> None:
    """The first signal ends the demo; the cleaning up that follows is not to be interrupted."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _alone() -> Iterator[None]:
    """This demo and no other. Raises ClickException."""
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                "another demo runs on this machine: end it with Ctrl-C in its terminal"
            ) from None
        try:
            yield
        finally:
            LOCK.unlink()


@contextmanager
def _directory() -> Iterator[None]:
    """DIRECTORY for as long as the context lasts; whatever an earlier demo left goes first."""
    down(LAB)
    clamd.down(DIRECTORY / "clamd")
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    DIRECTORY.mkdir(mode=0o755)
    try:
        yield
    finally:
        shutil.rmtree(DIRECTORY, ignore_errors=True)


def _say(words: str) -> None:
    click.echo(f"  {words}", err=True)


if __name__ == "__main__":
    main(prog_name="./build.sh demo")
