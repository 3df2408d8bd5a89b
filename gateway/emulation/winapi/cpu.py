"""The processor: registers by their meaning, arguments by the calling conventions of Windows.

32 bits: all arguments on the stack. 64 bits: four in registers, floating-point ones in xmm.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import unicorn
from unicorn import x86_const as x86

from gateway.emulation.winapi.memory import Memory

_INTEGER = (x86.UC_X86_REG_RCX, x86.UC_X86_REG_RDX, x86.UC_X86_REG_R8, x86.UC_X86_REG_R9)
_FS_BASE, _GS_BASE = 0xC0000100, 0xC0000101
_GDT_ENTRIES = 16
_CODE_ENTRY, _DATA_ENTRY, _FS_ENTRY = 1, 2, 3


class Cpu:
    """One processor with its memory. `width` is 4 or 8."""

    def __init__(self, width: int) -> None:
        mode = unicorn.UC_MODE_32 if width == 4 else unicorn.UC_MODE_64
        self.engine = unicorn.Uc(unicorn.UC_ARCH_X86, mode)
        self.memory = Memory(self.engine, width)
        self.width = width
        small = width == 4
        self._pc = x86.UC_X86_REG_EIP if small else x86.UC_X86_REG_RIP
        self._sp = x86.UC_X86_REG_ESP if small else x86.UC_X86_REG_RSP
        self._result = x86.UC_X86_REG_EAX if small else x86.UC_X86_REG_RAX

    def register(self, number: int) -> int:
        """Any register, by unicorn's number."""
        return int(self.engine.reg_read(number))

    def put_register(self, number: int, value: int) -> None:
        """Any register."""
        self.engine.reg_write(number, value)

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return int(self.engine.reg_read(self._pc))

    @property
    def sp(self) -> int:
        """The top of the stack."""
        return int(self.engine.reg_read(self._sp))

    @sp.setter
    def sp(self, value: int) -> None:
        self.engine.reg_write(self._sp, value)

    @property
    def result(self) -> int:
        """What a function answered."""
        return int(self.engine.reg_read(self._result))

    @result.setter
    def result(self, value: int) -> None:
        self.engine.reg_write(self._result, value & ((1 << 8 * self.width) - 1))

    def put_long(self, value: int) -> None:
        """A 64-bit answer."""
        if self.width == 8:
            self.result = value
            return
        self.result = value & 0xFFFFFFFF
        self.put_register(x86.UC_X86_REG_EDX, value >> 32 & 0xFFFFFFFF)

    def argument(self, sp: int, index: int) -> int:
        """An argument at a function's first instruction, where the stack's top is `sp`."""
        if self.width == 8 and index < 4:
            return self.register(_INTEGER[index])
        return self.memory.pointer(sp + self.width * (index + 1))

    def double_argument(self, sp: int, index: int, slot: int) -> float:
        """A double: the `index`th argument; `slot` counts 32-bit words on the 32-bit stack."""
        if self.width == 4:
            raw = self.memory.read(sp + 4 * (slot + 1), 8)
        elif index < 4:
            low = self.register(x86.UC_X86_REG_XMM0 + index)
            raw = (low & (1 << 64) - 1).to_bytes(8, "little")
        else:
            raw = self.memory.read(sp + 8 * (index + 1), 8)
        return float(struct.unpack("<d", raw)[0])

    def call(self, top: int, back: int, arguments: Sequence[int]) -> None:
        """Lay out a call below `top` that returns to `back`; the caller starts the function."""
        words = list(arguments)
        if self.width == 8:
            for register, value in zip(_INTEGER, words, strict=False):
                self.put_register(register, value & (1 << 64) - 1)
            words = [0, 0, 0, 0, *words[4:]]
        sp = top - self.width * len(words)
        sp &= ~0xF
        for number, value in enumerate(words):
            self.memory.put_pointer(sp + self.width * number, value)
        sp -= self.width
        self.memory.put_pointer(sp, back)
        self.sp = sp

    def set_thread_block(self, address: int) -> None:
        """Let fs (32 bits) or gs (64 bits) lead to the thread's block."""
        if self.width == 8:
            self.engine.msr_write(_GS_BASE, address)
            return
        table = self.memory.map(0x1000, "descriptors", 0x1000_0000)
        for number, base, access in (
            *((_CODE_ENTRY, 0, 0x9A), (_DATA_ENTRY, 0, 0x92), (_FS_ENTRY, address, 0x92)),
        ):
            entry = 0xFFFF | (base & 0xFFFFFF) << 16 | access << 40 | 0xCF << 48
            entry |= (base >> 24 & 0xFF) << 56
            self.memory.write(table.base + 8 * number, struct.pack("<Q", entry))
        self.engine.reg_write(x86.UC_X86_REG_GDTR, (0, table.base, 8 * _GDT_ENTRIES - 1, 0))
        self.engine.reg_write(x86.UC_X86_REG_CS, _CODE_ENTRY << 3)
        for register in (x86.UC_X86_REG_DS, x86.UC_X86_REG_ES, x86.UC_X86_REG_SS):
            self.engine.reg_write(register, _DATA_ENTRY << 3)
        self.engine.reg_write(x86.UC_X86_REG_FS, _FS_ENTRY << 3)
