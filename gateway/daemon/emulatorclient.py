"""The worker's side of the emulator: asks, waits, and says so when nobody answers."""

from __future__ import annotations

import asyncio
import os
import socket
from itertools import accumulate

import msgspec

from gateway.daemon.emulatorwire import (
    MAX_PACKET,
    MAX_SAMPLE,
    Answer,
    Question,
    readable,
    socket_path,
)
from gateway.model import Content, Finding, Severity
from gateway.policy import GatewayConfig
from gateway.sandbox import FileContent, SharedFile
from gateway.stages.services import Emulated, HandedOn, NotEmulated, Urgency

QUEUE_SECONDS = 120.0
"""How long a sample may wait for a guest beyond its own budget; the deadline of the mail is
longer, and past it the sample counts as not emulated for now."""


class EmulatorClient:
    """`gateway.stages.services.Emulator` over the emulator's socket."""

    def __init__(self, config: GatewayConfig) -> None:
        self._path = str(socket_path(config))
        self._enabled = config.emulator.enabled

    async def emulate(
        self,
        content: Content,
        type_name: str,
        name: str,
        budget_seconds: int,
        urgency: Urgency = Urgency.PERSON,
        *,
        opened: bool = False,
    ) -> Emulated | NotEmulated:
        """Have a sample run; never raises for what the sample or the emulator does."""
        if not self._enabled:
            return NotEmulated("this machine does not emulate (emulator.enabled)", True)
        if content.size > MAX_SAMPLE:
            return NotEmulated(f"samples over {MAX_SAMPLE} bytes are not run", True)
        question = Question(type_name, name, budget_seconds, urgency, opened)
        try:
            packet, files = await asyncio.wait_for(
                self._ask(question, content), budget_seconds + QUEUE_SECONDS
            )
            answer = msgspec.msgpack.decode(packet, type=Answer)
            return _result(answer, _children(answer, files))
        except TimeoutError:
            return NotEmulated("no guest became free in time", False, overloaded=True)
        except OSError as error:
            return NotEmulated(f"the emulator does not answer: {error.strerror or error}", False)
        except (msgspec.DecodeError, ValueError):
            return NotEmulated("the emulator's answer makes no sense", False)

    async def _ask(self, question: Question, content: Content) -> tuple[bytes, list[SharedFile]]:
        loop = asyncio.get_running_loop()
        own = _own_file(content.read())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
                sock.setblocking(False)
                await loop.sock_connect(sock, self._path)
                socket.send_fds(sock, [msgspec.msgpack.encode(question)], [own])
                await readable(sock)
                packet, numbers, _, _ = socket.recv_fds(sock, MAX_PACKET, 1)
        finally:
            os.close(own)
        files = [SharedFile(number) for number in numbers]
        if not packet:
            raise OSError("it closed the connection")
        return packet, files


def _children(answer: Answer, files: list[SharedFile]) -> tuple[HandedOn, ...]:
    """What the sample handed on. Raises ValueError when sizes and bytes do not go together."""
    if not answer.children:
        return ()
    sizes = [child.size for child in answer.children]
    if not files or min(sizes) < 0 or sum(sizes) != files[0].size or not files[0].seal():
        raise ValueError("the files do not fit the answer")
    starts = accumulate(sizes, initial=0)
    return tuple(
        HandedOn(child.path, FileContent(files[0], start, child.size))
        for child, start in zip(answer.children, starts, strict=False)
    )


def _own_file(data: bytes) -> int:
    """A memory file that holds the sample alone: the guest must see nothing beside it."""
    file = os.memfd_create("sample", os.MFD_CLOEXEC)
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
    return file


def _result(answer: Answer, children: tuple[HandedOn, ...]) -> Emulated | NotEmulated:
    if answer.refused:
        return NotEmulated(answer.refused, answer.unsupported, answer.overloaded)
    findings = tuple(
        Finding(
            line.code,
            Severity(line.severity),
            line.confidence,
            line.evidence,
            line.engine,
            line.engine_version,
        )
        for line in answer.findings
    )
    return Emulated(
        answer.environment,
        answer.version,
        answer.summary,
        findings,
        answer.stopped_by,
        answer.timed_out,
        children,
        answer.omitted,
        answer.seconds,
    )
