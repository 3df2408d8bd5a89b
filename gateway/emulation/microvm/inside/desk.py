"""A desk in the guest: its network without a way out, its screen, Wine, and who sits there."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from gateway.emulation.microvm.inside.sinkhole import PORT

UID = 1000
HOME = "/home/anna"
WINE, WINE32 = "/usr/lib/wine/wine64", "/usr/lib/wine/wine"
SERVER = "/usr/lib/wine/wineserver64"
REGISTRY = Path(HOME, ".wine/user.reg")

ENVIRONMENT = {
    "HOME": HOME,
    "USER": "anna",
    "LOGNAME": "anna",
    "PATH": "/usr/lib/wine:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "DISPLAY": ":0",
    "WINEDEBUG": "-all",
    "WINESERVER": SERVER,
}

POLL_SECONDS = 0.1
"""Between two looks at the processes: under emulation each takes some milliseconds of the two cores
that the sample runs on."""

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_BUSY_SHARE = 0.2
"""Of a processor: a blinking cursor takes less, drawing a page takes all of it."""

USERS = (UID, 1001)
"""Whose connections end in the sinkhole: Wine's user's and LibreOffice's (`office.UID`)."""

_WHO = ", ".join(map(str, USERS))
_REDIRECT = f"""
table ip sluice {{
  chain out {{
    type nat hook output priority -100;
    meta skuid {{{_WHO}}} ip daddr != 127.0.0.0/8 tcp dport 1-65535 redirect to :{PORT}
    meta skuid {{{_WHO}}} udp dport 53 redirect to :53
  }}
}}
"""


def network() -> None:
    """No way out exists; what the sample tries ends in the sinkhole, but for what it asks of this
    desk itself: LibreOffice looks for printers there."""
    for words in (
        "link set lo up",
        "link add eth0 type dummy",
        "addr add 192.168.1.34/24 dev eth0",
        "link set eth0 up",
        "route add local default dev lo",
        "route add default via 192.168.1.1 dev eth0",
    ):
        subprocess.run(["/sbin/ip", *words.split()], check=True)
    subprocess.run(["/usr/sbin/nft", "-f", "-"], input=_REDIRECT.encode(), check=True)


def screen(width: int, height: int) -> None:
    """A screen of that size, whose picture is a file."""
    Path("/run/screen").mkdir()
    words = f"/usr/bin/Xvfb :0 -screen 0 {width}x{height}x24 -fbdir /run/screen -nolisten tcp -ac"
    background(words.split(), user=None)
    until(Path("/tmp/.X11-unix/X0").exists)


def wine() -> int:
    """Wine's server and services, and every program used once, so that all is read. The server's
    process."""
    os.chdir(HOME)
    run_as_user([SERVER, "-p"])
    background([WINE, "explorer.exe", "/desktop=Default,800x600"])
    time.sleep(5.0)
    for program in (r"C:\windows\system32\cmd.exe", r"C:\windows\syswow64\cmd.exe"):
        for debug in ("-all", "+relay,+process,+winsock,+loaddll,+pid,+timestamp"):
            run_as_user([WINE, program, "/c", "ver"], {"WINEDEBUG": debug})
    for loader in (WINE, WINE32):
        _window(loader)
    closed = time.time()
    until(lambda: REGISTRY.stat().st_mtime > closed)  # Wine's server writes it every 30 s
    while reap():
        continue
    return next(pid for pid in processes() if _runs(pid, SERVER))


def end_server(pid: int) -> None:
    """End Wine's server, which writes its registry as it goes (sigterm_callback of its
    server/signal.c)."""
    os.kill(pid, signal.SIGTERM)
    until(lambda: not _lives(pid), 5.0)


def _window(loader: str) -> None:
    """Show a window once and close it, as it is done for a sample."""
    shown = background([loader, "notepad.exe"])
    while shown.poll() is None:
        time.sleep(3.0)
        close("notepad.exe").wait()


def confirm(user: int = UID) -> subprocess.Popen[bytes]:
    """Press Return, where somebody would."""
    return background(["/usr/bin/xdotool", "key", "Return"], user=user)


def close(name: str) -> subprocess.Popen[bytes]:
    """Ask the windows of a program to close (WM_CLOSE), as a click on the cross does."""
    return background([WINE, "taskkill.exe", "/im", name])


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(POLL_SECONDS)


def reap() -> bool:
    """Take ended processes in, as process 1 must; whether there was one."""
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def background(command: list[str], *, user: int | None = UID) -> subprocess.Popen[bytes]:
    """Start it and go on; `user` None is the agent's own."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        user=user,
        group=user,
        start_new_session=True,
    )


def run_as_user(
    command: list[str], more: dict[str, str] | None = None, timeout: float = 90.0
) -> None:
    """Run to the end; what it says and returns does not matter here. No pipe is left open for what
    goes on in the background, as Wine's server does."""
    try:
        subprocess.run(
            command,
            env=ENVIRONMENT | (more or {}),
            user=UID,
            group=UID,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        return


def kill(pids: Iterable[int]) -> None:
    """End processes; one that has gone already is no matter."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def processes(
    user: int | None = UID, but: frozenset[int] | set[int] = frozenset()
) -> frozenset[int]:
    """Living processes of a user, None for everybody's, without those `but`. Under emulation every
    look costs what the sample could use: no more is asked than must be."""
    found: set[int] = set()
    for name in os.listdir("/proc"):  # noqa: PTH208 - see above
        if name.isdecimal() and (pid := int(name)) not in but:
            try:
                if user in (None, Path("/proc", name).stat().st_uid) and _lives(pid):
                    found.add(pid)
            except OSError:
                continue
    return frozenset(found)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _runs(pid: int, program: str) -> bool:
    return str(Path(f"/proc/{pid}/exe").readlink()) == program


class Work:
    """Whether processes compute, or wait."""

    def __init__(self, pids: frozenset[int]) -> None:
        self._pids = pids
        self._ticks = self._taken()
        self._at = time.monotonic()

    def goes_on(self) -> bool:
        """Whether they took more than a fifth of a processor since the last question."""
        ticks, at = self._taken(), time.monotonic()
        share = (ticks - self._ticks) / _TICKS_A_SECOND / max(at - self._at, 0.001)
        self._ticks, self._at = ticks, at
        return share > _BUSY_SHARE

    def _taken(self) -> int:
        """In ticks of the kernel: utime and stime of proc_pid_stat(5)."""
        taken = 0
        for pid in self._pids:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            taken += int(fields[11]) + int(fields[12])
        return taken
