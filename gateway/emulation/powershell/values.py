"""Values of PowerShell as far as they matter here, and how one becomes another. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.emulation.automation.objects import ComObject
from gateway.emulation.powershell.nodes import BlockNode

UNKNOWN_TEXT = "(unknown)"
"""Stands in texts for what only the real machine could tell."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that could not be worked out. `lack` says that the fault is ours."""

    lack: bool = False


UNKNOWN = Unknown()
LACKING = Unknown(lack=True)


@dataclass(frozen=True, slots=True)
class Type:
    """A .NET type, by its name in lower case without `system.`."""

    name: str


@dataclass(slots=True)
class Net:
    """An object of .NET: its class in lower case without `system.`, and its values."""

    kind: str
    fields: dict[str, Value] = field(default_factory=dict)


Value = (
    None
    | bool
    | int
    | float
    | str
    | bytes
    | list["Value"]
    | dict[str, "Value"]
    | BlockNode
    | Unknown
    | Type
    | Net
    | ComObject
)


def text(value: Value) -> str:
    """A value as a text, as PowerShell writes it."""
    match value:
        case None:
            return ""
        case bool():
            return "True" if value else "False"
        case float():
            return f"{value:g}" if value != int(value) else str(int(value))
        case int() | str():
            return str(value)
        case bytes():
            return " ".join(map(str, value))
        case list():
            return " ".join(text(item) for item in value)
        case dict():
            return "System.Collections.Hashtable"
        case BlockNode():
            return value.source
        case Type():
            return value.name
        case Net():
            return text(value.fields["text"]) if "text" in value.fields else UNKNOWN_TEXT
        case _:
            return UNKNOWN_TEXT


def has_unknown(value: Value) -> bool:
    """Whether anything in a value could not be worked out."""
    if isinstance(value, str):
        return UNKNOWN_TEXT in value
    if isinstance(value, list):
        return any(has_unknown(item) for item in value[:1000])
    return isinstance(value, Unknown)


def items(value: Value) -> list[Value]:
    """What a pipeline or a loop gets of a value."""
    if value is None:
        return []
    if isinstance(value, bytes):
        return list(value)
    return list(value) if isinstance(value, list) else [value]


def one(values: list[Value]) -> Value:
    """What several outputs are as one value."""
    return None if not values else values[0] if len(values) == 1 else values


def number(value: Value) -> int | float | Unknown:
    """A value as a number."""
    if isinstance(value, bool | int | float):
        return value
    if value is None:
        return 0
    if isinstance(value, str):
        words = value.strip().lower()
        try:
            if words.startswith("0x"):
                return int(words, 16)
            return float(words) if any(char in words for char in ".e") else int(words or "0")
        except ValueError:
            return LACKING
    return value if isinstance(value, Unknown) else LACKING


def truth(value: Value) -> bool | Unknown:
    """A value as a condition."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, list) and len(value) == 1:
        return truth(value[0])
    if isinstance(value, str) and value == UNKNOWN_TEXT:
        return UNKNOWN
    return bool(value) if not isinstance(value, Net | Type | BlockNode | ComObject) else True


def as_bytes(value: Value) -> bytes | Unknown:
    """A value as a row of bytes."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, Net) and isinstance(value.fields.get("data"), bytes):
        return as_bytes(value.fields["data"])
    made = bytearray()
    for item in items(value):
        found = number(item)
        if isinstance(found, Unknown):
            return found
        made.append(int(found) & 255)
    return bytes(made)


def lowered(values: Iterable[Value]) -> list[str]:
    """Texts without case."""
    return [text(value).lower() for value in values]


def has_data(value: Value) -> bool:
    """Whether a value is a stream whose bytes are known."""
    return isinstance(value, Net) and isinstance(value.fields.get("data"), bytes)
