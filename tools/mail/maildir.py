"""Reads the lab server's Maildir and takes off what Postfix put before each mail.

virtual(8) prepends Return-Path, X-Original-To and Delivered-To, smtpd(8) one Received field;
exactly those, once each, are removed. A mail's own fields of these names stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_PREPENDED = ("return-path", "x-original-to", "delivered-to", "received")
_FIELD = re.compile(rb"([!-9;-~]+):[ \t]*((?:.*\n[ \t])*.*\n)")
_CLIENT = re.compile(rb"\(unknown \[(?:IPv6:)?([0-9a-fA-F.:]+)\]\)")


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One kept mail: to whom, from whom (envelope), which client handed it over, its bytes."""

    recipient: str
    sender: str
    client: str
    content: bytes = field(repr=False)


def read_maildir(folder: Path) -> list[StoredMail]:
    """Every mail of `folder`, oldest first."""
    files = [file for part in ("new", "cur") for file in (folder / part).glob("*")]
    ordered = sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))
    return [parse_stored(file.read_bytes()) for file in ordered]


def parse_stored(kept: bytes) -> StoredMail:
    """A mail as it was sent, CRLF restored, from the bytes virtual(8) wrote."""
    values: dict[str, bytes] = {}
    position = 0
    while found := _FIELD.match(kept, position):
        name = found[1].decode().lower()
        if name not in _PREPENDED or name in values:
            break
        values[name] = found[2]
        position = found.end()
        if name == "received":
            break
    client = _CLIENT.search(values.get("received", b""))
    return StoredMail(
        recipient=_value(values, "delivered-to"),
        sender=_value(values, "return-path").strip("<>"),
        client=client[1].decode() if client else "",
        content=kept[position:].replace(b"\n", b"\r\n"),
    )


def _value(values: dict[str, bytes], name: str) -> str:
    return values.get(name, b"").decode("utf-8", "replace").strip()
