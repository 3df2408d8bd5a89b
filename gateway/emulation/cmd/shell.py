"""Walks the trees of a command file: one way where it can tell, both ways where it cannot.

It executes nothing: built-in commands act on the emulated machine, programs are recognised by
`programs`. A `goto` or `exit` of only one of two ways is not taken; its label is walked later with
the variables of that moment.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gateway.emulation.automation.errors import MemoryOver, TimeOver
from gateway.emulation.cmd import builtins, conditions, loops, programs, redirects
from gateway.emulation.cmd.frames import Frame, Jump, Later, Leave
from gateway.emulation.cmd.nodes import (
    Command,
    For,
    Group,
    If,
    Joined,
    Node,
    Pipe,
    Sequence,
)
from gateway.emulation.cmd.parser import MisreadError, Parser
from gateway.emulation.cmd.variables import UNKNOWN, Variables, loop_values
from gateway.emulation.contract import StopKind
from gateway.emulation.scripts.session import Session
from gateway.emulation.shells import lines

DEPTH_MAX = 16
"""Shells and routines within each other."""

_STEPS_MAX = 400_000
_LINE_MAX = 1 << 20
"""Characters of one command; cmd itself takes 8191, decoders here may hold a whole file."""

_DISGUISED = 4
"""Letters cut out of values, or carets between letters, from which a line counts as disguised."""

_FILLERS = 6
"""Names of nothing in one line: honest lines have a few that a caller may set."""

_ENDLESS = 3
"""Turns of a loop that asks a person or the machine again and again, until it is left."""

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
        self.variables.given = self._given
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
        self._disguised = False

    # files and lines

    def run_file(self, source: list[str], arguments: tuple[str, ...], start: int = 0) -> None:
        """Run a command file or a routine of it, then the labels that were put off.

        Raises Leave when the whole shell ends.
        """
        outer = self.frame
        self.frame = frame = Frame(source, arguments, start)
        depth = self.unsure
        self.unsure = 0
        done: set[str] = set()
        try:
            self._run_from(frame)
            while frame.later:
                later = frame.later.pop(0)
                place = frame.find(later.label)
                if place is None or later.label.lower() in done:
                    continue
                done.add(later.label.lower())
                frame.at = place
                kept = self.variables
                self.variables = later.variables
                self.certain = False
                self._run_from(frame)
                self.variables = kept
        finally:
            self.frame = outer
            self.unsure = depth

    def _run_from(self, frame: Frame) -> None:
        """Lines from where the frame is to the end of the file, or to where it is left."""
        while frame.at < len(frame.lines):
            line = frame.lines[frame.at]
            frame.at += 1
            if line.lstrip(" \t,;=").startswith(":"):
                continue
            try:
                self._line(line, frame)
            except Jump as jump:
                place = frame.find(jump.label)
                if place is None:
                    return  # cmd: the label is not found, and the file ends
                frame.at = place
            except Leave as leave:
                if leave.whole and frame.later:
                    return
                if leave.whole:
                    raise
                return

    def _line(self, line: str, frame: Frame) -> None:
        def more() -> str | None:
            if frame.at >= len(frame.lines):
                return None
            following = frame.lines[frame.at]
            frame.at += 1
            return self._expanded(following, frame.arguments)

        self.tainted = self._disguised = False
        try:
            tree = Parser(self._expanded(line, frame.arguments), more).parse()
        except MisreadError as error:
            self.session.stop(StopKind.INCOMPLETE, f"a line was not understood: {error}")
            return
        if tree is not None:
            self.execute(tree)

    def _expanded(self, line: str, arguments: tuple[str, ...] | None) -> str:
        """A line with its percent signs worked out; how it was made is kept for its commands."""
        known = self.variables
        pieces, fillers, machine = known.pieces, known.fillers, known.machine
        made = known.percent(line, arguments)
        self.tainted |= known.machine > machine
        cut = known.pieces - pieces >= _DISGUISED or known.fillers - fillers >= _FILLERS
        self._disguised |= cut
        return made

    def run_line(self, line: str) -> None:
        """Run a command line, as `cmd /c` does. A wrong one is kept as what stopped it."""
        self.tainted = self._disguised = False
        try:
            tree = Parser(self._expanded(line, None)).parse()
        except MisreadError as error:
            self.session.stop(StopKind.INCOMPLETE, f"a line was not understood: {error}")
            return
        if tree is not None:
            self.execute(tree)

    def run_batch(self, data: bytes, arguments: tuple[str, ...]) -> None:
        """Run a command file in this shell, which ends with it."""
        if self.depth > DEPTH_MAX:
            self.session.stop(StopKind.INCOMPLETE, f"shells within shells, over {DEPTH_MAX} deep")
            return
        with suppress(Leave):
            self.run_file(lines_of(data), arguments)

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
        """Walk a tree; whether it succeeds, None where only the machine could tell."""
        self.tick()
        match node:
            case Command():
                return redirects.around(self, node.redirects, lambda: self._command(node))
            case Group(body=body):
                inner = body
                return redirects.around(
                    self, node.redirects, lambda: self.execute(inner) if inner else True
                )
            case Sequence(parts=parts):
                for part in parts[:-1]:
                    self.execute(part)
                return self.execute(parts[-1])
            case Joined():
                return self._joined(node)
            case Pipe():
                return self._pipe(node)
            case If():
                return self._if(node)
            case For():
                loops.run(self, node)
                return True

    def perhaps(self, node: Node) -> bool | None:
        """Walk a tree of which only the machine could tell whether it is reached."""
        self.unsure += 1
        self.asked += 1
        try:
            return self.execute(node)
        finally:
            self.unsure -= 1

    def _joined(self, node: Joined) -> bool | None:
        done = self.execute(node.left)
        if done is None:
            right = self.perhaps(node.right)
            return None if right is not True or node.operator == "&&" else True
        if done is (node.operator == "&&"):
            return self.execute(node.right)
        return done

    def _pipe(self, node: Pipe) -> bool | None:
        told, variables = self.told, self.variables
        done: bool | None = True
        try:
            for part in node.parts[:-1]:
                self.variables = variables.copy()
                with self.captured() as printed:
                    self.execute(part)
                self.told = "".join(printed)
            self.variables = variables.copy()
            done = self.execute(node.parts[-1])
        finally:
            self.told, self.variables = told, variables
        return done

    def _if(self, node: If) -> bool | None:
        holds = conditions.holds(self, node.test)
        if self.tainted and holds is not None and node.test.kind not in ("exist", "defined"):
            holds = None  # a comparison with what differs from machine to machine
        if holds is None:
            for way in (node.then, node.otherwise):
                if way is not None:
                    self.perhaps(way)
            return None
        taken = node.then if holds else node.otherwise
        return self.execute(taken) if taken is not None else True

    # commands

    def text(self, untrusted: str) -> str:
        """Loop variables, then exclamation marks."""
        made = loop_values(untrusted, self.loops, self.disk.full)
        made = self.variables.late(made) if self.late else made
        if len(made) > _LINE_MAX:
            raise MemoryOver("a line grows without end")
        return made

    def _command(self, node: Command) -> bool | None:
        pieces = self.variables.pieces
        text = self.text(node.text)
        late = self.variables.pieces - pieces >= _DISGUISED
        if self._disguised or late or node.carets >= _DISGUISED:
            self.recorder.call("disguised command line", text.strip()[:1000])
            self._disguised = False
        return self.command(text)

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

    def go(self, label: str) -> None:
        """goto. Raises Jump or Leave, unless only one of two ways goes there."""
        frame = self.frame
        if frame is None:
            return
        if label.lower() == "eof" and frame.find("eof") is None:
            self.leave(whole=False)
            return
        if self.unsure:
            frame.later.append(Later(label, self.variables.copy()))
            return
        state = hash((self.state(), self.errorlevel))
        turns, same = frame.turns(label.lower(), state, self.effects)
        if turns >= _ENDLESS and self.asked and same:
            raise Leave(whole=False)
        if (same and self.effects and turns >= _ENDLESS) or frame.over(label.lower()):
            self.recorder.call("loop that asks or waits again and again")
            raise Leave(whole=False)
        raise Jump(label)

    def leave(self, *, whole: bool) -> None:
        """exit. Raises Leave, unless only one of two ways ends here."""
        if not self.unsure:
            raise Leave(whole=whole)

    def call(self, label: str, arguments: tuple[str, ...]) -> None:
        """`call :label`."""
        frame = self.frame
        place = frame.find(label) if frame is not None else None
        if frame is None or place is None:
            return
        if self.depth >= DEPTH_MAX:
            self.session.stop(StopKind.INCOMPLETE, f"routines in routines, over {DEPTH_MAX} deep")
            return
        self.depth += 1
        saved = len(self.saved)
        try:
            self.run_file(frame.lines, (frame.arguments[0], *arguments), place)
        finally:
            self.depth -= 1
            while len(self.saved) > saved:  # a routine's setlocal ends with it
                self.variables, self.late = self.saved.pop()

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

    def _given(self, name: str) -> str | None:
        """Variables that the shell makes up."""
        match name:
            case "cd":
                return self.disk.directory
            case "errorlevel":
                return UNKNOWN if self.errorlevel is None else str(self.errorlevel)
            case "random":
                self.random = (self.random * 214_013 + 2_531_011) % 2**31
                return str(self.random >> 16 & 0x7FFF)
            case "date":
                return "Mon 06/01/2026"
            case "time":
                return "10:14:27.31"
            case "cmdcmdline":
                return r'C:\Windows\System32\cmd.exe /c ""' + self.disk.sample_path + '""'
            case "cmdextversion":
                return "2"
        return None


def lines_of(data: bytes) -> list[str]:
    """The lines of a command file. cmd reads bytes: a mark of UTF-16 before plain text is a trick
    against readers, and is passed over; text that is UTF-16 throughout is read as such."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        wide = data[2:2000].count(0) > len(data[2:2000]) // 4
        text = data.decode("utf-16", "replace") if wide else data[2:].decode("latin-1")
    else:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "").replace("\0", "").split("\n")


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
