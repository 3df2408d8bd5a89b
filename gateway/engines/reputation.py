"""reputation: digests and hosts that are known to be bad, from feed files on this machine.

Reads the formats of abuse.ch: lists and CSV of SHA-256 digests (MalwareBazaar), host files and CSV
with URLs (URLhaus), CSV of indicators (ThreatFox), lists and CSV of addresses (Feodo Tracker). A
line that is none of these is counted and passed over. Nothing is ever sent anywhere.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import AddressValueError, IPv4Address
from itertools import pairwise
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
_SHARED_HOSTS = frozenset(
    {
        "github.com",
        "raw.githubusercontent.com",
        "objects.githubusercontent.com",
        "gist.github.com",
        "gitlab.com",
        "bitbucket.org",
        "drive.google.com",
        "docs.google.com",
        "storage.googleapis.com",
        "sites.google.com",
        "firebasestorage.googleapis.com",
        "www.dropbox.com",
        "dl.dropboxusercontent.com",
        "onedrive.live.com",
        "1drv.ms",
        "cdn.discordapp.com",
        "media.discordapp.net",
        "pastebin.com",
        "archive.org",
        "t.me",
        "s3.amazonaws.com",
        "web.archive.org",
        "urlhaus.abuse.ch",
        "bazaar.abuse.ch",
        "threatfox.abuse.ch",
    }
)
"""Hosts that serve everybody's files, and the feeds' own: a bad URL there says nothing of the host.
A host file may still list them."""
_HOST_INDICATORS = frozenset({"domain", "ip:port"})
"""ThreatFox's types of indicators that name a host."""


@dataclass(frozen=True, slots=True)
class Feeds:
    """What all feed files together say; `problems` are sentences about files and lines.

    `version` names the very files that were read: name, size and time of each.
    """

    hashes: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())
    version: tuple[str, ...] = ()

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
    except FileNotFoundError:
        return Feeds()
    except OSError as error:
        return Feeds(problems=(f"{directory} cannot be read: {error.strerror}",))
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
    named = [host.lower() for host in _URL.findall(text) if _HOST.match(host)]
    named = [host for host in named if host not in _SHARED_HOSTS]
    mapped = _HOSTS_LINE.match(text)
    if mapped is not None:
        named.append(mapped[1])
    elif _HOST.match(text):
        named.append(text)
    elif not digests and "," in text:
        named += _hosts_of_row(text)
    hosts.update(host.lower().rstrip(".") for host in named)
    return bool(digests or named or _URL.search(text))


def _hosts_of_row(text: str) -> list[str]:
    """Addresses in a CSV row; names too where the row says that it is about one (ThreatFox)."""
    try:
        fields = [
            value.strip() for row in csv.reader([text], skipinitialspace=True) for value in row
        ]
    except csv.Error:
        return []
    found = [value.partition(":")[0] for value in fields if _is_address(value.partition(":")[0])]
    for value, kind in pairwise(fields):
        if kind in _HOST_INDICATORS and _HOST.match(value):
            found.append(value)
    return found


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


class FeedFolder:
    """The feeds of one directory, read again when a file in it changes.

    The files' times are noted before they are read: a file that changes meanwhile is read again.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._feeds = Feeds()

    def current(self) -> Feeds:
        """What the files say now. Costs one look at each file's time when nothing changed."""
        seen = self._stamps()
        if seen != self._seen:
            version = tuple(f"{name} {size} {time}" for name, time, size in seen)
            self._feeds = replace(load_feeds(self._directory), version=version)
            self._seen = seen
        return self._feeds

    def _stamps(self) -> tuple[tuple[str, int, int], ...]:
        found: list[tuple[str, int, int]] = []
        with contextlib.suppress(OSError):  # no directory, no stamps
            for path in self._directory.iterdir():
                with contextlib.suppress(OSError):  # just being replaced, or a dead link
                    stat = path.stat()
                    found.append((path.name, stat.st_mtime_ns, stat.st_size))
        return tuple(sorted(found))
