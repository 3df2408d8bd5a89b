"""What a verdict rests on besides the file, the plan and the policy: it is part of the cache's key.

When any of it changes, verdicts reached before are not used again.
"""

from __future__ import annotations

from pathlib import Path

from gateway import VERSION


def engine_versions(feeds: Path) -> tuple[str, ...]:
    """The gateway with the rules it ships, and the files of `feeds`. The scanner tells its own
    version, which may change at any time."""
    return (f"sluice {VERSION}", *_stamps(feeds))


def _stamps(directory: Path) -> list[str]:
    """Name, size and time of each file: a feed that was fetched anew differs in one of them."""
    try:
        found = [(path.name, path.stat()) for path in directory.iterdir() if path.is_file()]
    except OSError:
        return []
    return sorted(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in found)
