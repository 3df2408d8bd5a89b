"""Turns the calls of a guest into behaviours: who acts, from where, and how often. No I/O.

Keeps the guest's process tree from clone, execve and exit calls. Process 1 (ours) and everything
before the sample's own first execve are left out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from gateway.emulation.bait import DOWNLOADS
from gateway.emulation.contract import Actor, Behaviour, Kind
from gateway.emulation.control import Handshake, Request, Words
from gateway.emulation.effects import Effect, absolute, changed_directory, effect, executed
from gateway.emulation.noise import TELLING_IF_MISSING
from gateway.emulation.strace import Call, parse, seconds_between

BEHAVIOURS_MAX = 3000
"""Different behaviours kept. Rules need tens; a report of more is read by nobody."""

_INIT = 1
_REFUSED = re.compile(rb'enabling strace: syscall \\+"(\w+)\\+" not found')
"""gVisor does not start when it is to trace a call that its version does not know."""

_FORKS = frozenset({"clone", "clone3", "fork", "vfork"})
_SLEEPS = frozenset({"nanosleep", "clock_nanosleep"})
_WRITES = frozenset({"write", "rename", "link", "truncate"})

_MOVES = frozenset({"delete", "rename"})

_SCRIPT_RUNNERS = frozenset(
    {"sh", "bash", "dash", "perl", "python", "python3", "node", "source", "busybox"}
)
_OPTIONS_WITH_CODE = frozenset({"-c", "-e", "-m", "-E"})


Own = Callable[[Effect, str, str, bool], bool]
"""Whether an act is one that every sample has done for it: what it is, the program that acts, why
it failed, and whether the first process of all acts, or one that this one started."""


def nothing_own(what: Effect, program: str, failed: str, first: bool) -> bool:
    """Everything is the sample's doing."""
    return False


@dataclass(slots=True)
class _Process:
    parent: int
    program: str
    directory: str


