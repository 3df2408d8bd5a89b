"""Addresses in the words of Wine's channel `winsock`, and hosts in URLs. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_ADDRESS = re.compile(r"\{ family (AF_INET6?), address ([0-9a-fA-F.:]+)[^}]*?port (\d+) \}")


def address(words: str) -> tuple[str, int] | None:
    """The address and port in a line; None when it names none."""
    found = _ADDRESS.search(words)
    if found is None:
        return None
    host = f"[{found[2]}]" if found[1] == "AF_INET6" else found[2]
    return host, int(found[3])


def named_host(untrusted_url: str) -> str:
    """host:port of a URL."""
    try:
        parts = urlsplit(untrusted_url if "//" in untrusted_url else f"//{untrusted_url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return untrusted_url[:200]
    known = {"https": 443, "ftp": 21}.get(parts.scheme.lower(), 80)
    return f"{host}:{port or known}"
