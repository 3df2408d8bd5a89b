"""Reads what a virtual machine said: everything here is hostile, and runs in a confined guest.

Input is the stream of frames from the machine; output are messages of `scripts.wire`, as every
guest of the emulator writes them.
"""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec

from gateway.emulation.contract import Actor, Behaviour, Kind, StopKind
from gateway.emulation.microvm.acts import BEHAVIOURS_MAX, Acts
from gateway.emulation.microvm.frames import Frame, FrameError, FrameReader
from gateway.emulation.microvm.lacking import lacking
from gateway.emulation.microvm.pictures import png
from gateway.emulation.microvm.relay import Other, lines
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Sink
from gateway.emulation.windows.facts import DOWNLOADS

_NOTES_MAX = 20

_WINES_OWN = re.compile(
    r"(?i)\\(INetCache|INetCookies|Temporary Internet Files|History\.IE5|Content\.IE5)\\"
    r"|\\Software\\Wine\\|\\Internet Settings\\|\\Explorer\\(MountPoints|Shell Folders|User Shell)"
    r"|\\Control Panel\\|\\MUI\\StringCache|\\CurrentVersion\\Winlogon\\?$|\\DirectInput\\"
    r"|\\Class\\\{|\\Enum\\|\\DeviceMap\\|\\VolatileEnvironment|\\Volatile Environment"
    r"|^C:\\windows\\(temp|inf|Installer|logs)\\|\\Hardware\\|\\CryptnetUrlCache"
    r"|\\SystemCertificates\\|\\Cryptography\\RNG"
)
"""Files and values that Wine changes by itself."""


class _Started(msgspec.Struct, frozen=True):
    at: float


class _Asked(msgspec.Struct, frozen=True):
    action: str
    target: str
    words: list[str]
    at: float


class _Change(msgspec.Struct, frozen=True):
    kind: str
    path: str
    size: int = 0
    data: str = ""


class _End(msgspec.Struct, frozen=True):
    status: int
    why: str


class _Said:
    """The frames of one run, sorted."""

    def __init__(self, untrusted_stream: bytes) -> None:
        self.start = 0.0
        self.log = bytearray()
        self.output = bytearray()
        self.asked: list[_Asked] = []
        self.changes: list[_Change] = []
        self.files: dict[str, bytes] = {}
        self.pictures: list[bytes] = []
        self.end: _End | None = None
        try:
            for kind, payload in FrameReader().feed(untrusted_stream):
                self._take(kind, payload)
        except (FrameError, msgspec.DecodeError):
            return  # what came before counts

    def _take(self, kind: Frame, payload: bytes) -> None:
        match kind:
            case Frame.STARTED:
                self.start = msgspec.json.decode(payload, type=_Started).at
            case Frame.TRACE:
                self.log += payload
            case Frame.OUTPUT:
                self.output += payload
            case Frame.NETWORK:
                self.asked.append(msgspec.json.decode(payload, type=_Asked))
            case Frame.CHANGE:
                self.changes.append(msgspec.json.decode(payload, type=_Change))
            case Frame.FILE if self.changes:
                self.files[self.changes[-1].path] = payload
            case Frame.SCREEN:
                self.pictures.append(payload)
            case Frame.ENDED:
                self.end = msgspec.json.decode(payload, type=_End)
            case _:
                return


def run(data: bytes, request: wire.Request, out: Sink) -> None:
    """Read a machine's stream. `request` is that of the run: the sample's name and budget."""
    said = _Said(data)
    acts = Acts(said.start, f"{DOWNLOADS}\\{request.name}")
    acts.names = {each.words[0]: _host(each) for each in said.asked if each.words}
    wants: dict[str, None] = {}
    for line in lines(bytes(said.log)):
        acts.line(line)
        if isinstance(line, Other) and (words := lacking(line.text)):
            wants[words] = None
    found = list(acts.finish())
    first = found[0].actor if found else Actor(1, 0, acts.sample)
    found = _network(said, found, first)
    found = _registry(said, found, first)
    found = _files(said, found, first)
    for behaviour in found[:BEHAVIOURS_MAX]:
        out.write(wire.frame(wire.saw(behaviour)))
    for path, content in said.files.items():
        if content and not _WINES_OWN.search(path):
            out.write(wire.frame(wire.Dropped(path, content)))
    for picture in said.pictures:
        if made := png(picture):
            out.write(wire.frame(wire.Shown(made)))
    left_out = acts.overflow + max(0, len(found) - BEHAVIOURS_MAX)
    notes = [f"{left_out} further behaviours were not kept"] if left_out else []
    out.write(wire.frame(_ended(said, request, list(wants), notes, len(found))))


