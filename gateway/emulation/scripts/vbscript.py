"""Runs VBScript on the interpreter of our own."""

from __future__ import annotations

from gateway.emulation.automation.errors import SourceError
from gateway.emulation.automation.values import Cell, Value
from gateway.emulation.basic import Dialect, Limits, Machine, parse
from gateway.emulation.basic.frames import Frame
from gateway.emulation.basic.nodes import Module
from gateway.emulation.scripts.basichost import BasicHost
from gateway.emulation.scripts.session import Session


class VbScript:
    """An engine: one global scope that all pieces of code share."""

    def __init__(self, session: Session, objects: dict[str, Value]) -> None:
        self._session = session
        self._objects = objects
        host = BasicHost(session.world, objects, vba=False)
        self.machine = Machine(Dialect.VBSCRIPT, host, Limits(session.seconds_left))
        self._scope = self.machine.load(parse("", Dialect.VBSCRIPT))

    def declare(self, source: str) -> None:
        """Make a source's procedures known; what is no valid source is met when it runs."""
        try:
            self._add(parse(source, Dialect.VBSCRIPT))
        except SourceError:
            return

    def _add(self, module: Module) -> Module:
        target = self._scope.module
        target.procedures.update(module.procedures)
        target.classes.update(module.classes)
        return target

    def run(self, source: str) -> Value:
        """Run a source as a whole. Raises ScriptError for an error nobody handled."""
        module = parse(source, Dialect.VBSCRIPT)
        target = self._add(module)
        frame = Frame(self._scope)
        for constant in module.constants:
            self.machine.run_constant(constant, frame)
        for variable in module.variables:
            self._scope.cells[variable.name] = self.machine.made(variable, frame)
        target.body = module.body
        self.machine.run_body(self._scope)
        return None

    def procedures(self) -> list[str]:
        """Names of all procedures."""
        found = self._scope.module.procedures.values()
        return [procedure.shown for procedure in found if procedure.kind in ("sub", "function")]

    @property
    def cells(self) -> dict[str, Cell]:
        """The global variables by name in lower case."""
        return self._scope.cells

    def name_value(self, name: str, value: Value) -> None:
        """A function or variable of another language, reachable from here."""
        self._objects[name.lower()] = value

    def has(self, name: str) -> bool:
        """Whether there is a procedure of that name."""
        return (name.lower(), "get") in self._scope.module.procedures

    def call(self, name: str, arguments: list[Value]) -> Value:
        """Call a procedure."""
        procedure = self._scope.module.procedures[name.lower(), "get"]
        count = len(procedure.parameters)
        return self.machine.call(procedure, self._scope, arguments[:count])
