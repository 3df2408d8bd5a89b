"""Inspectors for tests: a host of one's own that serves operations which break on purpose."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil

from gateway.sandbox import HostProcess, Inspector, start_host
from gateway.sandbox.limits import GUEST_MEMORY
from gateway.sandbox.zygotes import OPINION
from tests.crash.hostile import MODULE

MAIL = b"From: a@example.org\r\nSubject: one\r\n\r\nHello.\r\n"


class Bench:
    """An inspector with its host, and what tests ask about processes."""

    def __init__(self, host: HostProcess, inspector: Inspector) -> None:
        self.host = host
        self.inspector = inspector

    @property
    def zygote(self) -> psutil.Process:
        """The zygote: the child of the process that stands between."""
        between = psutil.Process(self.host.process.pid).children()[-1]
        return between.children()[0]

    def guests(self) -> list[psutil.Process]:
        """The guests that are alive now."""
        return [guest for guest in self.zygote.children() if _lives(guest)]

    async def until_guests(self, count: int) -> None:
        """Wait until so many guests are alive; the test's own time limit ends a vain wait."""
        while len(self.guests()) != count:
            await asyncio.sleep(0.02)


def _lives(guest: psutil.Process) -> bool:
    """It may end while it is looked at."""
    try:
        return guest.is_running() and guest.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def with_inspector(
    test: Callable[[Bench], Awaitable[None]], guest_memory: int = GUEST_MEMORY
) -> None:
    """Run `test` with a fresh inspector; afterwards no process of it is left."""

    async def run() -> None:
        host = start_host((MODULE, OPINION), guest_memory)
        inspector = Inspector(host.socket, parsers=MODULE)
        family = psutil.Process(host.process.pid)
        try:
            await inspector.warm_up(opinion=False)
            family_then = family.children(recursive=True)
            await test(Bench(host, inspector))
        finally:
            inspector.close()
            host.end()
        _, left = psutil.wait_procs(family_then, timeout=10)
        assert not left, f"left behind: {left}"

    asyncio.run(run())


def open_descriptors(pid: int | None = None) -> int:
    """Descriptors a process has open."""
    return len(os.listdir(Path("/proc", str(pid or os.getpid()), "fd")))  # noqa: PTH208
