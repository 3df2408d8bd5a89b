"""Sends a mail with swaks (Debian package), a client that nobody here wrote."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.mail.client import Target
from tools.mail.netns import prefix

_SERVER_LINE = re.compile(r"^<(?:-|\*\*|~|~\*)\s+(\d{3})([ -])(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SwaksResult:
    """What swaks saw: its exit code (0: accepted), the last answer before QUIT, all it printed."""

    exit_code: int
    code: int
    text: str
    transcript: str


def swaks(
    raw: bytes,
    sender: str,
    recipients: Sequence[str],
    target: Target,
    extra: Sequence[str] = (),
) -> SwaksResult:
    """Sends `raw` through swaks from the target's namespace; `extra` are further arguments.

    Raises FileNotFoundError where swaks is missing, subprocess.TimeoutExpired when it hangs.
    """
    with tempfile.NamedTemporaryFile(prefix="sluice-swaks-", suffix=".eml") as file:
        # swaks leaves the data as it is (no %DATE% and the like), so dots are stuffed here.
        Path(file.name).write_bytes(_stuffed(raw))
        command = [
            *prefix(target.netns),
            *("swaks", "--no-data-fixup", "--data", f"@{file.name}"),
            *("--server", target.host, "--port", str(target.port), "--helo", target.helo),
            *("--from", sender, "--to", ",".join(recipients)),
            *("--timeout", f"{int(target.seconds)}s"),
            *(["--local-interface", target.source] if target.source else []),
            *(["--tls"] if target.starttls else []),
            *extra,
        ]
        ran = subprocess.run(command, capture_output=True, timeout=target.seconds * 2, check=False)
    transcript = ran.stdout.decode("utf-8", "replace")
    code, text = _last_answer(transcript)
    return SwaksResult(ran.returncode, code, text, transcript)


def _last_answer(transcript: str) -> tuple[int, str]:
    """The last complete answer that is not the one to QUIT."""
    before_quit = transcript.rpartition(" QUIT\n")[0] or transcript
    answers = [found for found in _SERVER_LINE.findall(before_quit) if found[1] == " "]
    return (int(answers[-1][0]), answers[-1][2]) if answers else (0, "")


def _stuffed(raw: bytes) -> bytes:
    """`raw` as it goes over the wire after DATA (RFC 5321 section 4.5.2)."""
    stuffed = re.sub(rb"(?m)^\.", b"..", raw)
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"
