"""Tasks that nobody waits for: kept alive until they end, and their errors said in one line.

Without a reference asyncio may drop a running task, and the error of a task that nobody awaits
shows up as a traceback at some later time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import structlog

log = structlog.get_logger()

OnError = Callable[[BaseException], None]


class Jobs:
    """The running jobs of one owner; `len` tells how many."""

    def __init__(self, on_error: OnError | None = None) -> None:
        """`on_error` is told of an error that a job lets through; else it is logged."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_error = on_error or _say

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, job: Coroutine[None, None, None]) -> None:
        """Run `job` beside everything else."""
        task = asyncio.get_running_loop().create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def finished(self) -> None:
        """Wait until no job is left, those included that are started meanwhile."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_error(error)


def _say(error: BaseException) -> None:
    log.error("a job broke", error=repr(error))
