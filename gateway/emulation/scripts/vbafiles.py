"""VBA's file statements (Open, Print #, Get, Close) on the emulated disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.emulation.automation.convert import byte_string, text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import MISSING, Array, Value, array_of
from gateway.emulation.windows.disk import File
from gateway.emulation.windows.world import World, shown


@dataclass(slots=True)
class _Open:
    file: File
    mode: str
    position: int = 0


class VbaFiles:
    """Files open by their number."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[int, _Open] = {}

    def functions(self) -> dict[str, Callable[..., Value]]:
        """FreeFile, EOF, LOF, Loc, Seek, Input."""
        return {
            "freefile": lambda rangenumber=0: next(n for n in range(1, 512) if n not in self._open),
            "eof": lambda filenumber: self._at_end(filenumber),
            "lof": lambda filenumber: len(self._number(filenumber).file.data),
            "loc": lambda filenumber: self._number(filenumber).position,
            "seek": lambda filenumber: self._number(filenumber).position + 1,
            "input": self._input,
        }

    def statement(self, verb: str, operands: list[Value], mode: str) -> Value:
        """Do what a statement says; the answer is what it read."""
        match verb:
            case "open":
                self._do_open(text(operands[0]), whole(operands[1]), mode)
            case "close":
                for number in map(whole, operands) if operands else list(self._open):
                    self._open.pop(number, None)
            case "name":
                self._world.disk.move(text(operands[0]), text(operands[1]))
            case "print" | "write":
                self._print(verb, operands, mode)
            case "put":
                self._put(operands)
            case "get":
                return self._get(operands)
            case "line input":
                return self._line(self._number(operands[0]))
            case _:
                return self._line(self._number(operands[0]), until=",")
        return None

    def _number(self, number: Value) -> _Open:
        found = self._open.get(whole(number))
        if found is None:
            raise ScriptError(52)
        return found

    def _do_open(self, path: str, number: int, mode: str) -> None:
        disk = self._world.disk
        file = disk.get(path)
        if mode == "input":
            disk.read(path)
        elif mode == "output" or file is None:
            disk.write(path, b"")
        elif mode == "append":
            disk.write(path, file.data, "append")
        file = disk.get(path) or disk.expected(disk.full(path))
        if file is None:
            raise ScriptError(53, path)
        if mode == "binary" and not file.written:
            disk.read(path)
        position = len(file.data) if mode == "append" else 0
        self._open[number] = _Open(file, mode, position)

    def _print(self, verb: str, operands: list[Value], mode: str) -> None:
        opened = self._number(operands[0])
        words = ["" if word is MISSING else shown_whole(word) for word in operands[1:]]
        line = ",".join(f'"{word}"' for word in words) if verb == "write" else "".join(words)
        end = "" if mode == "continues" else "\r\n"
        added = (line + end).encode("cp1252", "replace")
        self._world.disk.change(opened.file, opened.file.data + added)

    def _put(self, operands: list[Value]) -> None:
        opened = self._number(operands[0])
        if len(operands) > 1 and operands[1] is not MISSING:
            opened.position = max(0, whole(operands[1]) - 1)
        data = raw(operands[-1])
        old = opened.file.data.ljust(opened.position, b"\0")
        at = opened.position
        if not opened.file.written:
            self._world.disk.write(opened.file.path, old)
            opened.file = self._world.disk.get(opened.file.path) or opened.file
        self._world.disk.change(opened.file, old[:at] + data + old[at + len(data) :])
        opened.position += len(data)

    def _get(self, operands: list[Value]) -> Value:
        opened = self._number(operands[0])
        if len(operands) > 1 and operands[1] is not MISSING:
            opened.position = max(0, whole(operands[1]) - 1)
        old = operands[2] if len(operands) > 2 else None
        data = opened.file.data[opened.position :]
        if isinstance(old, Array):
            data = data[: len(old.items)]
        elif isinstance(old, str):
            data = data[: len(old)]
        opened.position += len(data)
        if isinstance(old, Array):
            return array_of(list(data), old.bounds[0][0] if old.bounds else 0, "byte")
        if isinstance(old, str):
            return data.decode("cp1252", "replace")
        return data[0] if data else 0

    def _at_end(self, number: Value) -> Value:
        opened = self._number(number)
        return opened.position >= len(opened.file.data)

    def _line(self, opened: _Open, until: str = "") -> Value:
        data = opened.file.data
        if opened.position >= len(data):
            raise ScriptError(62)
        ends = [data.find(mark, opened.position) for mark in (b"\n", until.encode()) if mark]
        end = min([found for found in ends if found >= 0], default=len(data))
        line = data[opened.position : end].decode("cp1252", "replace")
        opened.position = end + 1
        return line.rstrip("\r").strip('"') if until else line.rstrip("\r")

    def _input(self, number: Value, filenumber: Value) -> Value:
        opened = self._number(filenumber)
        data = opened.file.data[opened.position : opened.position + whole(number)]
        opened.position += len(data)
        return data.decode("cp1252", "replace")


def raw(value: Value) -> bytes:
    """The bytes that Put writes."""
    if isinstance(value, str):
        return value.encode("cp1252", "replace")
    if isinstance(value, bool | int):
        return int(value).to_bytes(4 if abs(value) > 255 else 1, "little", signed=value < 0)
    return byte_string(value)


def shown_whole(value: Value) -> str:
    """A value as Print writes it."""
    return value if isinstance(value, str) else shown(value)
