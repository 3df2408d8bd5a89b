"""Exceptions of 64-bit programs: frames are walked by the program's own tables (PE/COFF, ".pdata";
"x64 exception handling", unwind data), and each frame's language handler is asked, in two passes.

A walk starts where a function of Windows was called, and goes on through functions of Windows that
had called back into the program. Prologues and epilogues are not looked at: an exception that the
program raises itself always stands in a function's body.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unicorn import x86_const as x86

from gateway.emulation.contract import StopKind
from gateway.emulation.winapi.calls import Call, Invoke, Running

if TYPE_CHECKING:
    from gateway.emulation.winapi.machine import Machine

GCC_THROW = 0x20474343
"""Raised by GCC's runtime for `throw`. Where nobody catches it, it goes on behind the call and ends
the program itself."""

_GENERAL = (
    *(x86.UC_X86_REG_RAX, x86.UC_X86_REG_RCX, x86.UC_X86_REG_RDX, x86.UC_X86_REG_RBX),
    *(x86.UC_X86_REG_RSP, x86.UC_X86_REG_RBP, x86.UC_X86_REG_RSI, x86.UC_X86_REG_RDI),
    *(x86.UC_X86_REG_R8, x86.UC_X86_REG_R9, x86.UC_X86_REG_R10, x86.UC_X86_REG_R11),
    *(x86.UC_X86_REG_R12, x86.UC_X86_REG_R13, x86.UC_X86_REG_R14, x86.UC_X86_REG_R15),
)
"""In the order of their numbers in unwind codes, which is also that of a CONTEXT."""

_RAX, _RDX, _RSP = 0, 2, 4
_SAVED_XMM = range(6, 16)

_CONTEXT_SIZE, _CONTEXT_GENERAL, _CONTEXT_PC, _CONTEXT_XMM = 0x4D0, 0x78, 0xF8, 0x1A0
_CONTEXT_FULL = 0x10000B
_EXCEPTION_TABLE = 3
"""Its place among the data directories."""

_HANDLES, _TIDIES, _CHAINED = 1, 2, 4
_UNWINDING, _TARGET = 2, 0x20
_CONTINUE_EXECUTION = 0
_FRAMES_MAX = 500
_RECORD_SIZE = 152


@dataclass(slots=True)
class State:
    """Registers at one frame."""

    general: list[int]
    pc: int
    xmm: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Unwound:
    """What a frame's unwind data say: who handles, with which data; where the frame stands."""

    entry: int
    base: int
    handler: int
    data: int
    frame: int
    caller: State


class _Walk:
    """Frames from a call of a function of Windows outwards."""

    def __init__(self, call: Call) -> None:
        self.machine: Machine = call.machine
        cpu, memory = self.machine.cpu, self.machine.memory
        general = [cpu.register(number) for number in _GENERAL]
        general[_RSP] = call.sp + 8
        xmm = {n: cpu.register(x86.UC_X86_REG_XMM0 + n) for n in _SAVED_XMM}
        self.state = State(general, memory.pointer(call.sp), xmm)
        self._callers = [f for f in self.machine.current.frames if f.call is not None]
        while self._callers and self._callers[-1].sp <= call.sp:
            self._callers.pop()

    def frame(self, *, unwinding: bool) -> _Unwound | None:
        """The frame at the walk's place; None where the program's own code ends."""
        while self.machine.is_return(self.state.pc):
            if not self._callers:
                return None
            sp = self._callers.pop().sp
            self.state.pc = self.machine.memory.pointer(sp)
            self.state.general[_RSP] = sp + 8
        return _unwound(self.machine, self.state, _TIDIES if unwinding else _HANDLES)


def raising(call: Call) -> Running:
    """RaiseException: the first pass, in which somebody says that it handles the exception."""
    machine = call.machine
    code, count = call.u32(0), min(call.u32(2), 15)
    words = struct.unpack(f"<{count}Q", machine.memory.read(call[3], 8 * count)) if call[3] else ()
    walk = _Walk(call)
    record = struct.pack("<IIQQII", code, call.u32(1), 0, walk.state.pc, len(words), 0)
    record += struct.pack(f"<{len(words)}Q", *words)
    place = machine.heap.keep(record.ljust(_RECORD_SIZE, b"\0"))
    original = machine.heap.zeroed(_CONTEXT_SIZE)
    _store(machine, original, walk.state)
    pair = machine.heap.keep(struct.pack("<QQ", place, original))
    for handler in list(machine.keep.vectored):
        if (yield Invoke(handler, (pair,))) & 0xFFFFFFFF == 0xFFFFFFFF:
            return None
    yield from _search(walk, place, original)
    if code == GCC_THROW:
        return None
    if machine.keep.unhandled:
        answer = yield Invoke(machine.keep.unhandled, (pair,))
        if answer & 0xFFFFFFFF == 0xFFFFFFFF:
            return None
    machine.stop(StopKind.CRASHED, f"the program crashed: exception {code:#x}")
    return None


