"""Tells clamd to read its databases anew, and waits until it answers with them."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

CLAMD = Path("/run/clamav/clamd.ctl")

RELOAD_SECONDS = 180.0
"""ClamAV's full databases take half a minute on a small machine."""

_ASK_SECONDS = 30.0


def reload_scanner(path: Path = CLAMD, seconds: float = RELOAD_SECONDS) -> bool:
    """Whether clamd took the word and answers again. False where none runs."""
    try:
        if not _ask(path, b"zRELOAD\0").startswith(b"RELOADING"):
            return False
    except OSError:
        return False
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if _ask(path, b"zPING\0").startswith(b"PONG"):
                return True
        time.sleep(0.2)
    return False


def _ask(path: Path, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(_ASK_SECONDS)
        sock.connect(str(path))
        sock.sendall(command)
        return sock.recv(4096)
