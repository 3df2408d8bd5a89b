"""The emulated process: runs the program until a stub, lets Python answer the call, goes on.

One loop drives everything (`run`). Functions of Windows are looked up in `calls.FUNCTIONS`, then in
speakeasy's; what neither has ends the run, with its name.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, cast

import unicorn
from unicorn import x86_const as x86

from gateway.emulation.automation.errors import LimitReached, ScriptError, TimeOver
from gateway.emulation.contract import Kind, StopKind
from gateway.emulation.winapi import faults
from gateway.emulation.winapi.blocks import MAIN_TID, Blocks, Loaded
from gateway.emulation.winapi.calls import (
    FUNCTIONS,
    Answer,
    Call,
    Float,
    Function,
    Invoke,
    Long,
    Running,
    Wait,
)
from gateway.emulation.winapi.cpu import Cpu
from gateway.emulation.winapi.dlls import STUB, STUB_STEP, Dll, Dlls, normal
from gateway.emulation.winapi.fallback import Fallback
from gateway.emulation.winapi.handles import Handles
from gateway.emulation.winapi.heap import Heap
from gateway.emulation.winapi.image import Image
from gateway.emulation.winapi.memory import Fault, Region
from gateway.emulation.winapi.threads import (
    THREADS_MAX,
    Frame,
    Thread,
    next_moment,
    next_thread,
)
from gateway.emulation.windows import facts
from gateway.emulation.windows.commands import Commands
from gateway.emulation.windows.disk import Disk
from gateway.emulation.windows.recorder import Recorder
from gateway.emulation.windows.registry import Registry

_STACK = 1 << 20
_NEVER = 0xFFFF_FFFF_FFFF_0000
"""Where emulation would end by itself: no program gets there."""

_SLEEPS_ALIKE = ((200, 300.0), (100, 30.0))
"""Waits of one program after which each takes at least so many seconds of the emulated clock."""

_STRETCHED = 300
"""How many times longer than asked for a wait gets at most: one frame of a game is no minute."""

_STARTED_WITH = ("ntdll.dll", "kernel32.dll", "kernelbase.dll")
"""What every process has loaded, in this order."""


_RUNTIME = ("msvcrt.dll", "ucrtbase.dll")
"""Libraries that work on the program's own memory, whatever they are asked."""


class _Elsewhere(Exception):  # noqa: N818 - no error
    """A handler had the processor go on at another place: it gives no answer."""


class Ended(Exception):  # noqa: N818 - no error
    """The process has ended."""


@dataclass(slots=True)
class Kept:
    """What families of functions keep between calls."""

    exit_handlers: list[int] = field(default_factory=list)
    vectored: list[int] = field(default_factory=list)
    unhandled: int = 0
    tls: dict[tuple[int, int], int] = field(default_factory=dict)
    tls_next: int = 0
    things: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Guess:
    """A function of a library that is called with arguments nobody gave it.

    acted: it has called Windows since. crashed: how it ended, where that was our arguments' fault.
    """

    acted: bool = False
    crashed: str = ""


