"""Shortcuts: .lnk and .url files, which start what they point to."""

from __future__ import annotations

import re
import struct

from gateway.engines.static.report import Sight
from gateway.extraction import links
from gateway.model import Severity

_HEADER = struct.Struct("<L16sL")
_HAS_TARGET, _HAS_INFO, _UNICODE = 0x1, 0x2, 0x80
_STRINGS = ((0x4, "name"), (0x8, "path"), (0x10, "folder"), (0x20, "arguments"), (0x40, "icon"))
_MAX_STRING = 32_767
"""Characters of one string of a shortcut: its length field has 16 bits."""

_SHELL = re.compile(
    r"\b(?:cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|msiexec|certutil|bitsadmin|"
    r"forfiles|conhost|ftp|curl|ssh|wmic|explorer|msbuild|installutil|javaw?)(?:\.exe)?\b",
    re.IGNORECASE,
)
_URL_FIELD = re.compile(
    r"^\s*(URL|IconFile|WorkingDirectory)\s*=\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE
)


def examine_lnk(sight: Sight, data: bytes) -> None:
    """Examine a Windows shortcut ([MS-SHLLINK])."""
    strings = read_strings(data)
    sight.acts("shortcut that starts a program")
    command = " ".join(filter(None, (strings.get("path"), strings.get("arguments"))))
    shell = _SHELL.search(command) or _SHELL.search(_wide_text(data))
    if shell and strings.get("arguments"):
        sight.find("lnk_shell", Severity.HIGH, 85, f"starts {command[:200]}")
    elif shell:
        sight.find("lnk_shell", Severity.MEDIUM, 60, f"points to {shell[0]}")
    else:
        sight.find("lnk", Severity.MEDIUM, 50, f"a shortcut to {command[:200] or 'a file'}")
    for text in strings.values():
        if links.is_remote(text):
            sight.hosts.update(filter(None, (links.host(text),)))
            sight.find("lnk_remote", Severity.MEDIUM, 65, f"fetches from {text[:200]}")


def read_strings(untrusted_data: bytes) -> dict[str, str]:
    """The shortcut's strings by name; those that lie within the file."""
    if len(untrusted_data) < 76:
        return {}
    flags = _HEADER.unpack_from(untrusted_data)[2]
    at = 76
    if flags & _HAS_TARGET and at + 2 <= len(untrusted_data):
        at += 2 + struct.unpack_from("<H", untrusted_data, at)[0]
    if flags & _HAS_INFO and at + 4 <= len(untrusted_data):
        at += struct.unpack_from("<L", untrusted_data, at)[0]
    width, encoding = (2, "utf-16-le") if flags & _UNICODE else (1, "latin-1")
    found: dict[str, str] = {}
    for flag, name in _STRINGS:
        if not flags & flag or at + 2 > len(untrusted_data):
            continue
        length = min(struct.unpack_from("<H", untrusted_data, at)[0], _MAX_STRING) * width
        found[name] = untrusted_data[at + 2 : at + 2 + length].decode(encoding, "replace")
        at += 2 + length
    return found


def _wide_text(data: bytes) -> str:
    """Everything readable in the shortcut, in either encoding, for words only."""
    return data[:65_536].replace(b"\0", b"").decode("latin-1")


def examine_url(sight: Sight, data: bytes) -> None:
    """Examine an internet shortcut: an INI file with one address."""
    text = data[:65_536].decode("utf-8", "replace")
    for field, target in _URL_FIELD.findall(text):
        named = links.host(target)
        if named:
            sight.hosts.add(named)
        scheme = links.scheme(target)
        is_share = target.startswith("\\\\") or (scheme == "file" and named)
        if is_share:
            evidence = f"{field} fetches from the share {target[:200]}"
            sight.find("url_share", Severity.HIGH, 80, evidence)
        elif field.lower() == "url" and links.starts_program(target):
            sight.find("url_program", Severity.HIGH, 80, f"starts {target[:200]}")
        elif field.lower() == "url":
            sight.acts("shortcut that opens a page")
            sight.find("url", Severity.LOW, 50, f"opens {target[:200]}")
