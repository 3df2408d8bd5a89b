"""WScript.Shell and its helpers: programs, registry, environment, shortcuts, messages."""

from __future__ import annotations

import ntpath

from gateway.emulation.automation.convert import number, text, truth, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.contract import Kind
from gateway.emulation.windows import facts
from gateway.emulation.windows.answers import console_answer
from gateway.emulation.windows.disk import expanded
from gateway.emulation.windows.textstream import TextStream
from gateway.emulation.windows.world import Collection, World, WorldObject, shown

_HIDDEN = 0
_YES_NO = (3, 4)
"""Kinds of message boxes that ask; the answer is yes."""


class Shell(WorldObject):
    """WScript.Shell."""

    type_name = "WScript.Shell"

    def do_run(self, command: Value, windowstyle: Value = 1, wait: Value = False) -> Value:
        hidden = whole(windowstyle) == _HIDDEN
        self.world.commands.start(text(command), *(["window hidden"] if hidden else []))
        return 0

    def do_exec(self, command: Value) -> Value:
        self.world.commands.start(text(command))
        return Executed(self.world, text(command))

    def do_regread(self, name: Value) -> Value:
        return self.world.registry.read(text(name))

    def do_regwrite(self, name: Value, value: Value, type_: Value = "REG_SZ") -> Value:
        self.world.registry.write(text(name), value, shown(value), text(type_))
        return None

    def do_regdelete(self, name: Value) -> Value:
        self.world.registry.delete(text(name))
        return None

    def do_expandenvironmentstrings(self, source: Value) -> Value:
        return expanded(text(source))

    def get_environment(self, type_: Value = "SYSTEM") -> Value:
        return Environment(self.world)

    def get_specialfolders(self) -> Value:
        names = list(facts.SPECIAL_FOLDERS)
        return SpecialFolders(self.world, list(facts.SPECIAL_FOLDERS.values()), names)

    def get_currentdirectory(self) -> Value:
        return self.world.disk.directory

    def put_currentdirectory(self, value: Value) -> None:
        self.world.disk.directory = self.world.disk.full(text(value))

    def do_popup(
        self, message: Value, wait: Value = 0, title: Value = "", type_: Value = 0
    ) -> Value:
        self.world.say(text(message))
        return 1

    def do_sendkeys(self, keys: Value, wait: Value = False) -> Value:
        return None

    def do_appactivate(self, title: Value, wait: Value = False) -> Value:
        return True

    def do_logevent(self, type_: Value, message: Value, target: Value = "") -> Value:
        return True

    def do_createshortcut(self, path: Value) -> Value:
        return Shortcut(self.world, text(path))


class SpecialFolders(Collection):
    """SpecialFolders: by name; an unknown one is empty."""

    def get_item(self, index: Value = 0) -> Value:
        if isinstance(index, str) and index.lower() not in self.names:
            return ""
        return super().get_item(index)


class Environment(WorldObject):
    """The variables of one kind: all kinds are one here."""

    type_name = "WshEnvironment"

    def get_item(self, name: Value) -> Value:
        wanted = text(name).lower()
        found = self.world.environment.items()
        return next((value for key, value in found if key.lower() == wanted), "")

    def put_item(self, name: Value, value: Value) -> None:
        self.world.environment[text(name)] = text(value)

    def do_remove(self, name: Value) -> Value:
        self.world.environment.pop(text(name), None)
        return None

    def get_count(self) -> Value:
        return len(self.world.environment)

    def items(self) -> list[Value]:
        return [f"{name}={value}" for name, value in self.world.environment.items()]


class Shortcut(WorldObject):
    """A shortcut: it comes to be when it is saved."""

    type_name = "WshShortcut"

    def __init__(self, world: World, path: str) -> None:
        super().__init__(world)
        self.path = path
        self.fields: dict[str, Value] = {"targetpath": "", "arguments": "", "fullname": path}

    def get(self, name: str, arguments: list[Value]) -> Value:
        lowered = name.lower()
        return super().get(name, arguments) if lowered == "save" else self.fields.get(lowered, "")

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        self.fields[name.lower()] = value

    def do_save(self) -> Value:
        target = f"{text(self.fields['targetpath'])} {text(self.fields['arguments'])}".strip()
        disk = self.world.disk
        disk.write(self.path, f"shortcut to {target}".encode(), f"shortcut to {target}")
        file = disk.get(self.path)
        if file is not None and self.path.lower().endswith(".url"):
            file.written = False  # an address, which stands above already; nothing to hand back
        return None


class Executed(WorldObject):
    """What Exec gives: a program that has ended already, and what it would have printed."""

    type_name = "WshScriptExec"

    def __init__(self, world: World, command: str) -> None:
        super().__init__(world)
        self.out = TextStream.reading(world, console_answer(command))
        self.errors = TextStream.reading(world, "")
        self.into = TextStream(world, "", world.commands.fed(command))

    def get_stdout(self) -> Value:
        return self.out

    def get_stderr(self) -> Value:
        return self.errors

    def get_stdin(self) -> Value:
        return self.into

    def get_status(self) -> Value:
        return 1

    def get_exitcode(self) -> Value:
        return 0

    def get_processid(self) -> Value:
        return 6220

    def do_terminate(self) -> Value:
        return None


