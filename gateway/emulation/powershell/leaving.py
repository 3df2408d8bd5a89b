"""How a script leaves a loop, a function or itself. Imports nothing that walks."""

from __future__ import annotations

from gateway.emulation.powershell.values import Value


class Leaving(Exception):  # noqa: N818 - control flow, no error
    """break, continue, return, exit, throw."""

    def __init__(self, word: str, value: Value = None) -> None:
        self.word = word
        self.value = value
