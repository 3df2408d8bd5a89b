"""A bench for the interpreter: runs a source on a host that only listens."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.emulation.automation.convert import text
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import MISSING, Place, Value
from gateway.emulation.basic import Dialect, Limits, Machine, parse
from gateway.emulation.basic.host import HostFunction
from gateway.emulation.basic.nodes import Declared


class Bench:
    """The host: `Echo` writes into `said`."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.code: list[str] = []
        self.calls: list[tuple[str, list[str]]] = []

    @property
    def functions(self) -> Mapping[str, HostFunction]:
        return {"echo": self._echo}

    def _echo(self, *words: Value) -> Value:
        self.said.append(" ".join("" if w is MISSING else text(w) for w in words))
        return None

    def named(self, name: str) -> Value:
        return MISSING

    def create(self, class_name: str) -> Value:
        raise ScriptError(429, class_name)

    def library(self, declared: Declared, arguments: list[Value | Place]) -> Value:
        self.calls.append((declared.exported, [str(argument) for argument in arguments]))
        return 1

    def evaluated(self, code: str) -> None:
        self.code.append(code)

    def seconds(self) -> float:
        return 1_780_300_800.0

    def file(self, verb: str, operands: list[Value], mode: str) -> Value:
        return None

    def unknown(self, what: str) -> None:
        self.calls.append(("unknown", [what]))


def vbscript(source: str) -> list[str]:
    """What a VBScript says."""
    bench = Bench()
    machine = Machine(Dialect.VBSCRIPT, bench, Limits(20.0))
    scope = machine.load(parse(source, Dialect.VBSCRIPT))
    machine.prepare()
    machine.run_body(scope)
    return bench.said


def vba(source: str, start: str = "main") -> list[str]:
    """What a VBA module says when `start` is called."""
    bench = Bench()
    machine = Machine(Dialect.VBA, bench, Limits(20.0))
    scope = machine.load(parse(source, Dialect.VBA, "Module1"))
    machine.prepare()
    machine.call(scope.module.procedures[start, "get"], scope, [])
    return bench.said
