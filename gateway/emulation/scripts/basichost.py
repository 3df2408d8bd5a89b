"""The emulated machine as Basic sees it: `basic.host.Host` over a `World`."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.emulation.automation.values import MISSING, Place, Value
from gateway.emulation.basic.host import HostFunction
from gateway.emulation.basic.nodes import Declared
from gateway.emulation.scripts.vbafiles import VbaFiles
from gateway.emulation.windows.functions import Functions
from gateway.emulation.windows.libraries import call_library
from gateway.emulation.windows.world import World


class BasicHost:
    """Surroundings of a VBScript or VBA program.

    objects: global objects and constants by name in lower case.
    """

    def __init__(self, world: World, objects: dict[str, Value], *, vba: bool) -> None:
        self.world = world
        self.objects = objects
        self._functions: dict[str, HostFunction] = Functions(world).table(vba=vba)
        self._files = VbaFiles(world)
        if vba:
            self._functions |= self._files.functions()

    @property
    def functions(self) -> Mapping[str, HostFunction]:
        return self._functions

    def add(self, name: str, function: HostFunction) -> None:
        """One more function."""
        self._functions[name] = function

    def named(self, name: str) -> Value:
        return self.objects.get(name, MISSING)

    def create(self, class_name: str) -> Value:
        return self.world.create(class_name)

    def library(self, declared: Declared, arguments: list[Value | Place]) -> Value:
        return call_library(self.world, declared.library, declared.exported, arguments)

    def evaluated(self, code: str) -> None:
        self.world.evaluated(code)

    def seconds(self) -> float:
        return self.world.seconds()

    def file(self, verb: str, operands: list[Value], mode: str) -> Value:
        return self._files.statement(verb, operands, mode)

    def unknown(self, what: str) -> None:
        self.world.recorder.lacks(what)
