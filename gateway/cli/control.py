"""The supervisor's control socket, from the asking side: one JSON line there, one back."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec

from gateway.cli.exits import CliError, Exit
from gateway.daemon.status import ControlError, ControlRequest, Status
from gateway.policy import GatewayConfig

SECONDS = 5.0
"""How long the supervisor may take. It answers from memory."""

MAX_ANSWER = 4 * 1024 * 1024
"""Longest answer: a status of 256 workers has about 100 kB."""


def socket_path(config: GatewayConfig) -> Path:
    """Where the supervisor listens."""
    return Path(config.paths.run) / "control.sock"


def ask_status(path: Path) -> tuple[Status, bytes]:
    """The running gateway's state, and the JSON it came in. Raises CliError."""
    line = _ask(path, ControlRequest("status"))
    try:
        return msgspec.json.decode(line, type=Status), line
    except msgspec.DecodeError:
        raise CliError(Exit.NOT_RUNNING, _refusal(line)) from None


def runs(config: GatewayConfig) -> bool:
    """Whether a gateway with these settings answers."""
    try:
        ask_status(socket_path(config))
    except CliError:
        return False
    return True


def _ask(path: Path, request: ControlRequest) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(SECONDS)
            sock.connect(str(path))
            sock.sendall(msgspec.json.encode(request) + b"\n")
            with sock.makefile("rb") as answers:
                line = answers.readline(MAX_ANSWER)
    except (FileNotFoundError, ConnectionRefusedError):
        raise CliError(
            Exit.NOT_RUNNING, f"no gateway runs here: nobody answers at {path}"
        ) from None
    except PermissionError:
        sentence = f"only root and the group sluice may ask the gateway at {path}"
        raise CliError(Exit.NOT_RUNNING, sentence) from None
    except TimeoutError:
        sentence = f"the gateway did not answer within {SECONDS:.0f} seconds"
        raise CliError(Exit.NOT_RUNNING, sentence) from None
    except OSError as error:
        sentence = f"cannot ask the gateway at {path}: {error.strerror or error}"
        raise CliError(Exit.NOT_RUNNING, sentence) from None
    if not line.endswith(b"\n"):
        raise CliError(Exit.NOT_RUNNING, "the gateway broke off its answer")
    return line


def _refusal(line: bytes) -> str:
    try:
        return f"the gateway refused: {msgspec.json.decode(line, type=ControlError).error}"
    except msgspec.DecodeError:
        return "the gateway's answer is of another version of gatewayctl"
