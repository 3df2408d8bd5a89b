"""Starting a host by hand: for `gatewayctl explain`, tools and tests. The daemon's supervisor
starts its own and hands the socket to the worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from gateway.sandbox.limits import GUEST_MEMORY
from gateway.sandbox.zygotes import ALL

_ROOT = Path(__file__).resolve().parents[2]
_ENDING_SECONDS = 5.0
"""How long a host may take to end once its client is gone."""


@dataclass(slots=True)
class HostProcess:
    """A host of one's own and the client's end of its control socket."""

    process: subprocess.Popen[bytes]
    socket: socket.socket

    def end(self) -> None:
        """Close the socket and wait for the host to end."""
        self.socket.close()
        try:
            self.process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_host(
    operations: tuple[str, ...] = ALL,
    guest_memory: int = GUEST_MEMORY,
    python: str = sys.executable,
) -> HostProcess:
    """Start a host under `python`; a guest may add `guest_memory` bytes to what it starts with.

    Raises OSError when it cannot be started.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        number = theirs.fileno()
        arguments = ["-m", "gateway.sandbox.host", "--socket", str(number)]
        arguments += ["--memory", str(guest_memory)]
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
        process = subprocess.Popen(
            [python, *arguments, "--operations", *operations],
            pass_fds=(number,),
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
    return HostProcess(process, ours)
