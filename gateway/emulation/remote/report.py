"""A CAPE report in the guest: read as what it is, a hostile file, and told as behaviours.

Each section is read by itself: one that is not understood is said to be missing and the rest still
counts. The sandbox's own opinion (signatures, families, score) is told like any other behaviour;
rules judge it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Protocol, TypeVar

import msgspec

from gateway.emulation.contract import Actor, Behaviour, Kind, StopKind
from gateway.emulation.remote.calls import effect, path_of
from gateway.emulation.scripts import wire

BEHAVIOURS_MAX = 3000
"""Different behaviours told; as everywhere (`windows.recorder`)."""

_CALLS_MAX = 400_000
"""Calls looked at. CAPE itself stops logging a process long before."""

_FILES_MAX = 200
_TEXT_MAX = 4000
_NOTES_MAX = 20

_NOISE = re.compile(
    r"(^|\.)(windowsupdate\.com|msftconnecttest\.com|msftncsi\.com|update\.microsoft\.com|"
    r"ctldl\.windowsupdate\.com|ocsp\.[\w.-]+|crl\.[\w.-]+|settings-win\.data\.microsoft\.com|"
    r"time\.windows\.com|wpad|in-addr\.arpa)$",
    re.IGNORECASE,
)
"""Names that Windows asks for by itself."""


class Argument(msgspec.Struct, frozen=True):
    """An argument of a call; its value is mostly a text."""

    name: str = ""
    value: object = None


class Call(msgspec.Struct, frozen=True):
    """A call of the Windows API that the monitor saw."""

    api: str = ""
    status: object = True
    arguments: list[Argument] = []
    timestamp: str = ""
    repeated: int = 0


class Process(msgspec.Struct, frozen=True):
    """A process with its calls."""

    process_id: int = 0
    parent_id: int = 0
    process_name: str = ""
    module_path: str = ""
    first_seen: str = ""
    calls: list[Call] = []


class ProcessNode(msgspec.Struct, frozen=True):
    """A process in the tree, with its command line among its environment."""

    pid: int = 0
    name: str = ""
    module_path: str = ""
    environ: dict[str, object] = {}
    children: list[ProcessNode] = []


class Behavior(msgspec.Struct, frozen=True):
    """What the processes did."""

    processes: list[Process] = []
    processtree: list[ProcessNode] = []


class DnsLine(msgspec.Struct, frozen=True):
    """A question to the DNS."""

    request: str = ""


class HttpLine(msgspec.Struct, frozen=True):
    """A request for a page."""

    host: str = ""
    port: object = 80
    uri: str = ""
    method: str = ""


class Network(msgspec.Struct, frozen=True):
    """What was seen on the guest's network."""

    dns: list[DnsLine] = []
    http: list[HttpLine] = []


class Signature(msgspec.Struct, frozen=True):
    """A signature of the sandbox that matched; severity from 1 (little) to 3 (much)."""

    name: str = ""
    description: str = ""
    severity: object = 1
    confidence: object = 0


class Techniques(msgspec.Struct, frozen=True):
    """ATT&CK techniques of a signature."""

    signature: str = ""
    ttps: list[str] = []


class DroppedFile(msgspec.Struct, frozen=True):
    """A file that was left behind."""

    name: object = ""
    guest_paths: object = ""
    sha256: str = ""
    size: int = 0


class Debug(msgspec.Struct, frozen=True):
    """What went wrong in the sandbox."""

    errors: list[object] = []


class Sections(msgspec.Struct, frozen=True):
    """The report's sections as they stand in it."""

    error: object = False
    error_value: object = ""
    behavior: msgspec.Raw = msgspec.Raw(b"null")
    network: msgspec.Raw = msgspec.Raw(b"{}")
    signatures: msgspec.Raw = msgspec.Raw(b"[]")
    ttps: msgspec.Raw = msgspec.Raw(b"[]")
    dropped: msgspec.Raw = msgspec.Raw(b"[]")
    detections: msgspec.Raw = msgspec.Raw(b"null")
    malscore: msgspec.Raw = msgspec.Raw(b"0")
    debug: msgspec.Raw = msgspec.Raw(b"{}")


_Json = msgspec.json.Decoder

