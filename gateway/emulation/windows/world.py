"""One emulated Windows for one run: what all its objects share, and how objects come to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.emulation.automation.convert import text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject, Member, indexed
from gateway.emulation.automation.values import NOTHING, Special, Value
from gateway.emulation.contract import Kind
from gateway.emulation.windows import facts
from gateway.emulation.windows.commands import Commands
from gateway.emulation.windows.disk import Disk
from gateway.emulation.windows.recorder import Recorder
from gateway.emulation.windows.registry import Registry
from gateway.emulation.windows.sinkhole import MARK

_SHOWN = 400
"""Characters of an argument that a recorded call shows."""

CODE_SHOWN = 4000
"""Characters of code that a script made of text and ran."""

Factory = Callable[["World"], Value]


@dataclass(slots=True)
class World:
    """The machine as one script meets it.

    monikers: answers GetObject.
    run_code: runs text in a language of the script host (name, source), for ScriptControl.
    run_shell: has `cmd` (what follows its name) or `powershell` (code) run, at a depth of shells
        within shells; what it prints.
    """

    recorder: Recorder
    factories: dict[str, Factory]
    monikers: Callable[[World, str, str], Value]
    disk: Disk = field(init=False)
    registry: Registry = field(init=False)
    commands: Commands = field(init=False)
    environment: dict[str, str] = field(default_factory=lambda: dict(facts.ENVIRONMENT))
    run_code: Callable[[str, str], Value] | None = None
    run_shell: Callable[[str, str, int], str] | None = None
    output: list[str] = field(default_factory=list)
    clock_reads: int = 0

    def __post_init__(self) -> None:
        self.disk = Disk(self.recorder)
        self.registry = Registry(self.recorder)
        self.commands = Commands(self.recorder, self.disk)

    def create(self, untrusted_prog_id: str) -> Value:
        """A new object of a class. Raises ScriptError 429 when there is none."""
        name = untrusted_prog_id.strip().lower()
        if name.startswith("winmgmts:"):  # Windows takes this moniker for a class too
            return self.get_object(untrusted_prog_id.strip())
        self.recorder.call("CreateObject", untrusted_prog_id.strip())
        factory = self.factories.get(name) or self.factories.get(_without_version(name))
        if factory is None:
            self.recorder.lacks(untrusted_prog_id.strip())
            raise ScriptError(429, untrusted_prog_id)
        return factory(self)

    def get_object(self, path: str, prog_id: str = "") -> Value:
        """GetObject: a moniker, a file, or the running object of a class. Raises ScriptError."""
        self.recorder.call("GetObject", path, prog_id)
        if not path:
            return self.create(prog_id)
        return self.monikers(self, path, prog_id)

    def evaluated(self, code: str, what: str = "code made of text") -> None:
        """The script has made code of text; code that came from the network is told apart."""
        shown = " ".join(code[:CODE_SHOWN].split())
        self.recorder.note(Kind.SCRIPT, "execute", what, shown)
        if MARK in code and not _is_data(code):
            self.recorder.note(Kind.SCRIPT, "execute", "code from the network", shown)

    def seconds(self) -> float:
        """The emulated clock. It runs faster the more often it is asked: who waits in a loop for
        a time to come shall not keep us waiting."""
        self.clock_reads += 1
        if self.clock_reads > 200:
            step = min(5.0, 0.01 * (self.clock_reads - 200))
            self.recorder.slept += step
            if self.clock_reads == 2000:
                self.recorder.note(Kind.PROCESS, "sleep", f"{self.recorder.slept:.0f} s", "loop")
        return facts.START_TIME + self.recorder.elapsed

    def say(self, words: str) -> None:
        """What the script shows or prints."""
        if len(self.output) < 2000:
            self.output.append(words[:4000])


def _is_data(code: str) -> bool:
    """`eval("(" + answer + ")")` is how old scripts read JSON, and no sign of anything."""
    stripped = code.strip().rstrip(";")
    return stripped.startswith("(") and stripped.endswith(")")


def _without_version(name: str) -> str:
    """`msxml2.xmlhttp.6.0` is `msxml2.xmlhttp`."""
    parts = name.split(".")
    while len(parts) > 2 and parts[-1].isdigit():
        parts.pop()
    return ".".join(parts)


class WorldObject(ComObject):
    """An object of the emulated machine. `quiet` ones call for no line in the report."""

    quiet = False

    def __init__(self, world: World) -> None:
        self.world = world

    def _call(self, key: str, bound: Callable[..., Value], arguments: list[Value]) -> Value:
        if not self.quiet and (key.startswith("do_") or arguments):
            words = [shown(argument) for argument in arguments]
            self.world.recorder.call(f"{self.type_name}.{key.split('_', 1)[1]}", *words)
        return super()._call(key, bound, arguments)

    def absent(self, name: str, arguments: list[Value]) -> Value:
        self.world.recorder.lacks(f"{self.type_name}.{name}")
        raise ScriptError(438, f"{self.type_name}.{name}")


def shown(value: Value) -> str:
    """An argument as a report shows it."""
    if isinstance(value, ComObject):
        return f"({value.type_name})"
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if value is NOTHING or isinstance(value, Special):
        return ""
    try:
        return text(value)[:_SHOWN]
    except ScriptError:
        return "(array)"


class Collection(WorldObject):
    """A fixed row of values: Count, Item (by number from `first`, or by name), For Each."""

    quiet = True

    def __init__(
        self,
        world: World,
        values: list[Value],
        names: list[str] | None = None,
        *,
        first: int = 0,
        type_name: str = "Collection",
    ) -> None:
        super().__init__(world)
        self.values = values
        self.names = [name.lower() for name in names or []]
        self.first = first
        self.type_name = type_name

    def get_count(self) -> Value:
        return len(self.values)

    def get_length(self) -> Value:
        return len(self.values)

    def get_item(self, index: Value = 0) -> Value:
        if isinstance(index, str):
            if index.lower() in self.names:
                return self.values[self.names.index(index.lower())]
            raise ScriptError(9, index)
        number = whole(index) - self.first
        if not 0 <= number < len(self.values):
            raise ScriptError(9, str(index))
        return self.values[number]

    def items(self) -> list[Value]:
        return list(self.values)

    def absent(self, name: str, arguments: list[Value]) -> Value:
        """An item by its name, as `document.all.name` asks for it. Raises ScriptError 438."""
        if name.lower() in self.names:
            return indexed(self.values[self.names.index(name.lower())], arguments)
        return super().absent(name, arguments)


class Bag(WorldObject):
    """An object whose properties are just values: those given at first, and whatever is put.

    Methods that are named do nothing but be recorded.
    """

    def __init__(
        self,
        world: World,
        type_name: str,
        values: dict[str, Value] | None = None,
        methods: tuple[str, ...] = (),
        default: str = "",
    ) -> None:
        super().__init__(world)
        self.type_name = type_name
        self.values = {name.lower(): value for name, value in (values or {}).items()}
        self.methods = {name.lower() for name in methods}
        self.default_name = default.lower()

    def member(self, name: str) -> Member:
        if name.lower() in self.values:
            return Member.INDEXED
        return Member.METHOD if name.lower() in self.methods else super().member(name)

    def get(self, name: str, arguments: list[Value]) -> Value:
        lowered = name.lower()
        if lowered in self.values:
            return indexed(self.values[lowered], arguments)
        if lowered in self.methods:
            self.world.recorder.call(f"{self.type_name}.{name}", *map(shown, arguments))
            return None
        return super().get(name, arguments)

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        if hasattr(self, f"put_{name.lower()}"):
            super().put(name, arguments, value)
        else:
            self.values[name.lower()] = value

    def default(self, arguments: list[Value]) -> Value:
        if self.default_name:
            return self.get(self.default_name, arguments)
        return super().default(arguments)

    def put_default(self, arguments: list[Value], value: Value) -> None:
        if not self.default_name:
            super().put_default(arguments, value)
        else:
            self.put(self.default_name, arguments, value)
