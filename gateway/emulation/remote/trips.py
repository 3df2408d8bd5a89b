"""Sends the courier on its way and waits for it: the host's side of the process that may connect.

Time is kept from outside: a courier that is not back is killed. What it tells is checked like
anything that comes from another process; reports are not looked into here.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import msgspec

from gateway.emulation.contract import MEBIBYTE, StopKind, Stopped
from gateway.emulation.interpreters import guest_name
from gateway.emulation.remote.settings import RemoteSettings

REPORT_MAX = 64 * MEBIBYTE
"""Bytes of a report: common ones have 1 to 20 MiB, and a guest must hold it in memory."""

_TOLD_MAX = 256 * 1024
"""Bytes that a courier tells: a line for each file and one for the task."""

_GRACE = 5.0
"""Seconds beyond the courier's own deadline until it is killed; its start takes 0.2."""

_PROBE_SECONDS = 10.0
_FILES_SECONDS = 60.0

_PROGRAM = Path(__file__).with_name("courier.py")

_KINDS = {"absent": StopKind.ABSENT, "timed_out": StopKind.TIMED_OUT}


class _Line(msgspec.Struct, frozen=True, rename={"is_": "is"}):
    """What the courier tells: one line for each thing that happened."""

    is_: str
    kind: str = ""
    words: str = ""
    task: int = 0
    size: int = 0
    sha256: str = ""
    version: str = ""
    machines: int = -1


@dataclass(frozen=True, slots=True)
class Trip:
    """What came of a job. `trouble` is None when it was done; task is 0 while there is none."""

    trouble: Stopped | None
    task: int = 0
    version: str = ""
    machines: int = -1
    report: bytes = b""
    files: tuple[bytes, ...] = ()


class Courier:
    """Starts a courier for each job. Blocking; safe to call from several threads at once."""

    def __init__(self, settings: RemoteSettings) -> None:
        self._settings = settings

    def probe(self) -> Trip:
        """Whether the sandbox answers and takes the token."""
        return self._sent({"does": "probe"}, _PROBE_SECONDS)

    def detonate(self, name: str, data: bytes, task: int, seconds: float) -> Trip:
        """Submit a sample, or ask for the `task` it was before, and fetch the report."""
        settings = self._settings
        fields = {"timeout": str(max(10, int(min(settings.seconds, seconds) / 2)))}
        if settings.machine:
            fields["machine"] = settings.machine
        if settings.tags:
            fields |= {"tags": settings.tags, "platform": "windows"}
        safe = guest_name(name, "bin")
        job = {"does": "detonate", "task": task, "name": safe, "fields": fields}
        return self._sent(job, seconds, data, REPORT_MAX)

    def files(self, digests: Sequence[str], limit: int) -> Trip:
        """Files that the sandbox holds, by their digest, `limit` bytes of all together."""
        job = {"does": "files", "digests": list(digests)}
        return self._sent(job, _FILES_SECONDS, b"", limit)

    def _sent(
        self, job: Mapping[str, object], seconds: float, sample: bytes = b"", limit: int = MEBIBYTE
    ) -> Trip:
        try:
            secrets = self._secrets()
        except (OSError, UnicodeError) as error:
            return Trip(Stopped(StopKind.ABSENT, f"token or certificate: {error}"))
        with contextlib.ExitStack() as stack:
            own = [stack.enter_context(_memory(name)) for name in ("sample", "report", "told")]
            _fill(own[0].fileno(), sample)
            source, target, told = (file.fileno() for file in own)
            words: dict[str, object] = {
                "task": 0,
                "name": "",
                "fields": {},
                "digests": [],
                "address": self._settings.address,
                "seconds": seconds,
                "poll": self._settings.poll,
                "output_max": limit,
                "sample": source,
                "output": target,
                "account": self._settings.account,
                **secrets,
                **job,
            }
            back = _run(words, (source, target), told, seconds + _GRACE)
            return _trip(_lines(told), target, limit, back, seconds)

    def _secrets(self) -> dict[str, object]:
        token, authority = self._settings.token_file, self._settings.ca_file
        return {
            "token": token.read_text("ascii").strip() if token is not None else "",
            "authority": authority.read_text("ascii") if authority is not None else "",
        }


def _run(job: dict[str, object], descriptors: tuple[int, int], told: int, seconds: float) -> bool:
    """Whether the courier came back by itself."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=told,
        stderr=subprocess.DEVNULL,
        pass_fds=descriptors,
        cwd="/",
        env={},
        start_new_session=True,
    )
    try:
        process.communicate(json.dumps(job).encode(), seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    return process.returncode == 0


def _memory(name: str) -> FileIO:
    """A file in memory, which ends with its descriptor."""
    return FileIO(os.memfd_create(name, os.MFD_CLOEXEC), "r+")


def _fill(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _lines(told: int) -> list[_Line]:
    """What the courier told, up to the first line that is none."""
    size = min(os.fstat(told).st_size, _TOLD_MAX)
    found: list[_Line] = []
    for line in os.pread(told, size, 0).splitlines():
        try:
            found.append(msgspec.json.decode(line, type=_Line))
        except msgspec.DecodeError:
            break
    return found


def _trip(lines: list[_Line], target: int, limit: int, back: bool, seconds: float) -> Trip:
    task, version, machines, trouble = 0, "", -1, None
    report, files, at, done = b"", [], 0, back
    for line in lines:
        match line.is_:
            case "task":
                task = line.task
            case "present":
                version, machines = line.version, line.machines
            case "report":
                report = os.pread(target, min(max(line.size, 0), limit), 0)
            case "file":
                files.append(os.pread(target, min(max(line.size, 0), limit), at))
                at += len(files[-1])
            case "trouble":
                kind = _KINDS.get(line.kind, StopKind.INCOMPLETE)
                trouble = Stopped(kind, _named(line.words, task, kind))
    if trouble is None and not done:
        words = f"no answer of the sandbox after {seconds:g} s"
        trouble = Stopped(StopKind.TIMED_OUT, _named(words, task, StopKind.TIMED_OUT))
    return Trip(trouble, task, version, machines, report, tuple(files))


def _named(words: str, task: int, kind: StopKind) -> str:
    named = f" (task {task} of the sandbox)" if task and kind is StopKind.TIMED_OUT else ""
    return f"{words[:300]}{named}" or "the courier told no reason"
