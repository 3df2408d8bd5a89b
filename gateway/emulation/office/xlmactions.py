"""Functions of macro sheets that reach outside the sheet: programs, libraries, files, waits."""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.automation.convert import number, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.office.shared import opened
from gateway.emulation.office.xlmfunctions import shown
from gateway.emulation.scripts.session import Session
from gateway.emulation.windows import facts
from gateway.emulation.windows.libraries import call_library
from gateway.emulation.windows.model import Model

_WORKSPACE: dict[int, Value] = {
    1: "Windows (64-bit) NT 10.00",
    2: "16.0",
    13: 1440.0,
    14: 837.0,
    19: True,
    23: r"C:\Program Files\Microsoft Office\root\Office16\XLSTART",
    26: "Anna Beispiel",
    31: False,
    42: True,
    44: True,
    48: r"C:\Program Files\Microsoft Office\root\Office16\Library",
}
"""What GET.WORKSPACE answers: a mouse, sound, a large screen, a person."""

_WINDOW: dict[int, Value] = {7: False, 20: True, 23: 3}
"""What GET.WINDOW answers: not hidden, maximised."""


class Actions:
    """What one workbook's macros do; `registered` are library functions by the names given here."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._world = session.world
        self._files: dict[int, str] = {}
        self.registered: dict[str, tuple[str, str]] = {}
        self.table: dict[str, Callable[..., Value]] = {
            "EXEC": self._exec,
            "CALL": self._call,
            "REGISTER": self._register,
            "ALERT": self._alert,
            "GET.WORKSPACE": lambda which=1: _WORKSPACE.get(whole(which), True),
            "GET.WINDOW": lambda which=1, *more: {7: False, 20: True, 23: 3}.get(
                whole(which), True
            ),
            "GET.DOCUMENT": lambda which=1, *more: True,
            "GET.CELL": lambda which=1, *more: 12.0,
            "FOPEN": self._fopen,
            "FWRITE": self._fwrite,
            "FWRITELN": lambda handle, words: self._fwrite(handle, shown(words) + "\r\n"),
            "FREAD": lambda handle, count: "",
            "FREADLN": lambda handle: "",
            "FCLOSE": lambda handle: True,
            "FILE.DELETE": self._delete,
            "FILES": lambda *more: "#N/A",
            "DIRECTORY": lambda *more: facts.DOCUMENTS,
            "NOW": lambda: self._world.seconds() / 86400 + 25569,
            "TODAY": lambda: float(int(self._world.seconds() / 86400 + 25569)),
            "DAY": lambda value: int(number(value)) % 28 + 1,
            "WAIT": self._wait,
            "SEND.KEYS": lambda keys, *more: self._world.recorder.call("SendKeys", shown(keys)),
            "INITIATE": self._initiate,
            "EXECUTE": lambda channel, line: self._told("EXECUTE", line),
            "POKE": lambda channel, item, value: self._told("POKE", item, value),
            "REQUEST": lambda channel, item: self._told("REQUEST", item),
            "TERMINATE": lambda channel: self._told("TERMINATE"),
            "UNREGISTER": lambda *more: True,
            "OPEN": lambda path, *more: self._opened(path),
            "SAVE.AS": lambda path="", *more: self._world.disk.write(shown(path), b"workbook"),
            "INPUT": lambda *more: "1",
            "DIALOG.BOX": lambda *more: 1,
            "LAST.ERROR": lambda: 0,
            "CALLER": lambda: "Auto_Open",
            "SELECTION": lambda: "A1",
            "WINDOWS": lambda *more: "Book1",
            "NAMES": lambda *more: "#N/A",
            "LINKS": lambda *more: "#N/A",
            "DOCUMENTS": lambda *more: "Book1",
        }

    def call_registered(self, name: str, values: list[Value]) -> Value:
        """Call a function that was registered under this name."""
        return call_library(self._world, *self.registered[name], list(values))

    def _exec(self, line: Value, window: Value = 2) -> Value:
        self._world.commands.start(shown(line), "by Excel 4 macro")
        return 4012

    def _call(
        self, library: Value, procedure: Value = "", types: Value = "", *rest: Value
    ) -> Value:
        known = self.registered.get(shown(library).lower())
        if known is not None:
            return call_library(self._world, *known, [procedure, types, *rest])
        return call_library(self._world, shown(library), shown(procedure), list(rest))

    def _register(
        self, library: Value, procedure: Value, types: Value = "", name: Value = None, *more: Value
    ) -> Value:
        key = shown(name) if name is not None else shown(procedure)
        self.registered[key.lower()] = (shown(library), shown(procedure))
        self._world.recorder.call("REGISTER", shown(library), shown(procedure))
        return key

    def _alert(self, words: Value = "", *more: Value) -> Value:
        self._world.say(shown(words))
        return True

    def _fopen(self, path: Value, access: Value = 1) -> Value:
        name = shown(path)
        if whole(access) == 3 or self._world.disk.get(name) is None:
            self._world.disk.write(name, b"")
        handle = len(self._files) + 1
        self._files[handle] = name
        return handle

    def _fwrite(self, handle: Value, words: Value) -> Value:
        file = self._world.disk.get(self._files.get(whole(handle), ""))
        if file is not None:
            added = shown(words).encode("cp1252", "replace")
            self._world.disk.change(file, file.data + added)
        return len(shown(words))

    def _delete(self, path: Value) -> Value:
        try:
            self._world.disk.delete(shown(path))
        except ScriptError:
            return False
        return True

    def _wait(self, until: Value) -> Value:
        now = self._world.seconds() / 86400 + 25569
        self._session.recorder.sleep(max(0.0, min((float(number(until)) - now) * 86400, 86400.0)))
        return True

    def _told(self, name: str, *words: Value) -> Value:
        self._world.recorder.call(name, *map(shown, words))
        return True

    def _opened(self, path: Value) -> Value:
        opened(self._world, path, Model(self._world, "Workbook"))
        return True

    def _initiate(self, program: Value, topic: Value = "") -> Value:
        self._world.commands.start(f"{shown(program)} {shown(topic)}", "by DDE")
        return 1
