"""The zygote: has the parsers imported, parses nothing, forks confined guests and kills them.

It is the first process of its process namespace: when it ends, the kernel ends all its guests.
One thread, one client. Guests talk to the client over sockets of their own; the zygote neither
sees a mail nor an answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
from collections.abc import Mapping
from typing import NoReturn, assert_never

import msgspec

from gateway.sandbox import confinement, guest, wire
from gateway.sandbox.filter import SystemCallFilter

_GUEST_SOCKET = 3
"""The guest's only descriptor besides the three standard ones, which lead to /dev/null."""

_fork_only = ctypes.PyDLL(None).fork
"""fork(2) without Python's at-fork handlers (logging, random, threading), which cost half a
millisecond of page faults per guest. Sound here: there is one thread, PyDLL keeps the interpreter
lock, and guests use none of what the handlers reset."""


class Zygote:
    """Guests by token, and the control socket they are asked for on."""

    def __init__(
        self,
        control: socket.socket,
        operations: Mapping[str, guest.Operation],
        calls: SystemCallFilter | None,
        *,
        own_processes: bool,
    ) -> None:
        """`calls`: what guests are held to; None for those that start a program, which has walls of
        its own. `own_processes`: whether this is the first process of a process namespace."""
        self._control = control
        self._operations = operations
        self._filter = calls
        self._dies_with_us = own_processes
        self._poll = select.poll()
        self._pids: dict[int, int] = {}
        self._guests: dict[int, tuple[int, int]] = {}  # pidfd -> (token, pid)

    @staticmethod
    def settle() -> None:
        """Collect garbage for the last time: a collection in a guest would touch, and so copy,
        every page that holds an object."""
        gc.collect()
        gc.freeze()
        gc.disable()

    def run(self) -> None:
        """Serve until the client is gone; then all guests are ended."""
        self._poll.register(self._control, select.POLLIN)
        with contextlib.suppress(wire.WireError, msgspec.DecodeError):
            while True:
                for descriptor, _ in self._poll.poll():
                    if descriptor == self._control.fileno():
                        self._take_packet()
                    else:
                        self._reap(descriptor)
        for pid in self._pids.values():
            os.kill(pid, signal.SIGKILL)

    def _take_packet(self) -> None:
        packet, descriptors = wire.receive_packet(self._control)
        message = wire.decode_to_zygote(packet)
        match message:
            case wire.Spawn(token):
                if len(descriptors) == 1 and token not in self._pids:
                    self._spawn(token, descriptors[0])
            case wire.Kill(token):
                if (pid := self._pids.get(token)) is not None:
                    os.kill(pid, signal.SIGKILL)
            case wire.Ping(number):
                wire.send_packet(self._control, wire.Pong(number))
            case _:
                assert_never(message)
        for descriptor in descriptors:
            os.close(descriptor)

    def _spawn(self, token: int, descriptor: int) -> None:
        pid = _fork_only()
        if pid == 0:
            self._become_guest(descriptor)
        if pid < 0:
            wire.send_packet(self._control, wire.Ended(token, wire.START_FAILED))
            return
        if self._filter is not None:
            with contextlib.suppress(ProcessLookupError):
                confinement.limit_guest(pid)
        pidfd = os.pidfd_open(pid)
        self._pids[token] = pid
        self._guests[pidfd] = (token, pid)
        self._poll.register(pidfd, select.POLLIN)

    def _become_guest(self, descriptor: int) -> NoReturn:
        """What runs in the new process; it never returns into the zygote's loop."""
        code = 1
        try:
            os.dup2(descriptor, _GUEST_SOCKET)
            os.closerange(_GUEST_SOCKET + 1, 1 << 16)
            if not self._dies_with_us:
                confinement.die_with_parent()
            if self._filter is not None:
                self._filter.install()
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, _GUEST_SOCKET)
            guest.serve(sock, self._operations)
            code = 0
        finally:
            os._exit(code)

    def _reap(self, pidfd: int) -> None:
        token, pid = self._guests.pop(pidfd)
        _, status, usage = os.wait4(pid, 0)
        del self._pids[token]
        self._poll.unregister(pidfd)
        os.close(pidfd)
        ended = wire.Ended(token, os.waitstatus_to_exitcode(status), usage.ru_maxrss)
        wire.send_packet(self._control, ended)
