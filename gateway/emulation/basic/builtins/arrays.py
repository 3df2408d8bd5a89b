"""Arrays, and functions that choose among values."""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.automation.convert import truth, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import NULL, Value, array_of, as_array
from gateway.emulation.basic.core import Core


def _array(core: Core, *arglist: Value) -> Value:
    low = core.current.scope.module.base
    return array_of(list(arglist), low)


def _bound(which: int) -> Callable[..., Value]:
    def function(_: Core, arrayname: Value, dimension: Value = 1) -> Value:
        bounds = as_array(arrayname).bounds
        number = whole(dimension)
        if not 1 <= number <= len(bounds):
            raise ScriptError(9)
        return bounds[number - 1][which]

    return function


def _iif(_: Core, expression: Value, truepart: Value, falsepart: Value) -> Value:
    return truepart if truth(expression) else falsepart


def _choose(_: Core, index: Value, *choices: Value) -> Value:
    number = whole(index)
    return choices[number - 1] if 1 <= number <= len(choices) else NULL


def _switch(_: Core, *pairs: Value) -> Value:
    for condition, value in zip(pairs[::2], pairs[1::2], strict=False):
        if truth(condition):
            return value
    return NULL


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "array": _array,
    "lbound": _bound(0),
    "ubound": _bound(1),
    "iif": _iif,
    "choose": _choose,
    "switch": _switch,
}
