"""One guest's life seen from the host: start it, read what it says, end it at the budget.

One thread, one loop over three pipes (system-call log, reports of process 1, the sample's
output). The guest is always ended from outside; nothing of it is left when `run` returns.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.emulation import cgroup
from gateway.emulation.contract import Budget, StopKind, Stopped
from gateway.emulation.control import (
    Handshake,
    Reports,
    Request,
    Words,
    certificate_command,
    collect_command,
    trust_command,
)
from gateway.emulation.strace import records

BOOT_SECONDS = 60.0
"""For a guest to start its process 1: 0.2 s when idle, several under full load, more than 15 on an
emulated processor of a busy machine; what does not start at all mostly says so at once."""

COLLECT_SECONDS = 3.0
"""For process 1 to end the sample and hand back its files: some ten milliseconds."""

DRAIN_SECONDS = 0.5
"""For the last lines of the log after the guest is gone."""

_READ = 1 << 18
_TRACE_PIPE = 1 << 20
"""Bytes of the log's pipe: with the default 64 KiB the guest waits for us at every burst."""

_POLL_SECONDS = 0.25
"""How often deadlines are looked at when nothing arrives."""

_IN_GROUPS = 'for g in $GROUPS_; do echo $$ >"$g/cgroup.procs" || exit 97; done; exec "$@"'
"""The shell enters the cgroups before runsc exists, so that no process of it is ever outside."""


class Observer(Protocol):
    """Receives the log line by line; says when the sample is beyond its limit of processes."""

    def line(self, untrusted_line: bytes) -> None: ...

    def resolved(self, name: str) -> None: ...

    def requested(self, request: Request) -> None: ...

    def shook_hands(self, handshake: Handshake) -> None: ...

    def spoke(self, words: Words) -> None: ...

    @property
    def too_many_processes(self) -> bool: ...

    def written_paths(self) -> tuple[str, ...]: ...


