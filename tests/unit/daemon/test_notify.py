"""sd_notify(3) as systemd would hear it."""

from __future__ import annotations

import socket
from pathlib import Path

from gateway.daemon.notify import Notifier


def heard(sock: socket.socket) -> list[bytes]:
    """Everything that was said so far."""
    sock.setblocking(False)
    found = []
    while True:
        try:
            found.append(sock.recv(4096))
        except BlockingIOError:
            return found


def test_what_systemd_hears(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "30000000"}
        notifier = Notifier(environment)
        notifier.ready("all is well")
        for _ in range(50):  # often asked, seldom said: a third of the period lies between
            notifier.alive()
        notifier.stopping()
        said = heard(sock)
    assert said[0] == b"READY=1\nSTATUS=all is well"
    assert said[1:-1] == [b"WATCHDOG=1"]
    assert said[-1].startswith(b"STOPPING=1")


def test_a_watchdog_of_another_process_is_not_fed(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        environment = {
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "30000000",
            "WATCHDOG_PID": "1",
        }
        Notifier(environment).alive()
        assert heard(sock) == []


def test_without_systemd_nothing_is_said() -> None:
    notifier = Notifier({})
    notifier.ready("nobody listens")
    notifier.alive()
    notifier.stopping()
