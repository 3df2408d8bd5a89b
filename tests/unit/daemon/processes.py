"""Processes that are none: a place, a channel that notes what is said, and a beat as wanted."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import cast

from gateway.daemon.channel import Beat
from gateway.daemon.children import Child
from gateway.daemon.launch import Started
from gateway.daemon.topology import BY_ROLE, Role

HEALTHY, SILENT = math.inf, -math.inf
"""Last beats: whatever the time is."""


class Told:
    """A channel that notes what is sent; `full` refuses it."""

    def __init__(self) -> None:
        self.messages: list[object] = []
        self.descriptors: list[int] = []
        self.full = False

    def send(self, message: object, descriptors: tuple[int, ...] = ()) -> bool:
        if self.full:
            return False
        self.messages.append(message)
        self.descriptors += [os.dup(descriptor) for descriptor in descriptors]
        return True


def child(role: Role, slot: int, last_beat: float | None = HEALTHY, sessions: int = 0) -> Child:
    channel = Told()
    process = SimpleNamespace(poll=lambda: None, pid=os.getpid())
    started = Started(process, -1, channel)  # type: ignore[arg-type]
    return Child(BY_ROLE[role], slot, [], started, last_beat=last_beat, beat=Beat(sessions))


def told(one: Child) -> list[object]:
    return cast(Told, one.started.channel).messages


def play(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))
