"""The control socket: `gatewayctl` asks the supervisor here, one JSON line each way.

Only root and the supervisor's group may connect (mode 0660). A line that is no request is
answered with a sentence and ends that connection, nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from drivers import COUNTER_MEANING, DriverError, read_counters
from gateway.daemon.settings import SettingsFileError
from gateway.daemon.status import (
    ControlDone,
    ControlError,
    ControlRequest,
    CounterStatus,
    Status,
)
from gateway.policy import SettingsError

MAX_LINE = 4096
"""Longest request."""

ANSWER_SECONDS = 10.0
"""How long a client may take to send its line and read the answer."""


class Controlled(Protocol):
    """What the socket asks of the supervisor."""

    async def status(self) -> Status: ...

    async def reload(self) -> str: ...


async def serve_control(path: Path, gateway: Controlled) -> asyncio.Server:
    """Listen at `path`. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            untrusted_line = await asyncio.wait_for(reader.readline(), ANSWER_SECONDS)
            answer = await _answer(untrusted_line, gateway)
            writer.write(msgspec.json.encode(answer) + b"\n")
            await asyncio.wait_for(writer.drain(), ANSWER_SECONDS)
        writer.close()

    server = await asyncio.start_unix_server(serve, path, limit=MAX_LINE)
    path.chmod(0o660)
    return server


async def _answer(
    untrusted_line: bytes, gateway: Controlled
) -> Status | ControlDone | ControlError:
    try:
        request = msgspec.json.decode(untrusted_line, type=ControlRequest)
    except msgspec.DecodeError:
        return ControlError("that is no request")
    match request.op:
        case "status":
            return await gateway.status()
        case "reload":
            try:
                return ControlDone(await gateway.reload())
            except (SettingsError, SettingsFileError, DriverError) as error:
                return ControlError(str(error))
        case _:
            return ControlError("there is no such request")


def packet_counters() -> list[CounterStatus]:
    """The rules' counters; none while the rules are not there."""
    try:
        counts = read_counters()
    except DriverError:
        return []
    return [
        CounterStatus(name.value, count.packets, COUNTER_MEANING[name])
        for name, count in counts.items()
    ]


def summed(counters: Iterable[Mapping[str, int]]) -> list[CounterStatus]:
    """The counters of several processes, added up."""
    total: Counter[str] = Counter()
    for each in counters:
        total.update(each)
    return [CounterStatus(name, value) for name, value in sorted(total.items())]
