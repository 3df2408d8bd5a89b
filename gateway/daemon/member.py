"""The base of every watched process: it beats, it hears its supervisor, it dies with it.

The beat is sent from the event loop that does the work, so a loop that hangs stops beating:
health is judged on what serves mail, not on the process being there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable

import uvloop

from gateway.daemon.channel import (
    Beat,
    ChannelClosedError,
    FromProcess,
    ProcessEnd,
    ToProcess,
    process_end,
)
from gateway.daemon.launch import Launch
from gateway.daemon.privileges import die_with_parent

BEAT_SECONDS = 0.3
"""Between two beats. Four fit into the time after which silence counts as death."""

SILENCE_SECONDS = 1.3
"""Without a beat for so long a process counts as hung; with the watch's own period of 0.2 s and
the time to act it is noticed well within 2 s."""

Handler = Callable[[ToProcess, tuple[int, ...]], None]


class Member:
    """A watched process's side of its channel."""

    def __init__(self, launch: Launch, handler: Handler, beat: Callable[[], Beat]) -> None:
        """`handler` takes the supervisor's messages; `beat` says how the process fares."""
        sock = socket.socket(fileno=launch.channel)
        self._channel: ProcessEnd = process_end(sock)
        self._handler = handler
        self._beat = beat
        self._lost = asyncio.Event()

    def send(self, message: FromProcess) -> None:
        """Tell the supervisor; a closed channel ends the process soon after."""
        with contextlib.suppress(ChannelClosedError):
            self._channel.send(message)

    async def live(self) -> None:
        """Beat and listen until the supervisor is gone or asks to stop."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._channel.fileno(), self._hear)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._lost.set)
        try:
            while not self._lost.is_set():
                self.send(self._beat())
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._lost.wait(), BEAT_SECONDS)
        finally:
            loop.remove_reader(self._channel.fileno())
            self.send(self._beat())  # what was counted since the last one

    def stop(self) -> None:
        """End `live`."""
        self._lost.set()

    def _hear(self) -> None:
        try:
            while (received := self._channel.receive()) is not None:
                self._handler(*received)
        except ChannelClosedError:
            self._lost.set()


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a process's `main` on uvloop."""
    uvloop.run(_awaited(main))


async def _awaited(main: Callable[[], Awaitable[None]]) -> None:
    await main()


def settle(cpus: list[int]) -> None:
    """First steps of every process: die with the supervisor, and stay on `cpus`."""
    die_with_parent()
    if cpus:
        os.sched_setaffinity(0, cpus)
