"""What handles stand for, and the table of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from gateway.emulation.winapi.threads import Thread

CURRENT_PROCESS = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
CURRENT_THREAD = (0xFFFFFFFE, 0xFFFFFFFFFFFFFFFE)
"""The handles -1 and -2, in both sizes."""

_FIRST, _STEP = 0x100, 4


@dataclass(slots=True)
class Event:
    """An event, mutex, semaphore or timer: `count` is above zero when it is signalled."""

    name: str = ""
    count: int = 0
    manual: bool = False


@dataclass(slots=True)
class Process:
    """A process: one of the desk's, or one that the program started. `line` as it was started."""

    pid: int
    path: str
    line: str = ""
    suspended: bool = False
    written: dict[int, bytes] = field(default_factory=dict)
    next_region: int = 0x2A00_0000


@dataclass(slots=True)
class ForeignThread:
    """A thread in another process."""

    process: Process


@dataclass(slots=True)
class Plain:
    """A handle of which only the kind matters, with whatever its functions keep."""

    kind: str
    text: str = ""
    number: int = 0
    items: list[object] = field(default_factory=list)


T = TypeVar("T")


class Handles:
    """Handles by their numbers."""

    def __init__(self) -> None:
        self._objects: dict[int, object] = {}
        self._next = _FIRST

    def add(self, thing: object) -> int:
        """A new handle."""
        self._next += _STEP
        self._objects[self._next] = thing
        return self._next

    def get(self, handle: int, kind: type[T]) -> T | None:
        """What a handle stands for, when it is of that kind."""
        found = self._objects.get(handle)
        return found if isinstance(found, kind) else None

    def any(self, handle: int) -> object | None:
        """What a handle stands for."""
        return self._objects.get(handle)

    def close(self, handle: int) -> object | None:
        """Forget a handle; what it stood for."""
        return self._objects.pop(handle, None)

    def thread(self, handle: int) -> Thread | None:
        """A thread of the program itself."""
        return self.get(handle, Thread)

    def find(self, kind: type[T]) -> list[T]:
        """All things of a kind."""
        return [thing for thing in self._objects.values() if isinstance(thing, kind)]
