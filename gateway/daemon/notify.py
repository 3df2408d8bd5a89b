"""Tells systemd how the gateway fares (sd_notify(3)). Does nothing where no systemd asks.

The watchdog is fed only while mail is served, which probes show: who calls `alive` decides that.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time

_MICROSECONDS = 1_000_000


class Notifier:
    """The notification socket that systemd named, if it named one."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        env = dict(os.environ) if environment is None else environment
        address = env.get("NOTIFY_SOCKET", "")
        # A name with '@' is in the abstract namespace (unix(7)).
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        wanted = env.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._period = int(env.get("WATCHDOG_USEC", "0")) / _MICROSECONDS / 3 if wanted else 0.0
        self._fed = 0.0

    def ready(self, words: str) -> None:
        """The start is over; `words` stand in `systemctl status`."""
        self._send(f"READY=1\nSTATUS={words}")

    def stopping(self) -> None:
        """The end has begun."""
        self._send("STOPPING=1\nSTATUS=finishing the mails under way")

    def says(self, words: str) -> None:
        """A sentence for `systemctl status`."""
        self._send(f"STATUS={words}")

    def alive(self) -> None:
        """Feed the watchdog, three times in each of its periods; more often is ignored."""
        now = time.monotonic()
        if self._period and now - self._fed >= self._period:
            self._fed = now
            self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock,
        ):
            sock.connect(self._address)
            sock.send(message.encode())
