"""Where the Python environment of the guest lies: speakeasy pins a unicorn of its own."""

from __future__ import annotations

import sys
from pathlib import Path

DIRECTORY = "winapi"
"""Below the gateway's own environment, so that both are made, moved and removed together."""


def python() -> Path:
    """The interpreter of the guest's environment, whether or not it is there."""
    return Path(sys.prefix) / DIRECTORY / "bin/python"


def missing() -> str:
    """Why the environment cannot be used, empty when it is there."""
    if python().exists():
        return ""
    return "the Python environment of speakeasy is not installed (requirements/winapi.lock)"