def _host(asked: _Asked) -> str:
    return asked.target if asked.action == "resolve" else asked.target.rpartition(":")[0]


def _ended(
    said: _Said, request: wire.Request, wants: list[str], notes: list[str], count: int
) -> wire.Ended:
    """The last message; a run without an end has its reason from the host."""
    kind, detail = "", ""
    why = said.end.why if said.end is not None else "unseen"
    if why == "unseen":
        kind, detail = StopKind.CRASHED.value, "the guest ended unexpectedly"
    elif why == "processes":
        kind, detail = StopKind.PROCESSES.value, "more processes at once than the budget allows"
    elif why == "seconds":
        kind, detail = StopKind.TIMED_OUT.value, f"still running after {request.seconds:g} s"
    elif why == "left":
        kind, detail = StopKind.TIMED_OUT.value, "processes it left behind were still running"
    if wants and not kind:
        kind, detail = StopKind.INCOMPLETE.value, wants[0]
    status = said.end.status if said.end is not None and said.end.status >= 0 else None
    notes = [*notes, *wants][:_NOTES_MAX]
    output = said.output.decode("utf-8", "replace")
    omitted = [
        f"{each.path} ({each.size} bytes)"
        for each in said.changes
        if each.kind == "written" and each.size and each.path not in said.files
        if not each.path.endswith(f"\\{request.name}") and not _WINES_OWN.search(each.path)
    ]
    return wire.Ended((), status, kind, detail, tuple(notes), output, tuple(omitted[:_NOTES_MAX]))


def _network(said: _Said, found: list[Behaviour], first: Actor) -> list[Behaviour]:
    """What the sinkhole heard, told of the process that connected there."""
    actors = {each.target: each.actor for each in found if each.kind is Kind.NETWORK}
    for asked in said.asked:
        actor = actors.get(asked.target, first)
        if asked.action != "send" or not asked.words:
            continue
        moment = round(max(0.0, asked.at - said.start), 3)
        words = asked.words
        if len(words) > 1:
            verb, path = (*words[0].split(" "), "")[:2]
            url = f"http://{words[1] or asked.target}{path}"
            words = [f"{verb} {url}"]
        action = "connect" if len(asked.words) > 1 else "send"
        found.append(Behaviour(moment, Kind.NETWORK, actor, action, asked.target, tuple(words)))
    return sorted(found, key=lambda each: each.time)


def _registry(said: _Said, found: list[Behaviour], first: Actor) -> list[Behaviour]:
    """Values that differ at the end: their data for the writes that were seen, or further ones."""
    values = {
        each.path.lower(): (each.path, each.data) for each in said.changes if each.kind == "value"
    }
    made: list[Behaviour] = []
    for each in found:
        wrote = each.kind is Kind.REGISTRY and each.action == "write"
        known = values.pop(each.target.lower(), None) if wrote else None
        words = each.arguments if known is None else (*each.arguments, _data(known[1]))
        made.append(replace(each, arguments=words))
    end = found[-1].time if found else 0.0
    for path, data in values.values():
        if not _WINES_OWN.search(path):
            made.append(Behaviour(end, Kind.REGISTRY, first, "write", path, (_data(data),)))
    return made


def _data(spelled: str) -> str:
    """A value's data as Wine's registry file spells it, in words."""
    text = re.match(r'(?:str\(\d+\):)?"(.*)"\Z', spelled, re.DOTALL)
    return text[1].replace('\\"', '"').replace("\\\\", "\\") if text else spelled


def _files(said: _Said, found: list[Behaviour], first: Actor) -> list[Behaviour]:
    """Files that differ at the end and that no call told of."""
    known = {
        each.target.lower() for each in found if each.kind is Kind.FILE and each.action != "read"
    }
    end = found[-1].time if found else 0.0
    made = list(found)
    for each in said.changes:
        action = {"written": "write", "deleted": "delete"}.get(each.kind)
        if action and each.path.lower() not in known and not _WINES_OWN.search(each.path):
            made.append(Behaviour(end, Kind.FILE, first, action, each.path))
    return made
