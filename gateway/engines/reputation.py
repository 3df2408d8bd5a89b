"""reputation: digests and hosts that are known to be bad, from feed files on this machine.

Reads the formats of abuse.ch: plain lists of SHA-256 digests (MalwareBazaar), host files and CSV
with URLs (URLhaus), lists of addresses (Feodo Tracker). A line that is none of these is counted
and passed over. Nothing is ever sent anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.model import Finding, Severity

MAX_FEED_BYTES = 256 * 1024 * 1024
"""MalwareBazaar's full list of digests has about 60 MB; more than this is no feed."""

_SHA256 = re.compile(r"\b[0-9a-fA-F]{64}\b")
_URL = re.compile(r"https?://([^/\s\"':@]+)(?::\d+)?(?=[/\s\"',]|$)", re.IGNORECASE)
_HOSTS_LINE = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1)\s+(\S+)")
_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
    r"(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)+\Z"
)


@dataclass(frozen=True, slots=True)
class Feeds:
    """What all feed files together say; `problems` are sentences about files and lines."""

    hashes: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """True when there is nothing to ask."""
        return not (self.hashes or self.hosts)

    def describe(self) -> str:
        """How much there is, for a trace's reason."""
        return f"{len(self.hashes)} digests and {len(self.hosts)} hosts of the feeds"

    def look_up(self, sha256: str, hosts: Iterable[str]) -> tuple[Finding, ...]:
        """A finding for the digest and for each host that is listed."""
        findings = []
        if sha256.lower() in self.hashes:
            evidence = "its SHA-256 is that of known malware"
            findings.append(Finding("reputation.hash", Severity.CRITICAL, 95, evidence, "feeds"))
        for host in hosts:
            if self._listed(host.lower().rstrip(".")):
                evidence = f"it links to {host}, which spreads malware"
                findings.append(Finding("reputation.host", Severity.HIGH, 85, evidence, "feeds"))
        return tuple(findings)

    def _listed(self, host: str) -> bool:
        """Whether the host or a domain above it is listed (not a top-level domain alone)."""
        labels = host.split(".")
        names = (".".join(labels[at:]) for at in range(len(labels) - 1))
        return host in self.hosts or any(name in self.hosts for name in names)


def load_feeds(directory: Path) -> Feeds:
    """Read every file of `directory`; a directory that is not there holds no feeds."""
    hashes: set[str] = set()
    hosts: set[str] = set()
    files: list[str] = []
    problems: list[str] = []
    try:
        paths = sorted(path for path in directory.iterdir() if path.is_file())
    except OSError:
        return Feeds()
    for path in paths:
        try:
            if path.stat().st_size > MAX_FEED_BYTES:
                problems.append(f"{path.name} is larger than any feed: not read")
                continue
            unread = _read(path, hashes, hosts)
        except OSError as error:
            problems.append(f"{path.name} cannot be read: {error.strerror}")
            continue
        files.append(path.name)
        if unread:
            problems.append(f"{path.name}: {unread} lines are in no known format")
    return Feeds(frozenset(hashes), frozenset(hosts), tuple(files), tuple(problems))


def _read(path: Path, hashes: set[str], hosts: set[str]) -> int:
    """Add what `path` lists; how many lines were none of the formats."""
    unread = 0
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            text = line.strip()
            if not text or text.startswith(("#", '"#', ";")):
                continue
            if not _read_line(text, hashes, hosts):
                unread += 1
    return unread


def _read_line(text: str, hashes: set[str], hosts: set[str]) -> bool:
    digests = _SHA256.findall(text)
    hashes.update(digest.lower() for digest in digests)
    named = [host for host in _URL.findall(text) if _HOST.match(host)]
    mapped = _HOSTS_LINE.match(text)
    if mapped is not None:
        named.append(mapped[1])
    elif _HOST.match(text):
        named.append(text)
    hosts.update(host.lower().rstrip(".") for host in named)
    return bool(digests or named)
