"""The courier: carries samples to a CAPE sandbox and its reports back. A process of its own.

It has the right to open a connection and nothing else: it gives up every other right before the
first byte comes in, opens no file (sample and report travel as descriptors), and understands of an
answer only whether it is one. Standard library only; started by path, never imported for its work.

The job is one JSON object on standard input; what happened is told in JSON lines on the output.
REST API: CAPEv2, /apiv2/ (docs/book/src/usage/api.rst and the page that an installation shows).
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import http.client
import json
import os
import re
import resource
import secrets
import ssl
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

_ANSWER_MAX = 1 << 20
"""Bytes of an answer that is no report: a status has about 400."""

_ONE_WAIT = 30.0
"""Seconds for one step of a conversation: a sandbox writes its answers within a few."""

_THROTTLED = 15.0
"""Seconds to wait where a throttled answer does not say how long; CAPE allows five a minute."""

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _SIGKILL = 1, 38, 9

_WORDS_MAX = 200

_FAILED = frozenset({"failed_analysis", "failed_processing", "failed_reporting", "banned"})
_REPORTED = frozenset({"reported"})
_UNDER_WAY = frozenset(
    {"pending", "running", "distributed", "completed", "recovered", "distributed_completed"}
)


class Trouble(Exception):  # noqa: N818 - it is no error of anybody's, it ends a job
    """Why the job ends without what was asked for. `kind`: absent, timed_out, incomplete."""

    def __init__(self, kind: str, words: str) -> None:
        self.kind = kind
        self.words = re.sub(r"[^\x20-\x7e]", "?", words)[:_WORDS_MAX]
        super().__init__(self.words)


@dataclass(frozen=True, slots=True)
class Job:
    """What to do: `does` is probe, detonate or files; sample and output are descriptors."""

    does: str
    address: str
    token: str
    authority: str
    seconds: float
    poll: float
    sample: int
    output: int
    output_max: int
    task: int
    name: str
    fields: dict[str, str]
    digests: list[str]


def main() -> None:
    """The process's entry."""
    untrusted_job = json.load(sys.stdin)
    account = untrusted_job.pop("account")
    job = Job(**untrusted_job)
    _give_up_rights(account, job.output_max)
    try:
        {"probe": _probe, "detonate": _detonate, "files": _files}[job.does](_Sandbox(job), job)
    except Trouble as trouble:
        _tell(is_="trouble", kind=trouble.kind, words=trouble.words)


def _give_up_rights(account: list[int] | None, output_max: int) -> None:
    """From here on: no other account, no new rights, small files, dead with whoever waits."""
    libc = ctypes.CDLL(None)
    if account is not None:
        uid, gid = account
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (output_max + _ANSWER_MAX, output_max + _ANSWER_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tell(**words: object) -> None:
    line = json.dumps({key.rstrip("_"): value for key, value in words.items()})
    os.write(1, line.encode() + b"\n")


class _Sandbox:
    """The sandbox's API: one connection for each question, none of them past the deadline."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._end = time.monotonic() + job.seconds
        parts = urlsplit(job.address)
        self._host, self._secure = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/") + "/apiv2/"

    @property
    def left(self) -> float:
        """Seconds until the deadline. Raises Trouble when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Trouble("timed_out", f"no report after {self._job.seconds:g} s")
        return left

    def wait(self, seconds: float) -> None:
        """Wait, but not past the deadline. Raises Trouble where the wait would end after it."""
        if seconds > self.left:
            raise Trouble("timed_out", f"no report after {self._job.seconds:g} s")
        time.sleep(seconds)

    def question(self, method: str, path: str, body: bytes = b"", kind: str = "") -> object:
        """The JSON that answers; waits while the sandbox asks for patience. Raises Trouble."""
        while True:
            with self._asked(method, path, body, kind) as answer:
                data = answer.read(_ANSWER_MAX + 1)
                _whole(answer)
                if answer.status == http.client.TOO_MANY_REQUESTS:
                    pause = _pause(answer, data)
                else:
                    return _understood(answer.status, data)
            if pause > self.left:
                raise Trouble("absent", "the sandbox allows no more questions for now (429)")
            self.wait(pause)

    def download(self, path: str, limit: int) -> bytes | None:
        """A body of at most `limit` bytes; None when it is longer. Raises Trouble."""
        while True:
            with self._asked("GET", path) as answer:
                if answer.status == http.client.OK:
                    return self._body(answer, limit)
                data = answer.read(_ANSWER_MAX + 1)
                if answer.status != http.client.TOO_MANY_REQUESTS:
                    _understood(answer.status, data)
                    raise Trouble("incomplete", f"the sandbox answers {answer.status}")
                pause = _pause(answer, data)
            if pause > self.left:
                raise Trouble("absent", "the sandbox allows no more questions for now (429)")
            self.wait(pause)

    def _body(self, answer: http.client.HTTPResponse, limit: int) -> bytes | None:
        pieces: list[bytes] = []
        size = 0
        while piece := answer.read(1 << 16):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                return None
            _ = self.left
        _whole(answer)
        return b"".join(pieces)

    @contextlib.contextmanager
    def _asked(
        self, method: str, path: str, body: bytes = b"", kind: str = ""
    ) -> Iterator[http.client.HTTPResponse]:
        headers = {"Accept": "application/json", "Connection": "close", "User-Agent": "Sluice"}
        if self._job.token:
            headers["Authorization"] = f"Token {self._job.token}"
        if kind:
            headers["Content-Type"] = kind
        connection = self._connection()
        try:
            connection.request(method, self._prefix + path, body or None, headers)
            yield connection.getresponse()
        except Trouble:
            raise
        except TimeoutError:
            _ = self.left
            raise Trouble("absent", "the sandbox does not answer in time") from None
        except ssl.SSLCertVerificationError as error:
            raise Trouble("absent", f"the sandbox's certificate: {error.verify_message}") from None
        except http.client.IncompleteRead:
            raise Trouble("incomplete", "the sandbox's answer breaks off") from None
        except (OSError, http.client.HTTPException) as error:
            words = getattr(error, "strerror", None) or type(error).__name__
            raise Trouble("absent", f"the sandbox cannot be reached: {words}") from None
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        wait = min(_ONE_WAIT, self.left)
        if not self._secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=wait)
        context = ssl.create_default_context(cadata=self._job.authority or None)
        return http.client.HTTPSConnection(self._host, self._port, timeout=wait, context=context)


