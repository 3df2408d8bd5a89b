"""The emulated network: every request is written down and answered with something harmless."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from gateway.emulation.contract import Kind
from gateway.emulation.windows.recorder import Recorder

MARK = "sinkhole-7f3a"
"""In every text that the sinkhole answers: code in which it turns up came from the network."""

KNOWN_INSTALLERS = frozenset(
    {
        "https://community.chocolatey.org/install.ps1",
        "https://chocolatey.org/install.ps1",
        "https://get.scoop.sh",
    }
)
"""Addresses from which administrators run code on purpose: package managers' own. What they answer
is not marked. The whole address counts, and it must be https: nobody else can answer there."""

TEXT = f"'{MARK}'\r\n"
"""Valid and without effect in VBScript (a comment), JScript and PowerShell (a string)."""

FILE_SIZE = 64 * 1024
"""Bytes of an answer that is kept as a file: droppers throw away what is below 40,000 or so."""

_HEAD = b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + MARK.encode()
PROGRAM = _HEAD.ljust(FILE_SIZE, b"\0")
"""The head of a program and no program."""

_BINARY = re.compile(
    r"\.(exe|dll|scr|com|bin|dat|cpl|ocx|sys|msi|jpg|jpeg|png|gif|zip|rar)$", re.IGNORECASE
)


def answer(recorder: Recorder, method: str, untrusted_url: str, body: str = "") -> bytes:
    """Write a request down; the bytes of its answer."""
    target = endpoint(untrusted_url)
    words = [f"{method.upper()[:10]} {untrusted_url}"]
    if body:
        words.append(body)
    recorder.note(Kind.NETWORK, "connect", target, *words)
    return content(untrusted_url)


def content(untrusted_url: str) -> bytes:
    """What the sinkhole serves at an address: a program's head, or harmless text."""
    if untrusted_url.strip().lower().rstrip("/") in KNOWN_INSTALLERS:
        return b"# a known installer\r\n"
    path = _path(untrusted_url)
    return PROGRAM if _BINARY.search(path) else TEXT.encode()


def as_file(answered: bytes) -> bytes:
    """An answer as large as files are; blanks after a text change nothing where it is run."""
    return answered.ljust(FILE_SIZE, b" ")


def endpoint(untrusted_url: str) -> str:
    """host:port of a URL or of a UNC path."""
    if untrusted_url.startswith("\\\\"):
        return f"{untrusted_url[2:].split(chr(92), 1)[0]}:445"
    try:
        parts = urlsplit(untrusted_url if "//" in untrusted_url else f"//{untrusted_url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return untrusted_url[:200]
    known = {"https": 443, "ftp": 21}.get(parts.scheme.lower(), 80)
    return f"{host}:{port or known}"


def _path(untrusted_url: str) -> str:
    try:
        return urlsplit(untrusted_url).path
    except ValueError:
        return untrusted_url
