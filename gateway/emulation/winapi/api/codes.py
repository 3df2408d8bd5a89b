"""The printf and scanf families' formats. Knows memory only through the functions it is given."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from gateway.emulation.winapi.calls import Call
from gateway.emulation.winapi.machine import Machine

_SPEC = re.compile(r"%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(I64|I32|ll|hh|[hlLjztwI])?([a-zA-Z%])")
_WIDTH_MAX = 4096


@dataclass(slots=True)
class Arguments:
    """Arguments of a variable list, one after the other. `at` is where the next one lies;
    `registers` gives the first ones of 64-bit calls that pass them in registers."""

    machine: Machine
    at: int
    registers: list[int]

    def word(self) -> int:
        """The next pointer-sized argument."""
        if self.registers:
            return self.registers.pop(0)
        value = self.machine.memory.pointer(self.at)
        self.at += self.machine.width
        return value

    def long(self) -> int:
        """The next argument of 64 bits."""
        if self.machine.width == 8:
            return self.word()
        low = self.word()
        return low | self.word() << 32

    def double(self) -> float:
        """The next floating-point argument."""
        return float(struct.unpack("<d", struct.pack("<Q", self.long() & (1 << 64) - 1))[0])


def rest(call: Call, first: int) -> Arguments:
    """The arguments of a call from number `first` on."""
    machine = call.machine
    if machine.width == 4:
        return Arguments(machine, call.sp + 4 * (first + 1), [])
    registers = [call[index] for index in range(first, 4)]
    return Arguments(machine, call.sp + 8 * (max(first, 4) + 1), registers)


def listed(call: Call, index: int) -> Arguments:
    """The arguments of a va_list."""
    return Arguments(call.machine, call[index], [])


def printed(form: str, arguments: Arguments, wide: bool = False) -> str:
    """A format with its arguments, as Microsoft's printf writes it."""
    out: list[str] = []
    position = 0
    for match in _SPEC.finditer(form):
        out.append(form[position : match.start()])
        position = match.end()
        out.append(_one(match, arguments, wide))
    out.append(form[position:])
    return "".join(out)


def _one(match: re.Match[str], arguments: Arguments, wide: bool) -> str:
    flags, width, precision, length, kind = match.groups()
    if kind == "%":
        return "%"
    room = _number(width, arguments)
    if room < 0:
        flags, room = f"{flags}-", -room
    has_precision = "." in match[0]
    digits = _number(precision, arguments) if has_precision else -1
    text = _value(flags, digits, length or "", kind, arguments, wide)
    room = min(room, _WIDTH_MAX)
    if "-" in flags:
        return text.ljust(room)
    if "0" in flags and kind not in "csS" and not (has_precision and kind in "diuxXo"):
        sign = text[:1] if text[:1] in ("-", "+", " ") else ""
        return sign + text[len(sign) :].rjust(room - len(sign), "0")
    return text.rjust(room)


def _number(written: str | None, arguments: Arguments) -> int:
    if written == "*":
        value = arguments.word() & 0xFFFFFFFF
        return value - (1 << 32) if value & 0x80000000 else value
    return int(written or 0)


def _value(
    flags: str, digits: int, length: str, kind: str, arguments: Arguments, wide: bool
) -> str:
    if kind in "di":
        number = _integer(length, arguments, signed=True)
        sign = "-" if number < 0 else "+" if "+" in flags else " " if " " in flags else ""
        return sign + str(abs(number)).rjust(max(digits, 0), "0")
    if kind in "uxXo":
        number = _integer(length, arguments, signed=False)
        text = {"u": "d", "x": "x", "X": "X", "o": "o"}[kind]
        shown = format(number, text).rjust(max(digits, 0), "0")
        return f"0{kind}{shown}" if "#" in flags and kind in "xX" and number else shown
    if kind in "eEfFgGaA":
        return _floating(flags, digits, kind, arguments.double())
    if kind == "p":
        return format(arguments.word(), f"0{2 * arguments.machine.width}X")
    if kind in "cC":
        return chr(arguments.word() & 0xFFFF)
    if kind in "sS":
        is_wide = _is_wide(kind, length, wide)
        address = arguments.word()
        if not address:
            return "(null)"[: digits if digits >= 0 else None]
        memory = arguments.machine.memory
        read = memory.wide if is_wide else memory.ansi
        return read(address, digits) if digits >= 0 else read(address)
    if kind == "n":
        arguments.word()
    return ""


