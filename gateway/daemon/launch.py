"""How the supervisor starts a process, and how that process learns what it is.

Everything a process needs to know travels in one sealed memory file (memfd_create(2)): both
settings files as text, so that all processes run the very same policy even while an
administrator edits the file, and the numbers of the descriptors it inherits.
"""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.daemon.channel import SupervisorEnd, supervisor_end
from gateway.daemon.topology import ProcessKind
from gateway.policy import GatewayConfig, Policy, load_gateway_config, load_policy

_F_SEAL_ALL = 0x1 | 0x2 | 0x4 | 0x8
_ROOT = Path(__file__).resolve().parents[2]

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TZ")
"""Variables a process inherits: enough to find Python and its libraries, nothing else."""


class Launch(msgspec.Struct, frozen=True):
    """What a process is told. Descriptors are numbers valid in the new process.

    `listeners` are a worker's two listening sockets; `queues` the interceptor's NFQUEUE numbers;
    `probe_port` is where the probes' next hop listens.
    """

    config_text: str
    config_file: str
    policy_text: str
    policy_file: str
    slot: int = 0
    workers: int = 1
    cpus: list[int] = []
    channel: int = -1
    listeners: list[int] = []
    inspector: int = -1
    queue_base: int = 0
    mark_base: int = 0
    listener_base: int = 0
    probe_port: int = 0

    def config(self) -> GatewayConfig:
        """The machine's settings. The supervisor validated them: errors are not expected."""
        return load_gateway_config(self.config_text, self.config_file)

    def policy(self) -> Policy:
        """The policy in force."""
        return load_policy(self.policy_text, self.policy_file)


@dataclass(slots=True)
class Started:
    """A process that was started: its Popen handle, a pidfd to watch, and the channel."""

    process: subprocess.Popen[bytes]
    pidfd: int
    channel: SupervisorEnd | None

    @property
    def pid(self) -> int:
        return self.process.pid

    def close(self) -> None:
        """Close what belongs to a process that has ended."""
        os.close(self.pidfd)
        if self.channel is not None:
            self.channel.close()


def start(kind: ProcessKind, launch: Launch, descriptors: tuple[int, ...] = ()) -> Started:
    """Start a process of `kind`; it inherits `descriptors` and, if watched, a channel.

    Raises OSError when the machine cannot start it.
    """
    ours: socket.socket | None = None
    theirs: socket.socket | None = None
    inherited = list(descriptors)
    if kind.watched:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        launch = msgspec.structs.replace(launch, channel=theirs.fileno())
        inherited.append(theirs.fileno())
    letter = sealed(msgspec.json.encode(launch))
    inherited.append(letter)
    try:
        process = _spawn([kind.module, "--launch", str(letter)], inherited)
    finally:
        os.close(letter)
        if theirs is not None:
            theirs.close()
    channel = supervisor_end(ours) if ours is not None else None
    return Started(process, os.pidfd_open(process.pid), channel)


def start_inspector(
    kind: ProcessKind, cpus: list[int], guest_memory: int
) -> tuple[Started, socket.socket]:
    """Start an inspector on `cpus`, and the worker's end of its control socket.

    `guest_memory`: bytes that a guest of it may use beyond what it starts with.

    Raises OSError when the machine cannot start it.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        number = theirs.fileno()
        options = ["--socket", str(number), "--memory", str(guest_memory)]
        process = _spawn([kind.module, *options], [number])
    if cpus:
        os.sched_setaffinity(process.pid, cpus)
    return Started(process, os.pidfd_open(process.pid), None), ours


def _spawn(arguments: list[str], inherited: list[int]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        pass_fds=tuple(inherited),
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=_environment(),
        start_new_session=True,
    )


def read_launch(arguments: list[str]) -> Launch:
    """What this process was told, from `--launch N` on its command line.

    Raises SystemExit with a sentence when it was not started by a supervisor.
    """
    if len(arguments) != 3 or arguments[1] != "--launch" or not arguments[2].isdecimal():
        raise SystemExit("this process is started by gatewayd, not by hand")
    descriptor = int(arguments[2])
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        with os.fdopen(descriptor, "rb") as file:
            return msgspec.json.decode(file.read(), type=Launch)
    except (OSError, msgspec.DecodeError) as error:
        raise SystemExit(f"gatewayd sent no valid launch letter: {error}") from error


def sealed(content: bytes) -> int:
    """A memory file with `content` that nobody can change any more. Raises OSError."""
    descriptor = os.memfd_create("launch", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _F_SEAL_ALL)
    return descriptor


def _environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    path = str(_ROOT)
    inherited["PYTHONPATH"] = (
        f"{path}:{inherited['PYTHONPATH']}" if "PYTHONPATH" in inherited else path
    )
    inherited["SLUICE_PARENT"] = str(os.getpid())
    return inherited
