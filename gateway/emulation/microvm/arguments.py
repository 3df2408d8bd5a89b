"""What a call's arguments and result say: whether it counts, and whether it succeeded. Pure."""

from __future__ import annotations

from gateway.emulation.contract import Kind
from gateway.emulation.microvm.calls import CALLS, Effect, When
from gateway.emulation.microvm.relay import Argument

_OWN_PROCESS = frozenset({-1 & 0xFFFFFFFFFFFFFFFF, -1 & 0xFFFFFFFF})
_INVALID = _OWN_PROCESS
"""INVALID_HANDLE_VALUE is the same number as the handle of one's own process."""

_WRITING = 0x5000_0116
"""GENERIC_WRITE, GENERIC_ALL; FILE_WRITE_DATA, APPEND_DATA, WRITE_EA, WRITE_ATTRIBUTES."""

_MAKING = frozenset({1, 2, 4, 5})
"""CREATE_NEW, CREATE_ALWAYS, OPEN_ALWAYS, TRUNCATE_EXISTING."""

_EXECUTABLE = 0xF0
"""PAGE_EXECUTE and its three relatives (winnt.h)."""

_LONG_SLEEP = 1000
"""Milliseconds from which a wait is told."""


def action_of(effect: Effect, arguments: tuple[Argument, ...]) -> str:
    """The action; empty when the call is none with these arguments."""
    value = number(arguments, effect.number)
    match effect.when:
        case When.ALWAYS:
            return effect.action
        case When.WRITES:
            writes = bool(value & _WRITING) or number(arguments, 4) in _MAKING
            return effect.action if writes else "read"
        case When.MODE:
            return effect.action if set(word(arguments, effect.number)) & set("wa+") else "read"
        case When.FOREIGN:
            own = number(arguments, effect.process) in _OWN_PROCESS
            return "" if own else effect.action
        case When.EXECUTES:
            return effect.action if value & _EXECUTABLE else ""
        case When.WAITS:
            return effect.action if value >= _LONG_SLEEP else ""


def why_failed(name: str, value: int) -> str:
    """Why a call did not succeed, empty when it did, by what its kind of call returns."""
    effect = CALLS.get(name)
    if effect is None:
        return ""
    if effect.kind is Kind.REGISTRY and not name.startswith("CreateService"):
        return f"error {value & 0xFFFFFFFF}" if value != 0 else ""
    if effect.kind is not Kind.FILE:
        return ""
    if name.startswith("CreateFile"):
        return "refused" if value in _INVALID else ""
    if name.islower() and not name.startswith(
        ("fopen", "_wfopen", "freopen", "_wfsopen", "_fsopen")
    ):
        return "refused" if value != 0 else ""
    return "refused" if value == 0 and not name.endswith("_s") else ""


def number(arguments: tuple[Argument, ...], index: int) -> int:
    return arguments[index].number if 0 <= index < len(arguments) else 0


def word(arguments: tuple[Argument, ...], index: int) -> str:
    """An argument's text, or its number as people write it."""
    if not 0 <= index < len(arguments):
        return ""
    text = arguments[index].text
    return text if text is not None else f"{arguments[index].number:#x}"
