"""One sample for emulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """name and type of the sample, how its bytes are made, and a rule that must hold (bad ones)."""

    name: str
    type: str
    make: Callable[[], bytes]
    rule: str = ""


def script(name: str, type_name: str, text: str, rule: str = "") -> Case:
    """A sample whose bytes are its text."""
    return Case(name, type_name, lambda: text.replace("\n", "\r\n").encode(), rule)