def _search(walk: _Walk, record: int, original: int) -> Running:
    """Ask the handlers of one frame after the other; one that handles it does not come back."""
    machine = walk.machine
    for _ in range(_FRAMES_MAX):
        found = walk.frame(unwinding=False)
        if found is None:
            return None
        if found.handler:
            context = machine.heap.zeroed(_CONTEXT_SIZE)
            _store(machine, context, found.caller)
            facts = _dispatcher(machine, found, walk.state.pc, 0, context)
            answer = yield Invoke(found.handler, (record, found.frame, original, facts))
            if answer & 0xFFFFFFFF == _CONTINUE_EXECUTION:
                _land(machine, _loaded(machine, original))
        walk.state = found.caller
    return None


def unwinding(call: Call) -> Running:
    """RtlUnwindEx: the second pass: frames tidy up, and the program goes on at a target."""
    machine, memory = call.machine, call.machine.memory
    goal, goal_pc, record, value = call[0], call[1], call[2], call[3]
    walk = _Walk(call)
    if not record:
        record = machine.heap.keep(struct.pack("<II", 0xC0000027, 0).ljust(_RECORD_SIZE, b"\0"))
    flags = memory.u32(record + 4) & ~_TARGET | _UNWINDING
    for _ in range(_FRAMES_MAX):
        found = walk.frame(unwinding=True)
        if found is None:
            break
        reached = found.frame == goal
        walk.state.general[_RAX] = value
        if found.handler:
            memory.write(record + 4, struct.pack("<I", flags | (_TARGET if reached else 0)))
            context = machine.heap.zeroed(_CONTEXT_SIZE)
            _store(machine, context, walk.state)
            facts = _dispatcher(machine, found, walk.state.pc, goal_pc, context)
            yield Invoke(found.handler, (record, found.frame, context, facts))
            walk.state.general[_RDX] = _loaded(machine, context).general[_RDX]
        if reached:
            walk.state.pc = goal_pc
            _land(machine, walk.state)
        walk.state = found.caller
    machine.stop(StopKind.CRASHED, "the program crashed: it unwinds to a frame that is not there")
    return None


def _land(machine: Machine, state: State) -> None:
    """Go on with these registers; what had called back from below is over. Raises Elsewhere."""
    thread = machine.current
    while thread.frames and thread.frames[-1].sp < state.general[_RSP]:
        thread.frames.pop()
    for number, value in zip(_GENERAL, state.general, strict=True):
        machine.cpu.put_register(number, value)
    for number, value in state.xmm.items():
        machine.cpu.put_register(x86.UC_X86_REG_XMM0 + number, value)
    thread.pc = state.pc
    machine.elsewhere()


def _dispatcher(machine: Machine, found: _Unwound, pc: int, goal_pc: int, context: int) -> int:
    """A DISPATCHER_CONTEXT (winnt.h)."""
    words = (pc, found.base, found.entry, found.frame, goal_pc, context, found.handler, found.data)
    return machine.heap.keep(struct.pack("<8Q", *words).ljust(96, b"\0"))


def _store(machine: Machine, place: int, state: State) -> None:
    block = bytearray(_CONTEXT_SIZE)
    struct.pack_into("<I", block, 0x30, _CONTEXT_FULL)
    struct.pack_into("<16Q", block, _CONTEXT_GENERAL, *state.general)
    struct.pack_into("<Q", block, _CONTEXT_PC, state.pc)
    for number, value in state.xmm.items():
        start = _CONTEXT_XMM + 16 * number
        block[start : start + 16] = value.to_bytes(16, "little")
    machine.memory.write(place, bytes(block))