def _whole(answer: http.client.HTTPResponse) -> None:
    """Raises Trouble when the connection ended before the answer did."""
    if answer.length:
        raise Trouble("incomplete", "the sandbox's answer breaks off")


def _pause(answer: http.client.HTTPResponse, data: bytes) -> float:
    """How long a throttled answer asks to wait (Retry-After, or Django's sentence)."""
    said = answer.headers.get("Retry-After", "")
    found = re.search(rb"available in (\d{1,5}) second", data)
    if said.isdecimal():
        return min(float(said), 3600.0) + 0.1
    return float(found[1]) + 0.1 if found else _THROTTLED


def _understood(status: int, data: bytes) -> object:
    """The JSON of an answer. Raises Trouble for errors, and for what is none."""
    if status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
        raise Trouble("absent", f"the sandbox does not accept the token ({status})")
    if status >= http.client.INTERNAL_SERVER_ERROR:
        raise Trouble("absent", f"the sandbox has an error of its own ({status})")
    try:
        answer = json.loads(data[:_ANSWER_MAX])
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Trouble("incomplete", f"the sandbox's answer is none ({status})")
    error = answer.get("error")
    if error and not answer.get("data"):
        words = answer.get("error_value") or error
        raise Trouble("incomplete", f"the sandbox refuses: {words}")
    if status != http.client.OK:
        raise Trouble("incomplete", f"the sandbox answers {status}")
    return answer


def _probe(sandbox: _Sandbox, job: Job) -> None:
    try:
        answer = sandbox.question("GET", "cuckoo/status/")
    except Trouble as trouble:
        if "Disabled" not in trouble.words and "disabled" not in trouble.words:
            raise
        _tell(is_="present", version="", machines=-1)
        return
    data = answer.get("data") if isinstance(answer, dict) else None
    data = data if isinstance(data, dict) else {}
    machines = data.get("machines")
    count = machines.get("total") if isinstance(machines, dict) else -1
    _tell(is_="present", version=str(data.get("version", ""))[:40], machines=count)


def _detonate(sandbox: _Sandbox, job: Job) -> None:
    task = job.task or _submit(sandbox, job)
    _tell(is_="task", task=task)
    while (state := _state(sandbox, task)) in _UNDER_WAY:
        sandbox.wait(job.poll)
    if state in _FAILED:
        raise Trouble("incomplete", f"task {task} of the sandbox ended as {state}")
    if state not in _REPORTED:
        raise Trouble("incomplete", f"task {task} of the sandbox is in an unknown state")
    report = sandbox.download(f"tasks/get/report/{task}/json/", job.output_max)
    if report is None:
        size = job.output_max >> 20
        raise Trouble("incomplete", f"the report on task {task} is larger than {size} MiB")
    _write(job.output, report)
    _tell(is_="report", size=len(report))


def _submit(sandbox: _Sandbox, job: Job) -> int:
    size = os.fstat(job.sample).st_size
    body, kind = _form(job.fields, job.name, os.pread(job.sample, size, 0))
    answer = sandbox.question("POST", "tasks/create/file/", body, kind)
    data = answer.get("data") if isinstance(answer, dict) else None
    tasks = data.get("task_ids") if isinstance(data, dict) else None
    if not isinstance(tasks, list) or not tasks or not isinstance(tasks[0], int):
        raise Trouble("incomplete", "the sandbox names no task for the sample")
    return tasks[0]


def _form(fields: dict[str, str], name: str, data: bytes) -> tuple[bytes, str]:
    """multipart/form-data (RFC 7578) with the sample as `file`."""
    border = secrets.token_hex(16)
    parts = [
        f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    parts += [head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", data]
    parts.append(f"\r\n--{border}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={border}"


def _state(sandbox: _Sandbox, task: int) -> str:
    answer = sandbox.question("GET", f"tasks/status/{task}/")
    state = answer.get("data") if isinstance(answer, dict) else None
    return state if isinstance(state, str) else ""


def _files(sandbox: _Sandbox, job: Job) -> None:
    """Files by their digest, one after the other into the output; what is not had is left out."""
    size = 0
    for digest in job.digests:
        try:
            data = sandbox.download(f"files/get/sha256/{digest}/", job.output_max - size)
        except Trouble as trouble:
            if trouble.kind != "incomplete":
                raise
            continue
        if data is not None and hashlib.sha256(data).hexdigest() == digest:
            _write(job.output, data)
            _tell(is_="file", sha256=digest, size=len(data))
            size += len(data)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main()
