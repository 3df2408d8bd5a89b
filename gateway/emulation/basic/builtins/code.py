"""Functions that run text as code or call by name: Execute, Eval, GetRef, CallByName."""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.automation.convert import text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import Cell, Value
from gateway.emulation.basic.core import Core
from gateway.emulation.basic.frames import Frame
from gateway.emulation.basic.nodes import Assign
from gateway.emulation.basic.parser import parse


def _run(core: Core, code: str, frame: Frame) -> None:
    """Run text as statements: its procedures and classes join the module's."""
    core.host.evaluated(code)
    module = parse(code, core.dialect)
    target = frame.scope.module
    target.procedures.update(module.procedures)
    target.classes.update(module.classes)
    for constant in module.constants:
        value = core.evaluate(constant.value, frame)
        frame.scope.cells[constant.name] = Cell(value, "", True)
    for variable in module.variables:
        frame.scope.cells[variable.name] = core.made(variable, frame)
    core.run(module.body, frame)


def _execute(core: Core, statement: Value) -> Value:
    _run(core, text(statement), core.current)
    return None


def _execute_global(core: Core, statement: Value) -> Value:
    _run(core, text(statement), Frame(core.scopes[0]))
    return None


def _eval(core: Core, expression: Value) -> Value:
    """The value of an expression in text; in it `=` compares."""
    if not isinstance(expression, str):
        return expression
    core.host.evaluated(expression)
    module = parse(f"result_of_eval = ({expression})", core.dialect)
    first = module.body.statements[0]
    if not isinstance(first, Assign):
        raise ScriptError(1002)
    return core.evaluate(first.value, core.current)


def _get_ref(core: Core, procname: Value) -> Value:
    return core.reference(text(procname), core.current)


def _call_by_name(
    core: Core, object_: Value, procname: Value, calltype: Value = 1, *args: Value
) -> Value:
    if not isinstance(object_, ComObject):
        raise ScriptError(424)
    if whole(calltype) in (4, 8):
        *indexes, value = args
        object_.put(text(procname), indexes, value)
        return None
    return object_.get(text(procname), list(args))


def run_macro(core: Core, macro: Value, *args: Value) -> Value:
    """Application.Run and OnTime: a procedure by its name."""
    name = text(macro).rsplit("!", 1)[-1].rsplit(".", 1)[-1].lower()
    found = core.procedure(name, "get", core.current)
    if found is None:
        raise ScriptError(1004, name)
    return core.call(*found, list(args))


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "execute": _execute,
    "executeglobal": _execute_global,
    "eval": _eval,
    "getref": _get_ref,
    "callbyname": _call_by_name,
}
