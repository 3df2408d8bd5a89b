"""One run of a script: its variables, its functions, its limits, and code that it makes of text.

Statements are walked by `flow`, expressions by `evaluation`. It runs nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from gateway.emulation.automation.errors import SourceError, TimeOver
from gateway.emulation.contract import Kind, StopKind
from gateway.emulation.powershell import casts, evaluation, flow, members
from gateway.emulation.powershell import nodes as n
from gateway.emulation.powershell.leaving import Leaving
from gateway.emulation.powershell.parser import parse
from gateway.emulation.powershell.values import (
    LACKING,
    UNKNOWN,
    Net,
    Type,
    Unknown,
    Value,
    has_unknown,
    items,
    one,
    text,
)
from gateway.emulation.powershell.variables import GIVEN, of_script
from gateway.emulation.scripts.session import Session

NESTED_MAX = 12
"""Code made of text within code made of text: known packers use up to ten layers."""

_CALLS_MAX = 60
"""Functions that call each other: each costs a dozen frames of Python's stack."""


@dataclass(slots=True)
class Machine:
    """One run. effects: requests and waits so far, by which endless loops are known; unsure: how
    many conditions around this place could not be told; own_types: classes of the script that do
    nothing outside, by their names in lower case; skipped: ways out not taken for that."""

    session: Session
    scopes: list[dict[str, Value]] = field(default_factory=lambda: [dict(GIVEN)])
    functions: dict[str, n.BlockNode] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    effects: int = 0
    nested: int = 0
    own_types: set[str] = field(default_factory=set)
    unsure: int = 0
    skipped: int = 0
    _calls: int = 0
    _ticks: int = 0
    _end: float = 0.0

    def __post_init__(self) -> None:
        self.scopes[0] |= self._own()
        self._end = time.monotonic() + self.session.seconds_left

    def _own(self) -> dict[str, Value]:
        """What a script knows of itself; code on a command line is no script."""
        disk = self.session.world.disk
        file = disk.get(disk.sample_path) if self.session.request.type == "powershell" else None
        if file is None:
            return {"myinvocation": UNKNOWN, "pscommandpath": ""}
        return of_script(file.path, file.data.decode("utf-8", "replace"))

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

    def block_of(self, code: Value) -> Value:
        """A block of code that the script made of text, not yet run. Raises SourceError."""
        if has_unknown(code):
            self.lacks("a block of code that could not be worked out")
            return LACKING
        self.session.world.evaluated(text(code))
        return parse(text(code))

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
                self.store(inner, casts.cast(kind, value))
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
                members.put(self, self.value(target.target), text(self.value(target.name)), value)
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

    def outputs(self, node: n.Node, piped: list[Value] | None = None) -> list[Value]:
        """What a statement or pipeline puts out."""
        return flow.outputs(self, node, piped)

    def assign(self, node: n.Assign) -> None:
        """Carry out an assignment."""
        flow.assign(self, node)

    def value(self, node: n.Node | None) -> Value:
        """An expression's value."""
        return evaluation.evaluate(self, node)


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
