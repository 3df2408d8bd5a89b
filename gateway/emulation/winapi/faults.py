"""Exceptions of the processor: handed to the program's own handlers, as Windows does; else its end.

Vectored handlers in both sizes; of handlers in frames those of 32 bits (the chain at fs:[0]).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from unicorn import x86_const as x86

from gateway.emulation.contract import StopKind
from gateway.emulation.winapi.calls import Invoke, Running
from gateway.emulation.winapi.threads import Frame

if TYPE_CHECKING:
    from gateway.emulation.winapi.machine import Machine

ACCESS_VIOLATION = 0xC0000005
ILLEGAL_INSTRUCTION = 0xC000001D
DIVISION_BY_ZERO = 0xC0000094
BREAKPOINT = 0x80000003
SINGLE_STEP = 0x80000004
PRIVILEGED_INSTRUCTION = 0xC0000096
_CONTINUE = 0xFFFFFFFF

_INTERRUPTS = {
    0: DIVISION_BY_ZERO,
    1: SINGLE_STEP,
    3: BREAKPOINT,
    6: ILLEGAL_INSTRUCTION,
    13: PRIVILEGED_INSTRUCTION,
    14: ACCESS_VIOLATION,
    0x2D: BREAKPOINT,
}
_FAST_FAIL = 0x29
_HANDLERS_MAX = 32
_FAULTS_MAX = 2000

_CONTEXT_32 = 0x2CC
_CONTEXT_64 = 0x4D0
_PLACES_32 = {
    0x9C: x86.UC_X86_REG_EDI,
    0xA0: x86.UC_X86_REG_ESI,
    0xA4: x86.UC_X86_REG_EBX,
    0xA8: x86.UC_X86_REG_EDX,
    0xAC: x86.UC_X86_REG_ECX,
    0xB0: x86.UC_X86_REG_EAX,
    0xB4: x86.UC_X86_REG_EBP,
    0xC0: x86.UC_X86_REG_EFLAGS,
    0xC4: x86.UC_X86_REG_ESP,
}
_PLACES_64 = {
    0x44: x86.UC_X86_REG_EFLAGS,
    **{
        0x78 + 8 * number: register
        for number, register in enumerate(
            (
                *(x86.UC_X86_REG_RAX, x86.UC_X86_REG_RCX, x86.UC_X86_REG_RDX),
                *(x86.UC_X86_REG_RBX, x86.UC_X86_REG_RSP, x86.UC_X86_REG_RBP),
                *(x86.UC_X86_REG_RSI, x86.UC_X86_REG_RDI, x86.UC_X86_REG_R8),
                *(x86.UC_X86_REG_R9, x86.UC_X86_REG_R10, x86.UC_X86_REG_R11),
                *(x86.UC_X86_REG_R12, x86.UC_X86_REG_R13, x86.UC_X86_REG_R14),
                x86.UC_X86_REG_R15,
            )
        )
    },
}
_PC_32, _PC_64 = 0xB8, 0xF8
"""Where registers stand in a CONTEXT (winnt.h), and the next instruction's address."""


def interrupt(machine: Machine, number: int) -> None:
    """A software interrupt, or an exception that the processor numbers."""
    if number == _FAST_FAIL:
        machine.stop(StopKind.CRASHED, "the program ended itself (fast fail)")
    if number in (3, 0x2D):
        machine.recorder.call("breakpoint instruction")
    code = _INTERRUPTS.get(number)
    if code is None:
        machine.stop(StopKind.CRASHED, f"interrupt {number:#x} is not handled")
        return
    raised(machine, code, machine.current.pc, f"interrupt {number:#x}")


