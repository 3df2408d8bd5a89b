"""What a document did while it was open: its viewer's and its children's system calls. No I/O.

Runs in the confined guest that reads what a machine said (`reading`). The viewer's own work (its
profile, its temporary files, its libraries) is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from gateway.emulation.bait import DOWNLOADS, HOME
from gateway.emulation.contract import Actor, Behaviour, Kind, StopKind
from gateway.emulation.effects import absolute, host_and_port, mode_action
from gateway.emulation.microvm.acts import BEHAVIOURS_MAX
from gateway.emulation.microvm.asked import names, network
from gateway.emulation.microvm.pictures import png
from gateway.emulation.microvm.said import Said
from gateway.emulation.microvm.straced import SystemCall, calls
from gateway.emulation.noise import WRITE_TARGETS, is_noise_read
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Sink
from gateway.model.convertible import LIBREOFFICE

_HELPERS = re.compile(
    r"\S*xpdfimport( .*)?|\S*gpg(conf|sm)? --(version|list-dirs|list-components)"
    r"|sh -c paperconf 2>/dev/null|paperconf"
)
"""What LibreOffice starts by itself: to read a PDF, to look for signatures and the paper's size."""

_OWN = re.compile(
    rf"^{HOME}/\.(config/(libreoffice|dconf)|cache)(/|$)|^{HOME}/\.local/share/recently-used"
    r"|^/tmp/(lu[^/]*\.tmp|[A-Za-z0-9]{6}$|OSL_PIPE|\.X|hsperf)|/\.~lock\.[^/]*#$|^/dev/|^/proc/|^/run/"
)
"""Paths of LibreOffice's own."""

_TEXT_MAX = 2000
_FORKS = frozenset({"clone", "clone3", "fork", "vfork"})
_OPENS = frozenset({"open", "openat"})
_WRITING = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")
_ADDRESS = re.compile(
    r"sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )\"([0-9a-fA-F:.]+)\""
)
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_MODE = re.compile(r", 0?([0-7]{3,5})\b(?:, 0)?\Z")

_MISSING = "no such file or directory"
_ONE_PATH = {
    "unlink": "delete",
    "unlinkat": "delete",
    "mkdir": "make-directory",
    "mkdirat": "make-directory",
}
_TWO_PATHS = {
    **dict.fromkeys(("rename", "renameat", "renameat2"), "rename"),
    **dict.fromkeys(("link", "linkat", "symlink", "symlinkat"), "link"),
}


@dataclass(slots=True)
class _Process:
    parent: int
    program: str
    directory: str = DOWNLOADS


