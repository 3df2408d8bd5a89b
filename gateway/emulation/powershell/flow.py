"""Walks statements: one way where it can tell, both ways where it cannot.

It runs nothing: commands are handed on, and told there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.powershell import nodes as n
from gateway.emulation.powershell import operators
from gateway.emulation.powershell.commands import dispatch
from gateway.emulation.powershell.leaving import Leaving
from gateway.emulation.powershell.values import UNKNOWN, Unknown, Value, items, one, truth

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine

_ROUNDS_MAX = 300_000
"""Rounds of one loop; a decoder of a large script has a hundred thousand."""

_ENDLESS_ROUNDS = 3
"""Rounds of a loop that waits or asks the network: it does the same again and again."""


def outputs(m: Machine, node: n.Node, piped: list[Value] | None = None) -> list[Value]:
    """What a statement or pipeline puts out."""
    m.tick()
    match node:
        case n.Pipeline():
            flow: list[Value] | None = piped
            for part in node.parts:
                flow = outputs(m, part, flow)
            return flow or []
        case n.Command():
            return dispatch.command(m, node, piped)
        case n.Assign():
            assign(m, node)
            return []
        case n.If():
            return _if(m, node)
        case n.Loop():
            return _loop(m, node)
        case n.ForEach():
            return _foreach(m, node)
        case n.Switch():
            return _switch(m, node)
        case n.Function():
            m.functions[node.name] = node.block
            return []
        case n.Try():
            return _try(m, node)
        case n.Leave():
            value = one(outputs(m, node.value)) if node.value is not None else None
            if m.unsure and node.word in ("exit", "return", "throw", "break", "continue"):
                m.skipped += 1
                return items(value)  # one way of two: the other goes on
            raise Leaving(node.word, value)
        case n.Step():
            m.value(node)
            return []
        case n.Sub(body=body):
            return m.run(body)
        case n.BlockNode() if piped is None:
            return [node]
        case n.TypeName(name=name) if name.startswith("quiet class "):
            m.note(f"not run: {name.removeprefix('quiet ')}, which does nothing outside")
            m.own_types.add(name.rsplit(" ", 1)[-1].lower())
            return []
        case n.TypeName(name=name) if name.startswith("class "):
            m.note(f"{name}: classes are not followed")
            m.lacks(name)
            return []
        case _:
            if piped is not None:
                m.scopes[-1]["input"] = piped
            return items(m.value(node))


def _if(m: Machine, node: n.If) -> list[Value]:
    unsure = 0
    out: list[Value] = []
    try:
        for condition, body in node.branches:
            known = truth(m.value(condition))
            if known is True:
                return out + m.run(body)
            if isinstance(known, Unknown):
                unsure += 1
                m.unsure += 1
                out += m.run(body)
        return out + m.run(node.otherwise)
    finally:
        m.unsure -= unsure


def _loop(m: Machine, node: n.Loop) -> list[Value]:
    out: list[Value] = []
    if node.start is not None:
        m.value(node.start)
    before, skipped = m.effects, m.skipped
    for rounds in range(_ROUNDS_MAX):
        m.tick()
        if rounds or not node.first:
            known = truth(m.value(node.condition)) if node.condition is not None else True
            if isinstance(known, Unknown):
                if rounds == 0:
                    m.unsure += 1
                    out += _round(m, node.body)[0]
                    m.unsure -= 1
                return out
            if known is node.until:
                return out
        more, left = _round(m, node.body)
        out += more
        if left or (node.step is None and m.skipped > skipped and rounds):
            return out  # what ends it may have come
        if node.step is not None:
            m.value(node.step)
        if m.effects > before and rounds + 1 >= _ENDLESS_ROUNDS:
            m.session.recorder.call("loop that asks or waits again and again")
            return out
    m.lacks("a loop without end")
    return out


def _round(m: Machine, body: tuple[n.Node, ...]) -> tuple[list[Value], bool]:
    try:
        return m.run(body), False
    except Leaving as leaving:
        if leaving.word == "break":
            return [], True
        if leaving.word == "continue":
            return [], False
        raise


def _foreach(m: Machine, node: n.ForEach) -> list[Value]:
    values = m.value(node.values)
    out: list[Value] = []
    for value in items(values)[:_ROUNDS_MAX]:
        m.tick()
        m.scopes[-1][node.variable] = value
        more, left = _round(m, node.body)
        out += more
        if left:
            break
    return out


def _switch(m: Machine, node: n.Switch) -> list[Value]:
    value = m.value(node.value)
    out: list[Value] = []
    matched = False
    operator = {"regex": "match", "wildcard": "like"}.get(node.option, "eq")
    for label, body in node.cases:
        if label is None:
            holds: bool | Unknown = not matched or (
                UNKNOWN if isinstance(value, Unknown) else False
            )
        elif isinstance(label, n.BlockNode):
            holds = UNKNOWN
        else:
            holds = truth(operators.binary(operator, value, m.value(label)))
        if holds is False:
            continue
        matched = True
        sure = holds is True
        m.unsure += not sure
        more, left = _round(m, body)
        m.unsure -= not sure
        out += more
        if left:
            break
    return out


def _try(m: Machine, node: n.Try) -> list[Value]:
    out: list[Value] = []
    try:
        out = m.run(node.body)
    except Leaving as leaving:
        if leaving.word != "throw":
            m.run(node.last)
            raise
    m.unsure += 1  # whether anything fails is not known here: handlers are told as well
    try:
        for handler in node.handlers:
            out += m.run(handler)
    finally:
        m.unsure -= 1
    return out + m.run(node.last)


def assign(m: Machine, node: n.Assign) -> None:
    """Carry out an assignment."""
    value = (
        one(outputs(m, node.value))
        if isinstance(
            node.value, n.Command | n.Pipeline | n.If | n.ForEach | n.Loop | n.Switch | n.Try
        )
        else m.value(node.value)
    )
    if node.operator and node.operator != "??":
        value = operators.binary(node.operator, m.value(node.target), value)
    m.store(node.target, value)
