"""What all parts of the interpreter share: modules, limits, and finding a name."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

from gateway.emulation.automation.convert import coerced, default_of, whole
from gateway.emulation.automation.errors import ScriptError, TimeOver
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import (
    MISSING,
    NOTHING,
    Array,
    Cell,
    Record,
    Value,
    sized_array,
)
from gateway.emulation.basic.constants import CONSTANTS
from gateway.emulation.basic.frames import ErrObject, Frame, Scope
from gateway.emulation.basic.host import Host
from gateway.emulation.basic.nodes import Block, Expression, Module, Procedure, Variable
from gateway.emulation.basic.tokens import Dialect

MAX_CALLS = 240
"""Procedures in progress. Python's own stack bears a few thousand frames; each takes a dozen."""

_LOOK_AT_CLOCK = 256
"""Statements between two looks at the clock."""


class Mortal(Protocol):
    """An object that has something to do when it ends."""

    def terminate(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """seconds: of this machine's clock for the whole script."""

    seconds: float = 10.0


class Core(ABC):
    """State of one run."""

    def __init__(self, dialect: Dialect, host: Host, limits: Limits) -> None:
        self.dialect = dialect
        self.host = host
        self.err = ErrObject()
        self.scopes: list[Scope] = []
        self.globals = {name: Cell(value, "", True) for name, value in CONSTANTS.items()}
        self.globals["err"] = Cell(self.err, "", True)
        self.current = Frame(Scope(Module("")))
        self.mortal: list[Mortal] = []
        self.depth = 0
        self.gosubs = 0
        self._ticks = 0
        self._deadline = time.monotonic() + limits.seconds

    def end_objects(self) -> None:
        """The script is over: its objects end. Raises ScriptError for an error nobody handled."""
        for each in self.mortal:
            each.terminate()

    def tick(self) -> None:
        """Count a step. Raises TimeOver."""
        self._ticks += 1
        if self._ticks % _LOOK_AT_CLOCK == 0 and time.monotonic() > self._deadline:
            raise TimeOver("the script was still running")

    @property
    def vba(self) -> bool:
        return self.dialect is Dialect.VBA

    @abstractmethod
    def evaluate(self, expression: Expression, frame: Frame) -> Value:
        """The value of an expression."""

    @abstractmethod
    def run(self, block: Block, frame: Frame) -> None:
        """Run statements."""

    @abstractmethod
    def call(self, procedure: Procedure, scope: Scope, arguments: list[Value]) -> Value:
        """Call a procedure with values or places."""

    def procedure(self, name: str, slot: str, frame: Frame) -> tuple[Procedure, Scope] | None:
        """The procedure a name means here: of this module first, then of the others."""
        own = frame.scope
        found = own.module.procedures.get((name, slot))
        if found is not None:
            return found, own
        for scope in self.scopes:
            found = scope.module.procedures.get((name, slot))
            if found is not None:
                return found, scope
        return None

    def module(self, name: str) -> Scope | None:
        """The module of that name."""
        for scope in self.scopes:
            if scope.module.name.lower() == name:
                return scope
        return None

    def variable(self, name: str, frame: Frame) -> Cell:
        """A variable that is not declared: it comes to be here."""
        cell = Cell()
        if frame.procedure is None:
            frame.scope.cells[name] = cell
        else:
            frame.locals[name] = cell
        return cell

    def made(self, variable: Variable, frame: Frame) -> Cell:
        """The cell of a declaration."""
        if variable.bounds is not None:
            array = Array([], [], variable.type)
            if variable.bounds:
                array = self.array(variable.bounds, variable.type, frame)
                array.fixed = True
            return Cell(array, "")
        record = self.record_type(variable.type)
        if record is not None:
            return Cell(self.record(variable.type, record, frame), "")
        if variable.is_new:
            return Cell(self.instance(variable.type, frame), variable.type)
        return Cell(default_of(variable.type), variable.type)

    def array(
        self,
        bounds: tuple[tuple[Expression | None, Expression], ...],
        type_name: str,
        frame: Frame,
    ) -> Array:
        """A new array with bounds that are computed now."""
        base = frame.scope.module.base
        spans = [
            (
                base if low is None else whole(self.evaluate(low, frame)),
                whole(self.evaluate(high, frame)),
            )
            for low, high in bounds
        ]
        record = self.record_type(type_name)
        first: Value = default_of(type_name)
        if record is not None:
            first = self.record(type_name, record, frame)
        return sized_array(spans, first, type_name)

    def record_type(self, name: str) -> tuple[Variable, ...] | None:
        """The fields of a user-defined type."""
        if not name:
            return None
        name = name.rsplit(".", 1)[-1]
        for scope in self.scopes:
            if name in scope.module.types:
                return scope.module.types[name]
        return None

    def record(self, name: str, fields: tuple[Variable, ...], frame: Frame) -> Record:
        """A new value of a user-defined type."""
        return Record(name, {field.name: self.made(field, frame) for field in fields})

    @abstractmethod
    def reference(self, name: str, frame: Frame) -> Value:
        """The procedure of that name as a value. Raises ScriptError 5."""

    @abstractmethod
    def instance(self, class_name: str, frame: Frame) -> Value:
        """A new object: of a class of the script, or of the host."""

    def global_cell(self, name: str) -> Cell | None:
        """A public variable or constant of any module."""
        cell = self.globals.get(name)
        if cell is not None:
            return cell
        for scope in self.scopes:
            if name in scope.cells and scope.me is None:
                return scope.cells[name]
        return None


def stored(cell: Cell, value: Value) -> None:
    """Assign to a variable: its type converts. Raises ScriptError."""
    if cell.constant:
        raise ScriptError(501)
    cell.value = coerced(value, cell.type) if cell.type else value


def is_object(value: Value) -> bool:
    """Whether Set may assign it."""
    return isinstance(value, ComObject) or value in (NOTHING, MISSING)
