"""Works out expressions. What cannot be worked out is an unknown value, never a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.powershell import casts, members, operators, patterns
from gateway.emulation.powershell import nodes as n
from gateway.emulation.powershell.parser import parse
from gateway.emulation.powershell.values import (
    LACKING,
    UNKNOWN,
    Type,
    Unknown,
    Value,
    has_data,
    number,
    one,
    text,
    truth,
)

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine

_FILLS = frozenset({"read", "receive", "readasync"})
"""Calls that fill their first argument with what the network sends."""


def evaluate(m: Machine, node: n.Node | None) -> Value:
    """An expression's value."""
    m.tick()
    match node:
        case None:
            return None
        case n.Const(value=value):
            return value
        case n.Text(parts=parts):
            return "".join(text(evaluate(m, part)) for part in parts)
        case n.Var(name=name):
            return m.variable(name)
        case n.Array(items=nodes):
            return [evaluate(m, each) for each in nodes]
        case n.Sub(body=body, array=array):
            values = m.run(body) if len(body) != 1 or array else _single(m, body[0])
            return (
                values
                if array
                else one(values)
                if isinstance(values, list) and not _keeps(body)
                else values
            )
        case n.Table(pairs=pairs):
            return {text(evaluate(m, k)).lower(): one(m.outputs(v)) for k, v in pairs}
        case n.BlockNode():
            return node
        case n.TypeName(name=name):
            return Type(name.removeprefix("system."))
        case n.Cast(name=name, value=inner):
            return _cast(m, name, evaluate(m, inner))
        case n.Unary():
            return _unary(node.operator, evaluate(m, node.value))
        case n.Binary():
            left = evaluate(m, node.left)
            return _matched(m, node, left, evaluate(m, node.right))
        case n.Step():
            old = evaluate(m, node.target)
            new = operators.binary("+", number(old), node.by)
            m.store(node.target, new)
            return old if node.after else new
        case n.Index():
            return _index(m, evaluate(m, node.target), evaluate(m, node.index))
        case n.Member():
            return _member(m, node)
        case _:
            return one(m.outputs(node))


def _single(m: Machine, node: n.Node) -> Value:
    """A parenthesis around one expression keeps its value as it is, arrays included."""
    if isinstance(node, n.Assign):
        m.assign(node)
        return evaluate(m, node.target)
    if _keeps((node,)):
        return evaluate(m, node)
    return m.outputs(node)


def _keeps(body: tuple[n.Node, ...]) -> bool:
    return len(body) == 1 and isinstance(body[0], n.Expression | n.Assign)


def _matched(m: Machine, node: n.Binary, left: Value, right: Value) -> Value:
    if node.operator == "match" and isinstance(left, str) and isinstance(right, str):
        compiled = patterns.pattern(right)
        found = compiled.search(left) if compiled is not None else None
        if found is not None:
            m.scopes[-1]["matches"] = {
                str(k): v for k, v in enumerate([found[0], *found.groups()])
            } | {k.lower(): v for k, v in found.groupdict().items()}
    return operators.binary(node.operator, left, right)


def _cast(m: Machine, name: str, value: Value) -> Value:
    if name == "pscustomobject" and isinstance(value, dict):
        return value
    if name in ("scriptblock", "management.automation.scriptblock") and isinstance(value, str):
        return parse(value)
    if name in ("xml", "ipaddress", "version", "datetime", "timespan", "uri", "guid", "adsi"):
        return value if isinstance(value, str) else UNKNOWN
    return casts.cast(name, value)


def _unary(operator: str, value: Value) -> Value:
    match operator:
        case "not":
            known = truth(value)
            return known if isinstance(known, Unknown) else not known
        case "join":
            return operators.binary("join", value, "")
        case "split":
            return patterns.split(value, [r"\s+"])
        case "-":
            return operators.binary("-", 0, value)
        case "bnot":
            found = number(value)
            return found if isinstance(found, Unknown) else ~int(found)
        case _:
            found = number(value)
            return (
                found
                if not isinstance(value, str)
                else LACKING
                if isinstance(found, Unknown)
                else found
            )


def _index(m: Machine, target: Value, index: Value) -> Value:
    if isinstance(target, Unknown) or isinstance(index, Unknown):
        return target if isinstance(target, Unknown) else UNKNOWN
    if isinstance(target, dict):
        return target.get(text(index).lower())
    if isinstance(index, list):
        return [found for each in index if (found := _index(m, target, each)) is not None]
    place = number(index)
    if isinstance(target, str | list | bytes) and not isinstance(place, Unknown):
        return target[int(place)] if -len(target) <= int(place) < len(target) else None
    return (
        target
        if not isinstance(place, Unknown) and int(place) == 0 and target is not None
        else UNKNOWN
    )


def _group(node: n.Member) -> n.Member | None:
    """`(object.method).Invoke(x)` as the call of the method that it is."""
    inner = node.target
    if isinstance(inner, n.Sub) and len(inner.body) == 1 and isinstance(inner.body[0], n.Member):
        inner = inner.body[0]
    if not isinstance(inner, n.Member) or inner.arguments is not None or node.arguments is None:
        return None
    named = isinstance(node.name, n.Const) and text(node.name.value).lower() == "invoke"
    return n.Member(inner.target, inner.name, node.arguments) if named else None


def _member(m: Machine, node: n.Member) -> Value:
    if (meant := _group(node)) is not None:
        return _member(m, meant)
    target = evaluate(m, node.target)
    name = text(evaluate(m, node.name))
    arguments = None if node.arguments is None else [evaluate(m, each) for each in node.arguments]
    if isinstance(target, str) and name.lower() in ("invoke", "invokereturnasis") and not arguments:
        return one(m.run_text(target, "Invoke"))
    if name.lower() in _FILLS and node.arguments and not has_data(target):
        m.store(node.arguments[0], UNKNOWN)
    return members.member(m, target, name, arguments)
