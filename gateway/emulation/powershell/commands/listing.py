"""Get-ChildItem and what is done with the files that it finds: of the user's folders, whose files
the emulated disk has; of any other folder only the real machine knows them."""

from __future__ import annotations

import ntpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gateway.emulation.contract import Kind
from gateway.emulation.powershell.commands import drives
from gateway.emulation.powershell.commands.calls import Call, Handler
from gateway.emulation.powershell.values import UNKNOWN, Net, Value, items, text
from gateway.emulation.windows import facts

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine

_DRIVES = ("alias:", "variable:", "env:")


def file_object(path: str, size: int) -> Net:
    """A FileInfo; what is not here of it is unknown."""
    base, extension = ntpath.splitext(ntpath.basename(path))
    folder = ntpath.dirname(path)
    values: dict[str, Value] = {
        "fullname": path,
        "name": base + extension,
        "basename": base,
        "extension": extension,
        "directoryname": folder,
        "directory": folder,
        "length": size,
        "psiscontainer": False,
    }
    return Net("io.fileinfo", {"text": path, **values})


def paths_of(values: list[Value]) -> list[str]:
    """The paths of files among values that a pipeline brings."""
    found = [each for each in values if isinstance(each, Net) and each.kind == "io.fileinfo"]
    return [text(each.fields["fullname"]) for each in found]


def _children(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0) or call.get("literalpath"))
    if path.lower().startswith(_DRIVES):
        return drives.HANDLERS["get-item"](m, Call("get-item", {}, [path], None))
    disk = m.session.world.disk
    full = disk.full(path or ".")
    patterns = [text(each).lower() for each in items(call.get("filter", 1) or call.get("include"))]
    if "*" in ntpath.basename(full) or "?" in ntpath.basename(full):
        full, pattern = ntpath.split(full)
        patterns = patterns or [pattern.lower()]
    home = facts.HOME.lower()
    if not (full.lower() + "\\").startswith(home + "\\") or not disk.folder_exists(full):
        return [UNKNOWN]
    below = full.lower().rstrip("\\") + "\\"
    found = [
        file_object(file.path, len(file.data))
        for key, file in disk.files.items()
        if key.startswith(below)
        and (call.get("recurse") or "\\" not in key[len(below) :])
        and _named(ntpath.basename(key), patterns)
    ]
    return [*found] if found else [UNKNOWN]


def _named(name: str, patterns: list[str]) -> bool:
    wanted = [pattern for pattern in patterns if pattern not in ("*", "*.*")]
    return not wanted or any(fnmatchcase(name, pattern) for pattern in wanted)


def _rename(m: Machine, call: Call) -> list[Value]:
    disk = m.session.world.disk
    given = call.get("path", 0) or call.get("literalpath")
    sources = paths_of(call.piped or []) or [text(each) for each in items(given)]
    for source in sources:
        m.session.recorder.note(Kind.FILE, "rename", disk.full(source), *call.words()[-1:])
    return []


HANDLERS: dict[str, Handler] = {"get-childitem": _children, "rename-item": _rename}