def _loaded(machine: Machine, place: int) -> State:
    block = machine.memory.read(place, _CONTEXT_SIZE)
    general = list(struct.unpack_from("<16Q", block, _CONTEXT_GENERAL))
    (pc,) = struct.unpack_from("<Q", block, _CONTEXT_PC)
    starts = {number: _CONTEXT_XMM + 16 * number for number in _SAVED_XMM}
    xmm = {n: int.from_bytes(block[at : at + 16], "little") for n, at in starts.items()}
    return State(general, pc, xmm)


def _unwound(machine: Machine, state: State, wanted: int) -> _Unwound | None:
    """The frame of a place in the program; None where no image is."""
    image = next((i for i in machine.images if i.region.base <= state.pc < i.region.end), None)
    if image is None:
        return None
    memory, base = machine.memory, image.base
    caller = State(list(state.general), 0, dict(state.xmm))
    entry = _entry(machine, base, image.parsed, state.pc)
    handler = data = 0
    frame = state.general[_RSP]
    if entry:
        place = base + memory.u32(entry + 8)
        handler, data, frame = _undo(machine, base, place, caller, wanted)
    stack = caller.general[_RSP]
    caller.pc = memory.pointer(stack)
    caller.general[_RSP] = stack + 8
    if machine.dlls.is_stub(handler):
        handler = 0  # a handler of the C runtime: it only ends the program
    return _Unwound(entry, base, handler, data, frame, caller)


def _entry(machine: Machine, base: int, parsed: object, pc: int) -> int:
    """The address of the RUNTIME_FUNCTION for a place; 0 for functions that have none."""
    tables: dict[int, tuple[int, list[int]]] = machine.keep.things.setdefault("unwind tables", {})
    if base not in tables:
        directory = parsed.OPTIONAL_HEADER.DATA_DIRECTORY[_EXCEPTION_TABLE]  # type: ignore[attr-defined]
        raw = machine.memory.read(base + directory.VirtualAddress, directory.Size // 12 * 12)
        starts = [begin for begin, _, _ in struct.iter_unpack("<III", raw)]
        tables[base] = (base + directory.VirtualAddress, starts)
    place, starts = tables[base]
    number = bisect_right(starts, pc - base) - 1
    if number < 0 or pc - base >= machine.memory.u32(place + 12 * number + 4):
        return 0
    return place + 12 * number


def _undo(
    machine: Machine, base: int, place: int, state: State, wanted: int
) -> tuple[int, int, int]:
    """Take a function's prologue back. Its handler and the handler's data (0: none), its frame."""
    memory, general = machine.memory, state.general
    handler = data = frame = 0
    for depth in range(32):
        head = memory.read(place, 4)
        flags, count, register = head[0] >> 3, head[2], head[3] & 15
        codes = memory.read(place + 4, 2 * (count + count % 2))
        top = general[register] - 16 * (head[3] >> 4) if register else general[_RSP]
        frame = frame if depth else top
        _undo_codes(machine, codes[: 2 * count], state, top)
        after = place + 4 + len(codes)
        if not flags & _CHAINED:
            if flags & wanted:
                handler, data = base + memory.u32(after), after + 4
            break
        place = base + memory.u32(after + 8)
    return handler, data, frame


def _undo_codes(machine: Machine, codes: bytes, state: State, top: int) -> None:
    memory, general = machine.memory, state.general
    slots = struct.unpack(f"<{len(codes) // 2}H", codes)
    index = 0

    def operand(size: int) -> int:
        low, high = int(slots[index + 1]), 0 if size == 1 else int(slots[index + 2])
        return low | high << 16

    while index < len(slots):
        kind, info = slots[index] >> 8 & 15, slots[index] >> 12
        used = 1
        match kind:
            case 0:
                general[info] = memory.pointer(general[_RSP])
                general[_RSP] += 8
            case 1:
                used = 3 if info else 2
                general[_RSP] += operand(2) if info else operand(1) * 8
            case 2:
                general[_RSP] += info * 8 + 8
            case 3:
                general[_RSP] = top
            case 4 | 5:
                used = kind - 2
                general[info] = memory.pointer(top + (operand(1) * 8 if kind == 4 else operand(2)))
            case 8 | 9:
                used = kind - 6
                at = top + (operand(1) * 16 if kind == 8 else operand(2))
                state.xmm[info] = int.from_bytes(memory.read(at, 16), "little")
            case 10:
                general[_RSP] = memory.pointer(general[_RSP] + 24 + 8 * info)
            case _:
                pass
        index += used
