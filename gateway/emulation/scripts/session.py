"""One run in the guest: the machine, what is written down of it, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from gateway.emulation.automation.errors import (
    FAULTS,
    LimitReached,
    MemoryOver,
    ScriptError,
    SourceError,
    TimeOver,
)
from gateway.emulation.basic.frames import ExitSignal
from gateway.emulation.contract import Behaviour, StopKind
from gateway.emulation.scripts import wire
from gateway.emulation.windows.factories import new_world
from gateway.emulation.windows.recorder import Recorder
from gateway.emulation.windows.shell import Quit
from gateway.emulation.windows.world import World

_NOTES_MAX = 20


class Sink(Protocol):
    """Where the guest's messages go."""

    def write(self, data: bytes) -> int: ...


class Session:
    """The machine for one sample. `program` is the path of the program that runs it."""

    def __init__(self, request: wire.Request, program: str, out: Sink) -> None:
        self.request = request
        self._out = out
        self._end = time.monotonic() + request.seconds
        self.recorder = Recorder(program, self._emit)
        self.world: World = new_world(self.recorder)
        self.exit_status: int | None = 0
        self.stopped: StopKind | None = None
        self.detail = ""
        self._emitted = 0

    @property
    def seconds_left(self) -> float:
        """Of the budget."""
        return max(0.05, self._end - time.monotonic())

    def _emit(self, behaviour: Behaviour) -> None:
        self._out.write(wire.frame(wire.saw(behaviour)))
        self._emitted += 1

    def attempt(self, run: Callable[[], object], what: str) -> bool:
        """Run a script or procedure; whatever ends it is kept. False when nothing else shall run.

        An error that nobody handled ends it early: whether the script or the emulation is at
        fault cannot be told from here, so it was not seen to its end.
        """
        try:
            run()
        except Quit as quit_:
            self.exit_status = quit_.code
            return False
        except ExitSignal as signal:
            return signal.what != "program"
        except SourceError as error:
            self.stop(StopKind.INCOMPLETE, f"{what} is no valid source: {error}")
        except ScriptError as error:
            self._errored(error, what)
        except TimeOver as error:
            after = f"still running after {self.request.seconds:g} s"
            self.stop(StopKind.TIMED_OUT, str(error) if "day" in str(error) else after)
            return False
        except (MemoryOver, MemoryError) as error:
            self.stop(StopKind.MEMORY, f"it needs too much memory: {error}")
            return False
        except LimitReached as error:
            self.stop(StopKind.CRASHED, str(error))
            return False
        except (RecursionError, *FAULTS) as error:
            self.stop(StopKind.INCOMPLETE, f"{what}: {type(error).__name__}: {str(error)[:200]}")
        return True

    def _errored(self, error: ScriptError, what: str) -> None:
        missing = list(self.recorder.missing)
        words = f"{what} ended with error {error.number}, {error}"
        if missing:
            words += f"; not emulated: {', '.join(missing[:5])}"
        self.stop(StopKind.INCOMPLETE, words)

    def stop(self, kind: StopKind, detail: str) -> None:
        """Write down what ended it early; the first reason counts."""
        if self.stopped is None:
            self.stopped, self.detail = kind, detail
            self.exit_status = None if kind is StopKind.TIMED_OUT else 1

    def drop(self, path: str, data: bytes) -> None:
        """Hand a file back."""
        self._out.write(wire.frame(wire.Dropped(path, data)))

    def finish(self) -> None:
        """Hand back what was dropped and started, and end."""
        for file in self.world.disk.handed_back():
            self.drop(file.path, file.data)
        for name, line in self.world.commands.lines.items():
            self.drop(name, line)
        counts = tuple(each.count for each in self.recorder.behaviours)
        notes = [*self.recorder.notes]
        if self.recorder.missing:
            notes.append(f"not emulated: {', '.join(self.recorder.missing)}")
        if self.recorder.overflow:
            notes.append(f"{self.recorder.overflow} further behaviours were not kept")
        kind = "" if self.stopped is None else self.stopped.value
        output = "\r\n".join(self.world.output)
        last = wire.Ended(
            *(counts, self.exit_status, kind, self.detail, tuple(notes[:_NOTES_MAX]), output)
        )
        self._out.write(wire.frame(last))
