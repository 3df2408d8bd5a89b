"""Starts and ends a clamd in a directory: configuration, signatures, socket, log, all in there.

Its signature database is our own and knows EICAR only: that starts at once, needs 16 MB and
no download. It shows that the path to clamd works, never that a mail is clean. A real
installation uses the database that freshclam keeps.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tools.corpus.scripts import eicar

START_SECONDS = 30.0
"""clamd loads our two signatures in under a second; a machine under load needs longer."""
STOP_SECONDS = 10.0
SIGNATURE_NAME = "Sluice.EICAR-Test-Signature"

_CONFIGURATION = """\
# Written by tools.clamd. Every path lies in this directory.
LocalSocket {folder}/clamd.sock
LocalSocketMode 666
PidFile {folder}/clamd.pid
LogFile {folder}/clamd.log
LogTime yes
DatabaseDirectory {folder}/db
TemporaryDirectory {folder}/tmp
Foreground yes
MaxThreads 4
MaxQueue 200
SelfCheck 0
IdleTimeout 60
StreamMaxLength 64M
MaxFileSize 64M
MaxScanSize 128M
# What exceeds a limit is reported instead of passed as clean.
AlertExceedsMax yes
"""


class ClamdMissingError(RuntimeError):
    """clamd is not installed."""


class ClamdStartError(RuntimeError):
    """clamd did not come up; the message ends with its log's last line."""


def socket_of(directory: Path) -> Path:
    """Where the clamd of `directory` listens."""
    return directory.resolve() / "clamd.sock"


def up(directory: Path) -> Path:
    """Start clamd in `directory` and wait until it answers; its socket. Idempotent.

    Raises ClamdMissingError or ClamdStartError.
    """
    if running(directory):
        return socket_of(directory)
    program = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise ClamdMissingError("clamd is not installed (package clamav-daemon)")
    configuration = write_configuration(directory)
    log = (directory / "clamd.out").open("wb")
    with log:
        process = subprocess.Popen(
            [program, "--config-file", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _await(process, directory)
    except BaseException:  # also an interrupt: it has no PID file yet that `down` would find
        process.kill()
        process.wait()
        raise
    return socket_of(directory)


def write_configuration(directory: Path) -> Path:
    """Write clamd's configuration and signatures into `directory`; the configuration's path."""
    folder = directory.resolve()
    for name in ("db", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    test_file = eicar().rstrip()
    digest = hashlib.md5(test_file, usedforsecurity=False).hexdigest()
    # By digest (.hdb), and by its bytes at a file's beginning (.ndb: name:target:offset:hex).
    (folder / "db/eicar.hdb").write_text(f"{digest}:{len(test_file)}:{SIGNATURE_NAME}\n")
    (folder / "db/eicar.ndb").write_text(f"{SIGNATURE_NAME}:0:0:{test_file.hex()}\n")
    configuration = folder / "clamd.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder))
    return configuration


def running(directory: Path) -> bool:
    """Whether the clamd of `directory` answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(5)
        try:
            sock.connect(str(socket_of(directory)))
            sock.sendall(b"zPING\0")
            return sock.recv(16).startswith(b"PONG")
        except OSError:
            return False


def down(directory: Path) -> bool:
    """End the clamd of `directory` and remove what it made; False when none ran."""
    found = _process_of(directory)
    if found is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(found, signal.SIGTERM)
            _await_end(found)
    for name in ("clamd.sock", "clamd.pid"):
        (directory / name).unlink(missing_ok=True)
    for name in ("db", "tmp"):
        shutil.rmtree(directory / name, ignore_errors=True)
    return found is not None


def _await(process: subprocess.Popen[bytes], directory: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ClamdStartError(f"clamd ended at once: {_last_words(directory)}")
        if running(directory):
            # clamd writes its PID file as well, but not before every version's first answer.
            (directory / "clamd.pid").write_text(f"{process.pid}\n")
            return
        time.sleep(0.05)
    raise ClamdStartError(f"clamd did not answer in {START_SECONDS} s: {_last_words(directory)}")


def _last_words(directory: Path) -> str:
    lines = (directory / "clamd.out").read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "without a word"


def _process_of(directory: Path) -> int | None:
    """The PID of our clamd, if it is still one: PIDs are given to others after a while."""
    try:
        pid = int((directory / "clamd.pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(directory.resolve() / "clamd.conf").encode() in command else None


def _await_end(pid: int) -> None:
    until = time.monotonic() + STOP_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
        os.kill(pid, 0)
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
