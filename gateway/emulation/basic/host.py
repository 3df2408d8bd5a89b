"""What the interpreter asks of its surroundings: objects, files, libraries, a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from gateway.emulation.automation.values import Place, Value
from gateway.emulation.basic.nodes import Declared

HostFunction = Callable[..., Value]


class Host(Protocol):
    """One script's surroundings."""

    @property
    def functions(self) -> Mapping[str, HostFunction]:
        """Functions that reach outside (CreateObject, Shell, MsgBox), by name in lower case."""
        ...

    def named(self, name: str) -> Value:
        """A global object or constant of that name; MISSING when there is none."""
        ...

    def create(self, class_name: str) -> Value:
        """`New class_name`. Raises ScriptError 429."""
        ...

    def library(self, declared: Declared, arguments: list[Value | Place]) -> Value:
        """Call a function of a library, as Declare names it."""
        ...

    def evaluated(self, code: str) -> None:
        """The script has made code of text and runs it."""
        ...

    def seconds(self) -> float:
        """The emulated clock: seconds since 1970, local time."""
        ...

    def file(self, verb: str, operands: list[Value], mode: str) -> Value:
        """VBA's file statements; what `input`, `line input` and `get` read is the answer."""
        ...

    def unknown(self, what: str) -> None:
        """The script needs something that this emulation lacks."""
        ...
