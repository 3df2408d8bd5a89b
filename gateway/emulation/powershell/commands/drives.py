"""Commands on what has a path but is no file: variables, aliases, the environment, the registry."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gateway.emulation.powershell import nodes as n
from gateway.emulation.powershell import outside
from gateway.emulation.powershell.commands.calls import Call, Handler
from gateway.emulation.powershell.names import matching
from gateway.emulation.powershell.values import UNKNOWN, Net, Value, text
from gateway.emulation.powershell.variables import NAMES

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine

REGISTRY = re.compile(r"\A(hklm|hkcu|hkcr|hku|hkey_\w+|registry::\w+):?\\", re.IGNORECASE)


def key(path: str) -> str:
    """A path of the registry as the registry has it."""
    return re.sub(r"\A(registry::)?(\w+):?\\", r"\2\\", path, flags=re.IGNORECASE)


def _set_alias(m: Machine, call: Call) -> list[Value]:
    m.aliases[text(call.get("name", 0)).lower()] = text(call.get("value", 1)).lower()
    return []


def _set_variable(m: Machine, call: Call) -> list[Value]:
    name = text(call.get("name", 0)).lower()
    m.store(n.Var(name), call.get("value", 1))
    return []


def _get_variable(m: Machine, call: Call) -> list[Value]:
    name = text(call.get("name", 0)).lower()
    full = name
    if "*" in name or "?" in name:
        full = next((key for key in NAMES if fnmatchcase(key, name)), name)
    value = m.variable(full)
    if call.get("valueonly"):
        return [value]
    return [Net("variable", {"name": NAMES.get(full, full), "value": value, "text": text(value)})]


def _set_item(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0))
    low = path.lower()
    value = call.get("value", 1)
    if low.startswith("variable:"):
        m.store(n.Var(low[9:].lstrip("\\/")), value)
    elif low.startswith("alias:"):
        m.aliases[low[6:].lstrip("\\/")] = text(value).lower()
    elif low.startswith("env:"):
        m.scopes[0][low] = value
    elif REGISTRY.match(path):
        m.session.world.registry.write(key(path), text(value), text(value))
    return []


def _get_item(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0)) or text(call.get("literalpath"))
    low = path.lower()
    if low.startswith("variable:"):
        return _get_variable(m, Call("", {}, [low[9:].lstrip("\\/")], None))
    if low.startswith("env:"):
        value = m.variable("env:" + low[4:].lstrip("\\/"))
        return [Net("variable", {"name": path[4:], "value": value, "text": text(value)})]
    if low.startswith("alias:"):
        return [
            Net("command", {"text": m.aliases.get(low[6:].lstrip("\\/"), low[6:].lstrip("\\/"))})
        ]
    return [UNKNOWN]


def _new_item(m: Machine, call: Call) -> list[Value]:
    path = text(call.get("path", 0))
    name = text(call.get("name"))
    value = call.get("value")
    full = f"{path}\\{name}" if name and path else name or path
    low = full.lower()
    if low.startswith("alias:"):
        m.aliases[low[6:].lstrip("\\/")] = text(value).lower()
    elif REGISTRY.match(full):
        m.session.world.registry.write(key(full) + "\\", text(value), text(value))
    elif text(call.get("itemtype")).lower() == "file":
        outside.save(m, full, text(value).encode())
    elif low:
        m.session.world.disk._add_folder(m.session.world.disk.full(full))
    return [UNKNOWN]


def _property(m: Machine, call: Call) -> list[Value]:
    """Set-ItemProperty, New-ItemProperty."""
    path = text(call.get("path", 0)) or text(call.get("literalpath"))
    name = text(call.get("name", 1))
    value = call.get("value", 2)
    if REGISTRY.match(path):
        m.session.world.registry.write(f"{key(path)}\\{name}", text(value), text(value))
    return []


def _get_property(m: Machine, call: Call) -> list[Value]:
    """Get-ItemProperty: of the registry, what the script itself wrote there is known."""
    path = text(call.get("path", 0)) or text(call.get("literalpath"))
    if not REGISTRY.match(path):
        return [UNKNOWN]
    below = key(path).lower().rstrip("\\") + "\\"
    found: dict[str, Value] = {
        name[len(below) :]: value
        for name, value in m.session.world.registry.values.items()
        if name.startswith(below) and "\\" not in name[len(below) :] and isinstance(value, str)
    }
    name = text(call.get("name", 1)).lower()
    if not found or (name and name not in found):
        return [UNKNOWN]
    return [found[name]] if call.name == "get-itempropertyvalue" else [Net("properties", found)]


def _get_command(m: Machine, call: Call) -> list[Value]:
    wanted = text(call.get("name", 0))
    found = matching(wanted) if "*" in wanted or "?" in wanted else wanted
    return [Net("command", {"text": found, "name": found, "source": found})] if found else [UNKNOWN]


HANDLERS: dict[str, Handler] = {
    "set-alias": _set_alias,
    "new-alias": _set_alias,
    "set-variable": _set_variable,
    "new-variable": _set_variable,
    "set-item": _set_item,
    "get-variable": _get_variable,
    "get-item": _get_item,
    "get-command": _get_command,
    "get-alias": _get_command,
    "set-itemproperty": _property,
    "new-itemproperty": _property,
    "get-itemproperty": _get_property,
    "get-itempropertyvalue": _get_property,
    "new-item": _new_item,
}
