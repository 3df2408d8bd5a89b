"""Walks a PowerShell tree: works out what is constant, takes both ways where it cannot tell.

It runs nothing: commands and members are handed to `pscommands` and `psreach`, which tell them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from gateway.emulation.automation.errors import SourceError, TimeOver
from gateway.emulation.contract import Kind, StopKind
from gateway.emulation.scripts.session import Session
from gateway.emulation.shells import psnodes as n
from gateway.emulation.shells import psoperators, psreach
from gateway.emulation.shells.psparser import parse
from gateway.emulation.shells.psvalues import (
    LACKING,
    UNKNOWN,
    Net,
    Type,
    Unknown,
    Value,
    has_data,
    has_unknown,
    items,
    number,
    one,
    text,
    truth,
)
from gateway.emulation.shells.psvariables import GIVEN

NESTED_MAX = 12
"""Code made of text within code made of text: known packers use up to ten layers."""

_FILLS = frozenset({"read", "receive", "readasync"})
"""Calls that fill their first argument with what the network sends."""

_CALLS_MAX = 60
_ROUNDS_MAX = 300_000
"""Rounds of one loop; a decoder of a large script has a hundred thousand."""

_ENDLESS_ROUNDS = 3
"""Rounds of a loop that waits or asks the network: it does the same again and again."""


class Leaving(Exception):  # noqa: N818 - control flow, no error
    """break, continue, return, exit, throw."""

    def __init__(self, word: str, value: Value = None) -> None:
        self.word = word
        self.value = value


@dataclass(slots=True)
class Machine:
    """One run. effects: requests and waits so far, by which endless loops are known; unsure: how
    many conditions around this place could not be told; skipped: ways out not taken for that."""

    session: Session
    scopes: list[dict[str, Value]] = field(default_factory=lambda: [dict(GIVEN)])
    functions: dict[str, n.BlockNode] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    effects: int = 0
    nested: int = 0
    unsure: int = 0
    skipped: int = 0
    _calls: int = 0
    _ticks: int = 0
    _end: float = 0.0

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.session.seconds_left

    def run_source(self, source: str) -> list[Value]:
        """Run a script. Raises SourceError, LimitReached."""
        try:
            return self.run_block(parse(source), [])
        except Leaving as leaving:
            return items(leaving.value)

    def run_text(self, code: Value, how: str) -> list[Value]:
        """Code that the script made of text: followed, to a depth."""
        if isinstance(code, n.BlockNode):
            return self.run_block(code, [])
        source = "\n".join(text(item) for item in code) if isinstance(code, list) else text(code)
        if has_unknown(code) or isinstance(code, Net | Type):
            self.session.recorder.note(Kind.SCRIPT, "execute", "code that is not known")
            self.lacks(f"{how} of code that could not be worked out")
        if not isinstance(code, Unknown):
            self.session.world.evaluated(source)
        if self.nested >= NESTED_MAX:
            self.session.stop(StopKind.INCOMPLETE, f"code within code, more than {NESTED_MAX} deep")
            return []
        self.nested += 1
        try:
            return [] if isinstance(code, Unknown) else self.run_source(source)
        except SourceError as error:
            self.session.stop(StopKind.INCOMPLETE, f"{how}: its code was not understood: {error}")
            return []
        finally:
            self.nested -= 1

    def lacks(self, words: str) -> None:
        """What could not be worked out and may act: it was not seen to its end."""
        self.session.stop(StopKind.INCOMPLETE, f"not worked out: {words}")

    def note(self, words: str) -> None:
        """What limits the picture, once."""
        if words not in self.session.recorder.notes and len(self.session.recorder.notes) < 20:
            self.session.recorder.notes.append(words[:200])

    def run_block(
        self,
        block: n.BlockNode,
        arguments: list[Value],
        named: dict[str, Value] | None = None,
        piped: list[Value] | None = None,
    ) -> list[Value]:
        """Call a block or function: named arguments, then those in order, then defaults."""
        self._calls += 1
        if self._calls > _CALLS_MAX:
            self._calls -= 1
            self.session.stop(StopKind.INCOMPLETE, "functions call each other too deep")
            return []
        scope: dict[str, Value] = {"input": piped or []}
        if piped is not None:
            scope["_"] = scope["psitem"] = one(piped)
        given = list(arguments)
        wanted = {name.lower(): value for name, value in (named or {}).items()}
        self.scopes.append(scope)
        try:
            for name, default in block.parameters:
                key = next((w for w in wanted if name.startswith(w)), None)
                if key is not None:
                    scope[name] = wanted.pop(key)
                elif given:
                    scope[name] = given.pop(0)
                else:
                    scope[name] = (
                        self.value(default)
                        if default is not None
                        else (None if self._calls > 1 else UNKNOWN)
                    )
            scope["args"] = [*given, *wanted.values()]
            return self.run(block.body)
        except Leaving as leaving:
            if leaving.word != "return":
                raise
            return items(leaving.value)
        finally:
            self.scopes.pop()
            self._calls -= 1

    def run(self, body: tuple[n.Node, ...]) -> list[Value]:
        """Statements one after the other; what they put out."""
        out: list[Value] = []
        for statement in body:
            try:
                out += self.outputs(statement)
            except Leaving as leaving:
                if leaving.word == "return":
                    raise Leaving("return", one([*out, *items(leaving.value)])) from None
                raise
        return out

    def tick(self) -> None:
        """Count a step. Raises TimeOver."""
        self._ticks += 1
        if not self._ticks & 1023 and time.monotonic() > self._end:
            raise TimeOver("the time is over")

    def outputs(self, node: n.Node, piped: list[Value] | None = None) -> list[Value]:
        """What a statement or pipeline puts out."""
        self.tick()
        match node:
            case n.Pipeline():
                flow: list[Value] | None = piped
                for part in node.parts:
                    flow = self.outputs(part, flow)
                return flow or []
            case n.Command():
                from gateway.emulation.shells.pscommands import command

                return command(self, node, piped)
            case n.Assign():
                self._assign(node)
                return []
            case n.If():
                return self._if(node)
            case n.Loop():
                return self._loop(node)
            case n.ForEach():
                return self._foreach(node)
            case n.Switch():
                return self._switch(node)
            case n.Function():
                self.functions[node.name] = node.block
                return []
            case n.Try():
                return self._try(node)
            case n.Leave():
                value = one(self.outputs(node.value)) if node.value is not None else None
                if self.unsure and node.word in ("exit", "return", "throw", "break", "continue"):
                    self.skipped += 1
                    return items(value)  # one way of two: the other goes on
                raise Leaving(node.word, value)
            case n.Step():
                self.value(node)
                return []
            case n.Sub(body=body):
                return self.run(body)
            case n.BlockNode() if piped is None:
                return [node]
            case n.TypeName(name=name) if name.startswith("class "):
                self.note(f"{name}: classes are not followed")
                self.lacks(name)
                return []
            case _:
                if piped is not None:
                    self.scopes[-1]["input"] = piped
                return items(self.value(node))

    def _if(self, node: n.If) -> list[Value]:
        unsure = 0
        out: list[Value] = []
        try:
            for condition, body in node.branches:
                known = truth(self.value(condition))
                if known is True:
                    return out + self.run(body)
                if isinstance(known, Unknown):
                    unsure += 1
                    self.unsure += 1
                    out += self.run(body)
            return out + self.run(node.otherwise)
        finally:
            self.unsure -= unsure

    def _loop(self, node: n.Loop) -> list[Value]:
        out: list[Value] = []
        if node.start is not None:
            self.value(node.start)
        before, skipped = self.effects, self.skipped
        for rounds in range(_ROUNDS_MAX):
            self.tick()
            if rounds or not node.first:
                known = truth(self.value(node.condition)) if node.condition is not None else True
                if isinstance(known, Unknown):
                    if rounds == 0:
                        self.unsure += 1
                        out += self._round(node.body)[0]
                        self.unsure -= 1
                    return out
                if known is node.until:
                    return out
            more, left = self._round(node.body)
            out += more
            if left or (node.step is None and self.skipped > skipped and rounds):
                return out  # what ends it may have come
            if node.step is not None:
                self.value(node.step)
            if self.effects > before and rounds + 1 >= _ENDLESS_ROUNDS:
                self.session.recorder.call("loop that asks or waits again and again")
                return out
        self.lacks("a loop without end")
        return out

    def _round(self, body: tuple[n.Node, ...]) -> tuple[list[Value], bool]:
        try:
            return self.run(body), False
        except Leaving as leaving:
            if leaving.word == "break":
                return [], True
            if leaving.word == "continue":
                return [], False
            raise

    def _foreach(self, node: n.ForEach) -> list[Value]:
        values = self.value(node.values)
        out: list[Value] = []
        for value in items(values)[:_ROUNDS_MAX]:
            self.tick()
            self.scopes[-1][node.variable] = value
            more, left = self._round(node.body)
            out += more
            if left:
                break
        return out

    def _switch(self, node: n.Switch) -> list[Value]:
        value = self.value(node.value)
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
                holds = truth(psoperators.binary(operator, value, self.value(label)))
            if holds is False:
                continue
            matched = True
            sure = holds is True
            self.unsure += not sure
            more, left = self._round(body)
            self.unsure -= not sure
            out += more
            if left:
                break
        return out

    def _try(self, node: n.Try) -> list[Value]:
        out: list[Value] = []
        try:
            out = self.run(node.body)
        except Leaving as leaving:
            if leaving.word != "throw":
                self.run(node.last)
                raise
        self.unsure += 1  # whether anything fails is not known here: handlers are told as well
        try:
            for handler in node.handlers:
                out += self.run(handler)
        finally:
            self.unsure -= 1
        return out + self.run(node.last)

    def _assign(self, node: n.Assign) -> None:
        value = (
            one(self.outputs(node.value))
            if isinstance(
                node.value, n.Command | n.Pipeline | n.If | n.ForEach | n.Loop | n.Switch | n.Try
            )
            else self.value(node.value)
        )
        if node.operator and node.operator != "??":
            value = psoperators.binary(node.operator, self.value(node.target), value)
        self.store(node.target, value)

    def store(self, target: n.Node, value: Value) -> None:
        """Put a value where a target says."""
        match target:
            case n.Var(name=name):
                for scope in reversed(self.scopes):
                    if name in scope:
                        scope[name] = value
                        return
                self.scopes[-1][name] = value
            case n.Cast(name=kind, value=inner):
                self.store(inner, psoperators.cast(kind, value))
            case n.Array(items=targets):
                values = items(value)
                for number_, each in enumerate(targets):
                    self.store(each, values[number_] if number_ < len(values) else None)
            case n.Index():
                holder, index = self.value(target.target), self.value(target.index)
                if isinstance(holder, dict):
                    holder[text(index).lower()] = value
                elif (
                    isinstance(holder, list)
                    and isinstance(index, int)
                    and -len(holder) <= index < len(holder)
                ):
                    holder[index] = value
            case n.Member():
                psreach.put(self, self.value(target.target), text(self.value(target.name)), value)
            case _:
                self.value(target)

    def variable(self, name: str) -> Value:
        """A variable's value; those of nobody are empty."""
        if name.startswith("env:"):
            found = next(
                (v for k, v in self.session.world.environment.items() if k.lower() == name[4:]),
                None,
            )
            return self.scopes[0].get(name, found)
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def value(self, node: n.Node | None) -> Value:
        """An expression's value."""
        self.tick()
        match node:
            case None:
                return None
            case n.Const(value=value):
                return value
            case n.Text(parts=parts):
                return "".join(text(self.value(part)) for part in parts)
            case n.Var(name=name):
                return self.variable(name)
            case n.Array(items=nodes):
                return [self.value(each) for each in nodes]
            case n.Sub(body=body, array=array):
                values = self.run(body) if len(body) != 1 or array else self._single(body[0])
                return (
                    values
                    if array
                    else one(values)
                    if isinstance(values, list) and not self._keeps(body)
                    else values
                )
            case n.Table(pairs=pairs):
                return {text(self.value(k)).lower(): one(self.outputs(v)) for k, v in pairs}
            case n.BlockNode():
                return node
            case n.TypeName(name=name):
                return Type(name.removeprefix("system."))
            case n.Cast(name=name, value=inner):
                return self._cast(name, self.value(inner))
            case n.Unary():
                return self._unary(node.operator, self.value(node.value))
            case n.Binary():
                left = self.value(node.left)
                return self._matched(node, left, self.value(node.right))
            case n.Step():
                old = self.value(node.target)
                new = psoperators.binary("+", number(old), node.by)
                self.store(node.target, new)
                return old if node.after else new
            case n.Index():
                return self._index(self.value(node.target), self.value(node.index))
            case n.Member():
                return self._member(node)
            case _:
                return one(self.outputs(node))

    def _single(self, node: n.Node) -> Value:
        """A parenthesis around one expression keeps its value as it is, arrays included."""
        if isinstance(node, n.Assign):
            self._assign(node)
            return self.value(node.target)
        if self._keeps((node,)):
            return self.value(node)
        return self.outputs(node)

    @staticmethod
    def _keeps(body: tuple[n.Node, ...]) -> bool:
        return len(body) == 1 and isinstance(body[0], n.Expression | n.Assign)

    def _matched(self, node: n.Binary, left: Value, right: Value) -> Value:
        if node.operator == "match" and isinstance(left, str) and isinstance(right, str):
            compiled = psoperators.pattern(right)
            found = compiled.search(left) if compiled is not None else None
            if found is not None:
                self.scopes[-1]["matches"] = {
                    str(k): v for k, v in enumerate([found[0], *found.groups()])
                } | {k.lower(): v for k, v in found.groupdict().items()}
        return psoperators.binary(node.operator, left, right)

    def _cast(self, name: str, value: Value) -> Value:
        if name == "pscustomobject" and isinstance(value, dict):
            return value
        if name in ("scriptblock", "management.automation.scriptblock") and isinstance(value, str):
            return parse(value)
        if name in ("xml", "ipaddress", "version", "datetime", "timespan", "uri", "guid", "adsi"):
            return value if isinstance(value, str) else UNKNOWN
        return psoperators.cast(name, value)

    @staticmethod
    def _unary(operator: str, value: Value) -> Value:
        match operator:
            case "not":
                known = truth(value)
                return known if isinstance(known, Unknown) else not known
            case "join":
                return psoperators.binary("join", value, "")
            case "split":
                return psoperators.split(value, [r"\s+"])
            case "-":
                return psoperators.binary("-", 0, value)
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

    def _index(self, target: Value, index: Value) -> Value:
        if isinstance(target, Unknown) or isinstance(index, Unknown):
            return target if isinstance(target, Unknown) else UNKNOWN
        if isinstance(target, dict):
            return target.get(text(index).lower())
        if isinstance(index, list):
            return [found for each in index if (found := self._index(target, each)) is not None]
        place = number(index)
        if isinstance(target, str | list | bytes) and not isinstance(place, Unknown):
            return target[int(place)] if -len(target) <= int(place) < len(target) else None
        return (
            target
            if not isinstance(place, Unknown) and int(place) == 0 and target is not None
            else UNKNOWN
        )

    def _member(self, node: n.Member) -> Value:
        target = self.value(node.target)
        name = text(self.value(node.name))
        arguments = (
            None if node.arguments is None else [self.value(each) for each in node.arguments]
        )
        if (
            isinstance(target, str)
            and name.lower() in ("invoke", "invokereturnasis")
            and not arguments
        ):
            return one(self.run_text(target, "Invoke"))
        if name.lower() in _FILLS and node.arguments and not has_data(target):
            self.store(node.arguments[0], UNKNOWN)
        return psreach.member(self, target, name, arguments)


def run_nested(session: Session, source: str, depth: int = 0) -> str:
    """Run a script in a machine of its own; what it prints.

    Raises LimitReached; a wrong source is kept as what stopped it.
    """
    machine = Machine(session, nested=depth)
    said = len(session.world.output)
    out: list[Value] = []
    try:
        out = machine.run_source(source)
    except Leaving:
        pass
    except SourceError as error:
        session.stop(StopKind.INCOMPLETE, f"code was not understood: {error}")
    lines = [*session.world.output[said:], *(text(value) for value in out if value is not None)]
    return "".join(f"{line}\r\n" for line in lines)