def _is_wide(kind: str, length: str, wide: bool) -> bool:
    if length in ("l", "ll", "w"):
        return True
    if length in ("h", "hh"):
        return False
    return wide if kind == "s" else not wide


def _integer(length: str, arguments: Arguments, *, signed: bool) -> int:
    pointer_sized = length in ("z", "t", "I") and arguments.machine.width == 8
    if length in ("ll", "I64", "j") or pointer_sized:
        value, bits = arguments.long() & (1 << 64) - 1, 64
    else:
        bits = {"hh": 8, "h": 16}.get(length, 32)
        value = arguments.word() & ((1 << bits) - 1)
    return value - (1 << bits) if signed and value >> (bits - 1) else value


def _floating(flags: str, digits: int, kind: str, value: float) -> str:
    if math.isinf(value) or math.isnan(value):
        return ("-" if value < 0 else "") + ("inf" if math.isinf(value) else "nan")
    sign = "+" if "+" in flags else " " if " " in flags else ""
    places = min(digits if digits >= 0 else 6, 300)
    return format(value, f"{sign}.{places}{kind if kind not in 'aA' else 'e'}")


# --- scanf ---------------------------------------------------------------------------------------

_SCAN = re.compile(r"%(\*)?(\d+)?(I64|ll|hh|[hlLzw])?(\[\^?\]?[^\]]*\]|[a-zA-Z%])|\s+|[^%\s]")
_PATTERNS = {
    "d": r"\s*([+-]?\d+)",
    "u": r"\s*([+-]?\d+)",
    "i": r"\s*([+-]?(?:0[xX][0-9a-fA-F]+|\d+))",
    "x": r"\s*([+-]?(?:0[xX])?[0-9a-fA-F]+)",
    "X": r"\s*([+-]?(?:0[xX])?[0-9a-fA-F]+)",
    **dict.fromkeys("eEfgG", r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"),
    "s": r"\s*(\S+)",
    "S": r"\s*(\S+)",
}


def scanned(
    text: str, form: str, arguments: Arguments, put: Callable[[int, bytes], None]
) -> tuple[int, int]:
    """Read a text by a format: how many values were stored (-1 at its end), characters used."""
    position, stored = 0, 0
    for match in _SCAN.finditer(form):
        if match[0].isspace():
            position += len(text[position:]) - len(text[position:].lstrip())
            continue
        kind = match[4]
        if kind is None or kind == "%":
            if text[position : position + 1] != match[0][-1]:
                break
            position += 1
            continue
        if kind == "n":
            put(arguments.word(), position.to_bytes(4, "little"))
            continue
        found = _scan_pattern(kind, match[2]).match(text, position)
        if found is None:
            if position >= len(text.rstrip()) and stored == 0:
                return -1, position
            break
        taken = found[1][: int(match[2])] if match[2] and kind != "c" else found[1]
        position = found.start(1) + len(taken)
        if match[1] is None:
            _store(kind, match[3] or "", taken, arguments, put)
            stored += 1
    return stored, position


def _scan_pattern(kind: str, width: str | None) -> re.Pattern[str]:
    if kind == "c":
        return re.compile(rf"([\s\S]{{{width or 1}}})")
    if kind[0] == "[":
        return re.compile(rf"({_safe_class(kind)}+)")
    return re.compile(_PATTERNS.get(kind, r"\s*(\S+)"))


def _safe_class(kind: str) -> str:
    inner = kind[1:-1]
    negated = inner.startswith("^")
    inner = inner[1:] if negated else inner
    escaped = (
        inner.replace("\\", "\\\\").replace("]", "\\]").replace("[", "\\[").replace("^", "\\^")
    )
    return f"[{'^' if negated else ''}{escaped}]" if escaped else r"[\s\S]"


def _store(
    kind: str, length: str, taken: str, arguments: Arguments, put: Callable[[int, bytes], None]
) -> None:
    place = arguments.word()
    if kind in "eEfgG":
        put(place, struct.pack("<d" if length in ("l", "L") else "<f", float(taken)))
    elif kind in "diuxX":
        base = 16 if kind in "xX" else 0 if kind == "i" and taken.lower().startswith("0x") else 10
        size = {"ll": 8, "I64": 8, "h": 2, "hh": 1}.get(length, 4)
        put(place, (int(taken, base) & (1 << 8 * size) - 1).to_bytes(size, "little"))
    elif kind == "c":
        put(place, taken.encode("latin-1", "replace"))
    else:
        put(place, taken.encode("latin-1", "replace") + b"\0")
