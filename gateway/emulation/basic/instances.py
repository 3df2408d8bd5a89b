"""Objects of a script's own classes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject, Member, indexed
from gateway.emulation.automation.values import Cell, Value
from gateway.emulation.basic.core import stored
from gateway.emulation.basic.frames import Frame, Scope
from gateway.emulation.basic.nodes import Module, Procedure

if TYPE_CHECKING:
    from gateway.emulation.basic.names import Names


class Instance(ComObject):
    """An instance of a class, or a module looked at as an object."""

    def __init__(self, machine: Names, scope: Scope) -> None:
        self._machine = machine
        self.scope = scope
        self._ended = False
        self.type_name = scope.module.name

    @classmethod
    def made(cls, machine: Names, module: Module, frame: Frame) -> Instance:
        """A new instance: its variables first, then Class_Initialize."""
        scope = Scope(module)
        made = cls(machine, scope)
        scope.me = made
        own = Frame(scope)
        for constant in module.constants:
            scope.cells[constant.name] = Cell(machine.evaluate(constant.value, own), "", True)
        for variable in module.variables:
            scope.cells[variable.name] = machine.made(variable, frame)
        if ("class_terminate", "get") in module.procedures:
            machine.mortal.append(made)
        start = module.procedures.get(("class_initialize", "get"))
        if start is not None:
            machine.call(start, scope, [])
        return made

    def terminate(self) -> None:
        """Class_Terminate, once: when the object's variable is emptied, or at the script's end."""
        end = self.scope.module.procedures.get(("class_terminate", "get"))
        if end is not None and not self._ended:
            self._ended = True
            self._machine.call(end, self.scope, [])

    def member(self, name: str) -> Member:
        procedure = self.scope.module.procedures.get((name.lower(), "get"))
        if procedure is not None and procedure.kind in ("sub", "function"):
            return Member.METHOD
        return Member.PROPERTY

    def get(self, name: str, arguments: list[Value]) -> Value:
        return self.member_value(name.lower(), [("", value) for value in arguments])

    def member_value(self, name: str, given: list[tuple[str, Value]]) -> Value:
        """Call a method or read a property or variable. Raises ScriptError."""
        procedure = self.scope.module.procedures.get((name, "get"))
        if procedure is not None:
            return self._machine.call_given(procedure, self.scope, given)
        cell = self.scope.cells.get(name)
        values = [v.value if isinstance(v, Cell) else v for _, v in given]
        if cell is not None:
            return indexed(cell.value, values)
        if self.scope.me is None or self.scope.me is not self:
            return self._machine.free_function(name, given)
        raise ScriptError(438, name)

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        lowered = name.lower()
        procedure = self._setter(lowered, value)
        if procedure is not None:
            self._machine.call(procedure, self.scope, [*arguments, value])
            return
        cell = self.scope.cells.get(lowered)
        if cell is None:
            raise ScriptError(438, name)
        if not arguments:
            stored(cell, value)
        elif isinstance(cell.value, ComObject):
            cell.value.put_default(arguments, value)
        else:
            self._machine.put_element(cell, arguments, value)

    def _setter(self, name: str, value: Value) -> Procedure | None:
        procedures = self.scope.module.procedures
        first, second = ("set", "let") if isinstance(value, ComObject) else ("let", "set")
        return procedures.get((name, first)) or procedures.get((name, second))

    def default(self, arguments: list[Value]) -> Value:
        for (name, slot), procedure in self.scope.module.procedures.items():
            if procedure.is_default and slot == "get":
                return self.get(name, arguments)
        raise ScriptError(438, self.type_name)

    def put_default(self, arguments: list[Value], value: Value) -> None:
        for (name, slot), procedure in self.scope.module.procedures.items():
            if procedure.is_default and slot == "get":
                self.put(name, arguments, value)
                return
        raise ScriptError(438, self.type_name)

    def items(self) -> Iterable[Value]:
        raise ScriptError(451, self.type_name)
