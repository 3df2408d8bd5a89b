"""Makes, shows and removes the lab: three network namespaces and two virtual cables.

Everything it makes has the lab's name in it; `down` removes that and nothing else, whatever state
it is in. `up` leaves the two NICs of the gateway free: joining them is the gateway's work.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from drivers.config import Mode
from drivers.errors import DriverError
from tools.lab.layout import CLIENT_NIC, END_NIC, SERVER_NIC, End, Layout, layout

LABS: Final = Path("/run/sluice-lab")
"""One directory per lab: its mode, and a private /run for processes that want one."""

NETNS: Final = Path("/run/netns")
COMMAND_SECONDS: Final = 60
GRACE_SECONDS: Final = 2.0
"""How long processes that still run in the lab get between SIGTERM and SIGKILL."""

PRIVATE_RUN: Final = 'mount --bind "$0" /run && exec "$@"'


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab that is up. Commands run in a namespace by its name (`lab.layout.gateway`, ...)."""

    layout: Layout

    @property
    def run_dir(self) -> Path:
        """A directory that is this lab's own; with `private_run` processes see it as /run."""
        return LABS / self.layout.name / "run"

    def exec_in(
        self,
        namespace: str,
        argv: Sequence[str],
        *,
        private_run: bool = False,
        check: bool = True,
        text: str = "",
        timeout: float = COMMAND_SECONDS,
    ) -> subprocess.CompletedProcess[str]:
        """Run `argv` in `namespace` to its end, with `text` on its input; output as text.

        Raises `subprocess.CalledProcessError` when it fails and `check` is set.
        """
        return subprocess.run(
            self.command(namespace, argv, private_run=private_run),
            input=text,
            capture_output=True,
            text=True,
            check=check,
            timeout=timeout,
        )

    def popen(
        self,
        namespace: str,
        argv: Sequence[str],
        *,
        private_run: bool = False,
        stdin: int | IO[bytes] | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start `argv` in `namespace`; its process id is that of `argv` itself (all exec)."""
        return subprocess.Popen(
            self.command(namespace, argv, private_run=private_run),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=cwd,
            env=env,
        )

    def command(
        self, namespace: str, argv: Sequence[str], *, private_run: bool = False
    ) -> list[str]:
        """The command line that runs `argv` in `namespace`, for callers that start it."""
        enter = ["ip", "netns", "exec", namespace]
        if private_run:
            enter += ["unshare", "--mount", "sh", "-c", PRIVATE_RUN, str(self.run_dir)]
        return [*enter, *argv]


@dataclass(frozen=True, slots=True)
class Status:
    """What of a lab is there. `mode` is None when it was never (completely) up."""

    name: str
    mode: Mode | None
    namespaces: dict[str, bool]
    processes: dict[str, int]

    @property
    def complete(self) -> bool:
        return self.mode is not None and all(self.namespaces.values())


def up(name: str = "lab", mode: Mode = Mode.BRIDGE, *, offloads: bool = True) -> Lab:
    """Make the lab, or find it as it is. `offloads=False` makes the ends compute real checksums,
    which is slower, and what a test that reads packets wants. Raises `DriverError`."""
    _check_machine()
    wanted = layout(name, mode)
    if status(name).complete and status(name).mode is mode:
        return Lab(wanted)
    down(name)
    try:
        _make(wanted, offloads=offloads)
    except BaseException:
        down(name)
        raise
    return Lab(wanted)


def down(name: str = "lab") -> None:
    """Remove the lab and end the processes that still run in it. Nothing there is no error."""
    _check_machine()
    names = [space for space in layout(name, Mode.BRIDGE).namespaces if (NETNS / space).exists()]
    _end_processes(names)
    for space in names:
        _run("ip", "netns", "del", space)
    shutil.rmtree(LABS / name, ignore_errors=True)
    with contextlib.suppress(OSError):
        LABS.rmdir()


def status(name: str = "lab") -> Status:
    """What of the lab is there; needs no rights."""
    names = layout(name, Mode.BRIDGE).namespaces
    present = {space: (NETNS / space).exists() for space in names}
    mode_file = LABS / name / "mode"
    mode = Mode(mode_file.read_text()) if mode_file.exists() else None
    counts = {space: len(_pids(space)) for space, there in present.items() if there}
    return Status(name, mode, present, counts)


def _make(wanted: Layout, *, offloads: bool) -> None:
    home = LABS / wanted.name
    (home / "run").mkdir(parents=True, exist_ok=True)
    for space in wanted.namespaces:
        _run("ip", "netns", "add", space)
        _run("ip", "-n", space, "link", "set", "lo", "up")
    _cable(wanted.gateway, CLIENT_NIC, wanted.sender)
    _cable(wanted.gateway, SERVER_NIC, wanted.server)
    if not offloads:
        for space, nic in (
            (wanted.sender.namespace, END_NIC),
            (wanted.server.namespace, END_NIC),
            (wanted.gateway, CLIENT_NIC),
            (wanted.gateway, SERVER_NIC),
        ):
            _run("ip", "netns", "exec", space, "ethtool", "-K", nic, "tx", "off")
    (home / "mode").write_text(wanted.mode.value)


def _cable(gateway: str, nic: str, end: End) -> None:
    space = end.namespace
    peer = ["peer", "name", END_NIC, "netns", space]
    _run("ip", "-n", gateway, "link", "add", nic, "type", "veth", *peer)
    _run("ip", "-n", space, "addr", "add", end.v4, "dev", END_NIC)
    _run("ip", "-n", space, "addr", "add", end.v6, "dev", END_NIC, "nodad")
    _run("ip", "-n", space, "link", "set", END_NIC, "up")
    _run("ip", "-n", gateway, "link", "set", nic, "up")
    for router in (end.gateway_v4, end.gateway_v6):
        if router:
            _run("ip", "-n", space, "route", "add", "default", "via", router)


def _end_processes(namespaces: Sequence[str]) -> None:
    """Only processes whose network namespace is one of the lab's."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        pids = [pid for space in namespaces for pid in _pids(space)]
        if not pids:
            return
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(_pids(space) for space in namespaces):
            time.sleep(0.02)


def _pids(namespace: str) -> list[int]:
    """Processes in the namespace, this one never among them."""
    result = subprocess.run(
        ["ip", "netns", "pids", namespace],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    return [int(line) for line in result.stdout.split() if int(line) != os.getpid()]


def _run(*argv: str) -> None:
    result = subprocess.run(
        argv, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
    )
    if result.returncode != 0:
        message = (result.stderr.strip() or "no message").splitlines()[0]
        raise DriverError(f"The lab cannot be set up: `{' '.join(argv)}` says: {message}")


def _check_machine() -> None:
    if os.geteuid() != 0:
        raise DriverError("The lab needs root, for its network namespaces.")
    if shutil.which("ip") is None:
        raise DriverError("The program ip is missing; install the Debian package iproute2.")
