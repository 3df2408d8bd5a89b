"""Guests for the emulator's threads: one fresh guest for each run, asked for without an event loop.

It implements `gateway.emulation.scripts.confined.Guests`. The host and its zygote are started when
they are first needed, and again when they are gone. What a guest has written stays readable when
it is killed: its output is a file in memory that belongs to us.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import sys
import threading
import time

import msgspec

from gateway.emulation.scripts.confined import Confined
from gateway.sandbox import wire
from gateway.sandbox.launch import HostProcess, start_host
from gateway.sandbox.limits import DETONATION_OUTPUT, GUEST_MEMORY, MAX_ANSWER, START_SECONDS
from gateway.sandbox.zygotes import DETONATIONS

_SETTLE_SECONDS = 0.05
"""After a guest was lost: until a zygote that was killed is seen to be gone."""

_from_host = msgspec.msgpack.Decoder(wire.FromHost)


class BlockingGuests:
    """Guests of one zygote. Safe to call from several threads at once.

    cpus: cores for the guests, None for all; operations: the module whose zygote is used; python:
    the interpreter that runs it, by default our own.
    """

    def __init__(
        self,
        cpus: frozenset[int] | None = None,
        operations: str = DETONATIONS,
        guest_memory: int = GUEST_MEMORY,
        python: str = sys.executable,
    ) -> None:
        self._cpus = cpus
        self._operations = operations
        self._guest_memory = guest_memory
        self._python = python
        self._lock = threading.Lock()
        self._tokens = itertools.count(1)
        self._host: HostProcess | None = None
        self._control: socket.socket | None = None
        self._words = ""

    def confinement(self) -> str:
        """What confines the guests. Raises OSError when none can be had."""
        with self._lock:
            self._connected()
            return self._words

    def run(self, operation: str, data: bytes, request: object, seconds: float) -> Confined:
        """Run an operation in a guest of its own; it is killed after `seconds`."""
        ran = self._run_once(operation, data, request, seconds)
        if ran.lost and not ran.output and self._is_gone():
            return self._run_once(operation, data, request, seconds)
        return ran

    def _run_once(self, operation: str, data: bytes, request: object, seconds: float) -> Confined:
        source = _memory_file(data)
        target = _memory_file(b"")
        try:
            lost, timed_out = self._call(operation, len(data), request, seconds, (source, target))
            size = min(os.fstat(target).st_size, DETONATION_OUTPUT)
            return Confined(os.pread(target, size, 0), lost, timed_out)
        finally:
            os.close(source)
            os.close(target)

    def _is_gone(self) -> bool:
        """Whether the zygote went, and the guest with it: then it was not the sample's doing."""
        time.sleep(_SETTLE_SECONDS)
        with self._lock:
            if self._control is None:
                return True
            try:
                _drain(self._control)
            except OSError:
                self._disconnect()
                return True
            return False

    @property
    def host_pid(self) -> int:
        """The host's process; 0 when none runs."""
        return self._host.process.pid if self._host is not None else 0

    def close(self) -> None:
        """End the host with all its guests."""
        with self._lock:
            self._disconnect()

    def _call(
        self,
        operation: str,
        size: int,
        request: object,
        seconds: float,
        descriptors: tuple[int, int],
    ) -> tuple[str, bool]:
        """Why there is no answer, and whether the guest was killed for its time."""
        try:
            token, guest = self._spawn()
        except OSError as error:
            return f"no guest can be started: {error}", False
        call = wire.Call(operation, 0, size, msgspec.Raw(wire.encode(request)))
        with guest:
            try:
                socket.send_fds(guest, [wire.frame(call)], descriptors)
                answer = _answer(guest, time.monotonic() + seconds)
            except TimeoutError:
                return "", True
            except OSError as error:
                return f"the guest was lost: {error}", False
            finally:
                self._kill(token)
        return answer, False

    def _spawn(self) -> tuple[int, socket.socket]:
        """A guest's token and socket. Raises OSError. Tries twice: a zygote that is gone is
        noticed when it is used."""
        for last in (False, True):
            with self._lock:
                control = self._connected()
                token = next(self._tokens)
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
                with theirs:
                    try:
                        _drain(control)
                        wire.send_packet(control, wire.Spawn(token), (theirs.fileno(),))
                    except (wire.WireError, OSError) as error:
                        ours.close()
                        self._disconnect()
                        if last:
                            raise OSError(str(error)) from error
                        continue
                return token, ours
        raise OSError("the zygote is gone")

    def _kill(self, token: int) -> None:
        """Whatever state the guest is in, it ends now. A zygote that is gone took it along."""
        with self._lock, contextlib.suppress(wire.WireError, OSError):
            if self._control is not None:
                wire.send_packet(self._control, wire.Kill(token))
                _drain(self._control)

    def _connected(self) -> socket.socket:
        """The zygote's control socket, started when it is not there. Raises OSError."""
        if self._control is not None:
            return self._control
        self._host = start_host((self._operations,), self._guest_memory, self._python)
        if self._cpus is not None:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(self._host.process.pid, self._cpus)
        try:
            self._control = self._open(self._host.socket)
        except (wire.WireError, msgspec.DecodeError) as error:
            self._disconnect()
            raise OSError(str(error)) from error
        except OSError:
            self._disconnect()
            raise
        return self._control

    def _open(self, host: socket.socket) -> socket.socket:
        host.settimeout(START_SECONDS)
        wire.send_packet(host, wire.OpenZygote(self._operations))
        packet, descriptors = wire.receive_packet(host)
        message = _from_host.decode(packet)
        if not isinstance(message, wire.ZygoteReady) or len(descriptors) != 1:
            for descriptor in descriptors:
                os.close(descriptor)
            raise OSError(message.error if isinstance(message, wire.ZygoteFailed) else "no answer")
        missing = f", without: {', '.join(message.missing)}" if message.missing else ""
        self._words = f"confined by {', '.join(message.confinement)}{missing}"
        return socket.socket(fileno=descriptors[0])

    def _disconnect(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._host is not None:
            self._host.end()
            self._host = None


def _memory_file(data: bytes) -> int:
    descriptor = os.memfd_create("sample", os.MFD_CLOEXEC)
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _drain(control: socket.socket) -> None:
    """Read what the zygote says of guests that ended: nobody waits for it. Raises OSError."""
    while True:
        try:
            if not control.recv(4096, socket.MSG_DONTWAIT):
                raise OSError("the zygote is gone")
        except BlockingIOError:
            return


def _answer(guest: socket.socket, deadline: float) -> str:
    """The error in a guest's answer; empty when it did what it should.

    Raises TimeoutError at the deadline, OSError when it is gone or talks nonsense.
    """
    received = bytearray()
    while True:
        guest.settimeout(max(0.001, deadline - time.monotonic()))
        if time.monotonic() >= deadline:
            raise TimeoutError
        chunk = guest.recv(65536)
        if not chunk:
            raise OSError("it ended")
        received += chunk
        if len(received) < wire.LENGTH.size:
            continue
        length = wire.LENGTH.unpack_from(received)[0]
        if length > MAX_ANSWER:
            raise OSError("its answer is too long")
        if len(received) >= wire.LENGTH.size + length:
            body = bytes(received[wire.LENGTH.size : wire.LENGTH.size + length])
            try:
                return msgspec.msgpack.decode(body, type=wire.Answer).error
            except msgspec.DecodeError as error:
                raise OSError("its answer is none") from error