_BEHAVIOR: _Json[Behavior | None] = _Json(Behavior | None)
_NETWORK: _Json[Network] = _Json(Network)
_SIGNATURES: _Json[list[Signature] | None] = _Json(list[Signature] | None)
_TECHNIQUES: _Json[list[Techniques] | None] = _Json(list[Techniques] | None)
_DROPPED: _Json[list[DroppedFile] | None] = _Json(list[DroppedFile] | None)
_DEBUG: _Json[Debug] = _Json(Debug)
_ANYTHING: _Json[object] = _Json(object)


class Sink(Protocol):
    """Where messages go."""

    def write(self, data: bytes) -> int: ...


T = TypeVar("T")


def run(data: bytes, request: wire.Request, out: Sink) -> None:
    """Tell what a report says; a dropped file is told by its digest in place of its bytes."""
    _Reading(request.name, out).tell(data)


class _Reading:
    """One report: what is told of it, what could not be read."""

    def __init__(self, sample: str, out: Sink) -> None:
        self._sample = sample
        self._out = out
        self._known: dict[Behaviour, int] = {}
        self._order: list[Behaviour] = []
        self._counts: list[int] = []
        self._notes: list[str] = []
        self._stopped = ""
        self._start: float | None = None

    def tell(self, data: bytes) -> None:
        """All sections, then the end."""
        try:
            sections = msgspec.json.decode(data, type=Sections)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self._stopped = "the sandbox's report is no whole JSON object"
            self._end()
            return
        if sections.error is True:
            self._stopped = f"the sandbox has no report: {_line(sections.error_value)}"
            self._end()
            return
        behavior = self._section("behavior", sections.behavior, _BEHAVIOR, None)
        if behavior is None or not (behavior.processes or behavior.processtree):
            self._stopped = self._stopped or "the sandbox saw no process of the sample"
        else:
            self._tree(behavior.processtree, None)
            for process in behavior.processes:
                self._process(process)
        self._network(self._section("network", sections.network, _NETWORK, Network()))
        self._opinion(sections)
        dropped = self._section("dropped", sections.dropped, _DROPPED, None)
        self._dropped(dropped or [])
        debug = self._section("debug", sections.debug, _DEBUG, Debug())
        self._notes += [f"the sandbox says: {_line(one)}" for one in debug.errors[:5]]
        self._end()

    def _section(
        self, name: str, raw: msgspec.Raw, decoder: msgspec.json.Decoder[T], empty: T
    ) -> T:
        try:
            found = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self._stopped = self._stopped or f"the report's section '{name}' is not understood"
            return empty
        return found

    def _add(self, behaviour: Behaviour, count: int = 1) -> None:
        key = _without_time(behaviour)
        known = self._known.get(key)
        if known is not None:
            self._counts[known] += count
            return
        if len(self._order) >= BEHAVIOURS_MAX:
            return
        self._known[key] = len(self._order)
        self._order.append(behaviour)
        self._counts.append(count)
        self._out.write(wire.frame(wire.saw(behaviour)))

    def _tree(self, nodes: list[ProcessNode], parent: Actor | None) -> None:
        """Starts: each process below another was started by it."""
        for node in nodes:
            program = _text(node.module_path or node.name)
            line = _text(node.environ.get("CommandLine", ""))
            if parent is not None:
                words = (line,) if line else ()
                made = Behaviour(0.0, Kind.PROCESS, parent, "execute", program, words)
                self._add(made)
            above = parent.pid if parent is not None else 0
            self._tree(node.children, Actor(node.pid, above, program))

    def _process(self, process: Process) -> None:
        program = _text(process.module_path or process.process_name)
        actor = Actor(process.process_id, process.parent_id, program)
        for number, call in enumerate(process.calls):
            if number >= _CALLS_MAX:
                self._notes.append(f"calls after the first {_CALLS_MAX} of {program[:80]}")
                break
            words = {one.name: _text(one.value) for one in call.arguments}
            done = effect(call.api, words)
            if done is not None:
                failed = "" if call.status in (True, 1, "1", "SUCCESS") else "refused"
                made = Behaviour(
                    self._moment(call.timestamp),
                    *(done.kind, actor, done.action, _text(done.target), done.arguments, failed),
                )
                self._add(made, 1 + max(0, call.repeated))

    def _moment(self, stamp: str) -> float:
        """Seconds since the first call: `2026-01-31 10:00:00,123`."""
        found = re.match(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?", stamp)
        if found is None:
            return 0.0
        year, month, day, hour, minute, second = (int(found[n]) for n in range(1, 7))
        try:
            days = datetime.date(year, month, day).toordinal()
        except ValueError:
            return 0.0
        fraction = float(f"0.{found[7] or 0}")
        seconds = days * 86400.0 + hour * 3600 + minute * 60 + second + fraction
        if self._start is None:
            self._start = seconds
        return round(max(0.0, seconds - self._start), 3)

    def _network(self, network: Network) -> None:
        actor = Actor(1, 0, self._sample)
        for line in network.dns:
            if line.request and not _NOISE.search(line.request):
                self._add(Behaviour(0.0, Kind.NETWORK, actor, "resolve", _text(line.request)))
        for request in network.http:
            host = request.host.rsplit(":", 1)[0]
            if host and not _NOISE.search(host):
                words = (f"{request.method[:10]} {_text(request.uri)}",)
                target = f"{_text(host)}:{_text(request.port)}"
                self._add(Behaviour(0.0, Kind.NETWORK, actor, "connect", target, words))

    def _opinion(self, sections: Sections) -> None:
        """Signatures with their techniques, families, the score."""
        ttps = self._section("ttps", sections.ttps, _TECHNIQUES, None)
        techniques = {one.signature: ", ".join(one.ttps) for one in ttps or []}
        found = self._section("signatures", sections.signatures, _SIGNATURES, None)
        for one in found or []:
            words = (f"severity {_text(one.severity)}", techniques.get(one.name, ""))
            self._told("sandbox signature", _text(one.name), _text(one.description), *words)
        for family in _families(self._section("detections", sections.detections, _ANYTHING, None)):
            self._told("malware family", family)
        score = self._section("malscore", sections.malscore, _ANYTHING, None)
        if score:
            self._told("sandbox score", _text(score))

    def _told(self, what: str, *words: str) -> None:
        named = tuple(word for word in words if word)
        self._add(Behaviour(0.0, Kind.SCRIPT, Actor(1, 0, self._sample), "call", what, named))

    def _dropped(self, files: list[DroppedFile]) -> None:
        actor = Actor(1, 0, self._sample)
        for file in files[:_FILES_MAX]:
            paths = [*_texts(file.guest_paths), *_texts(file.name)]
            path = path_of(paths[0]) if paths else file.sha256
            self._add(Behaviour(0.0, Kind.FILE, actor, "write", path, (f"{file.size} bytes",)))
            if re.fullmatch(r"[0-9a-f]{64}", file.sha256):
                self._out.write(wire.frame(wire.Dropped(path, file.sha256.encode())))
        if len(files) > _FILES_MAX:
            self._notes.append(f"dropped files after the first {_FILES_MAX}")

    def _end(self) -> None:
        kind = StopKind.INCOMPLETE.value if self._stopped else ""
        status = 1 if self._stopped else 0
        notes = tuple(self._notes[:_NOTES_MAX])
        last = wire.Ended(tuple(self._counts), status, kind, self._stopped, notes, "")
        self._out.write(wire.frame(last))


def _without_time(behaviour: Behaviour) -> Behaviour:
    return Behaviour(
        *(0.0, behaviour.kind, behaviour.actor, behaviour.action, behaviour.target),
        *(behaviour.arguments, behaviour.failed),
    )


def _text(value: object) -> str:
    return value[:_TEXT_MAX] if isinstance(value, str) else str(value)[:_TEXT_MAX]


def _texts(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one:
            yield one[:_TEXT_MAX]


def _line(value: object) -> str:
    return " ".join(_text(value).split())[:150]


def _families(detections: object) -> list[str]:
    """Names of families: a text, or a list of objects with `family`."""
    if isinstance(detections, str):
        return [detections[:80]] if detections else []
    found = []
    for one in detections if isinstance(detections, list) else []:
        name = one.get("family") if isinstance(one, dict) else one
        if isinstance(name, str) and name:
            found.append(name[:80])
    return found[:10]
