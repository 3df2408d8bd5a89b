"""LibreOffice in the guest: started before the state is saved, its system calls written down.

It runs under strace, which is another user's: what a document starts or asks for is seen whatever
it does. Most calls are not stopped at (`--seccomp-bpf`), so that opening a document stays quick.
"""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

UID = 1001
USER = "user"
HOME = f"/home/{USER}"
PIPE = "sluice"
"""Of LibreOffice, for whoever tells it what to do."""

WIDTH, HEIGHT = 900, 1100
"""Of the screen: a page of paper, upright."""

PROGRAM = "/usr/lib/libreoffice/program/soffice.bin"
_TRACE = Path("/run/calls")
_READ = 1 << 16
_TEXT_MAX = 400
_LOOK_SECONDS = 5.0
"""Between two looks whether LibreOffice still runs, before it is ready."""

_TRACED = (
    "execve,execveat,clone,clone3,fork,vfork,chdir,connect,bind,openat,open,creat,unlink,unlinkat,"
    "rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat,chmod,fchmodat,kill,"
    "ptrace,process_vm_writev"
)

ENVIRONMENT = {
    "HOME": HOME,
    "USER": USER,
    "LOGNAME": USER,
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "DISPLAY": ":0",
    "SAL_USE_VCLPLUGIN": "gen",
    "PYTHONPATH": "/usr/lib/sluice",
}


class OfficeError(Exception):
    """LibreOffice does not become ready: one sentence."""


class Office:
    """A running LibreOffice and the process that tells it what to open."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        self._forward: Callable[[bytes], None] | None = None
        os.mkfifo(_TRACE, 0o600)
        threading.Thread(target=self._read_calls, daemon=True).start()
        words = ["/usr/bin/strace", "-f", "--seccomp-bpf", "-qq", "-ttt", "-s", str(_TEXT_MAX)]
        words += ["-e", "signal=none", "-e", f"trace={_TRACED}", "-o", str(_TRACE), "-u", USER]
        words += [PROGRAM, "--norestore", "--nologo", "--nodefault"]
        words += [f"--accept=pipe,name={PIPE};urp"]
        self._viewer = _started(words, None, subprocess.DEVNULL)
        opener = ["/usr/bin/python3", "-m", "gateway.emulation.microvm.inside.opener"]
        self._opener = _started(opener, UID, subprocess.PIPE)
        threading.Thread(target=self._read_lines, daemon=True).start()

    def ready(self) -> None:
        """Until it has opened a document of each kind, which takes minutes under emulation. Raises
        OfficeError."""
        while (answer := self.answer(_LOOK_SECONDS)) != "ready":
            if self._viewer.poll() is not None:
                raise OfficeError(f"LibreOffice ended with status {self._viewer.returncode}")
            if answer:
                raise OfficeError(f"what opens documents says: {answer}")

    def say(self, words: str) -> None:
        """A command for the opener; one that is gone is noticed by its silence."""
        assert self._opener.stdin is not None
        try:
            self._opener.stdin.write(f"{words}\n".encode())
            self._opener.stdin.flush()
        except OSError:
            self._lines.put("gone")

    def answer(self, seconds: float) -> str:
        """Its next answer, `gone` when it has ended, empty when none came in time."""
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            return ""

    def trace(self, forward: Callable[[bytes], None]) -> None:
        """Hand on what is called from now on."""
        self._forward = forward

    def _read_calls(self) -> None:
        with _TRACE.open("rb", buffering=0) as calls:
            while data := calls.read(_READ):
                if self._forward is not None:
                    self._forward(data)

    def _read_lines(self) -> None:
        assert self._opener.stdout is not None
        for line in self._opener.stdout:
            self._lines.put(line.decode("utf-8", "replace").rstrip("\n"))
        self._lines.put("gone")


def _started(command: list[str], user: int | None, lines: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=lines,
        stdout=lines,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        user=user,
        group=user,
        cwd=HOME,
        start_new_session=True,
    )
