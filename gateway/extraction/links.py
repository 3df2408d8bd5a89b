"""Targets of links and relationships: which host they name, which of them start programs.

Pure string decisions, shared by Office files and fields.
"""

from __future__ import annotations

import re

ACTING_SCHEMES = frozenset(
    [
        "javascript",
        "vbscript",
        "jscript",
        "livescript",
        "mhtml",
        "its",
        "mk",
        "res",
        "shell",
        "script",
        "data",
        "hcp",
        "ldap",
        "jar",
        "search",
        "search-ms",
        "view-source",
        "wscript",
        "cmd",
        "powershell",
    ]
)
"""Schemes whose handlers run something; besides them every `ms-…` scheme (Follina, search-ms)."""

PROGRAM_SUFFIXES = [
    ".exe",
    ".com",
    ".scr",
    ".pif",
    ".bat",
    ".cmd",
    ".ps1",
    ".psm1",
    ".vbs",
    ".vbe",
    ".js",
    ".jse",
    ".wsf",
    ".wsh",
    ".hta",
    ".lnk",
    ".msi",
    ".msp",
    ".cpl",
    ".jar",
    ".dll",
    ".reg",
    ".chm",
    ".hlp",
    ".scf",
    ".url",
    ".library-ms",
    ".searchconnector-ms",
    ".appref-ms",
    ".iqy",
    ".slk",
]
"""Endings of files that act when a local or shared path is opened."""

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]{1,30}):")
_HOST = re.compile(
    r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:/{2}|/{4}|/{3}\\{2}|\\{2})(?![/\\])"
    r"(?:(?<=//)[^/\\@\s]*@)?([^/\\:?#\s\"<>]+)"
)
"""Two slashes; or four, or three and two backslashes: how Office writes a share as a URL."""
_PROGRAM = re.compile(
    "(?:" + "|".join(re.escape(suffix) for suffix in PROGRAM_SUFFIXES) + r")(?:$|[\s\"'?#&!])",
    re.IGNORECASE,
)


def scheme(target: str) -> str:
    """The target's scheme in lower case; empty for relative, UNC and drive-letter paths."""
    found = _SCHEME.match(target)
    return found[1].lower() if found else ""


def host(target: str) -> str:
    """The host a URL or UNC path names, in lower case without port; empty when none."""
    found = _HOST.match(target)
    if found is None or scheme(target) in ("mailto", "tel"):
        return ""
    name = found[1].lower().strip(".[]")
    # SMB and WebDAV spell a port as host@port or host@SSL.
    return name.partition("@")[0]


def is_remote(target: str) -> bool:
    """True when opening `target` leaves the machine: a URL or a UNC path."""
    return bool(host(target)) or scheme(target) in ("http", "https", "ftp", "file")


def starts_program(target: str) -> bool:
    """True when a click on `target` starts a program instead of opening a page."""
    named = scheme(target)
    if named in ACTING_SCHEMES or named.startswith("ms-"):
        return True
    return named not in ("http", "https", "mailto", "tel", "ftp") and bool(_PROGRAM.search(target))
