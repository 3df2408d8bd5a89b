"""The control socket: one line each way, and a line that is no request ends nothing else."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from drivers import DriverError
from gateway.daemon import control
from gateway.daemon.control import MAX_LINE, serve_control, summed
from gateway.daemon.settings import SettingsFileError
from gateway.daemon.status import (
    ControlDone,
    ControlError,
    CounterStatus,
    NicPairStatus,
    Status,
)

STATUS = Status(
    *("1", 2.0, "hold", "", "p", "policy.toml"),
    *(NicPairStatus("a", "b", "bridge", [25], "pass", "nft"), [], [], [], []),
)


class Gateway:
    """Says what it is told to say."""

    def __init__(self) -> None:
        self.refuses: Exception | None = None

    async def status(self) -> Status:
        return STATUS

    async def reload(self) -> str:
        if self.refuses is not None:
            raise self.refuses
        return "done"


def serve(path: Path, test: Callable[[Gateway], Awaitable[None]]) -> None:
    async def run() -> None:
        gateway = Gateway()
        server = await serve_control(path, gateway)
        await test(gateway)
        server.close()

    asyncio.run(asyncio.wait_for(run(), 20))


async def ask(path: Path, line: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(line)
    if not line.endswith(b"\n"):
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def test_requests_and_their_answers(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    path.touch()  # what a killed gateway left

    async def test(gateway: Gateway) -> None:
        said = await ask(path, b'{"op":"status"}\n')
        assert msgspec.json.decode(said, type=Status) == STATUS
        said = await ask(path, b'{"op":"reload"}\n')
        assert msgspec.json.decode(said, type=ControlDone).done == "done"
        for refusal in (SettingsFileError("cannot read"), DriverError("nft refused")):
            gateway.refuses = refusal
            said = await ask(path, b'{"op":"reload"}\n')
            assert msgspec.json.decode(said, type=ControlError).error == str(refusal)

    serve(path, test)


UNTRUSTED = [
    b"\n",
    b"nonsense\n",
    b'{"op":7}\n',
    b'{"op":"explode"}\n',
    b"",
    b'{"op":"status"',
    b"\xff\xfe\n",
    b"[" * 1000 + b"\n",
    b"x" * (MAX_LINE * 3) + b"\n",
]


@pytest.mark.parametrize("line", UNTRUSTED)
def test_what_is_no_request_ends_its_connection_only(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "control.sock"

    async def test(gateway: Gateway) -> None:
        answer = await ask(path, line)
        assert not answer or msgspec.json.decode(answer, type=ControlError).error
        assert await ask(path, b'{"op":"reload"}\n')

    serve(path, test)


def test_a_client_that_says_nothing_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "ANSWER_SECONDS", 0.05)
    path = tmp_path / "control.sock"

    async def test(gateway: Gateway) -> None:
        reader, writer = await asyncio.open_unix_connection(path)
        assert await reader.read() == b""
        writer.close()

    serve(path, test)


def test_only_root_and_its_group_may_ask(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"

    async def test(gateway: Gateway) -> None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660

    serve(path, test)


def test_counters_of_several_processes_are_added() -> None:
    assert summed([{"mails": 2, "a": 1}, {}, {"mails": 3}]) == [
        CounterStatus("a", 1),
        CounterStatus("mails", 5),
    ]