def raised(machine: Machine, code: int, address: int, words: str) -> None:
    """An exception in the running thread: its handlers are asked, in the order of Windows."""
    count = machine.keep.things["faults"] = machine.keep.things.get("faults", 0) + 1
    if count > _FAULTS_MAX:
        machine.stop(StopKind.TIMED_OUT, "it raises exceptions without end")
    thread = machine.current
    handlers = list(machine.keep.vectored)
    framed = _framed(machine)
    if not handlers and not framed and not machine.keep.unhandled:
        if machine.forgives(words):
            return
        machine.stop(StopKind.CRASHED, f"the program crashed: {words}")
    sp = machine.cpu.sp
    record, context = _written(machine, code, address)
    pair = machine.heap.allocate(2 * machine.width)
    machine.memory.put_pointer(pair, record)
    machine.memory.put_pointer(pair + machine.width, context)

    def asking() -> Running:
        for handler in handlers:
            if (yield Invoke(handler, (pair,))) & 0xFFFFFFFF == _CONTINUE:
                return None
        for frame, handler in framed:
            answer = yield Invoke(handler, (record, frame, context, 0))
            if answer & 0xFFFFFFFF == 0:
                return None
        if machine.keep.unhandled:
            filtered = yield Invoke(machine.keep.unhandled, (pair,))
            if filtered & 0xFFFFFFFF == _CONTINUE:
                return None
        machine.stop(StopKind.CRASHED, f"the program crashed: {words}")
        return None

    running = asking()
    thread.frames.append(Frame(running, sp - 0x1000, None, lambda: _continue(machine, context)))
    machine.call_program(next(running), sp - 0x1000)


def _framed(machine: Machine) -> list[tuple[int, int]]:
    """The chain of handlers at fs:[0]: each frame with its handler."""
    if machine.width == 8:
        return []
    found: list[tuple[int, int]] = []
    frame = machine.memory.u32(machine.blocks.teb)
    while frame not in (0, 0xFFFFFFFF) and len(found) < _HANDLERS_MAX:
        if machine.memory.at(frame) is None:
            break
        handler = machine.memory.u32(frame + 4)
        if machine.memory.at(handler) is not None:
            found.append((frame, handler))
        frame = machine.memory.u32(frame)
    return found


def _written(machine: Machine, code: int, address: int) -> tuple[int, int]:
    """EXCEPTION_RECORD and CONTEXT in the program's memory."""
    pc = machine.current.pc
    if machine.width == 8:
        record = struct.pack("<IIQQIIQQ", code, 0, 0, pc, 2, 0, 0, address)
    else:
        record = struct.pack("<IIIIIII", code, 0, 0, pc & 0xFFFFFFFF, 2, 0, address & 0xFFFFFFFF)
    return machine.heap.keep(record.ljust(160, b"\0")), machine.heap.keep(context_of(machine, pc))


def context_of(machine: Machine, pc: int) -> bytes:
    """The running thread's registers as a CONTEXT."""
    small = machine.width == 4
    block = bytearray(_CONTEXT_32 if small else _CONTEXT_64)
    for place, register in (_PLACES_32 if small else _PLACES_64).items():
        value = machine.cpu.register(register)
        struct.pack_into("<I" if small or place == 0x44 else "<Q", block, place, value)
    struct.pack_into("<I" if small else "<Q", block, _PC_32 if small else _PC_64, pc)
    struct.pack_into("<I", block, 0 if small else 0x30, 0x10007 if small else 0x10000B)
    return bytes(block)


def _continue(machine: Machine, context: int) -> None:
    """Go on where a CONTEXT says, which a handler may have changed."""
    small = machine.width == 4
    for place, register in (_PLACES_32 if small else _PLACES_64).items():
        size = 4 if small or place == 0x44 else 8
        value = int.from_bytes(machine.memory.read(context + place, size), "little")
        machine.cpu.put_register(register, value)
    place = _PC_32 if small else _PC_64
    machine.current.pc = machine.memory.pointer(context + place)


def go_on(machine: Machine, context: int) -> None:
    """NtContinue and RtlRestoreContext."""
    _continue(machine, context)
