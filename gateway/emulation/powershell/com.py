"""Values on their way between PowerShell and the emulated machine's automation objects. Pure."""

from __future__ import annotations

from gateway.emulation.automation import values as com
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.powershell.values import UNKNOWN, Value, text


def to_com(value: Value) -> com.Value:
    """A value as an automation object takes it."""
    if value is None or isinstance(value, bool | int | float | str | bytes | ComObject):
        return value
    if isinstance(value, list):
        return com.array_of([to_com(item) for item in value])
    return text(value)


def from_com(value: com.Value) -> Value:
    """A value as an automation object gives it."""
    if value is None or isinstance(value, bool | int | float | str | bytes | ComObject):
        return value
    if isinstance(value, com.Array):
        return [from_com(item) for item in value.items]
    return None if value in (com.NOTHING, com.NULL) else UNKNOWN
