"""What the driver tests share: a gateway and a mail server as processes in a lab, and clients.

Nothing waits for a fixed time: processes say when they are ready, clients wait for an answer or
for the lack of one within `QUIET_SECONDS`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from drivers import PairConfig
from tests.net.drivers_gateway import Settings
from tools.lab import Lab

ROOT = Path(__file__).resolve().parents[2]
CONNECT_SECONDS = "5"
QUIET_SECONDS = "0.7"
"""How long a client waits where the right answer is none; far above the path's milliseconds."""

CLIENT = """
import socket, sys
host, port, timeout, source = sys.argv[1:]
try:
    s = socket.create_connection((host, int(port)), float(timeout), (source, 0) if source else None)
    s.sendall(b"hello")
    s.shutdown(socket.SHUT_WR)
    data = b""
    while piece := s.recv(4096):
        data += piece
    print(s.getsockname()[1], data.decode(), sep="|")
except OSError as error:
    print("error", type(error).__name__, sep="|")
"""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a client got: `inspected`, the peer the server saw, the echo; or the error's name."""

    error: str = ""
    port: int = 0
    inspected: bool = False
    peer: str = ""
    peer_port: int = 0
    echo: str = ""

    @property
    def complete(self) -> bool:
        return self.echo == "hello"


def talk(
    lab: Lab,
    host: str,
    *,
    namespace: str = "",
    port: int = 25,
    source: str = "",
    timeout: str = CONNECT_SECONDS,
) -> Talk:
    """One conversation from the sender (or another namespace), to its end."""
    argv = [sys.executable, "-c", CLIENT, host, str(port), timeout, source]
    out = lab.exec_in(namespace or lab.layout.sender.namespace, argv).stdout
    head, _, rest = out.partition("|")
    if head == "error":
        return Talk(error=rest.strip())
    greeting, _, echo = rest.strip().partition("\n")
    words = greeting.split()
    inspected = words[:1] == ["inspected"]
    if words[-3:-2] != ["peer"]:
        return Talk(port=int(head), inspected=inspected)
    return Talk("", int(head), inspected, words[-2], int(words[-1]), echo)


@dataclass(slots=True)
class Process:
    """A helper process in a namespace that speaks JSON lines."""

    lab: Lab
    namespace: str
    arguments: list[str]
    module: str = "tests.net.drivers_gateway"
    process: subprocess.Popen[bytes] = field(init=False)
    hello: dict[str, object] = field(init=False)

    def __post_init__(self) -> None:
        self.process = self.lab.popen(
            self.namespace,
            [sys.executable, "-m", self.module, *self.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        line = self._read()
        self.hello = json.loads(line) if line else {}

    def _read(self) -> bytes:
        assert self.process.stdout
        return self.process.stdout.readline()

    def ask(self, command: str) -> object:
        assert self.process.stdin
        self.process.stdin.write(f"{command}\n".encode())
        self.process.stdin.flush()
        return json.loads(self._read())

    def stop(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class Gateway(Process):
    """The miniature gateway. Leaving the block takes the pair down."""

    def counters(self) -> dict[str, int]:
        return msgspec.convert(self.ask("counters"), dict[str, int])

    def counter(self, name: str) -> int:
        return self.counters()[name]

    def questions(self) -> list[dict[str, object]]:
        return msgspec.convert(self.ask("questions"), list[dict[str, object]])

    def stop(self) -> None:
        if self.process.poll() is None and self.hello.get("ready"):
            self.ask("quit")
        Process.stop(self)


def start_gateway(
    lab: Lab, pair: PairConfig, *, keep_port: bool = False, bind: bool = True
) -> Gateway:
    settings = Settings(pair, str(state_path(lab)), keep_port=keep_port, bind=bind)
    return Gateway(lab, lab.layout.gateway, [msgspec.json.encode(settings).decode()])


def start_crasher(lab: Lab, pair: PairConfig) -> Process:
    settings = Settings(pair, str(state_path(lab)))
    return Process(lab, lab.layout.gateway, ["crash", msgspec.json.encode(settings).decode()])


def start_server(lab: Lab, namespace: str = "", port: int = 25) -> Process:
    return Process(lab, namespace or lab.layout.server.namespace, ["serve", str(port)])


def state_path(lab: Lab) -> Path:
    return lab.run_dir / "drivers" / "state.json"


def repair(lab: Lab) -> str:
    """Repair in the gateway's namespace, as the next start does; prints what was undone."""
    code = "import sys, pathlib, drivers; print(drivers.repair(pathlib.Path(sys.argv[1])), end='')"
    argv = [sys.executable, "-c", code, str(state_path(lab))]
    return lab.exec_in(lab.layout.gateway, argv).stdout


SYSCTLS = 'cd /proc/sys/net && grep -s "" ipv4/conf/*/* ipv6/conf/*/* bridge/* ipv4/ip_forward'

SNAPSHOT_COMMANDS = (
    ("nft", "list", "ruleset"),
    ("iptables-save",),
    ("ip6tables-save",),
    ("ip", "-o", "link"),
    ("ip", "-o", "addr"),
    ("ip", "-4", "route", "show", "table", "all"),
    ("ip", "-6", "route", "show", "table", "all"),
    ("ip", "-4", "rule"),
    ("ip", "-6", "rule"),
    ("sh", "-c", SYSCTLS),
)


def snapshot(lab: Lab) -> dict[str, list[str]]:
    """Everything a plan may touch in the gateway, as lines, for an exact comparison. Routes are
    sorted: the kernel lists them in the order of its hash tables. Comments and packet counts of
    iptables-save are left out."""
    found: dict[str, list[str]] = {}
    for argv in SNAPSHOT_COMMANDS:
        lines = lab.exec_in(lab.layout.gateway, list(argv), check=False).stdout.splitlines()
        assert lines or "nft" in argv or "save" in argv[0], f"{argv} shows nothing"
        kept = [re.sub(r"\[\d+:\d+\]", "", line) for line in lines if not line.startswith("#")]
        found[" ".join(argv)[:20]] = sorted(kept) if "route" in argv else kept
    return found


def differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """The lines by which two snapshots differ; none when nothing was left behind."""
    found: list[str] = []
    for command, lines in before.items():
        for mark, line in (
            *(("-", line) for line in lines if line not in after[command]),
            *(("+", line) for line in after[command] if line not in lines),
        ):
            found.append(f"{command}: {mark} {line}")
        if not found and lines != after[command]:
            found.append(f"{command}: another order")
    return found


SETTLING_SECONDS = 10.0
"""Carriers and duplicate address detection are told to us by the kernel up to a second late."""


def settled_snapshot(lab: Lab, nics: tuple[str, ...]) -> dict[str, list[str]]:
    """A snapshot once `nics` have their carriers and no address is tentative any more."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        found = snapshot(lab)
        links = [line for line in found["ip -o link"] if "state UP" in line]
        up = {line.split(": ")[1].partition("@")[0] for line in links}
        tentative = any("tentative" in line for line in found["ip -o addr"])
        if (up >= set(nics) and not tentative) or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def left_behind(lab: Lab, before: dict[str, list[str]]) -> list[str]:
    """What differs from `before` when all has settled; the empty list is what tests want."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while (found := differences(before, snapshot(lab))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
