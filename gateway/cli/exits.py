"""Exit codes, each with its meaning, and the one exception that carries them.

A script can tell from the code what went wrong; a person reads one sentence on standard error.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from enum import IntEnum
from typing import IO, Any

import click

from gateway.cli.screen import printable


class Exit(IntEnum):
    """3 and 4 mean the same for gatewayd."""

    OK = 0
    OTHER = 1
    USAGE = 2
    SETTINGS = 3
    MACHINE = 4
    FILE = 5
    NOT_RUNNING = 6
    NOT_FOUND = 7
    STORE = 8
    INSPECTION = 9
    EXTRACTION = 10
    NEXT_HOP = 11
    NOT_CLEAN = 12
    EMULATION = 13
    UPDATE = 20


MEANING: dict[Exit, str] = {
    Exit.OK: "Done.",
    Exit.OTHER: "Interrupted, or something that has no code of its own.",
    Exit.USAGE: "The command line is wrong.",
    Exit.SETTINGS: "A settings file has errors; all of them are printed.",
    Exit.MACHINE: "The machine lacks something, or its NICs are not as gateway.toml says.",
    Exit.FILE: "A file cannot be read.",
    Exit.NOT_RUNNING: "No gateway answers on its control socket.",
    Exit.NOT_FOUND: "There is no such trace or kept mail.",
    Exit.STORE: "The journal, the quarantine or the originals cannot be read.",
    Exit.INSPECTION: "The inspector cannot be started.",
    Exit.EXTRACTION: "At least one file has no result: it failed or is encrypted.",
    Exit.NEXT_HOP: "The next hop did not take the mail; it is kept.",
    Exit.NOT_CLEAN: "A new inspection does not call the mail clean: it was not released.",
    Exit.EMULATION: "At least one file was not run, or not to its end.",
    Exit.UPDATE: "The update was refused or failed; the running system is untouched.",
}
"""For the reference page docs/generated/cli.md."""


class CliError(click.ClickException):
    """Ends the command with one sentence (for settings: one line for each error) and its code."""

    def __init__(self, code: Exit, sentence: str) -> None:
        super().__init__(printable(sentence, lines=True))
        self.exit_code = int(code)  # type: ignore[misc]  # click reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """Print to standard error: whole lines for scripts, wrapped at words for a terminal."""
        words = f"gatewayctl: {self.message}"
        if file is None and sys.stderr.isatty():
            words = "\n".join(map(_wrapped, words.splitlines()))
        click.echo(words, file=file, err=file is None)


def _wrapped(line: str) -> str:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(
        line,
        shutil.get_terminal_size().columns,
        subsequent_indent=indent,
        break_long_words=False,  # a path is to be copied
        break_on_hyphens=False,
    )
