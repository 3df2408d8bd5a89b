"""The settings files as the supervisor reads them: text and checked document together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.policy import GatewayConfig, Policy, load_gateway_config, load_policy


class SettingsFileError(Exception):
    """A settings file cannot be read; one sentence."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Both files: what they say, and what it means."""

    config_text: str
    config_file: str
    policy_text: str
    policy_file: str
    config: GatewayConfig
    policy: Policy


def read_settings(config_path: Path, policy_path: Path) -> Settings:
    """Read and check both files; a missing policy file means the built-in policy.

    Raises SettingsFileError when gateway.toml cannot be read, SettingsError naming every fault.
    """
    config_text = _text(config_path)
    policy_text = _text(policy_path) if policy_path.exists() else ""
    config = load_gateway_config(config_text, config_path.name)
    policy = load_policy(policy_text, policy_path.name)
    return Settings(config_text, config_path.name, policy_text, policy_path.name, config, policy)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise SettingsFileError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsFileError(f"{path} is no UTF-8 text") from error
