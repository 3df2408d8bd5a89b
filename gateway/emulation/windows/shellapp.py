"""Shell.Application: ShellExecute, folders, windows."""

from __future__ import annotations

import ntpath

from gateway.emulation.automation.convert import text, whole
from gateway.emulation.automation.values import MISSING, NULL, Value
from gateway.emulation.windows import facts
from gateway.emulation.windows.world import Bag, Collection, World, WorldObject

_HIDDEN = 0


class ShellApplication(WorldObject):
    """Shell.Application."""

    type_name = "Shell.Application"

    def do_shellexecute(
        self,
        file: Value,
        arguments: Value = "",
        directory: Value = "",
        operation: Value = "open",
        show: Value = 1,
    ) -> Value:
        given = ["" if word in (MISSING, NULL) else text(word) for word in (file, arguments)]
        words = [word for word in given if word]
        how = [text(operation)] if operation not in (MISSING, NULL, "", "open") else []
        if show not in (MISSING, NULL) and whole(show) == _HIDDEN:
            how.append("window hidden")
        self.world.commands.start(" ".join(words), *how)
        return None

    def do_open(self, folder: Value) -> Value:
        self.world.commands.start(text(folder))
        return None

    def do_explore(self, folder: Value) -> Value:
        return None

    def do_namespace(self, folder: Value) -> Value:
        if isinstance(folder, str):
            return ShellFolder(self.world, folder)
        return ShellFolder(self.world, facts.NAMESPACES.get(whole(folder), facts.DESKTOP))

    def do_windows(self) -> Value:
        return Collection(self.world, [self._window()])

    def _window(self) -> Value:
        document = Bag(self.world, "ShellFolderView", {"application": self})
        values: dict[str, Value] = {"document": document, "name": "File Explorer"}
        return Bag(self.world, "ShellWindow", values)

    def get_document(self) -> Value:
        return Bag(self.world, "ShellFolderView", {"application": self})

    def get_application(self) -> Value:
        return self

    def do_minimizeall(self) -> Value:
        return None

    def do_isservicerunning(self, name: Value) -> Value:
        return False

    def do_getsysteminformation(self, name: Value) -> Value:
        return 8

    def do_browseforfolder(self, *more: Value) -> Value:
        return ShellFolder(self.world, facts.DOCUMENTS)

    def do_controlpanelitem(self, name: Value) -> Value:
        self.world.commands.start(f"control.exe {text(name)}")
        return None


class ShellFolder(WorldObject):
    """A folder of the desktop's tree; zip archives too."""

    type_name = "Folder3"

    def __init__(self, world: World, path: str) -> None:
        super().__init__(world)
        self.path = path

    def get_self(self) -> Value:
        return ShellItem(self.world, self.path)

    def get_title(self) -> Value:
        return ntpath.basename(self.path)

    def do_items(self) -> Value:
        files = self.world.disk.inside(self.path)
        return Collection(self.world, [ShellItem(self.world, file.path) for file in files])

    def do_parsename(self, name: Value) -> Value:
        return ShellItem(self.world, ntpath.join(self.path, text(name)))

    def do_copyhere(self, item: Value, options: Value = 0) -> Value:
        sources = item.items() if isinstance(item, Collection) else [item]
        for source in list(sources):
            path = source.path if isinstance(source, ShellItem) else text(source)
            if self.world.disk.get(path) is not None:
                self.world.disk.move(path, self.path + "\\", copy=True)
        return None

    def do_movehere(self, item: Value, options: Value = 0) -> Value:
        return self.do_copyhere(item, options)

    def do_newfolder(self, name: Value) -> Value:
        self.world.disk.make_folder(ntpath.join(self.path, text(name)))
        return None


class ShellItem(WorldObject):
    """An item: its verbs start it."""

    type_name = "FolderItem"

    def __init__(self, world: World, path: str) -> None:
        super().__init__(world)
        self.path = path

    def get_path(self) -> Value:
        return self.path

    def get_name(self) -> Value:
        return ntpath.basename(self.path)

    def default(self, arguments: list[Value]) -> Value:
        return self.get_name()

    def do_invokeverb(self, verb: Value = "open") -> Value:
        self.world.commands.start(f'"{self.path}"')
        return None

    def do_invokeverbex(self, verb: Value = "open", arguments: Value = "") -> Value:
        self.world.commands.start(f'"{self.path}" {text(arguments)}'.strip())
        return None

    def get_getfolder(self) -> Value:
        return ShellFolder(self.world, self.path)