class Network(WorldObject):
    """WScript.Network."""

    type_name = "WScript.Network"

    def get_username(self) -> Value:
        return facts.USER

    def get_computername(self) -> Value:
        return facts.COMPUTER

    def get_userdomain(self) -> Value:
        return facts.DOMAIN

    def do_mapnetworkdrive(self, local: Value, remote: Value, *more: Value) -> Value:
        self.world.disk.map_drive(text(local), text(remote))
        host = text(remote).lstrip("\\").split("\\", 1)[0]
        self.world.recorder.note(Kind.NETWORK, "connect", f"{host}:445", text(remote))
        return None

    def do_removenetworkdrive(self, name: Value, *more: Value) -> Value:
        return None

    def do_enumnetworkdrives(self) -> Value:
        return Collection(self.world, ["H:", r"\\FILES\home"])

    def do_enumprinterconnections(self) -> Value:
        return Collection(self.world, ["IP_10.1.1.40", r"\\PRINT\Floor2"])

    def do_addwindowsprinterconnection(self, path: Value, *more: Value) -> Value:
        return None

    def do_addprinterconnection(self, local: Value, remote: Value, *more: Value) -> Value:
        return None

    def do_removeprinterconnection(self, name: Value, *more: Value) -> Value:
        return None

    def do_setdefaultprinter(self, name: Value) -> Value:
        return None


class WScript(WorldObject):
    """The script host itself: WScript."""

    type_name = "WScript"

    def __init__(self, world: World, script: str, engine: str, arguments: list[str]) -> None:
        super().__init__(world)
        self.script = script
        self.engine = engine
        self.values: list[Value] = list(arguments)

    def do_createobject(self, progid: Value, prefix: Value = "") -> Value:
        return self.world.create(text(progid))

    def do_getobject(self, path: Value, progid: Value = "", prefix: Value = "") -> Value:
        return self.world.get_object(text(path), text(progid))

    def do_connectobject(self, object_: Value, prefix: Value) -> Value:
        return None

    def do_disconnectobject(self, object_: Value) -> Value:
        return None

    def do_echo(self, *words: Value) -> Value:
        self.world.say(" ".join(said(word) for word in words))
        return None

    def do_sleep(self, milliseconds: Value) -> Value:
        self.world.recorder.sleep(float(number(milliseconds)) / 1000)
        return None

    def do_quit(self, code: Value = 0) -> Value:
        raise Quit(whole(code))

    def get_arguments(self) -> Value:
        return Arguments(self.world, self.values)

    def get_scriptfullname(self) -> Value:
        return self.script

    def get_scriptname(self) -> Value:
        return ntpath.basename(self.script)

    def get_fullname(self) -> Value:
        return rf"{facts.SYSTEM}\wscript.exe"

    def get_path(self) -> Value:
        return facts.SYSTEM

    def get_name(self) -> Value:
        return "Windows Script Host"

    def get_version(self) -> Value:
        return "5.812"

    def get_buildversion(self) -> Value:
        return "16384"

    def get_application(self) -> Value:
        return self

    def get_interactive(self) -> Value:
        return True

    def put_interactive(self, value: Value) -> None:
        truth(value)

    def get_timeout(self) -> Value:
        return 0

    def put_timeout(self, value: Value) -> None:
        whole(value)

    def get_stdout(self) -> Value:
        return TextStream.printing(self.world)

    def get_stderr(self) -> Value:
        return TextStream.printing(self.world)

    def get_stdin(self) -> Value:
        return TextStream.reading(self.world, "")

    def default(self, arguments: list[Value]) -> Value:
        return "Windows Script Host"


def said(value: Value) -> str:
    """A value as Echo shows it: objects by their default property."""
    try:
        return text(value)
    except ScriptError:
        return shown(value)


class Quit(Exception):  # noqa: N818 - the script ends itself
    """WScript.Quit and its like: passes every handler of the script."""

    def __init__(self, code: int = 0) -> None:
        self.code = code


class Arguments(Collection):
    """WScript.Arguments, with Named and Unnamed."""

    def __init__(self, world: World, values: list[Value]) -> None:
        super().__init__(world, values, type_name="WshArguments")

    def get_named(self) -> Value:
        named = [text(v)[1:].partition(":") for v in self.values if text(v).startswith("/")]
        return NamedArguments(self.world, [v for _, _, v in named], [n for n, _, _ in named])

    def get_unnamed(self) -> Value:
        return Collection(self.world, [v for v in self.values if not text(v).startswith("/")])

    def do_showusage(self) -> Value:
        return None


class NamedArguments(Collection):
    """Arguments of the form /name:value."""

    def do_exists(self, name: Value) -> Value:
        return text(name).lower() in self.names

    def get_item(self, index: Value = 0) -> Value:
        if isinstance(index, str) and index.lower() not in self.names:
            return None
        return super().get_item(index)
