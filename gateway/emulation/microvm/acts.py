"""From the lines of Wine's log to behaviours: who acted, on what, with which result. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from gateway.emulation.contract import Actor, Behaviour, Kind
from gateway.emulation.microvm.arguments import action_of, number, why_failed, word
from gateway.emulation.microvm.calls import CALLS, Effect, When
from gateway.emulation.microvm.paths import Paths
from gateway.emulation.microvm.relay import Call, Line, Place, Return, Told
from gateway.emulation.microvm.sockets import address, named_host

BEHAVIOURS_MAX = 3000
"""Different behaviours kept. Rules need tens; a report of more is read by nobody."""

_TEXT_MAX = 2000
_DEPTH_MAX = 64
"""Calls within calls of one thread that are waited for."""

_ROOTS = {
    0x80000000: "HKEY_CLASSES_ROOT",
    0x80000001: "HKEY_CURRENT_USER",
    0x80000002: "HKEY_LOCAL_MACHINE",
    0x80000003: "HKEY_USERS",
    0x80000005: "HKEY_CURRENT_CONFIG",
}
_OPENS_KEY = ("RegCreateKey", "RegOpenKey")


@dataclass(slots=True)
class _Process:
    parent: int
    program: str
    started: bool = False
    keys: dict[int, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Acts:
    """Collects the behaviours of one run.

    start: the guest's clock when the sample started; sample: its path; overflow: not kept.
    """

    start: float
    sample: str
    paths: Paths = field(default_factory=Paths)
    behaviours: list[Behaviour] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    overflow: int = 0
    _processes: dict[int, _Process] = field(default_factory=dict)
    _starting: dict[tuple[int, int], str] = field(default_factory=dict)
    _open: dict[tuple[int, int], list[tuple[str, int | None]]] = field(default_factory=dict)

    def line(self, line: Line) -> None:
        """Take one line of the log."""
        match line:
            case Call():
                self._call(line)
            case Return():
                self._return(line)
            case Told(channel="process"):
                self._process_told(line)
            case Told(channel="loaddll"):
                self._loaded(line)
            case Told(channel="winsock"):
                self._socket_told(line)
            case _:
                return

    def finish(self) -> tuple[Behaviour, ...]:
        """All behaviours in the order of their first time; equal ones are counted once."""
        found: dict[tuple[object, ...], Behaviour] = {}
        for each in self.behaviours:
            actor = self._processes.get(each.actor.pid)
            program = (actor.program if actor is not None else "") or self.sample
            if actor is not None and not actor.started and _HELPER.search(program):
                continue
            made = replace(each, actor=replace(each.actor, program=program))
            key = (made.actor.pid, made.kind, made.action, made.target, made.arguments, made.failed)
            old = found.get(key)
            found[key] = replace(old, count=old.count + 1) if old is not None else made
        return tuple(found.values())

    def _actor(self, place: Place) -> _Process:
        known = self._processes.get(place.process)
        if known is None:
            first = not self._processes
            known = self._processes[place.process] = _Process(0, "", started=first)
        return known

    def _add(self, place: Place, kind: Kind, action: str, target: str, *words: str) -> int | None:
        """Write a behaviour down; its number, None when there are too many."""
        actor = self._actor(place)
        if len(self.behaviours) >= 10 * BEHAVIOURS_MAX:
            self.overflow += 1
            return None
        who = Actor(place.process, actor.parent, actor.program)
        cut = tuple(each[:_TEXT_MAX] for each in words)
        moment = round(max(0.0, place.time - self.start), 3)
        self.behaviours.append(Behaviour(moment, kind, who, action, target[:_TEXT_MAX], cut))
        return len(self.behaviours) - 1

    def _call(self, call: Call) -> None:
        name = call.name if call.name in CALLS else ""
        waiting = self._open.setdefault((call.place.process, call.place.thread), [])
        made = self._effect(call, CALLS[name]) if name else None
        if len(waiting) < _DEPTH_MAX:
            waiting.append((call.name, made))

    def _return(self, back: Return) -> None:
        waiting = self._open.get((back.place.process, back.place.thread), [])
        while waiting:
            name, made = waiting.pop()
            if name != back.name:
                continue  # a call that never came back: its thread was carried on elsewhere
            failed = why_failed(name, back.value)
            if name.startswith(_OPENS_KEY) and failed:
                actor = self._actor(back.place)
                actor.opened = actor.opened[:-1]
            if made is not None and failed:
                self.behaviours[made] = replace(self.behaviours[made], failed=failed)
            return

    def _effect(self, call: Call, effect: Effect) -> int | None:
        """What a call is; the number of its behaviour."""
        if effect.kind is Kind.REGISTRY:
            return self._registry(call, effect)
        arguments = call.arguments
        action = action_of(effect, arguments)
        if not action:
            return None
        words = [word(arguments, index) for index in effect.words]
        if effect.kind is Kind.FILE:
            return self._file(call, effect, action, words)
        if effect.kind is Kind.NETWORK:
            url = word(arguments, effect.target)
            target = named_host(url) if action == "connect" else url
            made = self._add(call.place, Kind.NETWORK, action, target, f"GET {url}", *words)
            if words and call.name.startswith("URLDownloadToFile"):
                self._add(call.place, Kind.FILE, "write", self.paths.full(words[0]))
            return made
        if effect.when is When.WAITS:
            seconds = number(arguments, effect.number) / 1000
            return self._add(call.place, effect.kind, action, f"{seconds:g} s")
        target = word(arguments, effect.target) if effect.target >= 0 else call.name
        return self._add(call.place, effect.kind, action, target, *words)

    def _file(self, call: Call, effect: Effect, action: str, words: list[str]) -> int | None:
        name = word(call.arguments, effect.target)
        if not name or name.startswith(("\\\\.\\", "\\??\\pipe")) or name.upper() in _DEVICES:
            return None
        more: list[str] = []
        if action == "rename":
            more = [self.paths.full(each) for each in words]
        elif words and "Copy" in call.name:
            source = self.paths.full(words[0])
            more = [f"copy of {source}"]
            more += ["the sample itself"] if source.lower() == self.sample.lower() else []
        return self._add(call.place, Kind.FILE, action, self.paths.full(name), *more)

    def _registry(self, call: Call, effect: Effect) -> int | None:
        """Keys by handle: what a handle means is known from the opening before its first use."""
        actor = self._actor(call.place)
        arguments = call.arguments
        handle = number(arguments, 0)
        if call.name == "RegCloseKey":
            actor.keys.pop(handle, None)
            return None
        if call.name.startswith("CreateService"):
            path = rf"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\{word(arguments, 1)}"
            return self._add(call.place, Kind.REGISTRY, "write", path, word(arguments, 7))
        key = self._key(actor, handle)
        if effect.words:
            key = f"{key}\\{word(arguments, effect.words[0])}"
        path = f"{key}\\{word(arguments, effect.target)}".rstrip("\\")
        if call.name.startswith(_OPENS_KEY):
            actor.opened = [*actor.opened, path][-_DEPTH_MAX:]
        return self._add(call.place, Kind.REGISTRY, effect.action, path)

    @staticmethod
    def _key(actor: _Process, handle: int) -> str:
        root = _ROOTS.get(handle & 0xFFFFFFFF)
        if root is not None:
            return root
        if handle not in actor.keys and actor.opened:
            actor.keys[handle] = actor.opened.pop()
        return actor.keys.get(handle, "")

    def _process_told(self, told: Told) -> None:
        if told.function != "CreateProcessInternalW":
            return
        thread = (told.place.process, told.place.thread)
        if told.words.startswith("app "):
            texts = told.texts or ("",)
            application = "" if told.words.startswith("app (null)") else texts[0]
            line = texts[-1] if not told.words.endswith("(null)") else application
            program = self.paths.program(application, line)
            self._starting[thread] = program
            self._add(told.place, Kind.PROCESS, "execute", program, line)
        elif begun := _BEGUN.match(told.words):
            started = int(begun[1], 16)
            program = self._starting.pop(thread, "")
            self._processes[started] = _Process(told.place.process, program, started=True)

    def _loaded(self, told: Told) -> None:
        """The first program that a process loads is what it runs."""
        path = self.paths.full(told.texts[0]) if told.texts else ""
        actor = self._actor(told.place)
        if not path.lower().endswith(".dll") and not actor.program:
            actor.program = path

    def _socket_told(self, told: Told) -> None:
        function = told.function
        if function in ("getaddrinfo", "GetAddrInfoW", "gethostbyname", "GetAddrInfoExW"):
            if told.texts and told.texts[0].lower() not in _OWN_NAMES and "<-" not in told.words:
                self._add(told.place, Kind.NETWORK, "resolve", told.texts[0])
            return
        where = address(told.words)
        if where is None or function not in ("connect", "bind", "WS2_sendto", "ConnectEx"):
            return
        host, port = where
        action = {"bind": "listen", "WS2_sendto": "send"}.get(function, "connect")
        if action == "listen" and port == 0:
            return
        self._add(told.place, Kind.NETWORK, action, f"{self.names.get(host, host)}:{port}")


_HELPER = re.compile(r"(?i)^C:\\windows\\.*\\(explorer|conhost|winedbg|start|wineboot)\.exe$")
"""Programs that Wine starts by itself, for the desk, a console or a crash."""

_BEGUN = re.compile(r"started process pid ([0-9a-f]{4,8}) ")

_OWN_NAMES = frozenset({"", "localhost", "desk-17"})
_DEVICES = frozenset({"NUL", "CONIN$", "CONOUT$", "CON"})
