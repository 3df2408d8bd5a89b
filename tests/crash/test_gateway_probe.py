"""Workers that beat and serve nobody: systemd is not fed, they are replaced, mail flows again.

The fault is brought in from outside: Python loads the test's sitecustomize.py in each process, and
there a worker's sessions do nothing while a file exists. Its event loop turns all the time.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.light_stand import Light, eventually, light

pytestmark = pytest.mark.root

FAULT = """
import asyncio, pathlib, sys

if "gateway.daemon.worker" in sys.orig_argv:
    from gateway.daemon.session import Session

    served = Session.run

    async def run(session, client, server):
        while pathlib.Path({flag!r}).exists():
            await asyncio.sleep(0.05)
        await served(session, client, server)

    Session.run = run
"""

PERIOD_USEC = 3_000_000
"""A watchdog's period of three seconds: it is fed each second."""

HANG = "no greeting for a probe"


class Systemd:
    """What systemd would hear."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def fed(self, seconds: float) -> bool:
        """Whether the watchdog is fed within `seconds` from now; what was said before is old."""
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(4096)
        except BlockingIOError:
            self._socket.settimeout(seconds)
        try:
            while b"WATCHDOG=1" not in self._socket.recv(4096):
                continue
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A directory that workers, which are not root, can see."""
    made = Path(tempfile.mkdtemp(prefix="sluice-probe-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_sessions_that_hang_stop_the_feeding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flag = folder / "hang"
    (folder / "sitecustomize.py").write_text(FAULT.format(flag=str(flag)))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("NOTIFY_SOCKET", str(folder / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", str(PERIOD_USEC))
    systemd = Systemd(folder / "notify")
    with light("pb") as up:
        eventually("the watchdog is fed", lambda: systemd.fed(2.0))
        before = up.pids("worker@0", "worker@1")
        flag.touch()
        eventually("the feeding stops", lambda: not systemd.fed(4.0))
        eventually("the hang is named", lambda: HANG in up.log())
        flag.unlink()
        eventually("the watchdog is fed again", lambda: systemd.fed(2.0))
        eventually("the workers are others", lambda: _replaced(up, before))
        assert up.send("after").accepted
        assert up.inspected("after")
        eventually("that mail is counted", lambda: _mails(up) > 0)
        assert _mails(up) == 1, "probes count for nothing"
        eventually("no session is counted", lambda: _sessions(up) == 0)
    systemd.close()


def _mails(up: Light) -> int:
    return sum(one.value for one in up.status().mails if one.name == "mails")


def _sessions(up: Light) -> int:
    return sum(one.sessions for one in up.status().processes)


def _replaced(up: Light, before: dict[str, int]) -> bool:
    now = up.pids("worker@0", "worker@1")
    return all(now.get(name, pid) != pid for name, pid in before.items())
