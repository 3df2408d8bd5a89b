"""A person at the serial line: waits for words, types words. Everything seen is kept."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

from tools.image.errors import ImageError

_COLOURS = re.compile(rb"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[=>78]|\(B)")
"""Control sequences of terminals: colours, cursor, titles."""


CONNECT_SECONDS = 20.0


class ConsoleTimeoutError(ImageError):
    """The machine did not say what was waited for; the message ends with its last words."""


class Console:
    """The serial line of a virtual machine, over QEMU's socket; `log` gets all that is seen."""

    def __init__(self, path: Path, log: Path) -> None:
        self._socket = _connected(path)
        self._log = log.open("ab")
        self._seen = b""

    def close(self) -> None:
        """Leave the line; the machine goes on."""
        self._socket.close()
        self._log.close()

    def wait(self, pattern: str, seconds: float) -> str:
        """Everything up to and with the first match of `pattern`; what follows stays unread.

        Raises ConsoleTimeoutError.
        """
        wanted = re.compile(pattern.encode())
        deadline = time.monotonic() + seconds
        while (match := wanted.search(self._seen)) is None:
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                last = self._seen[-600:].decode(errors="replace")
                raise ConsoleTimeoutError(f"no '{pattern}' within {seconds:.0f} s; last: {last}")
        told, self._seen = self._seen[: match.end()], self._seen[match.end() :]
        return told.decode(errors="replace")

    def type(self, words: str) -> None:
        """Type `words` and press Return."""
        self._socket.sendall(words.encode() + b"\r")

    def drain(self, seconds: float) -> None:
        """Read what comes for `seconds`, so that a machine nobody listens to does not stall."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self._read(left):
            pass

    def _read(self, seconds: float) -> bool:
        """Read once; False when the machine hung up."""
        self._socket.settimeout(max(seconds, 0.01))
        try:
            untrusted_bytes = self._socket.recv(65536)
        except TimeoutError:
            return True
        self._log.write(untrusted_bytes)
        self._log.flush()
        # Over all that is unread: a sequence may come in two pieces.
        self._seen = _COLOURS.sub(b"", self._seen + untrusted_bytes).replace(b"\r", b"")
        return bool(untrusted_bytes)


def _connected(path: Path) -> socket.socket:
    """A socket at `path`, which is there a moment before anybody listens at it."""
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(path))
        except ConnectionRefusedError:
            line.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return line
