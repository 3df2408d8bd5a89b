"""Objects of large applications, of which most members only change how something looks.

Members that matter are given; every other name is there too: it takes what is put, and is an
object again when it is read. So a macro that formats a table runs to its end, and what hides a
payload in a member that is not given is told by `lacks` when it fails for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.emulation.automation.convert import text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import Member, indexed
from gateway.emulation.automation.values import MISSING, Value
from gateway.emulation.windows.world import World, WorldObject, shown

_CHILDREN_MAX = 5000

_AT_END = ("eof", "bof", "atendofstream", "atendofline")
"""What says that there is no more: there is nothing here, and loops ask for it."""

_ENDS = {"first": 0, "last": -1}
"""Members of collections, and which of the items they are."""

Given = dict[str, Value | Callable[..., Value]]
"""Members by name in lower case: values, or functions of the arguments."""


class Model(WorldObject):
    """An object with some members given. `value`: its default property; `rows`: its items."""

    quiet = True

    def __init__(
        self,
        world: World,
        type_name: str,
        given: Given | None = None,
        *,
        value: Value = None,
        rows: Iterable[Value] = (),
        names: Iterable[str] = (),
    ) -> None:
        super().__init__(world)
        self.type_name = type_name
        self.given: Given = given if given is not None else {}
        self.value = value
        self.rows = list(rows)
        self.names = [name.lower() for name in names]

    def member(self, name: str) -> Member:
        found = super().member(name)
        return Member.INDEXED if found is Member.NONE else found

    def get(self, name: str, arguments: list[Value]) -> Value:
        lowered = name.lower()
        if hasattr(self, f"do_{lowered}") or hasattr(self, f"get_{lowered}"):
            return super().get(name, arguments)
        if lowered in self.given:
            found = self.given[lowered]
            if callable(found) and not isinstance(found, WorldObject):
                return found(*[each for each in arguments if each is not MISSING])
            return indexed(found, arguments) if arguments else found
        if lowered == "count":
            return len(self.rows)
        if lowered == "item":
            return self.row(arguments)
        if lowered in _ENDS and self.rows and not arguments:
            return self.rows[_ENDS[lowered]]
        if lowered in _AT_END:
            return True
        if lowered in ("application", "parent", "creator"):
            return Model(self.world, f"{self.type_name}.{lowered}")
        return self._unknown(lowered, arguments)

    def _unknown(self, name: str, arguments: list[Value]) -> Value:
        if len(self.given) > _CHILDREN_MAX:
            raise ScriptError(7)
        child = Model(self.world, f"{self.type_name}.{name}")
        if arguments:
            self.world.recorder.call(child.type_name, *map(shown, arguments))
        else:
            self.given[name] = child
        return child

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        lowered = name.lower()
        if hasattr(self, f"put_{lowered}"):
            super().put(name, arguments, value)
        elif lowered in ("value", "_default") and not arguments:
            self.value = value
        elif not arguments:
            self.given[lowered] = value

    def signature(self, name: str) -> Callable[..., Value] | None:
        lowered = name.lower()
        found = self.given.get(lowered)
        if callable(found) and not isinstance(found, WorldObject):
            return found
        return super().signature(name)

    def default(self, arguments: list[Value]) -> Value:
        if arguments:
            return self.row(arguments)
        return self.value

    def put_default(self, arguments: list[Value], value: Value) -> None:
        if not arguments:
            self.value = value

    def row(self, arguments: list[Value]) -> Value:
        """An item by name or by number from 1; an object that knows nothing for one not there."""
        key = arguments[0] if arguments else 1
        if isinstance(key, str):
            if key.lower() in self.names:
                return self.rows[self.names.index(key.lower())]
            self.world.recorder.call(f"{self.type_name}.Item", key)
            return self.missing(key)
        number = whole(key)
        if 1 <= number <= len(self.rows):
            return self.rows[number - 1]
        return self.missing(text(key))

    def missing(self, key: str) -> Value:
        """What stands for an item that is not there."""
        if self.rows:
            raise ScriptError(9, key)
        return Model(self.world, f"{self.type_name}({key[:40]})")

    def items(self) -> list[Value]:
        return list(self.rows)
