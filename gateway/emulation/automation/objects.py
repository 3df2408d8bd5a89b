"""Objects as scripts reach them: late bound, by name, whatever the letters' case.

A class declares its members by the names of its methods: `do_run` is the method Run, `get_count`
and `put_count` are the property Count. A name that an object lacks is told to `absent`, because a
script that ends for want of it was not seen to its end.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import MISSING, Value

_ANY_NUMBER = 1 << 16
"""Of arguments, where a member takes as many as there are."""


class Member(Enum):
    """What a name means on an object."""

    METHOD = "method"
    PROPERTY = "property"
    INDEXED = "indexed"
    NONE = "none"


class ComObject:
    """Base of every object. `type_name` is what TypeName answers."""

    type_name = "Object"

    references: frozenset[str] = frozenset()
    """Methods (lower case) that write into their arguments: they get places instead of values."""

    def signature(self, name: str) -> Callable[..., Value] | None:
        """What a method's or property's arguments are called, for arguments by name."""
        lowered = name.lower()
        found = getattr(self, f"do_{lowered}", None) or getattr(self, f"get_{lowered}", None)
        return found if callable(found) else None

    def member(self, name: str) -> Member:
        """How `name` is to be used, for languages that tell calls from properties."""
        lowered = name.lower()
        if hasattr(self, f"do_{lowered}"):
            return Member.METHOD
        getter = getattr(self, f"get_{lowered}", None)
        if getter is not None:
            takes = _arity(getattr(type(self), f"get_{lowered}"))[1]
            return Member.INDEXED if takes else Member.PROPERTY
        return Member.PROPERTY if hasattr(self, f"put_{lowered}") else Member.NONE

    def get(self, name: str, arguments: list[Value]) -> Value:
        """Call a method or read a property. Raises ScriptError."""
        lowered = name.lower()
        method = getattr(self, f"do_{lowered}", None)
        if method is not None:
            return self._call(f"do_{lowered}", method, arguments)
        getter = getattr(self, f"get_{lowered}", None)
        if getter is None:
            return self.absent(name, arguments)
        if not arguments or _arity(getattr(type(self), f"get_{lowered}"))[1]:
            return self._call(f"get_{lowered}", getter, arguments)
        return indexed(getter(), arguments)

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        """Assign a property. Raises ScriptError."""
        setter = getattr(self, f"put_{name.lower()}", None)
        if setter is not None:
            setter(*arguments, value)
            return
        getter = getattr(self, f"get_{name.lower()}", None)
        if getter is not None and arguments:
            inner = getter()
            if isinstance(inner, ComObject):
                inner.put_default(arguments, value)
                return
        self.absent(name, [value])

    def default(self, arguments: list[Value]) -> Value:
        """The default member: Item or Value, where there is one. Raises ScriptError."""
        for name in ("item", "value"):
            if hasattr(self, f"get_{name}") or hasattr(self, f"do_{name}"):
                return self.get(name, arguments)
        raise ScriptError(438, self.type_name)

    def put_default(self, arguments: list[Value], value: Value) -> None:
        """Assign the default member. Raises ScriptError."""
        for name in ("item", "value"):
            if hasattr(self, f"put_{name}"):
                self.put(name, arguments, value)
                return
        raise ScriptError(438, self.type_name)

    def items(self) -> Iterable[Value]:
        """What For Each and Enumerator see. Raises ScriptError 451."""
        raise ScriptError(451, self.type_name)

    def absent(self, name: str, arguments: list[Value]) -> Value:
        """A member that is not there. Raises ScriptError 438."""
        raise ScriptError(438, f"{self.type_name}.{name}")

    def _call(self, key: str, bound: Callable[..., Value], arguments: list[Value]) -> Value:
        least, most = _arity(getattr(type(self), key))
        given = arguments[:most]
        while given and given[-1] is MISSING:
            given = given[:-1]
        if len(given) < least:
            raise ScriptError(450, f"{self.type_name}.{key[3:].removeprefix('_')}")
        return bound(*given)


@cache
def _arity(function: Callable[..., Value]) -> tuple[int, int]:
    """The least and the most arguments a member takes, without self."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    single = [each for each in parameters if each.kind is not each.VAR_POSITIONAL]
    least = sum(each.default is each.empty for each in single)
    return least, len(single) if len(single) == len(parameters) else _ANY_NUMBER


def indexed(value: Value, arguments: list[Value]) -> Value:
    """`value(arguments)`: an element of an array, or the default member of an object."""
    from gateway.emulation.automation import convert
    from gateway.emulation.automation.values import as_array

    if not arguments:
        return value
    if isinstance(value, ComObject):
        return value.default(arguments)
    array = as_array(value)
    return array.items[array.offset([convert.whole(each) for each in arguments])]
