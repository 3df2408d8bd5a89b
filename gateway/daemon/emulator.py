"""The emulator: runs samples for the workers, one guest each, on cores of its own.

It stays root, because making a guest needs namespaces and a cgroup; the sample itself runs in the
guest and nowhere else. Workers ask over a socket of packets: the sample travels as a descriptor.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from typing import assert_never

import msgspec
import structlog

from gateway.daemon.channel import Beat, ToProcess
from gateway.daemon.detonator import Detonator, guests_directory
from gateway.daemon.emulatorwire import (
    MAX_SAMPLE,
    Answer,
    Question,
    line_of,
    line_of_child,
    readable,
    socket_path,
)
from gateway.daemon.jobs import Jobs
from gateway.daemon.launch import Launch, read_launch
from gateway.daemon.logs import set_up_logs
from gateway.daemon.member import Member, run, settle
from gateway.daemon.privileges import unprivileged_ids
from gateway.model import BytesContent
from gateway.policy import GatewayConfig
from gateway.sandbox import joined
from gateway.stages.services import Emulated, NotEmulated, Urgency

log = structlog.get_logger()

BACKLOG = 256
"""Workers waiting to be accepted; each detonation is one connection."""

NICE = 19
"""Guests inherit it. On a machine of few cores a worker shares the core that guests run on; it is
at work for milliseconds a mail, and must find the core free, however many guests compute. A guest
beside an idle worker loses nothing."""

MAX_QUESTION = 16 * 1024
"""Bytes of a question; a file's name is the longest thing in it."""


class EmulatorProcess:
    """Accepts questions, has samples run, answers."""

    def __init__(self, launch: Launch) -> None:
        config = launch.config()
        self._launch = launch
        self._detonator = Detonator(config, guests_directory(config))
        self._listener = _listen(config)
        self._jobs = Jobs()
        self._asked = 0

    async def main(self) -> None:
        """Serve until the supervisor ends. The probe runs beside the first beats."""
        member = Member(self._launch, self._hear, self._beat)
        self._jobs.start(self._probe())
        accepting = asyncio.get_running_loop().create_task(self._accept())
        await member.live()
        accepting.cancel()

    async def _probe(self) -> None:
        for absent in await asyncio.to_thread(self._detonator.probe):
            log.warning("environment absent", why=absent)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(self._listener)
            self._jobs.start(self._serve(connection))

    async def _serve(self, connection: socket.socket) -> None:
        """One question. A peer that sends no question is closed, nothing else happens."""
        with connection, contextlib.suppress(OSError, msgspec.DecodeError):
            await readable(connection)
            untrusted, files, _, _ = socket.recv_fds(connection, MAX_QUESTION, 1)
            try:
                data = _sample(files)
            finally:
                for file in files:
                    os.close(file)
            question = msgspec.msgpack.decode(untrusted, type=Question)
            self._asked += 1
            result = await self._detonator.emulate(
                BytesContent(data),
                question.type,
                question.name,
                question.budget_seconds,
                question.urgency,
                opened=question.opened,
            )
            _send(connection, result)

    def _beat(self) -> Beat:
        turns = self._detonator.turns
        counters = {
            "samples": self._asked,
            "answered by a run under way": self._detonator.shared,
            "answered by a run before": self._detonator.remembered,
            "refused: the line was full": turns.refused + self._detonator.away.refused,
            "at a sandbox elsewhere": self._detonator.away.running + self._detonator.away.waiting,
            "waiting": turns.waiting,
            "waiting for mails that are held": turns.waiting_for(Urgency.HELD),
            "seconds that the oldest has waited": int(turns.oldest),
        }
        return Beat(turns.running, counters)

    def _hear(self, message: ToProcess, descriptors: tuple[int, ...]) -> None:
        for descriptor in descriptors:  # nothing that is sent to us carries any
            os.close(descriptor)


def _listen(config: GatewayConfig) -> socket.socket:
    """The emulator's socket, for the workers' account only."""
    path = socket_path(config)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(path))
    os.chown(path, *unprivileged_ids())
    path.chmod(0o600)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def _sample(files: list[int]) -> bytes:
    """The bytes of the sample. Raises OSError when none came with the question."""
    if not files or os.fstat(files[0]).st_size > MAX_SAMPLE:
        raise OSError("no sample")
    size = os.fstat(files[0]).st_size
    return os.pread(files[0], size, 0)


def _send(connection: socket.socket, result: Emulated | NotEmulated) -> None:
    """The answer in one packet; what the sample handed on in a descriptor of its own."""
    packet = msgspec.msgpack.encode(_answer(result))
    children = result.children if isinstance(result, Emulated) else ()
    if not children:
        connection.send(packet)
        return
    held = joined(child.content for child in children)
    socket.send_fds(connection, [packet], [held.fd])


def _answer(result: Emulated | NotEmulated) -> Answer:
    match result:
        case Emulated():
            return Answer(
                environment=result.environment,
                version=result.version,
                summary=result.summary,
                findings=[line_of(finding) for finding in result.findings],
                stopped_by=result.stopped_by,
                timed_out=result.timed_out,
                children=[line_of_child(each.path, each.content) for each in result.children],
                omitted=result.omitted,
                seconds=result.seconds,
            )
        case NotEmulated(reason=reason, unsupported=unsupported, overloaded=overloaded):
            return Answer(refused=reason, unsupported=unsupported, overloaded=overloaded)
        case _:
            assert_never(result)


def main() -> None:
    """The process's entry."""
    launch = read_launch(sys.argv)
    settle(launch.cpus)
    os.nice(NICE)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # who wakes does not take the core
    set_up_logs(launch.config().log.level, "emulator")
    run(EmulatorProcess(launch).main)


if __name__ == "__main__":
    main()
