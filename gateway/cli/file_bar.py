"""The bar of commands that work on many files. Drawn on a terminal, and for several files only."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn


class FileBar:
    """Within `with`, the bar is there; it is gone afterwards.

    `lines`: the console that results are printed to. `more`: columns behind the usual ones.
    """

    def __init__(self, doing: str, total: int, lines: Console, *more: ProgressColumn) -> None:
        self._bar: Progress | None = None
        if sys.stderr.isatty() and total > 1:
            # Bar and lines on one terminal need one console, or they overwrite each other.
            screen = lines if sys.stdout.isatty() else Console(stderr=True)
            columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), *more)
            self._bar = Progress(*columns, console=screen, transient=True)
            self._task = self._bar.add_task(doing, total=total)

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

    def advance(self) -> None:
        """One file more is done."""
        if self._bar is not None:
            self._bar.advance(self._task)
