"""How `extract` speaks: a line for each file, data with --json, and a bar on a terminal."""

from __future__ import annotations

import sys
from collections import Counter
from types import TracebackType
from typing import Self

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.cli.extracting import Answered
from gateway.cli.screen import console, printable, styled
from gateway.stages.files import FileStatus

_STYLE = {
    FileStatus.CLEANED: "green",
    FileStatus.UNCHANGED: "",
    FileStatus.REPLACED: "yellow",
    FileStatus.FAILED: "bold red",
    FileStatus.ENCRYPTED: "bold red",
}
_WIDTH = max(map(len, FileStatus))


class ExtractView:
    """Prints answers as they come; within `with`, the bar is drawn on a terminal."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        self._as_json = as_json
        self._counts: Counter[FileStatus] = Counter()
        self._lines = console()
        self._lines.soft_wrap = True  # one line for each file, whatever the terminal's width
        self._bar: Progress | None = None
        if sys.stderr.isatty() and total > 1:
            # Bar and lines on one terminal need one console, or they overwrite each other.
            screen = self._lines if sys.stdout.isatty() else Console(stderr=True)
            self._bar = Progress(*_COLUMNS, console=screen, transient=True)
            self._task = self._bar.add_task("extracting", total=total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, answered: Answered) -> None:
        """One file's answer."""
        self._counts[answered.answer.status] += 1
        if self._as_json:
            click.echo(msgspec.json.encode(answered.answer))
        else:
            self._lines.print(_line(answered), soft_wrap=True)
        if self._bar is not None:
            self._bar.advance(self._task)

    def summary(self) -> str:
        """How many files had which answer."""
        return ", ".join(
            f"{self._counts[each]} {each}" for each in FileStatus if each in self._counts
        )


_COLUMNS = (TextColumn("extracting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def _line(answered: Answered) -> object:
    answer = answered.answer
    line = styled(f"{answer.status:<{_WIDTH}}", _STYLE[answer.status])
    sizes = f"{answered.size:,}"
    if answered.new_size != answered.size and answer.status.has_content:
        sizes += f" -> {answered.new_size:,}"
    line.append(f"  {printable(answer.file)}: {answer.type}, {sizes} bytes, {answer.ms:.1f} ms")
    if answer.removed:
        what = Counter(removed.what for removed in answer.removed)
        shown = ", ".join(f"{name} ({n})" if n > 1 else name for name, n in what.items())
        line.append(f"; removed: {printable(shown)}")
    if answer.error:
        line.append(f"; {printable(answer.error)}", "red")
    return line
