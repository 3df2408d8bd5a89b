"""One cmd.exe: its variables, its output, its limits, and the lines that it is given.

It executes nothing: a line's tree is walked by `walk`, a file's labels by `routines`; built-in
commands act on the emulated machine, programs are recognised by `programs`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from gateway.emulation.automation.errors import MemoryOver, TimeOver
from gateway.emulation.cmd import builtins, programs, walk
from gateway.emulation.cmd.cursor import MisreadError, More, no_more
from gateway.emulation.cmd.dynamic import given
from gateway.emulation.cmd.frames import Frame, Jump, Leave
from gateway.emulation.cmd.nodes import Node
from gateway.emulation.cmd.parser import Parser
from gateway.emulation.cmd.routines import DEPTH_MAX, lines_of, run_file
from gateway.emulation.cmd.variables import Variables, loop_values
from gateway.emulation.cmd.walk import DISGUISED
from gateway.emulation.contract import StopKind
from gateway.emulation.scripts.session import Session
from gateway.emulation.shells import lines

_STEPS_MAX = 400_000
_LINE_MAX = 1 << 20
"""Characters of one command; cmd itself takes 8191, decoders here may hold a whole file."""

_FILLERS = 6
"""Names of nothing in one line: honest lines have a few that a caller may set."""

_NAME = re.compile(r'[\s,;=@]*((?:"[^"]*"?|[^\s,;="/<>&|])+)')
_QUOTED_INSIDE = re.compile(r'[a-z]"+[a-z]', re.IGNORECASE)


class Shell:
    """One cmd.exe.

    told: what comes from its input, None when nobody says. unsure: how many conditions around this
    place could not be told; certain: no such condition led here by a goto. effects, asked: programs
    started, and questions to a person or the machine, so far. runs: arguments and variables with
    which the sample runs in this shell and those around it. tainted: the line took a text that
    differs from machine to machine.
    """

    def __init__(
        self,
        session: Session,
        depth: int,
        variables: Variables,
        *,
        late: bool = False,
        told: str | None = None,
    ) -> None:
        self.session = session
        self.recorder = session.recorder
        self.disk = session.world.disk
        self.depth = depth
        self.variables = variables
        self.variables.given = partial(given, self)
        self.late = late
        self.told = told
        self.errorlevel: int | None = 0
        self.loops: dict[str, str] = {}
        self.saved: list[tuple[Variables, bool]] = []
        self.folders: list[str] = []
        self.frame: Frame | None = None
        self.unsure = 0
        self.effects = 0
        self.asked = 0
        self.random = 20_011
        self.runs: tuple[tuple[tuple[str, ...], int], ...] = (((), self.state()),)
        self.certain = True
        self._sinks: list[list[str]] = []
        self._steps = 0
        self._end = time.monotonic() + session.seconds_left
        self.tainted = False
        self.disguised = False

    # lines

    def run_line(
        self, line: str, arguments: tuple[str, ...] | None = None, more: More = no_more
    ) -> None:
        """Run a line of a file, with that file's arguments, or a command line, which has none.

        more: the lines that follow. A wrong line is kept as what stopped it.
        """
        self.tainted = self.disguised = False
        try:
            tree = Parser(self.expanded(line, arguments), more).parse()
        except MisreadError as error:
            self.session.stop(StopKind.INCOMPLETE, f"a line was not understood: {error}")
            return
        if tree is not None:
            walk.execute(self, tree)

    def expanded(self, line: str, arguments: tuple[str, ...] | None) -> str:
        """A line with its percent signs worked out; how it was made is kept for its commands."""
        known = self.variables
        pieces, fillers, machine = known.pieces, known.fillers, known.machine
        made = known.percent(line, arguments)
        self.tainted |= known.machine > machine
        cut = known.pieces - pieces >= DISGUISED or known.fillers - fillers >= _FILLERS
        self.disguised |= cut
        return made

    def run_batch(self, data: bytes, arguments: tuple[str, ...]) -> None:
        """Run a command file in this shell, which ends with it."""
        if self.depth > DEPTH_MAX:
            self.session.stop(StopKind.INCOMPLETE, f"shells within shells, over {DEPTH_MAX} deep")
            return
        with suppress(Leave):
            run_file(self, lines_of(data), arguments)

    def run_in(self, line: str) -> None:
        """Run a command line that may end this shell, and no other."""
        if self.depth > DEPTH_MAX:
            self.session.stop(StopKind.INCOMPLETE, f"shells within shells, over {DEPTH_MAX} deep")
            return
        with suppress(Jump, Leave):
            self.run_line(line)

    # output

    def say(self, text: str) -> None:
        """Print a text, with its line end where it has one."""
        if self._sinks:
            self._sinks[-1].append(text)
        elif text.strip():
            self.session.world.say(text.rstrip("\r\n"))

    @property
    def captures(self) -> bool:
        """Whether somebody reads what is printed."""
        return bool(self._sinks)

    @contextmanager
    def captured(self) -> Iterator[list[str]]:
        """What is printed inside goes into the list."""
        sink: list[str] = []
        self._sinks.append(sink)
        try:
            yield sink
        finally:
            self._sinks.pop()

    # the tree

    def tick(self) -> None:
        """Count a step. Raises TimeOver."""
        self._steps += 1
        if self._steps > _STEPS_MAX or (not self._steps & 63 and time.monotonic() > self._end):
            raise TimeOver("too many steps")

    def execute(self, node: Node) -> bool | None:
        """Walk a tree; whether it succeeded, None where only the machine could tell."""
        return walk.execute(self, node)

    def perhaps(self, node: Node) -> bool | None:
        """Walk a tree of which only the machine could tell whether it is reached."""
        return walk.perhaps(self, node)

    # commands

    @staticmethod
    def knows(text: str) -> bool:
        """Whether a command line begins with a command of cmd itself."""
        return builtins.named(text) is not None

    def text(self, untrusted: str) -> str:
        """Loop variables, then exclamation marks."""
        made = loop_values(untrusted, self.loops, self.disk.full)
        made = self.variables.late(made) if self.late else made
        if len(made) > _LINE_MAX:
            raise MemoryOver("a line grows without end")
        return made

    def command(self, text: str) -> bool | None:
        """One command without redirections."""
        found = builtins.named(text)
        if found is not None:
            handler, rest = found
            return handler(self, rest)
        name = _NAME.match(text)
        if name is None:
            return None
        if _QUOTED_INSIDE.search(name[1]):
            self.recorder.call("disguised command line", text.replace('"', "").strip()[:1000])
        self.effects += 1
        program = name[1].replace('"', "").rstrip(".")
        return programs.run(self, program, text[name.end() :])

    def child(self, *, late: bool = False, told: str | None = None) -> Shell:
        """Another cmd.exe with copies of the variables."""
        made = Shell(self.session, self.depth + 1, self.variables.copy(), late=late, told=told)
        made._sinks = self._sinks
        made.runs, made.certain = self.runs, self.certain and not self.unsure
        made._steps = self._steps
        return made

    def state(self) -> int:
        """A number that changes with any variable."""
        return hash(tuple(sorted(self.variables.values.items())))

    def lacks(self, what: str) -> None:
        """What could not be worked out and may act: it was not seen to its end."""
        self.session.stop(StopKind.INCOMPLETE, f"not worked out: {what}")


def run_nested(session: Session, rest: str, depth: int = 0) -> str:
    """Run what follows `cmd` in a line, in a shell of its own; what it prints.

    Raises LimitReached.
    """
    world = session.world
    code, late = lines.cmd_code(rest)
    shell = Shell(session, depth, Variables.of(world.environment, world.disk.full), late=late)
    with shell.captured() as printed:
        if code is not None:
            shell.run_in(code)
    return "".join(printed)
