"""Runs a command, or tells it: which are known, and what becomes of the others.

A command that is not known is told with its arguments; those by whose names something is only
asked or shown have no effect.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.emulation.powershell import nodes as n
from gateway.emulation.powershell import outside
from gateway.emulation.powershell.commands import code, drives, files, listing, plain, reach
from gateway.emulation.powershell.commands.calls import Call, Handler, line, quoted, read
from gateway.emulation.powershell.names import ALIASES, matching
from gateway.emulation.powershell.values import UNKNOWN, Net, Unknown, Value, text

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine

_PROGRAM = re.compile(r"[\\/:]|\.(exe|com|bat|cmd|ps1|vbs|js|msi|hta|cpl|scr)$", re.IGNORECASE)
_CMDLET = re.compile(r"[a-z]+-[a-z][\w]*$", re.IGNORECASE)
_ASKING = (
    *("get-", "test-", "select-", "sort-", "group-", "measure-", "format-", "out-"),
    *("write-", "convertto-", "convertfrom-", "compare-", "find-", "search-", "show-"),
    *("read-", "wait-", "join-", "split-", "resolve-", "import-csv", "import-clixml"),
    *("export-", "update-", "import-module", "trace-", "enter-", "exit-", "push-", "pop-"),
    *("limit-", "receive-", "assert-", "install-", "build-", "publish-", "compress-"),
    *("expand-", "debug-"),
)
_FAMILIES = (code, reach, drives, files, listing, plain)
_HANDLERS: dict[str, Handler] = {
    name: handler for family in _FAMILIES for name, handler in family.HANDLERS.items()
}


def command(m: Machine, node: n.Command, piped: list[Value] | None) -> list[Value]:
    """Run or tell a command."""
    name = m.value(node.name)
    call = read(m, node, piped)
    out: list[Value]
    if isinstance(name, n.BlockNode):
        out = _block(m, name, call)
    elif isinstance(name, Net) and name.kind == "command":
        out = _named(m, text(name.fields["text"]), call)
    elif isinstance(name, Unknown):
        m.note("the name of a command could not be worked out")
        if name.lack:
            m.lacks("the name of a command")
        m.session.recorder.call("(unknown command)", *call.words())
        out = [UNKNOWN]
    else:
        out = _named(m, text(name).strip(), call, node.operator)
    if node.output is not None:
        target = m.value(node.output)
        if target is not None and text(target).lower() not in ("null", "nul"):
            outside.save(m, target, "\r\n".join(map(text, out)).encode())
        return []
    return out


def _block(m: Machine, block: n.BlockNode, call: Call) -> list[Value]:
    return m.run_block(block, call.given, call.named, call.piped)


def _named(m: Machine, name: str, call: Call, operator: str = "") -> list[Value]:
    low = name.lower()
    for _ in range(4):
        low = m.aliases.get(low, ALIASES.get(low, low))
    low = low.rsplit("\\", 1)[-1] if low.startswith("microsoft.powershell") else low
    call.name = low
    if low in m.functions:
        function = m.functions[low]
        return m.run_block(function, call.given, call.named, call.piped)
    handler = _HANDLERS.get(low)
    if handler is None and f"get-{low}" in _HANDLERS:
        handler = _HANDLERS[f"get-{low}"]  # PowerShell tries that verb before a name without any
    if handler is not None:
        return handler(m, call)
    if "*" in low or "?" in low:
        found = matching(low)
        if found is not None:
            return _named(m, found, call)
    if _CMDLET.match(low) and not _PROGRAM.search(low):
        return _other(m, low, name, call)
    if not low:
        return []
    outside.launch(m, " ".join([quoted(name), *line(call)]).strip())
    return [UNKNOWN]


def _other(m: Machine, low: str, name: str, call: Call) -> list[Value]:
    if not low.startswith(_ASKING):
        m.session.recorder.call(name, *call.words())
    for each in (*call.given, *call.named.values(), *(call.piped or [])[:50]):
        if isinstance(each, n.BlockNode) and not low.startswith("assert-"):
            m.run_block(each, [], piped=[UNKNOWN])
    return [UNKNOWN]
