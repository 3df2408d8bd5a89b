"""LibreOffice behind walls of its own: one short run for each document, with nothing left of it.

A guest of this zygote parses nothing. It hands the document to `soffice` inside bubblewrap, which
has no network, no process of ours in sight, a file system of its own in memory beside a read-only
/usr, no privilege, limits, and a filter for system calls; the PDF comes back through a pipe. The
profile is new each time, so no document finds what another left. Killing the guest ends it all.
See bwrap(1), seccomp(2); why not gVisor: decision 048.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final

from gateway.model import file_type
from gateway.model.convertible import LIBREOFFICE
from gateway.sandbox import confinement
from gateway.sandbox.filter import program_filter
from gateway.sandbox.guest import Operation, Sink, operation
from gateway.sandbox.messages import DrawAnswer, DrawRequest, Stored

_READ_ONLY: Final = ("/usr", "/etc/fonts", "/etc/libreoffice", "/var/lib/libreoffice")
FONT_CACHE: Final = "/var/cache/fontconfig"
"""What fontconfig knows of the fonts. Without it each run reads them all first: two seconds."""
_OWN_CACHE: Final = "/tmp/fonts"
"""Where it is made when the machine has none (an image whose caches are left out)."""
_CACHE_SECONDS: Final = 60.0
_LINKS: Final = (("usr/lib", "/lib"), ("usr/lib64", "/lib64"), ("usr/bin", "/bin"))
"""Debian's merged /usr."""
MEMORY: Final = 4 * 1024 * 1024 * 1024
"""Address space of each process of the run: LibreOffice maps one gibibyte before it does a thing,
and takes twice that for a large workbook."""
SCRATCH: Final = 512 * 1024 * 1024
"""Bytes of the run's file system: profile, document, fonts' cache and the PDF."""
MAX_PDF: Final = 256 * 1024 * 1024
"""Bytes of the PDF: 300 pages of photographs; what is longer is not drawn."""
CPU_SECONDS: Final = 300
"""A backstop behind the budget, which is kept from outside."""
_FILES: Final = 1024
_READ: Final = 1 << 20
_SCRIPT: Final = (
    's="$0 -env:UserInstallation=file:///tmp/profile --headless --norestore --nologo '
    '--convert-to pdf --outdir /tmp/out /tmp/$1"; '
    # The first start with a new profile only makes it, and says so by 81.
    "$s >/dev/null 2>&1 || { [ $? = 81 ] && $s >/dev/null 2>&1; }; exec cat /tmp/out/*.pdf"
)


class _Tools:
    """What `preload` found: the walls' program, the filter, and what is missing."""

    missing: str = ""
    bwrap: str = ""
    fonts: str = FONT_CACHE
    filter: bytes = b""


def preload() -> None:
    """Look for the programs and compile the filter. What is missing is said at each call: the
    gateway works without, and only conversion fails."""
    _Tools.bwrap = shutil.which("bwrap") or ""
    _Tools.filter = program_filter()
    if not _Tools.bwrap:
        _Tools.missing = "bubblewrap is not installed"
    elif not Path(LIBREOFFICE).exists():
        _Tools.missing = "LibreOffice is not installed"
    elif not any(Path(FONT_CACHE).glob("*.cache-*")):
        _make_font_cache()


def _make_font_cache() -> None:
    """Read all fonts once, into a file system in memory that only this zygote sees. Best effort:
    without it runs are slow and right."""
    program = shutil.which("fc-cache")
    if program is None or not confinement.mount_memory("/tmp"):
        return
    Path(_OWN_CACHE).mkdir(mode=0o755)
    walls = [*_walls(), "--bind", _OWN_CACHE, FONT_CACHE, "--", program]
    with contextlib.suppress(subprocess.TimeoutExpired, OSError):
        subprocess.run(walls, capture_output=True, timeout=_CACHE_SECONDS, check=False)
    _Tools.fonts = _OWN_CACHE


def draw(data: bytes, request: DrawRequest, out: Sink) -> DrawAnswer:
    """An office document as LibreOffice prints it to PDF."""
    if _Tools.missing:
        return DrawAnswer(None, _Tools.missing)
    name = f"document.{file_type(request.type_name).extensions[0]}"
    document, rules = _memory(data), _memory(_Tools.filter)
    try:
        process = subprocess.Popen(
            _command(name, document, rules),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(document, rules),
            preexec_fn=_limit,
            process_group=0,
        )
    finally:
        os.close(document)
        os.close(rules)
    with process:
        return _collected(process, out)


def _collected(process: subprocess.Popen[bytes], out: Sink) -> DrawAnswer:
    assert process.stdout is not None
    start, size = -1, 0
    while part := _next_part(process, process.stdout.fileno()):
        if size + len(part) > MAX_PDF:
            process.kill()
            return DrawAnswer(None, f"it takes more than {MAX_PDF >> 20} MiB as PDF")
        at = out.write(part)
        start = at if start < 0 else start
        size += len(part)
    if process.wait() != 0 or not size:
        return DrawAnswer(None, "LibreOffice cannot open it")
    return DrawAnswer(Stored(True, start, size), "")


def _next_part(process: subprocess.Popen[bytes], pipe: int) -> bytes:
    """What comes next; empty at the end.

    When bubblewrap failed before its walls stood, its half-made child would keep the pipe open for
    ever: that bubblewrap has ended and the pipe has not, tells of it, and the child is ended.
    """
    ended = os.pidfd_open(process.pid)
    try:
        waiting = select.poll()
        for descriptor in (pipe, ended):
            waiting.register(descriptor, select.POLLIN)
        if [descriptor for descriptor, _ in waiting.poll()] == [ended]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    finally:
        os.close(ended)
    return os.read(pipe, _READ)


def _walls() -> list[str]:
    """What every program here runs behind."""
    walls = [_Tools.bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    walls += ["--cap-drop", "ALL"]
    for path in _READ_ONLY:
        walls += ["--ro-bind-try", path, path]
    for target, link in _LINKS:
        walls += ["--symlink", target, link]
    walls += ["--proc", "/proc", "--dev", "/dev", "--size", str(SCRATCH), "--tmpfs", "/tmp"]
    for key, value in (("HOME", "/tmp"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin")):
        walls += ["--setenv", key, value]
    return [*walls, "--chdir", "/tmp"]


def _command(name: str, document: int, rules: int) -> list[str]:
    """The run over one document, given as descriptors of it and of the filter's rules."""
    walls = [*_walls(), "--ro-bind-try", _Tools.fonts, FONT_CACHE]
    walls += ["--seccomp", str(rules), "--file", str(document), f"/tmp/{name}"]
    return [*walls, "--", "/bin/sh", "-c", _SCRIPT, LIBREOFFICE, name]


def _memory(data: bytes) -> int:
    """A descriptor from which `data` can be read."""
    descriptor = os.memfd_create("document")
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _limit() -> None:
    """What the run may use, set in the new process before the program starts."""
    confinement.die_with_parent()
    for which, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, MAX_PDF),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


OPERATIONS: Final[dict[str, Operation]] = {"draw": operation(DrawRequest, draw)}