class Certifier(Protocol):
    """Whom the guest trusts: `gateway.emulation.authority`, which not each Python here can load."""

    @property
    def file_hash(self) -> str: ...

    @property
    def server_key(self) -> bytes: ...

    def certificate(self) -> bytes: ...

    def certificate_for(self, untrusted_name: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a guest: runsc with its options up to `run`, its bundle, log pipe and cores."""

    command: tuple[str, ...]
    state: Path
    directory: Path
    trace: Path
    cpus: frozenset[int]


class TracePipe:
    """Our ends of the log's named pipe.

    A writing end stays with us while the guest runs: runsc opens the pipe in one process and hands
    it to another, and between the two we would take the missing writer for the end of the log.
    """

    def __init__(self, path: Path) -> None:
        self.reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._writer: int | None = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        fcntl.fcntl(self.reader, fcntl.F_SETPIPE_SZ, _TRACE_PIPE)

    def __enter__(self) -> TracePipe:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_writer()
        os.close(self.reader)

    def close_writer(self) -> None:
        """After this the pipe ends when the guest's last process has gone."""
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None


@dataclass(slots=True)
class Guest:
    """A running guest and what it has said."""

    launch: Launch
    budget: Budget
    observer: Observer
    group: cgroup.Group | None
    reports: Reports
    authority: Certifier
    output: bytearray = field(default_factory=bytearray)
    stopped: Stopped | None = None
    _trace_bytes: int = 0
    _trace_rest: bytes = b""
    _sample_start: float = 0.0
    _ended_at: float = 0.0

    def run(self) -> None:
        """Start, watch, collect, end."""
        with TracePipe(self.launch.trace) as trace, _spawned(self.launch, self.group) as process:
            try:
                self._tell(process, self._trust())
                self._converse(process, trace)
            finally:
                self._end(process)
                self._drain(trace)

    @property
    def seconds(self) -> float:
        """From the sample's start to the end of watching it."""
        return max(0.0, self._ended_at - self._sample_start) if self._sample_start else 0.0

    def _converse(self, process: subprocess.Popen[bytes], trace: TracePipe) -> None:
        assert process.stdin and process.stdout and process.stderr
        with selectors.DefaultSelector() as selector:
            selector.register(trace.reader, selectors.EVENT_READ, self._take_trace)
            selector.register(process.stdout, selectors.EVENT_READ, self._take_report)
            selector.register(process.stderr, selectors.EVENT_READ, self._take_output)
            self._watch(selector, process, time.monotonic() + BOOT_SECONDS)
            self._ended_at = time.monotonic()
            if self._gone(process):
                self._drain(trace)
                self._explain_death()
                return
            self._collect(selector, process)

    def _watch(
        self,
        selector: selectors.BaseSelector,
        process: subprocess.Popen[bytes],
        boot_deadline: float,
    ) -> None:
        """Read until the sample has ended, a limit is reached, or the guest is gone."""
        end = boot_deadline
        lingering = False
        while not self.reports.idle and not self.stopped and not self._gone(process):
            self._read(selector, end)
            self._certify(process)
            now = time.monotonic()
            if self.reports.started and not self._sample_start:
                self._sample_start = now
                end = now + self.budget.seconds
            if self.reports.exit_status is not None and not lingering:
                lingering = True
                end = min(end, now + self.budget.linger)
            self._check_limits()
            if now >= end:
                self._stop_late(lingering)

    def _stop_late(self, lingering: bool) -> None:
        """The time is over: say what was still going on, unless it has just ended."""
        if not self.reports.idle and self.stopped is None:
            self.stopped = self._late(lingering)

    def _late(self, lingering: bool) -> Stopped:
        if not self.reports.started:
            return Stopped(StopKind.CRASHED, f"the guest did not start in {BOOT_SECONDS:.0f} s")
        if lingering:
            return Stopped(
                StopKind.TIMED_OUT,
                f"processes it left behind were still running {self.budget.linger:g} s later",
            )
        return Stopped(StopKind.TIMED_OUT, f"still running after {self.budget.seconds:g} s")

    def _check_limits(self) -> None:
        if self.stopped:
            return
        if self.observer.too_many_processes:
            self.stopped = self._process_limit()
        elif self._trace_bytes > self.budget.trace:
            self.stopped = Stopped(
                StopKind.TRACE, f"more than {self.budget.trace >> 20} MiB of system calls"
            )

    def _process_limit(self) -> Stopped:
        return Stopped(StopKind.PROCESSES, f"more than {self.budget.processes} processes at once")

    def _collect(self, selector: selectors.BaseSelector, process: subprocess.Popen[bytes]) -> None:
        """Have process 1 end the sample and send its files. A guest that does not answer dies."""
        self._read_available(selector)
        paths = self.observer.written_paths()[: self.budget.children]
        if not self._tell(process, collect_command(paths, self.budget.child_bytes)):
            return
        deadline = time.monotonic() + COLLECT_SECONDS
        while not self.reports.ended and time.monotonic() < deadline and not self._gone(process):
            self._read(selector, deadline)
        self._read_available(selector)  # it may have finished and gone before we came to read

    def _trust(self) -> bytes:
        authority = self.authority
        return trust_command(authority.file_hash, authority.certificate(), authority.server_key)

    def _certify(self, process: subprocess.Popen[bytes]) -> None:
        """Answer what process 1 asked: certificates for names that the sample speaks TLS with."""
        for name in self.reports.take_certificates():
            certificate = self.authority.certificate_for(name)
            if certificate is not None:
                self._tell(process, certificate_command(name, certificate))

    def _tell(self, process: subprocess.Popen[bytes], command: bytes) -> bool:
        """Give process 1 a command; false when it has gone, or does not read what it is told."""
        assert process.stdin
        try:
            return os.write(process.stdin.fileno(), command) == len(command)
        except OSError:
            return False

    def _gone(self, process: subprocess.Popen[bytes]) -> bool:
        return process.poll() is not None

    def _explain_death(self) -> None:
        """The guest ended without being told to: memory, or a fault of the sandbox."""
        self._check_limits()
        if self.stopped:
            return
        if self.group is not None and self.group.tasks_ran_out():
            self.stopped = self._process_limit()
        elif self.group is not None and self.group.memory_ran_out():
            self.stopped = Stopped(
                StopKind.MEMORY, f"more than {self.budget.memory >> 20} MiB of memory"
            )
        elif not self.reports.started:
            words = bytes(self.output[-300:]).decode("utf-8", "replace").strip()
            self.stopped = Stopped(StopKind.CRASHED, f"the guest did not start: {words}")
        else:
            self.stopped = Stopped(StopKind.CRASHED, "the guest ended unexpectedly")

    def _read(self, selector: selectors.BaseSelector, deadline: float) -> None:
        wait = min(_POLL_SECONDS, max(0.0, deadline - time.monotonic()))
        for key, _ in selector.select(wait):
            take: Callable[[bytes], None] = key.data
            try:
                data = os.read(key.fd, _READ)
            except BlockingIOError:
                continue
            if data:
                take(data)
            else:
                selector.unregister(key.fileobj)
                time.sleep(0.001)

    def _read_available(self, selector: selectors.BaseSelector) -> None:
        """Read from all pipes what has already been written to them."""
        for _ in range(_TRACE_PIPE // _READ + 1):
            self._read(selector, 0.0)

    def _take_trace(self, data: bytes) -> None:
        self._trace_bytes += len(data)
        lines, self._trace_rest = records(self._trace_rest + data)
        for line in lines:
            self.observer.line(line)

    def _take_report(self, data: bytes) -> None:
        self.reports.feed(data)
        for name in self.reports.take_names():
            self.observer.resolved(name)
        for each in self.reports.take_web():
            match each:
                case Request():
                    self.observer.requested(each)
                case Handshake():
                    self.observer.shook_hands(each)
                case Words():
                    self.observer.spoke(each)

    def _take_output(self, data: bytes) -> None:
        self.output += data[: max(0, self.budget.output - len(self.output))]

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Whatever state it is in: nothing of the guest runs afterwards."""
        if self.group is not None:
            self.group.end()
        elif not self._gone(process):
            delete = [self.launch.command[0], f"--root={self.launch.state}", "delete", "-force"]
            subprocess.run([*delete, self.launch.directory.name], capture_output=True, check=False)
        process.kill()
        process.wait()

    def _drain(self, trace: TracePipe) -> None:
        """Read what the log still holds, now that nobody writes to it any more."""
        trace.close_writer()
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline and self._trace_bytes <= self.budget.trace:
            try:
                data = os.read(trace.reader, _READ)
            except BlockingIOError:
                time.sleep(0.005)
                continue
            if not data:
                return
            self._take_trace(data)


def _spawned(launch: Launch, group: cgroup.Group | None) -> subprocess.Popen[bytes]:
    """Start runsc: in its cgroups, on its cores, to die with the thread that started it."""
    command: list[str] = []
    if launch.cpus:
        command += ["taskset", "-c", ",".join(map(str, sorted(launch.cpus)))]
    command += ["setpriv", "--pdeathsig", "KILL", "--", *launch.command]
    command += ["run", f"--bundle={launch.directory}", launch.directory.name]
    directories = " ".join(map(str, group.directories)) if group else ""
    process = subprocess.Popen(
        ["/bin/sh", "-c", _IN_GROUPS, "sh", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", os.defpath), "GROUPS_": directories},
        start_new_session=True,
    )
    assert process.stdin
    os.set_blocking(process.stdin.fileno(), False)
    return process


def remove(directory: Path) -> None:
    """Remove a guest's directory; a file that vanishes meanwhile is what we want."""
    shutil.rmtree(directory, ignore_errors=True)
