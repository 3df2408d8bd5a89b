"""Where a procedure is: its variables, its error handling, how control leaves it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import Cell, Place, Value
from gateway.emulation.basic.nodes import Module, Procedure

if TYPE_CHECKING:
    from collections.abc import Callable


class Signal(Exception):  # noqa: N818 - control flow of the script, no error
    """Control leaves its statement."""


class GotoSignal(Signal):
    """To a label of a surrounding block."""

    def __init__(self, label: str) -> None:
        self.label = label


class ExitSignal(Signal):
    """Out of a loop, a procedure, a GoSub or the program."""

    def __init__(self, what: str) -> None:
        self.what = what


class ResumeSignal(Signal):
    """Out of an error handler."""

    def __init__(self, mode: str, label: str) -> None:
        self.mode = mode
        self.label = label


@dataclass(slots=True)
class Scope:
    """A module's or an instance's own names."""

    module: Module
    cells: dict[str, Cell] = field(default_factory=dict)
    me: ComObject | None = None


@dataclass(slots=True)
class Frame:
    """One call in progress. on_error: zero, next or a label."""

    scope: Scope
    procedure: Procedure | None = None
    locals: dict[str, Place] = field(default_factory=dict)
    result: Cell | None = None
    on_error: str = "zero"
    handling: bool = False
    with_values: list[Value] = field(default_factory=list)

    def place(self, name: str) -> Place | None:
        """The variable of that name, here or in the module."""
        found = self.locals.get(name)
        return found if found is not None else self.scope.cells.get(name)


class ErrObject(ComObject):
    """Err."""

    type_name = "ErrObject"

    def __init__(self) -> None:
        self.number: Value = 0
        self.description: Value = ""
        self.source: Value = ""

    def note(self, error: ScriptError) -> None:
        """An error has happened."""
        self.number, self.description = error.number, error.description
        self.source = error.source

    def do_clear(self) -> None:
        self.number, self.description, self.source = 0, "", ""

    def do_raise(
        self, number: Value, source: Value = "", description: Value = "", *_: Value
    ) -> None:
        error = ScriptError(number if isinstance(number, int) else 5)
        error.description = str(description) or error.description
        error.source = str(source) or error.source
        raise error

    def get_number(self) -> Value:
        return self.number

    def put_number(self, value: Value) -> None:
        self.number = value

    def get_description(self) -> Value:
        return self.description

    def put_description(self, value: Value) -> None:
        self.description = value

    def get_source(self) -> Value:
        return self.source

    def put_source(self, value: Value) -> None:
        self.source = value

    def get_helpcontext(self) -> Value:
        return 0

    def get_helpfile(self) -> Value:
        return ""

    def get_lastdllerror(self) -> Value:
        return 0

    def default(self, arguments: list[Value]) -> Value:
        return self.number

    def put_default(self, arguments: list[Value], value: Value) -> None:
        self.number = value


class ProcedureReference(ComObject):
    """What GetRef and AddressOf give: calling it calls the procedure."""

    type_name = "Object"

    def __init__(self, name: str, call: Callable[[list[Value]], Value]) -> None:
        self.name = name
        self._call_it = call

    def default(self, arguments: list[Value]) -> Value:
        return self._call_it(arguments)
