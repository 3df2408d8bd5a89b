"""Reads what a virtual machine said: everything here is hostile, and runs in a confined guest.

Input is the stream of frames from the machine; output are messages of `scripts.wire`, as every
guest of the emulator writes them. This module reads of Windows programs, `opened` of documents.
"""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.emulation.contract import Actor, Behaviour, Kind, StopKind
from gateway.emulation.microvm import documents, opened
from gateway.emulation.microvm.acts import BEHAVIOURS_MAX, Acts
from gateway.emulation.microvm.asked import names, network
from gateway.emulation.microvm.lacking import lacking
from gateway.emulation.microvm.pictures import png
from gateway.emulation.microvm.relay import Other, lines
from gateway.emulation.microvm.said import Said
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


def run(data: bytes, request: wire.Request, out: Sink) -> None:
    """Read a machine's stream. `request` is that of the run: the sample's name and budget."""
    said = Said(data)
    if request.type in documents.TYPES:
        opened.run(said, request, out)
        return
    acts = Acts(said.start, f"{DOWNLOADS}\\{request.name}")
    acts.names = names(said)
    wants: dict[str, None] = {}
    for line in lines(bytes(said.log)):
        acts.line(line)
        if isinstance(line, Other) and (words := lacking(line.text)):
            wants[words] = None
    found = list(acts.finish())
    first = found[0].actor if found else Actor(1, 0, acts.sample)
    found = network(said, found, first)
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


def _ended(
    said: Said, request: wire.Request, wants: list[str], notes: list[str], count: int
) -> wire.Ended:
    """The last message; a run without an end has its reason from the host."""
    kind, detail = said.stopped(request.seconds)
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


def _registry(said: Said, found: list[Behaviour], first: Actor) -> list[Behaviour]:
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


def _files(said: Said, found: list[Behaviour], first: Actor) -> list[Behaviour]:
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
