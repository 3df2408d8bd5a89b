"""Smaller objects: RegExp, the Task Scheduler, htmlfile, ScriptControl, random and timers."""

from __future__ import annotations

import re

from gateway.emulation.automation.convert import text, truth
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.contract import Kind
from gateway.emulation.windows.world import Bag, Collection, World, WorldObject


class RegExp(WorldObject):
    """VBScript.RegExp. Its patterns are close enough to Python's."""

    type_name = "RegExp"
    quiet = True

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.pattern = ""
        self.flags = {"global": False, "ignorecase": False, "multiline": False}

    def get_pattern(self) -> Value:
        return self.pattern

    def put_pattern(self, value: Value) -> None:
        self.pattern = text(value)

    def get(self, name: str, arguments: list[Value]) -> Value:
        return (
            self.flags.get(name.lower())
            if name.lower() in self.flags
            else super().get(name, arguments)
        )

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        if name.lower() in self.flags:
            self.flags[name.lower()] = truth(value)
        else:
            super().put(name, arguments, value)

    def _compiled(self) -> re.Pattern[str]:
        flags = re.IGNORECASE if self.flags["ignorecase"] else 0
        flags |= re.MULTILINE if self.flags["multiline"] else 0
        try:
            return re.compile(self.pattern, flags)
        except re.error as error:
            raise ScriptError(5017, self.pattern[:60]) from error

    def do_test(self, source: Value) -> Value:
        return self._compiled().search(text(source)) is not None

    def do_replace(self, source: Value, replacement: Value) -> Value:
        new = re.sub(r"\\", r"\\\\", text(replacement))
        new = re.sub(r"\$(\d{1,2})", r"\\g<\1>", new).replace("$&", r"\g<0>")
        try:
            return self._compiled().sub(new, text(source), count=0 if self.flags["global"] else 1)
        except (re.error, IndexError) as error:
            raise ScriptError(5) from error

    def do_execute(self, source: Value) -> Value:
        found = list(self._compiled().finditer(text(source)))
        if not self.flags["global"]:
            found = found[:1]
        return Collection(self.world, [self._match(match) for match in found])

    def _match(self, match: re.Match[str]) -> Value:
        groups = Collection(self.world, [group or "" for group in match.groups()])
        values: dict[str, Value] = {
            "value": match[0],
            "firstindex": match.start(),
            "length": len(match[0]),
            "submatches": groups,
        }
        return Bag(self.world, "Match", values, default="value")


class Scheduler(WorldObject):
    """Schedule.Service: tasks that are registered start again by themselves."""

    type_name = "Schedule.Service"

    def do_connect(self, *more: Value) -> Value:
        return None

    def do_getfolder(self, path: Value) -> Value:
        return TaskFolder(self.world)

    def do_newtask(self, flags: Value = 0) -> Value:
        return task(self.world)

    def get_connected(self) -> Value:
        return True


class TaskFolder(WorldObject):
    """A folder of tasks."""

    type_name = "TaskFolder"

    def do_registertaskdefinition(self, name: Value, definition: Value, *more: Value) -> Value:
        actions = definition.values.get("actions") if isinstance(definition, Bag) else None
        made = actions.made if isinstance(actions, TaskParts) else []
        lines = [f"{text(m.values.get('path'))} {text(m.values.get('arguments'))}" for m in made]
        self._registered(text(name), " ; ".join(line.strip() for line in lines))
        return Bag(self.world, "RegisteredTask", {"name": text(name)}, ("Run",))

    def do_registertask(self, name: Value, xml: Value, *more: Value) -> Value:
        self._registered(text(name), text(xml))
        return Bag(self.world, "RegisteredTask", {"name": text(name)}, ("Run",))

    def _registered(self, name: str, what: str) -> None:
        words = f"/create /tn {name}"
        self.world.recorder.note(Kind.PROCESS, "execute", "schtasks.exe", words, what)

    def do_getfolder(self, path: Value) -> Value:
        return TaskFolder(self.world)

    def do_gettasks(self, flags: Value = 0) -> Value:
        return Collection(self.world, [])

    def do_deletetask(self, name: Value, flags: Value = 0) -> Value:
        return None

    def do_createfolder(self, name: Value, *more: Value) -> Value:
        return TaskFolder(self.world)


class TaskParts(WorldObject):
    """Triggers or actions of a task."""

    type_name = "TaskParts"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.made: list[Bag] = []

    def do_create(self, kind: Value) -> Value:
        repetition = Bag(self.world, "RepetitionPattern")
        self.made.append(Bag(self.world, "TaskPart", {"repetition": repetition}))
        return self.made[-1]


def task(world: World) -> Value:
    """A task's definition."""
    values: dict[str, Value] = {
        name: Bag(world, name) for name in ("RegistrationInfo", "Settings", "Principal")
    }
    values["triggers"], values["actions"] = TaskParts(world), TaskParts(world)
    return Bag(world, "TaskDefinition", values)


class HtmlFile(WorldObject):
    """htmlfile: a document without a window, used for its script engine and the clipboard."""

    type_name = "HTMLDocument"

    def do_write(self, *words: Value) -> Value:
        self.world.say(" ".join(text(word) for word in words))
        return None

    do_writeln = do_write

    def do_open(self, *more: Value) -> Value:
        return None

    def do_close(self) -> Value:
        return None

    def get_parentwindow(self) -> Value:
        return ScriptWindow(self.world)

    def get_body(self) -> Value:
        return Bag(self.world, "HTMLBody", {"innerhtml": "", "innertext": ""})


class ScriptWindow(WorldObject):
    """The window of an htmlfile: it runs scripts and has the clipboard."""

    type_name = "HTMLWindow"

    def do_execscript(self, code: Value, language: Value = "JScript") -> Value:
        return run_text(self.world, text(language), text(code))

    def do_eval(self, code: Value) -> Value:
        return run_text(self.world, "jscript", text(code))

    def do_close(self) -> Value:
        return None

    def get_clipboarddata(self) -> Value:
        return Bag(self.world, "Clipboard", {}, ("SetData", "GetData", "ClearData"))


class ScriptControl(WorldObject):
    """MSScriptControl.ScriptControl: an interpreter as an object."""

    type_name = "ScriptControl"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.language = "VBScript"

    def get_language(self) -> Value:
        return self.language

    def put_language(self, value: Value) -> None:
        self.language = text(value)

    def put_timeout(self, value: Value) -> None:
        """Nothing runs long enough."""

    def put_allowui(self, value: Value) -> None:
        """Nothing is shown."""

    def put_usesafesubset(self, value: Value) -> None:
        """Everything is emulated."""

    def do_addcode(self, code: Value) -> Value:
        return run_text(self.world, self.language, text(code))

    do_executestatement = do_addcode

    def do_eval(self, expression: Value) -> Value:
        return run_text(self.world, self.language, text(expression))

    def do_addobject(self, name: Value, object_: Value, members: Value = False) -> Value:
        return None

    def do_reset(self) -> Value:
        return None

    def do_run(self, name: Value, *arguments: Value) -> Value:
        return run_text(self.world, self.language, f"{text(name)}()")


def run_text(world: World, language: str, code: str) -> Value:
    """Run text in a language of the host, if it has one that can."""
    world.evaluated(code)
    if world.run_code is None:
        world.recorder.lacks(f"{language} from here")
        return None
    return world.run_code(language, code)