@dataclass(slots=True)
class Tracker:
    """The observer of one guest.

    process_limit: how many may be alive at once; names: host name by the address given for it;
    own: acts that are left out;
    overflow: behaviours not kept; unknown_call: a call that this gVisor refuses to trace.
    """

    process_limit: int
    sample_path: str
    own: Own = nothing_own
    behaviours: list[Behaviour] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)
    overflow: int = 0
    too_many_processes: bool = False
    unknown_call: str = ""
    _processes: dict[int, _Process] = field(default_factory=dict)
    _process_of: dict[int, int] = field(default_factory=dict)
    _alive: set[int] = field(default_factory=set)
    _start: str = ""
    _sample: int = 0
    _last_time: str = ""
    _index: dict[tuple[str, Kind, str, str, tuple[str, ...], str], int] = field(
        default_factory=dict
    )

    def line(self, untrusted_line: bytes) -> None:
        """Take one line of the log."""
        call = parse(untrusted_line)
        if call is None:
            refused = None if self._sample else _REFUSED.search(untrusted_line)
            self.unknown_call = refused[1].decode() if refused else self.unknown_call
            return
        if call.thread == _INIT:
            return
        if call.result is None:
            self._entered(call)
        else:
            self._returned(call)

    def resolved(self, name: str) -> None:
        """Process 1 was asked for a host name."""
        self._on_network(Effect(Kind.NETWORK, "resolve", name))

    def requested(self, request: Request) -> None:
        """Process 1 was asked for a page."""
        method, _, address = request.line.partition(" ")
        words = (method, request.body) if request.body else (method,)
        self._on_network(Effect(Kind.NETWORK, "request", address, words))

    def shook_hands(self, handshake: Handshake) -> None:
        """A program began to speak TLS with process 1 and left it at that."""
        words = ("TLS", handshake.how)
        self._on_network(Effect(Kind.NETWORK, "handshake", handshake.name, words))

    def spoke(self, words: Words) -> None:
        """A program said something to process 1 that was no web request."""
        self._on_network(Effect(Kind.NETWORK, "speak", words.place, (words.said,)))

    def _on_network(self, what: Effect) -> None:
        if self._start:
            self._record(self._last_time, Actor(0, 0, ""), what, "")

    def written_paths(self) -> tuple[str, ...]:
        """Files the sample wrote, in that order; whether they still exist is unknown."""
        paths = dict.fromkeys(
            behaviour.target
            for behaviour in self.behaviours
            if behaviour.kind is Kind.FILE and behaviour.action in _WRITES and not behaviour.failed
        )
        return tuple(path for path in paths if not path.startswith(("/proc/", "/dev/pts")))

    def named(self) -> tuple[Behaviour, ...]:
        """All behaviours, with the host name beside each address that stands for one."""
        return tuple(map(self._with_name, self.behaviours))

    def _with_name(self, behaviour: Behaviour) -> Behaviour:
        host, _, port = behaviour.target.rpartition(":")
        if behaviour.kind is not Kind.NETWORK or host not in self.names:
            return behaviour
        return replace(behaviour, target=f"{self.names[host]}:{port}")

    def _entered(self, call: Call) -> None:
        """Only what may never return is judged at its entry."""
        if call.name in _SLEEPS and self._sample:
            self._effect(call, "")
        elif call.name == "exit_group":
            self._alive.discard(self._process_of.get(call.thread, call.thread))

    def _returned(self, call: Call) -> None:
        failed = call.error
        if call.name in ("execve", "execveat"):
            self._executed(call)
        elif not self._sample or call.name in _SLEEPS:
            return
        elif call.name in _FORKS:
            self._forked(call)
        elif call.name == "wait4":
            self._alive.discard(call.result or 0)
        elif call.name in ("chdir", "fchdir"):
            if not failed:
                process = self._process(call.thread)
                process.directory = changed_directory(call, process.directory)
        else:
            self._effect(call, failed)

    def _executed(self, call: Call) -> None:
        process = self._process(call.thread)
        found = executed(call, process.directory)
        if found is None:
            return
        program, words = found
        if not self._sample:
            if call.error:
                return
            self._sample, self._start, self._last_time = call.thread, call.time, call.time
            self._alive.add(call.thread)
            process.program, process.directory = program, DOWNLOADS
            return
        if call.error and not call.error.startswith(("permission", "exec format", "operation")):
            return  # a shell trying the directories of PATH
        actor = self._actor(call.thread)
        self._record(call.time, actor, Effect(Kind.PROCESS, "execute", program, words), call.error)
        script = _script_of(program, words)
        if script:
            target = absolute(process.directory, script)
            self._record(
                call.time, actor, Effect(Kind.SCRIPT, "execute", target, (program,)), call.error
            )
        if not call.error:
            process.program = program

    def _forked(self, call: Call) -> None:
        if call.error:
            self.too_many_processes |= call.error.startswith("resource temporarily")
            return
        child = call.result or 0
        parent = self._process_of.get(call.thread, call.thread)
        if "CLONE_THREAD" in call.arguments:
            self._process_of[child] = parent
            return
        origin = self._process(parent)
        early = self._processes.get(child)
        if early is None or (early.parent, early.program) == (0, ""):
            self._processes[child] = _Process(parent, origin.program, origin.directory)
        else:
            early.parent = parent
        self._alive.add(child)
        self.too_many_processes |= len(self._alive) > self.process_limit

    def _process(self, thread: int) -> _Process:
        pid = self._process_of.get(thread, thread)
        return self._processes.setdefault(pid, _Process(0, "", DOWNLOADS))

    def _actor(self, thread: int) -> Actor:
        process = self._process(thread)
        return Actor(self._process_of.get(thread, thread), process.parent, process.program)

    def _effect(self, call: Call, failed: str) -> None:
        found = effect(call, self._process(call.thread).directory)
        if found is None or _is_own_reading(found, self.sample_path) or _is_own_query(found):
            return
        if failed.startswith("no such file") and _is_mere_look(found):
            return
        if self.sample_path in (found.target, *found.arguments) and found.action in _MOVES:
            found = replace(found, arguments=(*found.arguments, "the sample itself"))
        self._record(call.time, self._actor(call.thread), found, failed)

    def _record(self, moment: str, actor: Actor, what: Effect, failed: str) -> None:
        """Add a behaviour, or count it with an equal one of the same program."""
        self._last_time = moment
        if self.own(what, actor.program, failed, self._sample in (actor.pid, actor.parent)):
            return
        key = (actor.program, what.kind, what.action, what.target, what.arguments, failed)
        known = self._index.get(key)
        if known is not None:
            equal = self.behaviours[known]
            self.behaviours[known] = replace(equal, count=equal.count + 1)
            return
        if len(self.behaviours) >= BEHAVIOURS_MAX:
            self.overflow += 1
            return
        self._index[key] = len(self.behaviours)
        self.behaviours.append(
            Behaviour(
                round(seconds_between(self._start, moment), 6),
                what.kind,
                actor,
                what.action,
                what.target,
                what.arguments,
                "in progress" if failed.startswith("operation now in progress") else failed,
            )
        )


def _is_mere_look(found: Effect) -> bool:
    """Looking for a file that is not there, where its absence is ordinary."""
    looks = found.action in ("read", "delete")
    return looks and not found.target.startswith(TELLING_IF_MISSING)


def _is_own_reading(found: Effect, sample_path: str) -> bool:
    return found.action == "read" and found.target == sample_path


def _is_own_query(found: Effect) -> bool:
    """Asking the guest's own name service; the name itself is reported by process 1."""
    return found.kind is Kind.NETWORK and found.target == "127.0.0.1:53"


def _script_of(program: str, words: tuple[str, ...]) -> str:
    """The script file that an interpreter is told to run; empty when it is told code or nothing."""
    if posixpath.basename(program).rstrip("0123456789.") not in _SCRIPT_RUNNERS:
        return ""
    for word in words[1:]:
        if word in _OPTIONS_WITH_CODE or word == "-":
            return ""
        if not word.startswith("-"):
            return word
    return ""
