"""Scripting.Dictionary and VBA's Collection."""

from __future__ import annotations

from gateway.emulation.automation.convert import text, whole
from gateway.emulation.automation.errors import MemoryOver, ScriptError
from gateway.emulation.automation.values import MISSING, Value, array_of
from gateway.emulation.windows.world import World, WorldObject

_ENTRIES_MAX = 1_000_000


class Dictionary(WorldObject):
    """Scripting.Dictionary: keys in the order they were added."""

    type_name = "Dictionary"
    quiet = True

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._entries: dict[Value, tuple[Value, Value]] = {}
        self._any_case = False

    def _key(self, key: Value) -> Value:
        if isinstance(key, str):
            return key.lower() if self._any_case else key
        return key if isinstance(key, int | float) else id(key)

    def do_add(self, key: Value, item: Value) -> Value:
        if self._key(key) in self._entries:
            raise ScriptError(457)
        if len(self._entries) >= _ENTRIES_MAX:
            raise MemoryOver("a dictionary of a million entries")
        self._entries[self._key(key)] = (key, item)
        return None

    def do_exists(self, key: Value) -> Value:
        return self._key(key) in self._entries

    def get_item(self, key: Value) -> Value:
        return self._entries.setdefault(self._key(key), (key, None))[1]

    def put_item(self, key: Value, value: Value) -> None:
        self._entries[self._key(key)] = (key, value)

    def put_key(self, key: Value, value: Value) -> None:
        _, item = self._entries.pop(self._key(key), (None, None))
        self._entries[self._key(value)] = (value, item)

    def get_count(self) -> Value:
        return len(self._entries)

    def do_keys(self) -> Value:
        return array_of([key for key, _ in self._entries.values()])

    def do_items(self) -> Value:
        return array_of([item for _, item in self._entries.values()])

    def do_remove(self, key: Value) -> Value:
        if self._entries.pop(self._key(key), None) is None:
            raise ScriptError(32811)
        return None

    def do_removeall(self) -> Value:
        self._entries.clear()
        return None

    def get_comparemode(self) -> Value:
        return int(self._any_case)

    def put_comparemode(self, value: Value) -> None:
        self._any_case = whole(value) == 1

    def items(self) -> list[Value]:
        return [key for key, _ in self._entries.values()]


class VbaCollection(WorldObject):
    """VBA's Collection: items by number from 1 or by key."""

    type_name = "Collection"
    quiet = True

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._items: list[tuple[str, Value]] = []

    def do_add(
        self, item: Value, key: Value = "", before: Value = MISSING, after: Value = MISSING
    ) -> Value:
        name = "" if key is MISSING else text(key).lower()
        if name and any(known == name for known, _ in self._items):
            raise ScriptError(457)
        if len(self._items) >= _ENTRIES_MAX:
            raise MemoryOver("a collection of a million items")
        position = len(self._items)
        if before is not MISSING:
            position = self._place(before)
        elif after is not MISSING:
            position = self._place(after) + 1
        self._items.insert(position, (name, item))
        return None

    def _place(self, index: Value) -> int:
        if isinstance(index, str):
            for number, (name, _) in enumerate(self._items):
                if name == index.lower():
                    return number
            raise ScriptError(5)
        number = whole(index) - 1
        if not 0 <= number < len(self._items):
            raise ScriptError(9)
        return number

    def get_item(self, index: Value) -> Value:
        return self._items[self._place(index)][1]

    def do_remove(self, index: Value) -> Value:
        del self._items[self._place(index)]
        return None

    def get_count(self) -> Value:
        return len(self._items)

    def items(self) -> list[Value]:
        return [item for _, item in self._items]
