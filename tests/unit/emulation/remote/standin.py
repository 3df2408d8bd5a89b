"""A stand-in for a CAPE sandbox on loopback: it speaks the documented part of the REST API.

`answers` replaces an answer by path; `states` are what a task's status says, one
after the other; `callers` the accounts of those who asked.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "0123456789abcdef"
TASK = 17
DROPPED = b"MZ dropped by the sample"

Reply = tuple[int, bytes]
"""Status and body."""


def said(status: int, **words: object) -> Reply:
    """A JSON answer."""
    return status, json.dumps(words).encode()


def call(api: str, second: int = 0, **arguments: str) -> dict[str, object]:
    """A call in a report."""
    return {
        "timestamp": f"2026-02-03 10:00:{second:02},250",
        "api": api,
        "status": True,
        "repeated": 0,
        "arguments": [{"name": name, "value": value} for name, value in arguments.items()],
    }


def report(*calls: dict[str, object], **sections: object) -> dict[str, object]:
    """A report with one process that made `calls`; sections replace those of an honest run."""
    process = {
        "process_id": 3120,
        "parent_id": 2044,
        "process_name": "sample.exe",
        "module_path": "C:\\Users\\anna\\AppData\\Local\\Temp\\sample.exe",
        "first_seen": "2026-02-03 10:00:00,000",
        "calls": list(calls),
        "threads": ["3124"],
    }
    tree = {"name": "sample.exe", "pid": 3120, "parent_id": 2044, "children": []}
    made: dict[str, object] = {
        "info": {"version": "2.4-CAPE", "id": TASK, "package": "exe", "timeout": False},
        "debug": {"log": "", "errors": []},
        "behavior": {"processes": [process], "processtree": [{**tree, "environ": {}}]},
        "network": {"dns": [], "http": [], "tcp": []},
        "signatures": [],
        "ttps": [],
        "dropped": [],
        "malscore": 0.4,
    }
    return made | sections


@dataclass
class StandIn:
    """The server; `seen` are the requests it got: method, path, body."""

    report: dict[str, object] = field(default_factory=report)
    states: list[str] = field(default_factory=lambda: ["pending", "running", "reported"])
    answers: dict[str, Callable[[], Reply]] = field(default_factory=dict)
    token: str = TOKEN
    broken_off: bool = False
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    callers: list[int] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=lambda: {sha256(DROPPED).hexdigest(): DROPPED})

    def __post_init__(self) -> None:
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                standin._serve(self, b"")

            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", "0"))
                standin._serve(self, self.rfile.read(size))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        """Of the web interface."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [path for _, path, _ in self.seen]

    def _serve(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        path = handler.path.removeprefix("/apiv2/")
        self.seen.append((handler.command, path, body))
        self.callers.append(_account_of(handler.client_address[1]))
        if handler.headers.get("Authorization") != f"Token {self.token}":
            status, data = said(401, detail="Invalid token.")
        else:
            status, data = self._answer(path)
        handler.send_response(status)
        cut = self.broken_off and path.startswith("tasks/get/report")
        handler.send_header("Content-Length", str(len(data) + 1000 * cut))
        handler.end_headers()
        handler.wfile.write(data)

    def _answer(self, path: str) -> Reply:
        for start, answer in self.answers.items():
            if path.startswith(start):
                return answer()
        match path.strip("/").split("/"):
            case ["cuckoo", "status"]:
                data = {"version": "2.4-CAPE", "machines": {"total": 3, "available": 2}}
                return said(200, error=[], data=data)
            case ["tasks", "create", "file"]:
                return said(200, error=[], data={"task_ids": [TASK], "message": "submitted"})
            case ["tasks", "status", _]:
                state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
                return said(200, error=False, data=state)
            case ["tasks", "get", "report", _, "json"]:
                return 200, json.dumps(self.report).encode()
            case ["files", "get", "sha256", digest] if digest in self.files:
                return 200, self.files[digest]
            case _:
                return said(404, error=True, error_value="Task not found")


def _account_of(port: int) -> int:
    """The account of the process on loopback whose connection has this port (proc(5))."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(f":{port:04X}"):
            return int(words[7])
    return -1


def hangs() -> Reply:
    """An answer that does not come while anybody waits for it."""
    time.sleep(8)
    return said(200)
