"""The files that commands read: gateway.toml, policy.toml, a mail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.cli.exits import CliError, Exit
from gateway.policy import (
    GatewayConfig,
    Policy,
    SettingsError,
    load_gateway_config,
    load_policy,
)

DIRECTORY = Path("/etc/sluice")
CONFIG_FILE = DIRECTORY / "gateway.toml"
POLICY_FILE = DIRECTORY / "policy.toml"

MAX_SETTINGS_BYTES = 4 * 1024 * 1024
"""A settings file with 50,000 digests has 3.5 MB; what is larger is no settings file."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the settings files are; None: the usual place, and defaults when nothing is there.

    A policy.toml beside a gateway.toml that was named belongs to it: whoever asks a gateway of a
    directory of its own must not be answered from another one's policy.
    """

    config: Path | None = None
    policy: Path | None = None

    def read_config(self) -> GatewayConfig:
        """The machine's settings. Raises CliError."""
        path = _existing(self.config, CONFIG_FILE)
        return config_from(path) if path else GatewayConfig()

    def read_policy(self) -> Policy:
        """The policy. Raises CliError."""
        beside = self.config.with_name(POLICY_FILE.name) if self.config else POLICY_FILE
        path = _existing(self.policy, beside)
        return policy_from(path) if path else Policy()


def policy_from(path: Path) -> Policy:
    """The policy in `path`. Raises CliError naming every error in it."""
    try:
        return load_policy(_text(path), path.name)
    except SettingsError as error:
        raise _settings_error(error) from None


def config_from(path: Path) -> GatewayConfig:
    """The machine's settings in `path`. Raises CliError naming every error in it."""
    try:
        return load_gateway_config(_text(path), path.name)
    except SettingsError as error:
        raise _settings_error(error) from None


def read_bytes(path: Path, limit: int, what: str) -> bytes:
    """The bytes of a file of at most `limit` bytes. Raises CliError."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise CliError(Exit.FILE, f"cannot read {path}: {error.strerror}") from None
    if len(data) > limit:
        raise CliError(Exit.FILE, f"{path} is larger than {what} may be ({limit} bytes)")
    return data


def _existing(chosen: Path | None, usual: Path) -> Path | None:
    if chosen is not None:
        return chosen
    return usual if usual.exists() else None


def _text(path: Path) -> str:
    try:
        return read_bytes(path, MAX_SETTINGS_BYTES, "a settings file").decode()
    except UnicodeDecodeError:
        raise CliError(Exit.FILE, f"{path} is no UTF-8 text") from None


def _settings_error(error: SettingsError) -> CliError:
    problems = [str(problem) for problem in error.problems]
    if len(problems) == 1:
        return CliError(Exit.SETTINGS, problems[0])
    return CliError(Exit.SETTINGS, "\n  ".join([f"{len(problems)} errors:", *problems]))
