"""Arguments to parameters: by position and by name, by value and by reference."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from gateway.emulation.automation.convert import coerced, default_of
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import (
    MISSING,
    Cell,
    Element,
    Place,
    Value,
    array_of,
    copied,
)
from gateway.emulation.basic.nodes import Parameter, Procedure

if TYPE_CHECKING:
    from gateway.emulation.basic.core import Core
    from gateway.emulation.basic.frames import Frame


def bind(
    core: Core, procedure: Procedure, given: list[tuple[str, Value]], frame: Frame
) -> dict[str, Place]:
    """The variables that a call's parameters become. Raises ScriptError 450."""
    positional = [value for name, value in given if not name]
    named = {name: value for name, value in given if name}
    found: dict[str, Place] = {}
    for number, parameter in enumerate(procedure.parameters):
        if parameter.collects:
            rest = [_read(value) for value in positional[number:]]
            found[parameter.name] = Cell(array_of(rest))
            return found
        value = positional[number] if number < len(positional) else MISSING
        value = named.pop(parameter.name, value)
        found[parameter.name] = _bound(core, parameter, value, frame)
    if named or len(positional) > len(procedure.parameters):
        raise ScriptError(450, procedure.name)
    return found


def _bound(core: Core, parameter: Parameter, value: Value, frame: Frame) -> Place:
    if value is MISSING:
        if parameter.default is not None:
            return Cell(core.evaluate(parameter.default, frame), parameter.type)
        if not parameter.optional:
            raise ScriptError(449 if core.vba else 450, parameter.name)
        return Cell(default_of(parameter.type) if parameter.type else MISSING, parameter.type)
    if isinstance(value, Cell | Element) and not parameter.by_value and not value.constant:
        return value
    held = copied(_read(value))
    return Cell(coerced(held, parameter.type) if parameter.type else held, parameter.type)


def _read(value: Value) -> Value:
    return value.value if isinstance(value, Cell | Element) else value


def arranged(
    function: Callable[..., Value] | None,
    given: list[tuple[str, Value]],
    skip: int = 0,
    *,
    names_only: bool = False,
) -> list[Value]:
    """Arguments in the order of a Python function's parameters, the first `skip` left out.

    names_only: the count is checked elsewhere. Raises ScriptError 450.
    """
    positional = [_read(value) for name, value in given if not name]
    named = {name: _read(value) for name, value in given if name}
    if function is None or (names_only and not named):
        return positional + list(named.values())
    names, least, collects = _parameters(function)
    names, least = names[skip:], max(0, least - skip)
    for name in names[len(positional) :]:
        if not named:
            break
        positional.append(named.pop(name, MISSING))
    while positional and positional[-1] is MISSING and len(positional) > least:
        positional.pop()
    if collects:
        positional += named.values()
    if not names_only and not collects and not least <= len(positional) <= len(names):
        raise ScriptError(450, getattr(function, "__name__", ""))
    return positional


@cache
def _parameters(function: Callable[..., Value]) -> tuple[tuple[str, ...], int, bool]:
    """Names of the parameters in lower case without `_`, how many must be there, whether any."""
    found = inspect.signature(function).parameters.values()
    single = [p for p in found if p.kind is not p.VAR_POSITIONAL]
    names = tuple(parameter.name.replace("_", "") for parameter in single)
    least = sum(parameter.default is parameter.empty for parameter in single)
    return names, least, len(single) < len(found)
