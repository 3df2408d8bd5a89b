"""Functions of Basic that reach outside: CreateObject, Shell, MsgBox, Environ, Dir and others."""

from __future__ import annotations

import ntpath
from collections.abc import Callable

from gateway.emulation.automation.convert import date_of, moment_of, text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import MISSING, Date, Value
from gateway.emulation.windows.disk import File
from gateway.emulation.windows.world import World

_YES_NO = (3, 4)
_HIDDEN = 0


class Functions:
    """The functions for one world. Parameters are named as VBA names them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._found: list[File] = []

    def table(self, *, vba: bool) -> dict[str, Callable[..., Value]]:
        """By name in lower case."""
        common: dict[str, Callable[..., Value]] = {
            "createobject": self._create_object,
            "getobject": self._get_object,
            "msgbox": self._msgbox,
            "inputbox": self._inputbox,
            "getlocale": lambda: 1033,
            "setlocale": lambda lcid=0: 1033,
            "loadpicture": self._load_picture,
            "scriptengine": lambda: "VBScript",
            "scriptenginemajorversion": lambda: 5,
            "scriptengineminorversion": lambda: 8,
            "scriptenginebuildversion": lambda: 16384,
        }
        if not vba:
            return common
        return common | {
            "shell": self._shell,
            "environ": self._environ,
            "dir": self._dir,
            "kill": self._kill,
            "mkdir": self._mkdir,
            "rmdir": self._nothing,
            "chdir": self._chdir,
            "chdrive": self._nothing,
            "curdir": lambda drive="": self._world.disk.directory,
            "filecopy": self._filecopy,
            "filelen": self._filelen,
            "filedatetime": self._filedatetime,
            "getattr": self._getattr,
            "setattr": self._setattr,
            "sendkeys": self._sendkeys,
            "appactivate": self._nothing,
            "getsetting": lambda appname, section, key, default="": default,
            "savesetting": self._savesetting,
            "deletesetting": self._nothing,
            "command": lambda: "",
            "macscript": self._macscript,
            "load": self._nothing,
            "unload": self._nothing,
        }

    def _create_object(self, class_: Value, servername: Value = "") -> Value:
        return self._world.create(text(class_))

    def _get_object(self, pathname: Value = "", class_: Value = "") -> Value:
        path = "" if pathname is MISSING else text(pathname)
        return self._world.get_object(path, text(class_))

    def _msgbox(self, prompt: Value, buttons: Value = 0, title: Value = "", *more: Value) -> Value:
        self._world.say(text(prompt))
        kind = 0 if buttons is MISSING else whole(buttons) & 7
        return 6 if kind in _YES_NO else 1

    def _inputbox(
        self, prompt: Value, title: Value = "", default: Value = "", *more: Value
    ) -> Value:
        self._world.say(text(prompt))
        return "" if default is MISSING else text(default)

    def _load_picture(self, filename: Value = "") -> Value:
        return None

    def _shell(self, pathname: Value, windowstyle: Value = 2) -> Value:
        hidden = windowstyle is not MISSING and whole(windowstyle) == _HIDDEN
        self._world.recorder.call("Shell", text(pathname))
        self._world.commands.start(text(pathname), *(["window hidden"] if hidden else []))
        return 6144.0

    def _environ(self, expression: Value) -> Value:
        entries = list(self._world.environment.items())
        if isinstance(expression, int) and not isinstance(expression, bool):
            index = expression - 1
            return "=".join(entries[index]) if 0 <= index < len(entries) else ""
        wanted = text(expression).lower()
        return next((value for name, value in entries if name.lower() == wanted), "")

    def _dir(self, pathname: Value = MISSING, attributes: Value = 0) -> Value:
        if pathname is not MISSING:
            disk = self._world.disk
            path = disk.full(text(pathname))
            self._found = disk.matching(path)
            if not self._found and whole(attributes) & 16 and disk.folder_exists(path):
                return ntpath.basename(path.rstrip("\\"))
            disk.exists(path)
        return ntpath.basename(self._found.pop(0).path) if self._found else ""

    def _kill(self, pathname: Value) -> Value:
        self._world.disk.delete(text(pathname))
        return None

    def _mkdir(self, path: Value) -> Value:
        self._world.disk.make_folder(text(path))
        return None

    def _chdir(self, path: Value) -> Value:
        self._world.disk.directory = self._world.disk.full(text(path))
        return None

    def _filecopy(self, source: Value, destination: Value) -> Value:
        self._world.disk.move(text(source), text(destination), copy=True)
        return None

    def _file(self, pathname: Value) -> File:
        found = self._world.disk.get(text(pathname))
        if found is None:
            raise ScriptError(53, text(pathname))
        return found

    def _filelen(self, pathname: Value) -> Value:
        return len(self._file(pathname).data)

    def _filedatetime(self, pathname: Value) -> Value:
        self._file(pathname)
        return date_of(moment_of(Date(45678.4)))

    def _getattr(self, pathname: Value) -> Value:
        if self._world.disk.folder_exists(text(pathname)):
            return 16
        return self._file(pathname).attributes

    def _setattr(self, pathname: Value, attributes: Value) -> Value:
        self._file(pathname).attributes = whole(attributes)
        return None

    def _sendkeys(self, string: Value, wait: Value = False) -> Value:
        self._world.recorder.call("SendKeys", text(string))
        return None

    def _savesetting(self, appname: Value, section: Value, key: Value, setting: Value) -> Value:
        place = rf"HKCU\Software\VB and VBA Program Settings\{text(appname)}\{text(section)}"
        self._world.registry.write(rf"{place}\{text(key)}", text(setting), text(setting))
        return None

    def _macscript(self, script: Value) -> Value:
        self._world.commands.start(text(script), "AppleScript")
        return ""

    @staticmethod
    def _nothing(*arguments: Value) -> Value:
        return None
