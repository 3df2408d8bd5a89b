"""Which package sources the running system uses for its own Debian release.

Asked of apt itself, so that every spelling of a source (one line, deb822, mirror lists) counts.
Sources of other vendors are left out: nothing of theirs belongs in a guest. No host is named here.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

OS_RELEASE = Path("/etc/os-release")

_FORMAT = "$(CREATED_BY)|$(ORIGIN)|$(CODENAME)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)"
_FIELDS = 6

_FETCH_SETTINGS = (
    "Acquire::http",
    "Acquire::https",
    "Acquire::Retries",
    "Acquire::ForceIPv4",
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
)
"""Settings of apt that say how packages are reached (proxies, retries, old mirrors)."""


class SourceError(Exception):
    """No usable source; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Release:
    """The running Debian release: its code name, and the machine's package architecture."""

    codename: str
    architecture: str


def running_release(os_release: Path = OS_RELEASE) -> Release:
    """The release of this machine. Raises SourceError where it is not a Debian."""
    pairs = (line.partition("=") for line in os_release.read_text().splitlines())
    values = {key: value.strip('"') for key, _, value in pairs}
    if values.get("ID") != "debian" or not values.get("VERSION_CODENAME"):
        raise SourceError(
            "the guest root is made from Debian packages, and this is no Debian release"
        )
    return Release(values["VERSION_CODENAME"], _output("dpkg", "--print-architecture").strip())


def debian_sources(release: Release) -> tuple[str, ...]:
    """The `deb …` lines of this release. Raises SourceError when apt knows none."""
    lines = source_lines(_output("apt-get", "indextargets", "--format", _FORMAT), release.codename)
    if not lines:
        raise SourceError(
            f"apt knows no Debian package list of {release.codename}: run 'apt-get update' first"
        )
    return lines


def source_lines(targets: str, codename: str) -> tuple[str, ...]:
    """Turn the answer of `apt-get indextargets` into `deb` lines, Debian's own of one release."""
    components: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in targets.splitlines():
        fields = line.split("|")
        if len(fields) != _FIELDS:
            continue
        created, origin, target_codename, suite, component, uri = fields
        ours = target_codename == codename or target_codename.startswith(f"{codename}-")
        if created != "Packages" or origin != "Debian" or not ours or uri.startswith("cdrom:"):
            continue
        if component not in components[uri, suite]:
            components[uri, suite].append(component)
    return tuple(
        f"deb {uri} {suite} {' '.join(sorted(names))}"
        for (uri, suite), names in sorted(components.items())
    )


def fetch_options() -> tuple[str, ...]:
    """The system's own apt settings for fetching, each as `Name "value";`."""
    return tuple(_fetch_settings(_output("apt-config", "dump").splitlines()))


def _fetch_settings(dump: Iterable[str]) -> Iterable[str]:
    for line in dump:
        name = line.partition(" ")[0]
        wanted = any(name == key or name.startswith(f"{key}::") for key in _FETCH_SETTINGS)
        if wanted and not line.endswith(' "";'):
            yield line


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
