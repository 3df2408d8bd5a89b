"""A gateway with sender and mail server, as the demo has it, under a name of the test's own."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from gateway.daemon.status import ProcessStatus, Status
from tools.demo.run import Stand, stand

NEEDED = ("clamd", "runsc", "postfix")

WAIT_SECONDS = 30.0
"""For things that take one or two; a loaded machine gets more."""


@contextmanager
def running(name: str) -> Iterator[Stand]:
    """Everything up. Skips with a reason where it cannot be."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    for program in NEEDED:
        if shutil.which(program, path=path) is None:
            pytest.skip(f"{program} is not installed (./build.sh setup does it)")
    directory = Path(tempfile.mkdtemp(prefix="sluice-test-"))
    try:
        with stand(f"{name}{os.getpid()}", directory, lambda words: None) as up:
            yield up
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def status_of(up: Stand) -> Status:
    """The gateway's own view, over its control socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(WAIT_SECONDS)
        sock.connect(str(up.directory / "run" / "control.sock"))
        sock.sendall(b'{"op":"status"}\n')
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
    return msgspec.json.decode(answer, type=Status)


def process(up: Stand, name: str) -> ProcessStatus | None:
    """The process called `name`, such as `worker@0`, when it is there."""
    return next((one for one in status_of(up).processes if one.name == name), None)


def eventually(what: str, holds: Callable[[], bool]) -> None:
    """Wait until `holds`; fails saying `what` did not come about."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.1)
    pytest.fail(f"{what}: not within {WAIT_SECONDS:.0f} s")
