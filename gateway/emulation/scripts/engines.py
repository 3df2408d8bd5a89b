"""The engines of one script host: each language's, made when it is first needed.

What one language defines as a procedure the other can call, as in Windows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import Value
from gateway.emulation.scripts.jscript import JScript, JsFunction
from gateway.emulation.scripts.session import Session
from gateway.emulation.scripts.vbscript import VbScript

_LATER_MAX = 200
"""Timers that are run: a timer that sets itself again would never end."""

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*\Z")


class Foreign(ComObject):
    """A function of JScript, as VBScript calls it."""

    type_name = "Function"

    def __init__(self, engine: JScript, name: str) -> None:
        self._engine = engine
        self._name = name

    def default(self, arguments: list[Value]) -> Value:
        return self._engine.call(self._name, arguments)


class HostFunction(ComObject):
    """A function of the host, as VBScript calls it."""

    type_name = "Function"

    def __init__(self, function: Callable[[list[Value]], Value]) -> None:
        self._function = function

    def default(self, arguments: list[Value]) -> Value:
        return self._function(arguments)


class Engines:
    """JScript and VBScript over the same objects."""

    def __init__(self, session: Session, objects: dict[str, Value]) -> None:
        self._session = session
        self._objects = objects
        self._jscript: JScript | None = None
        self._vbscript: VbScript | None = None
        self.later: list[tuple[float, Callable[[], object]]] = []
        session.world.run_code = self.run

    @property
    def jscript(self) -> JScript:
        """The engine of JScript."""
        if self._jscript is None:
            named = {n: o for n, o in self._objects.items() if _IDENTIFIER.match(n)}
            self._jscript = JScript(self._session, named)
            if self._vbscript is not None:
                self._share()
        return self._jscript

    @property
    def vbscript(self) -> VbScript:
        """The engine of VBScript."""
        if self._vbscript is None:
            objects = {name.lower(): value for name, value in self._objects.items()}
            self._vbscript = VbScript(self._session, objects)
        return self._vbscript

    def name_function(self, name: str, function: Callable[[list[Value]], Value]) -> None:
        """A function of the host without an object before it, for both languages."""
        self.jscript.name_procedure(name, function)
        self.vbscript.name_value(name, HostFunction(function))

    def declare(self, language: str, code: str) -> None:
        """Make a source's procedures known before it runs: in a WSF file, VBScript's procedures
        are there for scripts that stand before them."""
        if "vb" in language.lower() and code.strip():
            self.vbscript.declare(code)

    def run(self, language: str, code: str) -> Value:
        """Run a source. Raises what the script does not handle."""
        if "vb" in language.lower():
            if self._jscript is not None:
                for name, held in self._jscript.variables().items():
                    self.vbscript.name_value(name, held)
            try:
                return self.vbscript.run(code)
            finally:
                self._share()
        if self._vbscript is not None:
            self._share()
        value = self.jscript.run(code)
        for name in self.jscript.functions():
            if name not in self.jscript.procedures:
                self.vbscript.name_value(name, Foreign(self.jscript, name))
        return value

    def _share(self) -> None:
        """Procedures and variables of VBScript become JScript's, if JScript is in use."""
        if self._jscript is None:
            return
        self.jscript.shared = self.vbscript.cells
        for name in self.vbscript.procedures():
            if name not in self.jscript.procedures:
                self.jscript.name_procedure(name, partial(self.vbscript.call, name))

    def call(self, name: str) -> bool:
        """Call a procedure of either language; whether there is one."""
        if self._vbscript is not None and self._vbscript.has(name):
            self._vbscript.call(name, [])
            return True
        if self._jscript is not None and self._jscript.has(name):
            self._jscript.call(name, [])
            return True
        return False

    def run_later(self) -> None:
        """What timers were set for, in the order of their times; the clock jumps there."""
        for _ in range(_LATER_MAX):
            if not self.later:
                return
            self.later.sort(key=lambda entry: entry[0])
            moment, action = self.later.pop(0)
            self._session.recorder.sleep(max(0.0, moment - self._session.recorder.elapsed))
            if not self._session.attempt(action, "a timer"):
                return

    def end(self) -> None:
        """The script is over: what its objects do at their end."""
        if self._vbscript is not None:
            self._session.attempt(self._vbscript.machine.end_objects, "the end")

    def fire(self, function: ComObject) -> None:
        """Call a function of the script that was kept."""
        if isinstance(function, JsFunction):
            self.jscript.fire(function)
        else:
            function.default([])
