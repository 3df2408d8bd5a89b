"""The inspector process: `python -m gateway.sandbox.host --socket FD`.

A small parent that imports no parser and reads no mail. At a client's request it makes a zygote
(one per set of operations) in namespaces of its own and hands the client the zygote's control
socket. When a zygote ended, the next request makes another; when the client is gone, it ends.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import signal
import socket
import sys
import traceback
from dataclasses import dataclass
from typing import NoReturn, assert_never

import msgspec

from gateway.sandbox import confinement, wire
from gateway.sandbox.limits import GUEST_MEMORY
from gateway.sandbox.zygotes import ALL, STARTS_PROGRAMS


@dataclass(frozen=True, slots=True)
class _Started:
    """A zygote that serves: the client's end of its control socket, what confines it."""

    client_end: socket.socket
    confinement: confinement.Confinement


class Host:
    """Zygotes by the name of their operations module, and the client they are for."""

    def __init__(self, client: socket.socket, modules: frozenset[str], guest_memory: int) -> None:
        self._client = client
        self._modules = modules
        self._guest_memory = guest_memory
        self._decoder = msgspec.msgpack.Decoder(wire.ToHost)

    def run(self) -> None:
        """Serve until the client is gone or sends what is no message."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # zygotes that end leave no zombie
        with contextlib.suppress(wire.WireError, msgspec.DecodeError):
            while True:
                packet, _ = wire.receive_packet(self._client)
                self._answer(self._decoder.decode(packet))

    def _answer(self, message: wire.ToHost) -> None:
        match message:
            case wire.Ping(number):
                wire.send_packet(self._client, wire.Pong(number))
            case wire.OpenZygote(operations):
                self._open(operations)
            case _:
                assert_never(message)

    def _open(self, operations: str) -> None:
        if operations not in self._modules:
            error = "no such operations"
            wire.send_packet(self._client, wire.ZygoteFailed(operations, error))
            return
        started = _start_zygote(operations, self._client, self._guest_memory)
        if started is None:
            error = "the zygote ended before it was ready"
            wire.send_packet(self._client, wire.ZygoteFailed(operations, error))
            return
        ready = wire.ZygoteReady(
            operations, started.confinement.achieved, started.confinement.missing
        )
        with started.client_end as client_end:
            wire.send_packet(self._client, ready, (client_end.fileno(),))


def _start_zygote(operations: str, client: socket.socket, guest_memory: int) -> _Started | None:
    """Fork a process that enters namespaces and forks the zygote; wait until it is ready."""
    client_end, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    report_reader, report_writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(report_reader)
        client_end.close()
        client.close()
        _stand_between(control, operations, report_writer, guest_memory)
    os.close(report_writer)
    control.close()
    with os.fdopen(report_reader, "rb") as pipe:
        report = pipe.read()
    if not report:
        client_end.close()
        return None
    achieved = msgspec.msgpack.decode(report, type=confinement.Confinement)
    return _Started(client_end, achieved)


def _stand_between(
    control: socket.socket, operations: str, report: int, guest_memory: int
) -> NoReturn:
    """The process between host and zygote: unshare(2) puts only children into a new process
    namespace. It waits for the zygote and ends with it; the zygote dies with it."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        confinement.die_with_parent()
        entered = confinement.enter_namespaces(starts_programs=operations in STARTS_PROGRAMS)
        pid = os.fork()
        if pid == 0:
            _be_zygote(control, operations, report, entered, guest_memory)
        control.close()
        os.close(report)
        os.waitpid(pid, 0)
        code = 0
    except Exception:  # noqa: BLE001 - the process's border: said, then the process ends
        traceback.print_exc()
    finally:
        os._exit(code)


def _be_zygote(
    control: socket.socket,
    operations: str,
    report: int,
    entered: confinement.Confinement,
    guest_memory: int,
) -> NoReturn:
    code = 1
    try:
        confinement.die_with_parent()
        module = importlib.import_module(operations)
        from gateway.sandbox.filter import SystemCallFilter
        from gateway.sandbox.zygote import Zygote

        module.preload()
        own = "processes" in entered.achieved
        starts_programs = operations in STARTS_PROGRAMS
        calls = None if starts_programs else SystemCallFilter()
        zygote = Zygote(control, module.OPERATIONS, calls, own_processes=own)
        zygote.settle()
        confinement.gather_memory()
        _silence()
        if starts_programs:
            achieved = confinement.become_unprivileged(entered)
        else:
            achieved = confinement.become_confined(entered, guest_memory)
        confinement.die_with_parent()
        os.write(report, msgspec.msgpack.encode(achieved))
        os.close(report)
        zygote.run()
        code = 0
    except Exception:  # noqa: BLE001 - the process's border: said, then the process ends
        traceback.print_exc()
    finally:
        os._exit(code)


def _silence() -> None:
    """Nothing that a parser prints about hostile bytes reaches a log."""
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def main(arguments: list[str]) -> int:
    """Serve the client on the inherited socket until it closes."""
    parser = argparse.ArgumentParser(prog="inspector", description=__doc__)
    parser.add_argument("--socket", type=int, required=True, help="inherited control socket")
    parser.add_argument(
        "--operations",
        nargs="+",
        default=list(ALL),
        help="modules of operations that the client may open",
    )
    parser.add_argument(
        "--memory", type=int, default=GUEST_MEMORY, help="bytes that a guest may add"
    )
    options = parser.parse_args(arguments)
    with socket.socket(fileno=options.socket) as client:
        os.set_inheritable(client.fileno(), False)
        Host(client, frozenset(options.operations), options.memory).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
