"""How `extract` speaks: a line for each file, data with --json, and a bar on a terminal."""

from __future__ import annotations

from collections import Counter

import click
import msgspec
from rich.progress import TimeRemainingColumn

from gateway.cli.extracting import Answered
from gateway.cli.file_bar import FileBar
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
    """Prints answers as they come, while `bar` is drawn."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        self._as_json = as_json
        self._counts: Counter[FileStatus] = Counter()
        self._lines = console()
        self._lines.soft_wrap = True  # one line for each file, whatever the terminal's width
        self.bar = FileBar("extracting", total, self._lines, TimeRemainingColumn())

    def show(self, answered: Answered) -> None:
        """One file's answer."""
        self._counts[answered.answer.status] += 1
        if self._as_json:
            click.echo(msgspec.json.encode(answered.answer))
        else:
            self._lines.print(_line(answered), soft_wrap=True)
        self.bar.advance()

    def summary(self) -> str:
        """How many files had which answer."""
        return ", ".join(
            f"{self._counts[each]} {each}" for each in FileStatus if each in self._counts
        )


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
