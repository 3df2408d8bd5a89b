"""Commands that pass on, print, or do nothing that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.powershell.commands.calls import Call, Handler
from gateway.emulation.powershell.values import LACKING, Value, one, text

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine


def _pass(m: Machine, call: Call) -> list[Value]:
    return call.piped if call.piped is not None else call.given


def _say(m: Machine, call: Call) -> list[Value]:
    m.session.world.say(" ".join(map(text, call.given)) or text(one(call.piped or [])))
    return []


def _quiet(m: Machine, call: Call) -> list[Value]:
    return []


def _secure(m: Machine, call: Call) -> list[Value]:
    if call.get("key") is not None or call.get("securekey") is not None:
        return [LACKING]
    return [call.get("string", 0)]


def _import(m: Machine, call: Call) -> list[Value]:
    m.note(f"not followed: the module {text(call.get('name', 0))}")
    return []


HANDLERS: dict[str, Handler] = {
    "remove-itemproperty": _quiet,
    "write-output": _pass,
    "out-string": _pass,
    "sort-object": _pass,
    "write-host": _say,
    "out-host": _say,
    "out-null": _quiet,
    "set-location": _quiet,
    "set-strictmode": _quiet,
    "set-executionpolicy": _quiet,
    "clear-host": _quiet,
    "start-transcript": _quiet,
    "stop-transcript": _quiet,
    "start-service": _quiet,
    "restart-service": _quiet,
    "import-module": _import,
    "convertto-securestring": _secure,
}
