"""Names of members: made safe to show, with what is suspicious about them.

A name is never used as a path here; it is still worth telling that somebody meant it to be one.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.model import Finding, Severity

MAX_NAME: Final = 255
"""Characters of a name that are shown: what file systems allow (NAME_MAX)."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of text: photo\u202egpj.exe is shown as photoexe.jpg."""
_MANY_SPACES: Final = re.compile(r"\s{8,}")
_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
_DRIVE: Final = re.compile(r"[a-zA-Z]:")

_SEVERITIES: Final[dict[str, tuple[Severity, int]]] = {
    "unpack.path_traversal": (Severity.HIGH, 90),
    "unpack.absolute_path": (Severity.MEDIUM, 70),
    "unpack.control_characters": (Severity.MEDIUM, 70),
    "unpack.bidi_override": (Severity.HIGH, 90),
    "unpack.hidden_extension": (Severity.MEDIUM, 70),
    "unpack.link": (Severity.LOW, 60),
    "unpack.device": (Severity.MEDIUM, 80),
    "unpack.header_mismatch": (Severity.HIGH, 80),
    "unpack.overlapping_members": (Severity.MEDIUM, 95),
    "unpack.prefixed": (Severity.LOW, 60),
    "unpack.duplicate_name": (Severity.MEDIUM, 60),
    "unpack.size_mismatch": (Severity.MEDIUM, 70),
    "identify.polyglot": (Severity.HIGH, 80),
}
"""What each code weighs; codes stand for ever, as traces are kept."""

_TITLES: Final[dict[str, str]] = {
    "unpack.path_traversal": "a member's name leads out of the folder it is unpacked into",
    "unpack.absolute_path": "a member's name is an absolute path",
    "unpack.control_characters": "a member's name holds control characters",
    "unpack.bidi_override": "a member's name is turned around to hide its ending",
    "unpack.hidden_extension": "a member's name pushes its ending out of sight",
    "unpack.link": "a member is a link and was not followed",
    "unpack.device": "a member is a device",
    "unpack.header_mismatch": "its two lists of members contradict each other",
    "unpack.overlapping_members": "its members overlap, as only bombs have it",
    "unpack.prefixed": "other bytes stand before the archive",
    "unpack.duplicate_name": "two members have the same name",
    "unpack.size_mismatch": "a member has another size than it claims",
    "identify.polyglot": "it can be read as files of several types",
}
"""The sentence of each code, for people."""

ENGINE: Final = "unpack"


def oddity(code: str, evidence: str) -> Finding:
    """The finding of `code`. Raises KeyError for an unknown code."""
    severity, confidence = _SEVERITIES[code]
    where = f": {evidence}" if evidence else ""
    return Finding(code, severity, confidence, f"{_TITLES[code]}{where}", ENGINE)


def decode_name(raw_name: bytes) -> str:
    """The name as text: UTF-8, else the code page of the first PC (APPNOTE appendix D)."""
    try:
        return raw_name.decode("utf-8")
    except UnicodeDecodeError:
        return raw_name.decode("cp437", "replace")


def display_name(raw_name: bytes) -> tuple[str, tuple[str, ...]]:
    """The name to show (one line, no marks that lie) and the codes of what it tried."""
    name = decode_name(raw_name)
    codes = []
    path = name.replace("\\", "/")
    if ".." in path.split("/"):
        codes.append("unpack.path_traversal")
    if path.startswith("/") or _DRIVE.match(name):
        codes.append("unpack.absolute_path")
    if _CONTROL.search(name):
        codes.append("unpack.control_characters")
    if _BIDI.search(name):
        codes.append("unpack.bidi_override")
    if _MANY_SPACES.search(name):
        codes.append("unpack.hidden_extension")
    shown = _MANY_SPACES.sub(
        " … ",
        _BIDI.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub("\N{REPLACEMENT CHARACTER}", name)),
    )
    if len(shown) > MAX_NAME:  # the end is kept: the extension stands there
        shown = shown[: MAX_NAME - 64] + "…" + shown[-63:]
    return shown, tuple(codes)
