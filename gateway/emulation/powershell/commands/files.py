"""Commands on files of the emulated disk, and on their paths."""

from __future__ import annotations

import ntpath
from typing import TYPE_CHECKING

from gateway.emulation.contract import Kind
from gateway.emulation.powershell import outside
from gateway.emulation.powershell.commands.calls import Call, Handler
from gateway.emulation.powershell.commands.drives import REGISTRY, key
from gateway.emulation.powershell.commands.listing import paths_of
from gateway.emulation.powershell.values import (
    UNKNOWN,
    Unknown,
    Value,
    as_bytes,
    has_unknown,
    items,
    one,
    text,
)

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine


def _get_content(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0)) or text(call.get("literalpath"))
    disk = m.session.world.disk
    m.session.recorder.note(Kind.FILE, "read", disk.full(path))
    file = disk.get(path)
    if file is None or (not file.written and disk.full(path).lower() != disk.sample_path.lower()):
        return [UNKNOWN]
    if text(call.get("encoding")).lower() == "byte":
        return [file.data]
    words = file.data.decode("utf-8", "replace")
    return [words] if call.get("raw") else list(words.splitlines())


def _set_content(m: Machine, call: Call) -> list[Value]:
    path = call.get("path", 0) if call.get("path") is not None else call.get("filepath", 0)
    path = path if path is not None else call.get("literalpath")
    value = call.get("value", 1)
    if value is None:
        value = call.get("inputobject")
    value = value if value is not None else one(call.piped or [])
    data = (
        as_bytes(value)
        if isinstance(value, bytes) or text(call.get("encoding")).lower() == "byte"
        else "\r\n".join(text(i) for i in items(value)).encode()
    )
    if REGISTRY.match(text(path)):
        return []
    outside.save(m, path, data if isinstance(data, bytes) else b"")
    return []


def _remove_item(m: Machine, call: Call) -> list[Value]:
    path = call.get("path", 0) if call.get("path", 0) is not None else call.get("literalpath")
    for each in items(path) if path is not None else paths_of(call.piped or []):
        if REGISTRY.match(text(each)):
            m.session.world.registry.delete(key(text(each)))
        elif not isinstance(each, Unknown):
            _each_file(m, text(each), "delete")
    return []


def _each_file(m: Machine, path: str, action: str) -> None:
    disk = m.session.world.disk
    full = disk.full(path)
    found = disk.matching(full)
    for file in found[:200]:
        m.session.recorder.note(Kind.FILE, action, file.path)
    if not found:
        m.session.recorder.note(Kind.FILE, action, full, failed="no such file")


def _copy_item(m: Machine, call: Call) -> list[Value]:
    target = call.get("destination", 0 if call.piped else 1)
    sources: list[Value] = [*paths_of(call.piped or [])]
    for source in sources or [call.get("path", 0)]:
        _copy(m, source, target)
    return []


def _copy(m: Machine, source: Value, target: Value) -> None:
    disk = m.session.world.disk
    file = disk.get(text(source))
    if not has_unknown(source):
        m.session.recorder.note(Kind.FILE, "read", disk.full(text(source)))
    mine = disk.full(text(source)).lower() == disk.sample_path.lower()
    if target is not None and not has_unknown(target):
        how = [f"copy of {text(source)}"] + (["the sample itself"] if mine else [])
        outside.save(m, target, file.data if file is not None and file.written else b"", *how)


def _join_path(m: Machine, call: Call) -> list[Value]:
    first, second = call.get("path", 0), call.get("childpath", 1)
    return [f"{text(first).rstrip(chr(92))}\\{text(second).lstrip(chr(92))}"]


def _split_path(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0)) or text(one(call.piped or []))
    return [ntpath.basename(path) if call.get("leaf") else ntpath.dirname(path)]


HANDLERS: dict[str, Handler] = {
    "get-content": _get_content,
    "set-content": _set_content,
    "add-content": _set_content,
    "out-file": _set_content,
    "tee-object": _set_content,
    "remove-item": _remove_item,
    "copy-item": _copy_item,
    "move-item": _copy_item,
    "join-path": _join_path,
    "split-path": _split_path,
}