class Machine:
    """One process on one emulated Windows."""

    def __init__(self, width: int, recorder: Recorder, path: str, arguments: tuple[str, ...] = ()):
        self.recorder = recorder
        self.width = width
        self.disk = Disk(recorder, strict=True)
        self.registry = Registry(recorder)
        self.commands = Commands(recorder, self.disk)
        self.environment = dict(facts.ENVIRONMENT)
        self.path = path
        self.command_line = " ".join((f'"{path}"', *arguments))
        self.arguments = (path, *arguments)
        self.output: list[str] = []
        self.cpu = Cpu(width)
        self.memory = self.cpu.memory
        self.handles = Handles()
        self.keep = Kept()
        self.blocks = Blocks(self.memory)
        self.heap = Heap(self.memory)
        self.dlls = Dlls(self.memory, self._exports)
        self.fallback = Fallback(self)
        self.images: list[Image] = []
        self.threads: list[Thread] = []
        self.stopped: tuple[StopKind, str] | None = None
        self.exit_status: int | None = 0
        self.calls = 0
        self.ending = False
        self.guess: Guess | None = None
        self._sleeps = 0
        self._numbers = itertools.count(MAIN_TID, 4)
        self._set_up()

    # --- setting up ----------------------------------------------------------------------------

    def _set_up(self) -> None:
        self.cpu.set_thread_block(self.blocks.teb)
        own = self.memory.map(0x1000, "returns", self.dlls.first - 0x20000, executable=True)
        self.memory.write(own.base, (STUB + bytes(STUB_STEP - len(STUB))) * 8)
        self._returned = own.base
        self._code = own.base + 0x100
        for name in _STARTED_WITH:
            self.dlls.load(name)
        engine, first, last = self.cpu.engine, own.base, self.dlls.last
        engine.hook_add(unicorn.UC_HOOK_CODE, self._at_stub, begin=first, end=last)
        engine.hook_add(unicorn.UC_HOOK_INTR, self._at_interrupt)
        engine.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._at_bad_memory)
        self._interrupt: int | None = None
        self._bad_memory = 0
        self._watched: dict[int, int] = {}
        self._unpacked: Region | None = None

    def _exports(self, name: str) -> list[str]:
        """The names that a library's table shows."""
        own = [each.name for each in FUNCTIONS.values() if name in each.dlls]
        if name == "kernelbase.dll":
            own += [each.name for each in FUNCTIONS.values() if "kernel32.dll" in each.dlls]
        return own + self.fallback.names(name)

    def put_image(self, image: Image) -> None:
        """Take a program in and fill the process block for it."""
        self.images.append(image)
        block = "\0".join(f"{name}={value}" for name, value in sorted(self.environment.items()))
        self.blocks.set_up(image.base, self.heap.base, self.path, self.command_line, block)
        self.list_modules()

    def put_code(self, region: Region) -> None:
        """Bare machine code has no headers: the process is somebody else's."""
        block = "\0".join(f"{name}={value}" for name, value in sorted(self.environment.items()))
        self.blocks.set_up(region.base, self.heap.base, self.path, self.command_line, block)
        self.list_modules()

    def list_modules(self) -> None:
        """Have the loader's lists show what is loaded."""
        found = []
        if self.images:
            image = self.images[0]
            found.append(Loaded(self.path, image.base, image.entry, image.region.size))
        else:
            found.append(Loaded(self.path, 0, 0, 0))
        for dll in self.dlls.loaded.values():
            path = rf"{facts.SYSTEM}\{dll.name}"
            found.append(Loaded(path, dll.base, 0, dll.size))
        self.blocks.list_modules(found)

    def load_dll(self, untrusted_name: str) -> Dll:
        """A library, added to the loader's lists when it is new."""
        known = normal(untrusted_name) in self.dlls.loaded
        dll = self.dlls.load(untrusted_name)
        if not known:
            self.list_modules()
        return dll

    def resolve(self, dll: str, name: str) -> int:
        """The address of a function for an import. `name` may be `#ordinal`."""
        library = self.dlls.load(dll)
        if name.startswith("#"):
            name = self.fallback.by_ordinal(library.name, int(name[1:])) or name
        data = self.data(library.name, name)
        return data or self.dlls.address(library, name)

    def data(self, dll: str, name: str) -> int:
        """The address of a variable that a library exports; 0 for functions."""
        from gateway.emulation.winapi.api import variables

        return variables.address(self, name) if dll in variables.LIBRARIES else 0

    # --- threads -------------------------------------------------------------------------------

    def start_thread(self, running: Running, *, suspended: bool = False) -> Thread:
        """A new thread that runs a generator of calls. Raises LimitReached."""
        if len(self.threads) >= THREADS_MAX:
            raise LimitReached("it starts more threads than any honest program")
        stack = self.memory.map(_STACK, "stack", 0x0010_0000)
        top = stack.end - 0x1000
        number = next(self._numbers)
        slots = self.heap.allocate(64 * self.width)
        self.memory.write(slots, bytes(64 * self.width))
        block = self.blocks.thread(stack.end, stack.base, number, slots)
        self._lay_out_tls(slots)
        thread = Thread(number, 0, top, block, suspended=1 if suspended else 0)
        thread.handle = self.handles.add(thread)
        thread.frames.append(Frame(running, top, None))
        self.threads.append(thread)
        return thread

    def _lay_out_tls(self, slots: int) -> None:
        """Each thread has its own copy of the program's thread-local data (slot 0)."""
        for image in self.images[:1]:
            tls = getattr(image.parsed, "DIRECTORY_ENTRY_TLS", None)
            if tls is None:
                continue
            delta = image.base - image.parsed.OPTIONAL_HEADER.ImageBase
            start, end = tls.struct.StartAddressOfRawData, tls.struct.EndAddressOfRawData
            size = max(0, min(end - start, 1 << 20))
            data = self.memory.read(start + delta, size) if size else b""
            place = self.heap.allocate(size + tls.struct.SizeOfZeroFill + 16)
            self.memory.write(place, data + bytes(tls.struct.SizeOfZeroFill & 0xFFFFF))
            self.memory.put_pointer(slots, place)
            if tls.struct.AddressOfIndex:
                self.memory.put_u32(tls.struct.AddressOfIndex + delta, 0)

    def now(self) -> float:
        """Seconds since the start by the emulated clock."""
        return self.recorder.elapsed

    @property
    def last_error(self) -> int:
        """GetLastError."""
        return self.blocks.last_error

    @last_error.setter
    def last_error(self, value: int) -> None:
        self.blocks.last_error = value

    # --- the loop ------------------------------------------------------------------------------

    def run(self) -> None:
        """Run all threads until the process ends, or something is lacking."""
        self.current = self.threads[0]
        self._enter(self.current)
        try:
            while True:
                self._step()
        except Ended:
            return

    def stop(self, kind: StopKind, detail: str) -> None:
        """End the run early; the first reason counts. Raises Ended."""
        if self.stopped is None:
            self.stopped, self.exit_status = (kind, detail), None
        raise Ended

    def end(self, code: int) -> None:
        """The process ends by itself. Threads that never ran get their turn first: what they
        would have done is what we want to see."""
        self.exit_status = code
        self.ending = self.current.ended = True
        waiting = [t for t in self.threads if not t.ended and t.context is None and t.frames]
        if not waiting:
            raise Ended
        waiting[0].suspended = 0
        self._switch_to(waiting[0])
        raise _Elsewhere

    def _step(self) -> None:
        thread = self.current
        try:
            self.cpu.engine.emu_start(thread.pc, _NEVER)
        except unicorn.UcError as error:
            thread.pc = self.cpu.pc
            self._fault(error)
            return
        thread.pc = self.cpu.pc
        if self._unpacked is not None:
            region, self._unpacked = self._unpacked, None
            self._tell_unpacked(region)
            return
        if self._interrupt is not None:
            number, self._interrupt = self._interrupt, None
            faults.interrupt(self, number)
            return
        if thread.pc == self._returned:
            self._resume(self.cpu.result)
            return
        called = self.dlls.called(thread.pc)
        if called is None:
            self.stop(StopKind.CRASHED, f"the processor stopped at {thread.pc:#x}")
            return
        self._called(*called)

    def _called(self, dll: str, name: str) -> None:
        """A function of Windows: find its handler, let it answer."""
        self.calls += 1
        if self.guess is not None and dll not in _RUNTIME:
            self.guess.acted = True
        thread = self.current
        sp = self.cpu.sp
        while thread.frames and thread.frames[-1].sp < sp and thread.frames[-1].call is not None:
            thread.frames.pop()  # the program jumped over it (longjmp, an exception)
        function = FUNCTIONS.get(name) or self.fallback.function(dll, name)
        if function is None:
            self.lacks(f"{dll.removesuffix('.dll')}.{name}")
            return
        call = Call(self, dll, name, function, sp)
        self._guarded(lambda: self._answer(call, function))

    def _guarded(self, run: Callable[[], None]) -> None:
        """Run a handler: the program's wrong pointers are its own faults, others are ours."""
        try:
            run()
        except Fault as fault:
            faults.raised(self, faults.ACCESS_VIOLATION, fault.address, str(fault))
        except _Elsewhere:
            return
        except ScriptError as error:
            self.stop(StopKind.INCOMPLETE, f"not handled here: {error}")

    def _answer(self, call: Call, function: Function) -> None:
        answer = function.handler(call)
        if isinstance(answer, Generator):
            frame = Frame(answer, call.sp, call)
            self.current.frames.append(frame)
            self._advance(None)
            return
        self._finish(call, answer)

    def _advance(self, value: int | None) -> None:
        """Let the top handler go on; it calls the program again, or answers."""
        frame = self.current.frames[-1]
        try:
            wanted = frame.running.send(cast("int", value))
        except StopIteration as stop:
            self.current.frames.remove(frame)
            if frame.done is not None:
                frame.done()
            elif frame.call is None:
                self._thread_over(cast("int | None", stop.value) or 0)
            else:
                self._finish(frame.call, cast("Answer", stop.value))
            return
        self.call_program(wanted, frame.sp)

    def call_program(self, wanted: Invoke, below: int) -> None:
        """Have the program's function run next, with its frame below an address of the stack."""
        self.cpu.call(below - 0x200, self._returned, wanted.arguments)
        self.current.pc = wanted.address

    def _resume(self, value: int) -> None:
        if not self.current.frames:
            self.stop(StopKind.CRASHED, "it returned to nobody")
        self._guarded(lambda: self._advance(value))

    def _finish(self, call: Call, answer: Answer) -> None:
        """Give the answer back and go on behind the call."""
        match answer:
            case Wait():
                self._wait(call, answer)
                return
            case Float():
                self._return_float(answer)
            case Long(value):
                self.cpu.put_long(value)
            case int():
                self.cpu.result = answer
            case _:
                self.cpu.result = 0
        self.go_back(call)

    def go_back(self, call: Call) -> None:
        """Return from a call: take the address, and what the callee cleans, off the stack."""
        self.current.pc = self.memory.pointer(call.sp)
        taken = call.function.count if call.function.cleans and self.width == 4 else 0
        self.cpu.sp = call.sp + self.width * (1 + taken)

    def _return_float(self, answer: Float) -> None:
        """A floating-point answer: loaded by an instruction of the processor itself."""
        import struct

        place = self._code + 0x80
        self.memory.write(place, struct.pack("<d", answer.value))
        if self.width == 4:
            code = b"\xdd\x05" + place.to_bytes(4, "little")
        else:
            if answer.single:
                self.memory.write(place, struct.pack("<fI", answer.value, 0))
            code = b"\x48\xa1" + place.to_bytes(8, "little") + b"\x66\x48\x0f\x6e\xc0"
        self.memory.write(self._code, code + STUB)
        with contextlib.suppress(unicorn.UcError):
            self.cpu.engine.emu_start(self._code, self._code + len(code))

    def forgives(self, words: str) -> bool:
        """A crash that only our made-up arguments can have brought about: the function of the
        library that they were given to is left, and the library goes on."""
        thread = self.threads[0]
        if self.guess is None or self.guess.acted or self.current is not thread:
            return False
        self.guess.crashed = words
        del thread.frames[1:]
        self._guarded(lambda: self._advance(0))
        return True

    # --- waiting and switching -----------------------------------------------------------------

    def _wait(self, call: Call, wait: Wait) -> None:
        thread = self.current
        thread.wait, thread.waiting_call = wait, call
        thread.until = None if wait.seconds is None else self.now() + wait.seconds
        self.give_way()

    def give_way(self) -> None:
        """Let another thread run, or the clock jump to where one goes on."""
        chosen = next_thread(self.threads, self.current, self.now())
        if chosen is None:
            moment = next_moment(self.threads)
            if moment is None and self.ending:
                raise Ended
            if moment is None:
                alive = any(not thread.ended for thread in self.threads)
                if alive and not any(not t.ended and not t.suspended for t in self.threads):
                    raise Ended
                self.stop(StopKind.INCOMPLETE, "it waits for something that never comes")
                return
            self.recorder.slept += max(0.0, moment - self.now()) + 1e-6
            if self.recorder.slept > 8 * 3600:
                raise TimeOver("it would run for more than a working day")
            chosen = next_thread(self.threads, self.current, self.now())
        if chosen is None:
            raise Ended
        self._switch_to(chosen)

    def _switch_to(self, thread: Thread) -> None:
        if thread is not self.current:
            old = self.current
            old.context = self.cpu.engine.context_save()
            old.block = self.memory.read(self.blocks.teb, len(old.block))
            self._enter(thread)
        elif thread.context is None and thread.pc == 0:
            self._enter(thread)
        if thread.wait is not None:
            self._woken(thread)

    def _enter(self, thread: Thread) -> None:
        self.current = thread
        self.memory.write(self.blocks.teb, thread.block)
        if thread.context is not None:
            self.cpu.engine.context_restore(thread.context)
        elif thread.pc == 0:
            self._guarded(lambda: self._advance(None))

    def _woken(self, thread: Thread) -> None:
        wait, call = thread.wait, thread.waiting_call
        if wait is None or call is None:
            return
        ready = wait.ready()
        thread.wait = thread.waiting_call = thread.until = None
        self.cpu.result = wait.when_ready if ready else wait.when_late
        self.go_back(call)

    def _thread_over(self, code: int) -> None:
        thread = self.current
        thread.ended, thread.exit_code = True, code
        if thread is self.threads[0]:
            self.end(code)
            return
        if all(each.ended for each in self.threads):
            raise Ended
        self.give_way()

    def exit_thread(self, code: int) -> None:
        """ExitThread of the running thread."""
        self.current.frames.clear()
        self._thread_over(code)
        raise _Elsewhere

    @staticmethod
    def elsewhere() -> None:
        """Said by a handler that set the processor's place itself. Raises."""
        raise _Elsewhere

    def is_return(self, address: int) -> bool:
        """Whether an address is where the program's functions return to Windows."""
        return address == self._returned

    def sleeps(self, seconds: float) -> float:
        """The program waits: told when it is worth telling. How long the clock is to jump: loops of
        short waits are made longer, since nobody wants to watch them."""
        if seconds >= 0.5:
            self.recorder.note(Kind.PROCESS, "sleep", f"{seconds:g} s")
        self._sleeps += 1
        for count, least in _SLEEPS_ALIKE:
            if self._sleeps >= count:
                return max(seconds, min(least, max(seconds, 0.001) * _STRETCHED))
        return seconds

    # --- what was seen -------------------------------------------------------------------------

    def lacks(self, what: str) -> None:
        """A function is not emulated: nobody knows what the program would do next."""
        self.recorder.lacks(what)
        self.stop(StopKind.INCOMPLETE, f"{what} is not emulated")

    def watch(self, region: Region) -> None:
        """Tell when code runs in a region that the program filled itself."""
        if region.base in self._watched or region.ran:
            return
        self._watched[region.base] = self.cpu.engine.hook_add(
            unicorn.UC_HOOK_BLOCK, self._at_block, begin=region.base, end=region.end - 1
        )

    def watch_piece(self, base: int, size: int) -> None:
        """Tell when code runs in a piece of the program itself that was data before."""
        piece = Region(base, size, "made")
        hooks: list[int] = []

        def ran(engine: Any, address: int, length: int, data: Any) -> None:
            while hooks:
                with contextlib.suppress(unicorn.UcError):
                    engine.hook_del(hooks.pop())
                self._unpacked = piece
                engine.emu_stop()

        end = base + max(1, size) - 1
        hooks.append(self.cpu.engine.hook_add(unicorn.UC_HOOK_BLOCK, ran, begin=base, end=end))

    def _tell_unpacked(self, region: Region) -> None:
        """Code that the program made itself has begun to run."""
        data = self.memory.read(region.base, region.size).rstrip(b"\0")
        self.recorder.note(
            Kind.MEMORY, "make-executable", "code of its own making", f"{len(data)} bytes"
        )
        self.keep.things.setdefault("unpacked", []).append(data)

    def _at_block(self, engine: Any, address: int, size: int, data: Any) -> None:
        region = self.memory.at(address)
        if region is None or region.ran:
            return
        region.ran = True
        hook = self._watched.pop(region.base, None)
        if hook is not None:
            with contextlib.suppress(unicorn.UcError):
                engine.hook_del(hook)
        self._unpacked = region
        engine.emu_stop()

    def _at_stub(self, engine: Any, address: int, size: int, data: Any) -> None:
        if self.dlls.is_stub(address) or address == self._returned:
            engine.emu_stop()

    def _at_interrupt(self, engine: Any, number: int, data: Any) -> None:
        self._interrupt = number
        engine.emu_stop()

    def _at_bad_memory(
        self, engine: Any, access: int, address: int, size: int, value: int, data: Any
    ) -> bool:
        self._bad_memory = address
        return False

    def _fault(self, error: unicorn.UcError) -> None:
        """The processor could not go on."""
        number = error.errno
        if number == unicorn.UC_ERR_INSN_INVALID:
            code = self.memory.read(self.current.pc, 2) if self.memory.at(self.current.pc) else b""
            if code in (b"\x0f\x05", b"\x0f\x34"):
                self.recorder.call("system call without a library")
                self.stop(StopKind.INCOMPLETE, "it calls the system without its libraries")
            faults.raised(self, faults.ILLEGAL_INSTRUCTION, self.current.pc, "a bad instruction")
            return
        words = "an instruction at" if number == unicorn.UC_ERR_FETCH_UNMAPPED else "memory at"
        detail = f"{words} {self._bad_memory:#x} is not there"
        faults.raised(self, faults.ACCESS_VIOLATION, self._bad_memory, detail)


def stack_register(width: int) -> int:
    """unicorn's number of the frame register."""
    return int(x86.UC_X86_REG_RBP if width == 8 else x86.UC_X86_REG_EBP)
