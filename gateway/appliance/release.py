"""What the running image says of itself in os-release(5)."""

from __future__ import annotations

from pathlib import Path

OS_RELEASE = Path("/usr/lib/os-release")


def image_version(file: Path = OS_RELEASE) -> str:
    """Such as 0.1.0.412; empty outside of an image."""
    return _field(file, "IMAGE_VERSION")


def image_profile(file: Path = OS_RELEASE) -> str:
    """Such as `full`; empty outside of an image."""
    return _field(file, "VARIANT_ID")


def _field(file: Path, name: str) -> str:
    for line in file.read_text().splitlines():
        if line.startswith(f"{name}="):
            return line.partition("=")[2].strip('"')
    return ""
