"""The one contract of all environments: a sample goes in, behaviours come out.

An environment observes and never judges: verdicts are made from behaviours by rules
(`gateway.emulation.judge`). Whatever ends a detonation early, what was seen before is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What a behaviour touches."""

    PROCESS = "process"
    FILE = "file"
    NETWORK = "network"
    REGISTRY = "registry"
    SCRIPT = "script"
    MEMORY = "memory"


ACTIONS: dict[Kind, frozenset[str]] = {
    Kind.PROCESS: frozenset(
        [
            "execute",
            "kill",
            "trace",
            "set-identity",
            "sleep",
            "detach",
            "rename-self",
            "load-module",
            "set-clock",
            "reboot",
            "isolate",
        ]
    ),
    Kind.FILE: frozenset(
        [
            "read",
            "write",
            "delete",
            "rename",
            "make-executable",
            "change-mode",
            "change-owner",
            "link",
            "make-directory",
            "truncate",
            "mount",
        ]
    ),
    Kind.NETWORK: frozenset(
        [
            "connect",
            "listen",
            "send",
            "speak",
            "resolve",
            "request",
            "handshake",
            "raw-socket",
            "redirect",
        ]
    ),
    Kind.REGISTRY: frozenset(["read", "write", "delete"]),
    Kind.SCRIPT: frozenset(["execute", "call"]),
    Kind.MEMORY: frozenset(["anonymous-file", "write-foreign", "make-executable", "fill"]),
}
"""Every action an environment may report, by kind. Rules that name another are refused."""


_LINE_LIMIT = 400
"""Characters of a behaviour's line: paths and arguments are the sample's choice."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The file to run.

    name: under which it arrived; type: a short name of model.FILE_TYPES; data: its bytes.
    """

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Context:
    """What the sample is told about its surroundings: `arguments` follow its own name."""

    arguments: tuple[str, ...] = ()


MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of one detonation. Each is enforced from outside the guest.

    seconds: wall clock for the sample. A mail is held meanwhile; malware that does not act within
        ten seconds sleeps, and sleeping is itself reported.
    linger: seconds that background processes get after the sample itself has ended.
    memory: bytes of the whole guest. Python with a large module needs about 60 MiB.
    processes: alive at once. A parallel build uses some twenty.
    output: bytes kept of what the sample prints.
    trace: bytes of system-call log read before the guest is stopped.
    children, child_bytes: files handed back, and bytes of all of them together.
    """

    seconds: float = 10.0
    linger: float = 2.0
    memory: int = 384 * MEBIBYTE
    processes: int = 64
    output: int = 64 * 1024
    trace: int = 32 * MEBIBYTE
    children: int = 64
    child_bytes: int = 16 * MEBIBYTE

    def __post_init__(self) -> None:
        limits = (self.seconds, self.memory, self.processes, self.output, self.trace)
        if min(limits) <= 0 or min(self.linger, self.children, self.child_bytes) < 0:
            raise ValueError("a budget's limits must be positive")


@dataclass(frozen=True, slots=True)
class Actor:
    """The process that acted: its number and its parent's in the guest, the program it runs."""

    pid: int
    parent: int
    program: str


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing the sample did, or `count` equal ones of which the first was at `time`.

    time: seconds since the sample started.
    target: the file, address or program acted upon.
    arguments: further words, in an order of their own for each action.
    failed: why it did not succeed, empty when it did; an attempt counts as much as a success.
    """

    time: float
    kind: Kind
    actor: Actor
    action: str
    target: str
    arguments: tuple[str, ...] = ()
    failed: str = ""
    count: int = 1

    def __post_init__(self) -> None:
        if self.action not in ACTIONS[self.kind]:
            raise ValueError(f"unknown action {self.kind}/{self.action}")

    @property
    def text(self) -> str:
        """One line for people: `network connect 203.0.113.5:80 by curl (no route to host)`."""
        words = [self.kind.value, self.action, self.target, *self.arguments]
        words += [f"by {self.actor.program.rsplit('/', 1)[-1] or 'unknown'}"]
        words += [f"({self.failed})"] if self.failed else []
        words += [f"x{self.count}"] if self.count > 1 else []
        line = " ".join(word for word in words if word)[:_LINE_LIMIT]
        return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


@dataclass(frozen=True, slots=True)
class Child:
    """A file that the sample wrote and that was still there at the end."""

    path: str
    sha256: str
    size: int
    data: bytes


class StopKind(StrEnum):
    """What ended a detonation before the sample's own end."""

    TIMED_OUT = "timed_out"
    MEMORY = "memory"
    PROCESSES = "processes"
    TRACE = "trace"
    CRASHED = "crashed"
    INCOMPLETE = "incomplete"
    UNSUPPORTED = "unsupported"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The reason in a form to count, and in words for an administrator."""

    kind: StopKind
    detail: str


@dataclass(frozen=True, slots=True)
class Detonation:
    """Everything one detonation yielded. `stopped_by` is None when the sample ran to its end.

    notes say what else limits the picture (a program that was missing); screens: what appeared on
    the guest's screen, PNG files in the order of time; omitted: files that the sample left and that
    were not handed back, in words.
    """

    environment: str
    version: str
    behaviours: tuple[Behaviour, ...]
    children: tuple[Child, ...]
    output: bytes
    exit_status: int | None
    seconds: float
    stopped_by: Stopped | None
    notes: tuple[str, ...] = ()
    screens: tuple[bytes, ...] = ()
    omitted: tuple[str, ...] = ()


def unrun(environment: str, version: str, stopped: Stopped, seconds: float = 0.0) -> Detonation:
    """A detonation in which the sample did not run, and why; `seconds` were spent on it."""
    return Detonation(environment, version, (), (), b"", None, seconds, stopped)


@dataclass(frozen=True, slots=True)
class Present:
    """The environment works here; `detail` says how (program versions, platform, limits)."""

    version: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """The environment cannot work here, and why, in one sentence."""

    reason: str


class Environment(Protocol):
    """One way of running files. Blocking; safe to call from several threads at once.

    `unsupported` answers before anything starts, in one sentence, empty when the sample can run.
    `detonate` raises nothing for what a sample does or lacks: that is `stopped_by`.
    """

    @property
    def name(self) -> str: ...

    @property
    def types(self) -> frozenset[str]:
        """Short names of the types it can run."""
        ...

    def probe(self) -> Present | Absent: ...

    def unsupported(self, sample: Sample) -> str: ...

    def detonate(self, sample: Sample, context: Context, budget: Budget) -> Detonation: ...

    def sweep(self) -> int:
        """Remove what guests of processes that are gone left; how many that were."""
        ...
