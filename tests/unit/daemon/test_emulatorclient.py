"""The worker's side of the emulator: whatever answers there, a sample has an outcome."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway.daemon import emulatorclient
from gateway.daemon.emulatorclient import EmulatorClient
from gateway.daemon.emulatorwire import Answer, ChildLine, FindingLine, Question, socket_path
from gateway.model import BytesContent, Finding, Severity
from gateway.policy import load_gateway_config
from gateway.sandbox import content_from_bytes
from gateway.stages.services import Emulated, NotEmulated

SAMPLE = b"#!/bin/sh\necho hello\n"
Reply = Callable[[Question, bytes], bytes | tuple[bytes, bytes]]
"""A packet, and the bytes of the file that goes with it where there is one."""


def ask(directory: Path, reply: Reply | None, more: str = "") -> Emulated | NotEmulated:
    """What the client makes of an emulator that answers by `reply`; None: there is none."""
    config = load_gateway_config(f'[paths]\nrun = "{directory}"\n{more}')

    async def run() -> Emulated | NotEmulated:
        serving = asyncio.create_task(_serve(socket_path(config), reply)) if reply else None
        await asyncio.sleep(0)
        answer = await EmulatorClient(config).emulate(BytesContent(SAMPLE), "sh", "a.sh", 1)
        if serving is not None:
            serving.cancel()
        return answer

    return asyncio.run(asyncio.wait_for(run(), 20))


async def _serve(path: Path, reply: Reply) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.setblocking(False)
        listener.bind(str(path))
        listener.listen()
        connection, _ = await loop.sock_accept(listener)
        with connection:
            ready = asyncio.Event()
            loop.add_reader(connection.fileno(), ready.set)
            await ready.wait()
            loop.remove_reader(connection.fileno())
            packet, files, _, _ = socket.recv_fds(connection, 65536, 4)
            data = os.pread(files[0], 1 << 20, 0)
            for file in files:
                os.close(file)
            question = msgspec.msgpack.decode(packet, type=Question)
            said = reply(question, data)
            if isinstance(said, tuple):
                held = content_from_bytes(said[1])  # its descriptor lives as long as it
                socket.send_fds(connection, [said[0]], [held.fd])
            elif said:
                connection.send(said)


def test_what_the_sample_handed_on_comes_back(tmp_path: Path) -> None:
    found = ask(tmp_path, _with_children([("/tmp/a", 3), ("/tmp/b", 0), ("/tmp/c", 4)], b"onefour"))
    assert isinstance(found, Emulated)
    assert [(each.path, each.content.read()) for each in found.children] == [
        ("/tmp/a", b"one"),
        ("/tmp/b", b""),
        ("/tmp/c", b"four"),
    ]


@pytest.mark.parametrize("sizes", [(3, 5), (8, -1), (3,)], ids=["more", "negative", "less"])
def test_files_that_do_not_fit_the_answer_are_no_answer(
    tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    found = ask(tmp_path, _with_children([("/tmp/a", size) for size in sizes], b"onefour"))
    assert found == NotEmulated("the emulator's answer makes no sense", False)


def _with_children(lines: list[tuple[str, int]], data: bytes) -> Reply:
    children = [ChildLine(path, size) for path, size in lines]
    packet = msgspec.msgpack.encode(Answer(environment="gvisor", children=children))
    return lambda question, sample: (packet, data)


def answer(**fields: object) -> Reply:
    return lambda question, data: msgspec.msgpack.encode(Answer(**fields))  # type: ignore[arg-type]


def test_the_sample_travels_and_the_answer_comes_back(tmp_path: Path) -> None:
    seen: list[tuple[Question, bytes]] = []
    line = FindingLine("guest.drops", "high", 90, "it wrote a file", "rules", "1")

    def reply(question: Question, data: bytes) -> bytes:
        seen.append((question, data))
        made = Answer(environment="gvisor", version="1", summary="it ran", findings=[line])
        return msgspec.msgpack.encode(made)

    assert ask(tmp_path, reply) == Emulated(
        "gvisor",
        "1",
        "it ran",
        (Finding("guest.drops", Severity.HIGH, 90, "it wrote a file", "rules", "1"),),
    )
    assert seen == [(Question("sh", "a.sh", 1), SAMPLE)]


@pytest.mark.parametrize("unsupported", [True, False])
def test_a_refusal_says_whether_it_is_for_ever(tmp_path: Path, unsupported: bool) -> None:
    said = ask(tmp_path, answer(refused="no environment", unsupported=unsupported))
    assert said == NotEmulated("no environment", unsupported)


NONSENSE: list[Reply] = [
    lambda question, data: b"\xc1",
    lambda question, data: msgspec.msgpack.encode({"summary": 7}),
    lambda question, data: msgspec.msgpack.encode(
        Answer(findings=[FindingLine("a", "no severity", 1, "", "", "")])
    ),
]


@pytest.mark.parametrize("reply", NONSENSE)
def test_an_answer_that_makes_no_sense_is_none(tmp_path: Path, reply: Reply) -> None:
    assert ask(tmp_path, reply) == NotEmulated("the emulator's answer makes no sense", False)


def test_an_emulator_that_closes_or_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for reply in (lambda question, data: b"", None):
        (tmp_path / "emulator.sock").unlink(missing_ok=True)
        said = ask(tmp_path, reply)
        assert isinstance(said, NotEmulated) and not said.unsupported
        assert said.reason.startswith("the emulator does not answer")


def test_an_emulator_that_is_silent_is_waited_for_only_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulatorclient, "QUEUE_SECONDS", -0.9)
    config = load_gateway_config(f'[paths]\nrun = "{tmp_path}"\n')
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(socket_path(config)))
        listener.listen()
        client = EmulatorClient(config)
        said = asyncio.run(client.emulate(BytesContent(SAMPLE), "sh", "a.sh", 1))
    assert said == NotEmulated("no guest became free in time", False, True)


def test_what_is_switched_off_or_too_large_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = ask(tmp_path, None, "[emulator]\nenabled = false\n")
    assert isinstance(off, NotEmulated) and off.unsupported
    monkeypatch.setattr(emulatorclient, "MAX_SAMPLE", 3)
    large = ask(tmp_path, None)
    assert isinstance(large, NotEmulated) and large.unsupported
