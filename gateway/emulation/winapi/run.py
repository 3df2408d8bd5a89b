"""A program or machine code in the guest: loaded, run, and how it ended."""

from __future__ import annotations

import ntpath
import re

from gateway.emulation.automation.errors import LimitReached, MemoryOver, TimeOver
from gateway.emulation.contract import Behaviour, StopKind
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Sink
from gateway.emulation.winapi import api, image
from gateway.emulation.winapi.calls import Invoke, Running
from gateway.emulation.winapi.machine import Ended, Guess, Machine
from gateway.emulation.windows import facts
from gateway.emulation.windows.recorder import Recorder

_NOTES_MAX = 20
_EXPORTS_MAX = 8
"""Functions of a library that are called; what the first ones do tells the rest."""

_HELD_BACK = re.compile(r"^(DllCanUnloadNow|DllGetClassObject|DllUnregister|_|#)", re.IGNORECASE)
_ATTACH = 1
_PROGRAM = b"MZ"


class Session:
    """One sample: the machine, what goes out, how it ended."""

    def __init__(self, request: wire.Request, out: Sink) -> None:
        name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", request.name)[-120:].strip(" .")
        if request.type == "pe" and "." not in name:
            name = f"{name or 'sample'}.exe"
        self.path = ntpath.join(facts.DOWNLOADS, name or "sample.bin")
        self.request = request
        self._out = out
        self.recorder = Recorder(self.path, self._emit)
        self.stopped: tuple[StopKind, str] | None = None
        self.machine: Machine | None = None

    def _emit(self, behaviour: Behaviour) -> None:
        self._out.write(wire.frame(wire.saw(behaviour)))

    def run(self, data: bytes) -> None:
        """Run it; whatever ends it is kept."""
        try:
            if self.request.type == "shellcode":
                self._run_code(data)
            elif data and not data.startswith(_PROGRAM):
                self._run_headless(data)
            else:
                self._run_program(data)
        except Ended:
            pass
        except image.NoImage as error:
            self.stopped = (StopKind.INCOMPLETE, str(error))
        except TimeOver as error:
            self.stopped = (StopKind.TIMED_OUT, str(error))
        except (MemoryOver, MemoryError) as error:
            self.stopped = (StopKind.MEMORY, f"it needs too much memory: {error}")
        except LimitReached as error:
            self.stopped = (StopKind.CRASHED, str(error))
        self.finish()

    def _machine(self, width: int, data: bytes) -> Machine:
        machine = Machine(width, self.recorder, self.path, self.request.arguments)
        machine.disk.add(self.path, data)
        machine.disk.sample_path = self.path
        self.machine = machine
        return machine

    def _run_program(self, data: bytes) -> None:
        parsed = image.parse(data)
        machine = self._machine(image.width_of(parsed), data)
        loaded = image.load(parsed, machine.memory, machine.resolve)
        machine.put_image(loaded)
        machine.start_thread(self._library(loaded) if loaded.is_dll else self._program(loaded))
        machine.run()

    @staticmethod
    def _program(loaded: image.Image) -> Running:
        for callback in loaded.callbacks:
            yield Invoke(callback, (loaded.base, _ATTACH, 0))
        return (yield Invoke(loaded.entry))

    def _library(self, loaded: image.Image) -> Running:
        """A library's own start, then its functions, as rundll32 and regsvr32 would call them."""
        for callback in loaded.callbacks:
            yield Invoke(callback, (loaded.base, _ATTACH, 0))
        if loaded.entry and not (yield Invoke(loaded.entry, (loaded.base, _ATTACH, 0))):
            return 0
        machine = self.machine
        if machine is None:
            return 0
        line = machine.heap.keep(bytes(64))
        chosen = [name for name in loaded.exports if not _HELD_BACK.match(name)]
        crashed: list[str] = []
        for name in chosen[:_EXPORTS_MAX]:
            machine.keep.things["called export"] = name
            machine.guess = guess = Guess()
            yield Invoke(loaded.exports[name], (0, loaded.base, line, 1))
            machine.guess = None
            crashed += [guess.crashed] if guess.crashed else []
        if crashed and len(crashed) == len(chosen[:_EXPORTS_MAX]):
            machine.stop(StopKind.CRASHED, f"the program crashed: {crashed[0]}")
        return 0

    def _run_code(self, data: bytes) -> None:
        """Bare machine code: 64 bits first, then 32 when that did nothing before it crashed."""
        for width in (8, 4):
            machine = self._machine(width, data)
            region = machine.memory.map(len(data) + 0x1000, "sample", 0x40_0000, executable=True)
            machine.memory.write(region.base, data)
            machine.load_dll("user32.dll")
            machine.put_code(region)
            machine.start_thread(_start(region.base))
            machine.run()
            if machine.calls or machine.stopped is None:
                return

    def _run_headless(self, data: bytes) -> None:
        """What is called a program but has no head of one: to those who name types, code that jumps
        at once is a program of DOS. It may be machine code that somebody is to load."""
        self._run_code(data)
        if self.machine is None or not self.machine.calls:
            self.stopped = (StopKind.INCOMPLETE, "it is no program, and no machine code that acts")

    def finish(self) -> None:
        """Hand back what was dropped and started, and end."""
        machine, stopped = self.machine, self.stopped
        notes = [*self.recorder.notes]
        output = ""
        status: int | None = None
        if machine is not None:
            stopped = stopped or machine.stopped
            status = machine.exit_status if stopped is None else None
            output = "".join(machine.output)
            for file in machine.disk.handed_back():
                self.drop(file.path, file.data)
            for name, line in machine.commands.lines.items():
                self.drop(name, line)
            for number, code in enumerate(machine.keep.things.get("unpacked", [])[:8], 1):
                kind = "exe" if code[:2] == b"MZ" else "bin"
                self.drop(f"memory-{number}.{kind}", code)
        if self.recorder.missing:
            notes.append(f"not emulated: {', '.join(self.recorder.missing)}")
        if self.recorder.overflow:
            notes.append(f"{self.recorder.overflow} further behaviours were not kept")
        counts = tuple(each.count for each in self.recorder.behaviours)
        kind, detail = (stopped[0].value, stopped[1]) if stopped else ("", "")
        last = wire.Ended(counts, status, kind, detail, tuple(notes[:_NOTES_MAX]), output)
        self._out.write(wire.frame(last))

    def drop(self, path: str, data: bytes) -> None:
        """Hand a file back."""
        self._out.write(wire.frame(wire.Dropped(path, data)))


def _start(address: int) -> Running:
    return (yield Invoke(address))


class _Nowhere:
    """Takes messages and forgets them."""

    def write(self, data: bytes) -> int:
        return 0


def preload() -> None:
    """Import and use everything once: a guest can open no file."""
    api.preload()
    for code in (b"\x31\xc0\xc3", b"\x40\x31\xc0\xc3"):
        run(code, wire.Request("warm.bin", "shellcode", 5.0), _Nowhere())


def run(data: bytes, request: wire.Request, out: Sink) -> None:
    """Run a sample; everything that is seen goes to `out`."""
    Session(request, out).run(data)