@dataclass(slots=True)
class _Calls:
    """Follows processes and turns calls into behaviours. A thread that nobody was seen to start is
    the viewer's: it was there before."""

    start: float
    sample: str
    names: dict[str, str]
    behaviours: dict[tuple[object, ...], Behaviour] = field(default_factory=dict)
    overflow: int = 0
    _processes: dict[int, _Process] = field(default_factory=lambda: {1: _Process(0, LIBREOFFICE)})
    _of: dict[int, int] = field(default_factory=dict)

    def take(self, made: list[SystemCall]) -> None:
        """All calls of a run. Who started whom is looked at first: a child's calls may come back
        before its parent's."""
        for call in sorted(made, key=lambda each: each.time):
            if call.name in _FORKS and call.result:
                self._forked(call)
        for call in made:
            self._call(call)

    def _forked(self, call: SystemCall) -> None:
        assert call.result is not None
        parent = self._of.get(call.thread, 1)
        if "CLONE_THREAD" in call.arguments:
            self._of[call.result] = parent
            return
        origin = self._processes[parent]
        self._of[call.result] = call.result
        self._processes[call.result] = _Process(parent, origin.program, origin.directory)

    def _call(self, call: SystemCall) -> None:
        pid = self._of.get(call.thread, 1)
        process = self._processes[pid]
        texts = call.texts
        if call.name == "chdir" and texts and not call.error:
            process.directory = absolute(process.directory, texts[0])
        elif call.name in ("execve", "execveat") and texts:
            program = absolute(process.directory, texts[0])
            words = " ".join(texts[1:]) or program
            if not _HELPERS.fullmatch(words):
                self._add(call, pid, Kind.PROCESS, "execute", program, words)
            if not call.error:
                process.program = program
        elif call.name in ("connect", "bind"):
            self._address(call, pid)
        elif call.name == "kill":
            self._kill(call, pid)
        elif call.name in ("ptrace", "process_vm_writev"):
            ptrace = call.name == "ptrace"
            kind, action = (Kind.PROCESS, "trace") if ptrace else (Kind.MEMORY, "write-foreign")
            self._add(call, pid, kind, action, call.name)
        elif texts:
            paths = [absolute(process.directory, each) for each in texts]
            self._file(call, pid, paths)

    def _address(self, call: SystemCall, pid: int) -> None:
        found = _ADDRESS.search(call.arguments)
        if found is None or found[1] == "0" or found[2] in _LOOPBACK:
            return
        host = self.names.get(found[2], found[2])
        target = host_and_port(host, found[1])
        action = "connect" if call.name == "connect" else "listen"
        self._add(call, pid, Kind.NETWORK, action, target)

    def _kill(self, call: SystemCall, pid: int) -> None:
        number, _, signal = call.arguments.partition(", ")
        if signal != "0" and self._of.get(int(number) if number.isdecimal() else 0) != pid:
            self._add(call, pid, Kind.PROCESS, "kill", f"process {number}", signal)

    def _file(self, call: SystemCall, pid: int, paths: list[str]) -> None:
        name, path = call.name, paths[-1]
        if name in _TWO_PATHS and len(paths) > 1:
            if not _OWN.search(path) or not _OWN.search(paths[0]):
                self._add(call, pid, Kind.FILE, _TWO_PATHS[name], path, paths[0])
        elif _OWN.search(path) or (path == self.sample and pid == 1):
            return
        elif name in _ONE_PATH:
            self._add(call, pid, Kind.FILE, _ONE_PATH[name], path)
        elif name in ("chmod", "fchmodat"):
            mode = _MODE.search(call.arguments)
            bits = int(mode[1], 8) if mode else 0
            self._add(call, pid, Kind.FILE, mode_action(bits), path, f"{bits:o}")
        elif name == "creat" or _WRITING.search(call.arguments):
            if path not in WRITE_TARGETS:
                self._add(call, pid, Kind.FILE, "write", path)
        elif name in _OPENS and "O_DIRECTORY" not in call.arguments and not is_noise_read(path):
            self._add(call, pid, Kind.FILE, "read", path)

    def _add(
        self, call: SystemCall, pid: int, kind: Kind, action: str, target: str, *words: str
    ) -> None:
        looks = action in ("read", "delete", "make-directory")
        if looks and call.error.startswith((_MISSING, "file exists")):
            return
        if kind is Kind.NETWORK and call.error.startswith("operation now in progress"):
            error = ""
        else:
            error = call.error
        process = self._processes[pid]
        actor = Actor(pid, process.parent, process.program)
        cut = tuple(each[:_TEXT_MAX] for each in words)
        key = (pid, process.program, kind, action, target, cut, error)
        old = self.behaviours.get(key)
        if old is not None:
            self.behaviours[key] = replace(old, count=old.count + 1)
        elif len(self.behaviours) >= BEHAVIOURS_MAX:
            self.overflow += 1
        else:
            moment = round(max(0.0, call.time - self.start), 3)
            self.behaviours[key] = Behaviour(
                moment, kind, actor, action, target[:_TEXT_MAX], cut, error
            )


def run(said: Said, request: wire.Request, out: Sink) -> None:
    """Write down what a machine said of a document."""
    seen = _Calls(said.clock, f"{DOWNLOADS}/{request.name}", names(said))
    seen.take(list(calls(bytes(said.log))))
    first = Actor(1, 0, LIBREOFFICE)
    found = network(said, list(seen.behaviours.values()), first)
    known = {each.target for each in found if each.kind is Kind.FILE}
    end = found[-1].time if found else 0.0
    for change in said.changes:
        action = {"written": "write", "deleted": "delete"}.get(change.kind)
        if action and change.path not in known and change.path != seen.sample:
            found.append(Behaviour(end, Kind.FILE, first, action, change.path))
    for behaviour in found:
        out.write(wire.frame(wire.saw(behaviour)))
    for path, content in said.files.items():
        if content:
            out.write(wire.frame(wire.Dropped(path, content)))
    for picture in said.pictures:
        if made := png(picture):
            out.write(wire.frame(wire.Shown(made)))
    out.write(wire.frame(_ended(said, request, seen)))


def _ended(said: Said, request: wire.Request, seen: _Calls) -> wire.Ended:
    kind, detail = said.stopped(request.seconds)
    refused = said.end.words if said.end is not None else ""
    if refused and not kind:
        kind, detail = StopKind.INCOMPLETE.value, f"LibreOffice does not open it: {refused}"
    status = said.end.status if said.end is not None and said.end.status >= 0 else None
    notes = (f"{seen.overflow} further behaviours were not kept",) if seen.overflow else ()
    omitted = tuple(
        f"{each.path} ({each.size} bytes)"
        for each in said.changes
        if each.kind == "written" and each.size and each.path not in said.files
        if each.path != seen.sample
    )
    return wire.Ended((), status, kind, detail, notes, "", omitted[:20])
