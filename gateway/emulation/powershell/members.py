"""Members of any value: each kind of value has its own; what may act is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.powershell import objects, strings, types
from gateway.emulation.powershell.com import from_com, to_com
from gateway.emulation.powershell.nodes import BlockNode
from gateway.emulation.powershell.outside import SHOWN, tell_secret
from gateway.emulation.powershell.values import (
    UNKNOWN,
    Net,
    Type,
    Unknown,
    Value,
    items,
    text,
    truth,
)

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine


def member(m: Machine, target: Value, name: str, arguments: list[Value] | None) -> Value:
    """A member of anything; what is unknown stays unknown, what may act is told."""
    low = name.lower()
    match target:
        case Unknown():
            if arguments:
                tell_secret(m, "(unknown)", name, arguments)
            return target
        case str():
            found = strings.of_text(target, low, arguments)
            return found if found is not None else UNKNOWN
        case Type():
            return types.static(m, target.name, low, name, arguments)
        case Net():
            return objects.member(m, target, low, name, arguments or [], arguments is not None)
        case ComObject():
            return _com(m, target, name, arguments or [])
        case BlockNode():
            return _block(m, target, low, arguments)
        case dict():
            return _table(target, low, arguments)
        case list() | bytes():
            return _row(m, target, low, name, arguments)
        case int() | float() if low == "tostring":
            return _number_text(target, arguments)
        case None:
            return None
        case _:
            return text(target) if low == "tostring" else UNKNOWN


def _number_text(value: int | float, arguments: list[Value] | None) -> Value:
    form = text(arguments[0]) if arguments else ""
    if form[:1] in ("x", "X") and isinstance(value, int):
        made = f"{value:x}".zfill(int(form[1:]) if form[1:].isdigit() and len(form) < 4 else 0)
        return made.upper() if form[0] == "X" else made
    return text(value)


def _table(target: dict[str, Value], low: str, arguments: list[Value] | None) -> Value:
    if low in target:
        return target[low]
    match low:
        case "keys":
            return list(target)
        case "values":
            return list(target.values())
        case "count":
            return len(target)
        case "add" if arguments and len(arguments) > 1:
            target[text(arguments[0]).lower()] = arguments[1]
            return None
        case "containskey" | "contains":
            return bool(arguments) and text((arguments or [""])[0]).lower() in target
        case "getenumerator":
            return [Net("entry", {"key": k, "name": k, "value": v}) for k, v in target.items()]
    return None


def _row(
    m: Machine, target: list[Value] | bytes, low: str, name: str, arguments: list[Value] | None
) -> Value:
    if low in ("length", "count", "longlength"):
        return len(target)
    if isinstance(target, list):
        if low in ("add", "addrange") and arguments:
            target.extend(items(arguments[0]) if low == "addrange" else [arguments[0]])
            return None
        if low == "reverse":
            target.reverse()
            return None
        if low in ("toarray", "clone", "getenumerator"):
            return target
        if low in ("foreach", "where") and arguments and isinstance(arguments[0], BlockNode):
            made: list[Value] = []
            for item in target:
                out = m.run_block(arguments[0], [], piped=[item])
                made += (
                    out
                    if low == "foreach"
                    else [item]
                    if truth(out[0] if out else None) is not False
                    else []
                )
            return made
        if low == "contains":
            return bool(arguments) and (arguments or [None])[0] in target
    return (
        [member(m, item, name, arguments) for item in target]
        if isinstance(target, list)
        else UNKNOWN
    )


def _block(m: Machine, target: BlockNode, low: str, arguments: list[Value] | None) -> Value:
    if low in ("invoke", "invokereturnasis", "invokewithcontext"):
        out = m.run_block(target, arguments or [])
        return out[0] if len(out) == 1 else out
    return (
        target
        if low == "getnewclosure"
        else target.source
        if low in ("tostring", "ast")
        else UNKNOWN
    )


def _com(m: Machine, target: ComObject, name: str, arguments: list[Value]) -> Value:
    try:
        return from_com(target.get(name, [to_com(each) for each in arguments]))
    except ScriptError as error:
        m.note(f"{target.type_name}.{name}: {error}")
        return UNKNOWN


def put(m: Machine, target: Value, name: str, value: Value) -> None:
    """Set a property."""
    match target:
        case dict():
            target[name.lower()] = value
        case Net():
            target.fields[name.lower()] = value
        case ComObject():
            try:
                target.put(name, [], to_com(value))
            except ScriptError as error:
                m.note(f"{target.type_name}.{name}: {error}")
        case Type():
            m.session.recorder.call(f"[{target.name}]::{name} =", text(value)[:SHOWN])
