"""A gateway started in a lab, with settings of its own, for the demo, the bench and tests."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.lab import CLIENT_NIC, SERVER_NIC, Lab

READY_SECONDS = 300.0
"""A start takes seconds, and minutes where an emulated processor runs it beside other work."""
STOP_SECONDS = 45.0
"""The gateway gives sessions 30 s to finish."""


class GatewayDidNotStartError(Exception):
    """The gateway said why; the sentence is its own."""


@dataclass(slots=True)
class RunningGateway:
    """A gateway in a lab's middle namespace; `directory` holds its settings, state and log."""

    process: subprocess.Popen[bytes]
    directory: Path
    log: IO[bytes]

    def stop(self) -> None:
        """Ask it to end and wait; it is killed when it does not."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def start_gateway(lab: Lab, directory: Path, policy: str, more_config: str = "") -> RunningGateway:
    """Start a gateway in `lab` with `policy` (TOML); `more_config` begins gateway.toml, so that it
    may hold keys outside of tables as well. Raises GatewayDidNotStartError."""
    directory.chmod(0o755)
    addresses = ", ".join(f'"{address}"' for address in lab.layout.bridge_addresses)
    config = f"""{more_config}
[nic]
client = "{CLIENT_NIC}"
server = "{SERVER_NIC}"
addresses = [{addresses}]
[paths]
state = "{directory}/state"
run = "{directory}/run"
"""
    (directory / "gateway.toml").write_text(config)
    (directory / "policy.toml").write_text(policy)
    control = directory / "run" / "control.sock"
    control.unlink(missing_ok=True)  # one that was killed left it; it must not pass for the new one
    log = (directory / "gateway.log").open("wb")
    settings = ["--config", f"{directory}/gateway.toml", "--policy", f"{directory}/policy.toml"]
    process = subprocess.Popen(
        [
            "ip",
            "netns",
            "exec",
            lab.layout.gateway,
            sys.executable,
            "-m",
            "gateway.daemon",
            *settings,
        ],
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
    )
    running = RunningGateway(process, directory, log)
    try:
        _await(running, control)
    except BaseException:  # also an interrupt
        running.stop()
        raise
    return running


def _await(running: RunningGateway, control: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not control.exists():
        ended = running.process.poll() is not None
        if ended or time.monotonic() > deadline:
            words = (running.directory / "gateway.log").read_text().strip().splitlines()
            said = words[-1] if words else "it said nothing"
            late = "" if ended else f"it was not ready after {READY_SECONDS:.0f} s: "
            raise GatewayDidNotStartError(late + said)
        time.sleep(0.1)
