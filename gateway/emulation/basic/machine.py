"""The interpreter: runs modules statement by statement.

Errors are handled where they happen: an `On Error GoTo` handler runs inside the failing statement,
so that Resume can go back to it. Limits pass every handler.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.automation.convert import number, truth, whole
from gateway.emulation.automation.errors import FAULTS, ScriptError, as_script_error
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import Cell, Value, elements
from gateway.emulation.basic.assignments import Assignments
from gateway.emulation.basic.core import Limits, stored
from gateway.emulation.basic.frames import (
    ExitSignal,
    Frame,
    GotoSignal,
    ResumeSignal,
    Scope,
)
from gateway.emulation.basic.nodes import (
    Assign,
    Block,
    Const,
    Dim,
    Do,
    Erase,
    Exit,
    FileStatement,
    For,
    ForEach,
    Goto,
    If,
    Invoke,
    MidAssign,
    Module,
    Nothing,
    OnError,
    OnNumber,
    ReDim,
    Resume,
    Select,
    Statement,
    With,
)
from gateway.emulation.basic.operators import BINARY

__all__ = ["Limits", "Machine"]

_Handler = Callable[..., None]

_LABELS_MAX = 255
"""The greatest number that `On number GoTo` takes."""


class Machine(Assignments):
    """Runs programs. One machine for one script or one document's project."""

    def load(self, module: Module, me: ComObject | None = None) -> Scope:
        """Add a module; its constants and variables come to be."""
        scope = Scope(module, me=me)
        self.scopes.append(scope)
        return scope

    def prepare(self) -> None:
        """Make constants and variables, once all modules are there. Raises ScriptError."""
        for scope in self.scopes:
            frame = Frame(scope)
            for constant in scope.module.constants:
                self.run_constant(constant, frame)
        for scope in self.scopes:
            frame = Frame(scope)
            for variable in scope.module.variables:
                scope.cells[variable.name] = self.made(variable, frame)

    def run_body(self, scope: Scope) -> None:
        """Run what a script does at once. Raises ScriptError for an error nobody handled."""
        self.current = Frame(scope)
        try:
            self.run(scope.module.body, self.current)
        except ExitSignal as signal:
            if signal.what == "program":
                raise

    def run(self, block: Block, frame: Frame) -> None:
        """Run a block's statements; jumps to its labels stay in it."""
        index = 0
        statements = block.statements
        count = len(statements)
        while index < count:
            statement = statements[index]
            try:
                self.tick()
                _RUN[type(statement)](self, statement, frame)
                index += 1
            except (ScriptError, RecursionError, *FAULTS) as error:
                raised = as_script_error(error)
                if isinstance(error, FAULTS):
                    self.host.unknown(f"{type(error).__name__}: {str(error)[:60]}")
                try:
                    index = self._handled(raised, index, block, frame)
                except GotoSignal as jump:  # `Resume label`
                    index = _place(block, jump)
            except GotoSignal as jump:
                index = _place(block, jump)

    def _handled(self, error: ScriptError, index: int, block: Block, frame: Frame) -> int:
        """What an error leads to: the statement to go on with, or the error again."""
        self.err.note(error)
        if frame.on_error == "zero" or frame.handling:
            raise error
        if frame.on_error == "next":
            statement = block.statements[index]
            if isinstance(statement, If) and statement.branches:
                self.run(statement.branches[0][1], frame)  # as VBScript and VBA do
            return index + 1
        frame.handling = True
        try:
            self._run_handler(frame)
        except ResumeSignal as signal:
            if signal.mode == "retry":
                return index
            if signal.mode == "label":
                raise GotoSignal(signal.label) from None
            return index + 1
        finally:
            frame.handling = False
        raise ExitSignal("procedure")

    def _run_handler(self, frame: Frame) -> None:
        """From the handler's label to the end of the procedure."""
        procedure = frame.procedure
        block = frame.scope.module.body if procedure is None else procedure.body
        start = block.labels.get(frame.on_error)
        if start is None:
            raise ScriptError(1002, f"no label {frame.on_error}")
        rest = Block(block.statements[start:])
        rest.labels = {n: at - start for n, at in block.labels.items() if at >= start}
        self.run(rest, frame)

    def run_constant(self, statement: Const, frame: Frame) -> None:
        """Const."""
        cell = Cell(self.evaluate(statement.value, frame), "", True)
        if frame.procedure is None:
            frame.scope.cells[statement.name] = cell
        else:
            frame.locals[statement.name] = cell

    def _dim(self, statement: Dim, frame: Frame) -> None:
        procedure = frame.procedure
        for variable in statement.variables:
            if statement.is_static and procedure is not None:
                cell = procedure.statics.get(variable.name)
                if not isinstance(cell, Cell):
                    cell = self.made(variable, frame)
                    procedure.statics[variable.name] = cell
                frame.locals[variable.name] = cell
            elif procedure is None:
                frame.scope.cells[variable.name] = self.made(variable, frame)
            else:
                frame.locals[variable.name] = self.made(variable, frame)

    def _invoke(self, statement: Invoke, frame: Frame) -> None:
        self.called(statement.target, statement.arguments, frame)

    def _if(self, statement: If, frame: Frame) -> None:
        for condition, block in statement.branches:
            if self.condition(condition, frame):
                self.run(block, frame)
                return
        self.run(statement.otherwise, frame)

    def _select(self, statement: Select, frame: Frame) -> None:
        subject = self.evaluate(statement.subject, frame)
        for tests, block in statement.cases:
            for test in tests:
                value = self.evaluate(test.value, frame)
                if test.upper is None:
                    holds = truth(BINARY[test.operator](subject, value))
                else:
                    upper = self.evaluate(test.upper, frame)
                    holds = truth(BINARY[">="](subject, value)) and truth(
                        BINARY["<="](subject, upper)
                    )
                if holds:
                    self.run(block, frame)
                    return
        self.run(statement.otherwise, frame)

    def _for(self, statement: For, frame: Frame) -> None:
        value = number(self.evaluate(statement.start, frame))
        stop = number(self.evaluate(statement.stop, frame))
        step = 1 if statement.step is None else number(self.evaluate(statement.step, frame))
        variable = statement.variable
        cell = self.place_of(variable, frame)
        if not statement.body.statements and step and (stop - value) / step > 0:
            value += ((stop - value) // step + 1) * step  # an empty loop only takes time
        while value <= stop if step >= 0 else value >= stop:
            if isinstance(cell, Cell):
                stored(cell, value)
            else:
                self.assign(variable, value, frame)
            if self._body_ends(statement.body, "for", frame):
                return
            held = cell.value if cell is not None else self.evaluate(variable, frame)
            value = number(held) + step
        self.assign(variable, value, frame)

    def _for_each(self, statement: ForEach, frame: Frame) -> None:
        source = self.evaluate(statement.source, frame)
        items = source.items() if isinstance(source, ComObject) else elements(source)
        for item in list(items):
            self.assign(statement.variable, item, frame)
            if self._body_ends(statement.body, "for", frame):
                return

    def _do(self, statement: Do, frame: Frame) -> None:
        asks = statement.first
        while True:
            self.tick()
            if asks and self._is_over(statement, frame):
                return
            asks = True
            if self._body_ends(statement.body, "do", frame):
                return

    def _is_over(self, statement: Do, frame: Frame) -> bool:
        condition = statement.condition
        return condition is not None and self.condition(condition, frame) == statement.until

    def _body_ends(self, body: Block, loop: str, frame: Frame) -> bool:
        """Run a loop's body once; whether it left the loop."""
        self.tick()
        try:
            self.run(body, frame)
        except ExitSignal as signal:
            if signal.what != loop:
                raise
            return True
        return False

    def _with(self, statement: With, frame: Frame) -> None:
        place = self.place_of(statement.subject, frame)
        value: Value = self.evaluate(statement.subject, frame) if place is None else place.value
        frame.with_values.append(value)
        try:
            self.run(statement.body, frame)
        finally:
            frame.with_values.pop()

    def _on_error(self, statement: OnError, frame: Frame) -> None:
        frame.on_error = statement.label or statement.mode
        self.err.do_clear()

    def _on_number(self, statement: OnNumber, frame: Frame) -> None:
        chosen = whole(self.evaluate(statement.number, frame))
        if not 0 <= chosen <= _LABELS_MAX:
            raise ScriptError(5)
        if 0 < chosen <= len(statement.labels):
            self._goto(Goto(statement.labels[chosen - 1], statement.returns), frame)

    def _goto(self, statement: Goto, frame: Frame) -> None:
        if not statement.returns:
            raise GotoSignal(statement.label)
        if self.gosubs > 100:
            raise ScriptError(28)
        procedure = frame.procedure
        block = frame.scope.module.body if procedure is None else procedure.body
        start = block.labels.get(statement.label)
        if start is None:
            raise ScriptError(1002, f"no label {statement.label}")
        self.gosubs += 1
        rest = Block(block.statements[start:])
        rest.labels = {n: at - start for n, at in block.labels.items() if at >= start}
        try:
            self.run(rest, frame)
        except ExitSignal as signal:
            if signal.what != "return":
                raise
        finally:
            self.gosubs -= 1

    def _resume(self, statement: Resume, frame: Frame) -> None:
        if not frame.handling:
            raise ScriptError(20)
        raise ResumeSignal(statement.mode, statement.label)

    def _exit(self, statement: Exit, frame: Frame) -> None:
        raise ExitSignal(statement.what)

    def _file(self, statement: FileStatement, frame: Frame) -> None:
        """Files are the host's; what is read goes into the variables that are named."""
        verb, operands = statement.verb, statement.operands
        if verb in ("input", "line input", "get"):
            values = [self.evaluate(operands[0], frame)]
            values += [self.evaluate(o, frame) for o in operands[1:]] if verb == "get" else []
            targets = operands[1:] if verb != "get" else operands[2:]
            for target in targets:
                self.assign(target, self.host.file(verb, values, statement.mode), frame)
            return
        values = [self.evaluate(operand, frame) for operand in operands]
        self.host.file(verb, values, statement.mode)

    def _nothing(self, statement: Nothing, frame: Frame) -> None:
        """A statement without effect."""


def _place(block: Block, jump: GotoSignal) -> int:
    """Where a jump lands in this block; raises it again when it goes further out."""
    if jump.label not in block.labels:
        raise jump
    return block.labels[jump.label]


_RUN: dict[type[Statement], _Handler] = {
    Assign: Machine.assign_statement,
    Invoke: Machine._invoke,
    Dim: Machine._dim,
    ReDim: Machine.redim,
    Erase: Machine.erase,
    Const: Machine.run_constant,
    If: Machine._if,
    Select: Machine._select,
    For: Machine._for,
    ForEach: Machine._for_each,
    Do: Machine._do,
    With: Machine._with,
    OnError: Machine._on_error,
    Goto: Machine._goto,
    OnNumber: Machine._on_number,
    Resume: Machine._resume,
    Exit: Machine._exit,
    FileStatement: Machine._file,
    MidAssign: Machine.mid_assign,
    Nothing: Machine._nothing,
}
"""What runs each kind of statement."""
