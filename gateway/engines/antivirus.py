"""antivirus: asks clamd over its UNIX socket. Whatever is no clear answer is no clean answer.

The content is handed over as a descriptor (FILDES, clamd(8)): clamd then reads our memory file
instead of writing a temporary file of its own, as it does for INSTREAM.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from gateway.model import Content, chunks

MAX_ANSWER = 4096
"""clamd answers with one line: a path, a signature's name, a word."""

VERSION_SECONDS = 5.0
"""How long to wait for the answer to VERSION; clamd answers it while it scans."""

_ANSWER = re.compile(
    rb"[^\0\n]*?: (?:(?P<ok>OK)|(?P<name>[^\0\n]{1,400}) FOUND|(?P<error>.*) ERROR)\Z"
)
_TOO_LARGE = (b"size limit exceeded", b"Heuristics.Limits.Exceeded")


@dataclass(frozen=True, slots=True)
class Clean:
    """No known virus."""


@dataclass(frozen=True, slots=True)
class Infected:
    """A known virus, by its signature's name."""

    name: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """clamd's own limits kept it from looking at everything."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """clamd is down, too slow, or answered nonsense. One sentence."""

    reason: str


ScanResult = Clean | Infected | TooLarge | Unavailable


class Clamd:
    """The scanner behind one UNIX socket."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    async def scan(self, content: Content, budget_ms: int) -> ScanResult:
        """Scan `content`; an answer in every case, within `budget_ms` milliseconds."""
        file = _in_memory(content)
        try:
            answer = await asyncio.wait_for(self._ask(b"zFILDES\0", file), budget_ms / 1000)
        except TimeoutError:
            return Unavailable(f"clamd did not answer within {budget_ms} ms")
        except OSError as error:
            return Unavailable(f"clamd does not answer at {self._path}: {error.strerror or error}")
        finally:
            os.close(file)
        return read_answer(answer)

    async def version(self) -> str:
        """Engine and signature version, `ClamAV 1.0.7/27000/…`; empty when clamd is not there."""
        try:
            answer = await asyncio.wait_for(self._ask(b"zVERSION\0", None), VERSION_SECONDS)
        except (TimeoutError, OSError):
            return ""
        return answer.rstrip(b"\0\n").decode("ascii", "replace")

    async def _ask(self, command: bytes, file: int | None) -> bytes:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.setblocking(False)
            await loop.sock_connect(sock, self._path)
            await loop.sock_sendall(sock, command)
            if file is not None:
                # One byte must travel with the descriptor; the buffer of a fresh socket has room.
                socket.send_fds(sock, [b"\0"], [file])
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < MAX_ANSWER:
                piece = await loop.sock_recv(sock, MAX_ANSWER)
                if not piece:
                    break
                answer += piece
            return answer


def read_answer(untrusted_answer: bytes) -> ScanResult:
    """What an answer to FILDES means. Pure."""
    found = _ANSWER.match(untrusted_answer.rstrip(b"\0\n"))
    if found is None:
        return Unavailable("clamd's answer makes no sense")
    if found["ok"]:
        return Clean()
    if found["error"] is not None:
        error = found["error"]
        if any(mark in error for mark in _TOO_LARGE):
            return TooLarge()
        return Unavailable(f"clamd reports an error: {error.decode('ascii', 'replace')[:200]}")
    if any(mark in found["name"] for mark in _TOO_LARGE):
        return TooLarge()
    return Infected(found["name"].decode("ascii", "replace"))


def _in_memory(content: Content) -> int:
    """A memory file with the content, for clamd to read; the caller closes it."""
    file = os.memfd_create("scan", os.MFD_CLOEXEC)
    for piece in chunks(content):
        view = memoryview(piece)
        while view:
            view = view[os.write(file, view) :]
    os.lseek(file, 0, os.SEEK_SET)
    return file
