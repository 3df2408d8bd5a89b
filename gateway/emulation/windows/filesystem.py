"""Scripting.FileSystemObject with its files, folders and drives."""

from __future__ import annotations

import ntpath

from gateway.emulation.automation.convert import date_of, moment_of, text, truth, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Date, Value
from gateway.emulation.contract import Kind
from gateway.emulation.windows import facts
from gateway.emulation.windows.disk import File
from gateway.emulation.windows.textstream import TextStream
from gateway.emulation.windows.world import Collection, World, WorldObject

_APPENDING, _WRITING = 8, 2
_MADE = Date(45678.4)
"""When files were made: years ago."""


class FileSystem(WorldObject):
    """Scripting.FileSystemObject."""

    type_name = "Scripting.FileSystemObject"

    def do_fileexists(self, path: Value) -> Value:
        return self.world.disk.exists(text(path))

    def do_folderexists(self, path: Value) -> Value:
        return self.world.disk.folder_exists(text(path))

    def do_driveexists(self, drive: Value) -> Value:
        return text(drive)[:1].upper() in ("C", "D", "H")

    def do_createtextfile(
        self, filename: Value, overwrite: Value = True, unicode: Value = False
    ) -> Value:
        path = text(filename)
        if not truth(overwrite) and self.world.disk.get(path) is not None:
            raise ScriptError(58, path)
        wide = truth(unicode)
        self.world.disk.write(path, b"\xff\xfe" if wide else b"")
        return self._writer(path, wide=wide)

    def do_opentextfile(
        self, filename: Value, iomode: Value = 1, create: Value = False, format_: Value = 0
    ) -> Value:
        path, mode = text(filename), whole(iomode)
        wide = whole(format_) == -1
        if mode not in (_WRITING, _APPENDING):
            return TextStream.reading(self.world, decoded(self.world.disk.read(path)))
        old = self.world.disk.get(path)
        if old is None and not truth(create):
            raise ScriptError(53, path)
        data = old.data if old is not None and mode == _APPENDING else b""
        self.world.disk.write(path, data, "append" if mode == _APPENDING else "")
        return self._writer(path, wide=wide)

    def _writer(self, path: str, *, wide: bool) -> TextStream:
        file = self.world.disk.get(path)
        if file is None:
            raise ScriptError(53, path)
        return TextStream.writing(self.world, file, wide=wide)

    def do_deletefile(self, filespec: Value, force: Value = False) -> Value:
        self.world.disk.delete(text(filespec))
        return None

    def do_copyfile(self, source: Value, destination: Value, overwrite: Value = True) -> Value:
        self.world.disk.move(text(source), text(destination), copy=True)
        return None

    def do_movefile(self, source: Value, destination: Value) -> Value:
        self.world.disk.move(text(source), text(destination))
        return None

    def do_createfolder(self, foldername: Value) -> Value:
        return Folder(self.world, self.world.disk.make_folder(text(foldername)))

    def do_deletefolder(self, folderspec: Value, force: Value = False) -> Value:
        folder = self.world.disk.full(text(folderspec))
        self.world.recorder.note(Kind.FILE, "delete", folder, "folder")
        for file in self.world.disk.inside(folder):
            self.world.disk.delete(file.path)
        return None

    def do_copyfolder(self, source: Value, destination: Value, overwrite: Value = True) -> Value:
        for file in self.world.disk.inside(text(source)):
            self.world.disk.move(file.path, text(destination).rstrip("\\") + "\\", copy=True)
        return None

    def do_movefolder(self, source: Value, destination: Value) -> Value:
        return self.do_copyfolder(source, destination)

    def do_getfile(self, filespec: Value) -> Value:
        full = self.world.disk.full(text(filespec))
        found = self.world.disk.get(full) or self.world.disk.expected(full)
        if found is None:
            raise ScriptError(53, text(filespec))
        return FileObject(self.world, found)

    def do_getfolder(self, folderspec: Value) -> Value:
        full = self.world.disk.full(text(folderspec))
        if not self.world.disk.folder_exists(full) and not self.world.disk.is_foreign(full):
            raise ScriptError(76, text(folderspec))
        return Folder(self.world, full)

    def do_getspecialfolder(self, folderspec: Value) -> Value:
        return Folder(self.world, (r"C:\Windows", facts.SYSTEM, facts.TEMP)[whole(folderspec) % 3])

    def do_getdrive(self, drivespec: Value) -> Value:
        return Drive(self.world, text(drivespec)[:1].upper())

    def get_drives(self) -> Value:
        return Collection(self.world, [Drive(self.world, letter) for letter in "CDH"])

    def do_gettempname(self) -> Value:
        return "rad3F2A1.tmp"

    def do_getfilename(self, path: Value) -> Value:
        return ntpath.basename(text(path))

    def do_getbasename(self, path: Value) -> Value:
        return ntpath.splitext(ntpath.basename(text(path)))[0]

    def do_getextensionname(self, path: Value) -> Value:
        return ntpath.splitext(text(path))[1][1:]

    def do_getparentfoldername(self, path: Value) -> Value:
        return ntpath.dirname(text(path))

    def do_getabsolutepathname(self, path: Value) -> Value:
        return self.world.disk.full(text(path))

    def do_getdrivename(self, path: Value) -> Value:
        return ntpath.splitdrive(text(path))[0]

    def do_buildpath(self, path: Value, name: Value) -> Value:
        return text(path).rstrip("\\") + "\\" + text(name)

    def do_getfileversion(self, path: Value) -> Value:
        return "10.0.19041.1"

    def do_getstandardstream(self, which: Value, unicode: Value = False) -> Value:
        if whole(which):
            return TextStream.printing(self.world)
        return TextStream.reading(self.world, "")


def decoded(data: bytes) -> str:
    """A file's bytes as text, by its mark."""
    if data.startswith(b"\xff\xfe"):
        return data[2:].decode("utf-16-le", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    return data.decode("cp1252", "replace")


class FileObject(WorldObject):
    """A file."""

    type_name = "File"

    def __init__(self, world: World, file: File) -> None:
        super().__init__(world)
        self.file = file

    def get_path(self) -> Value:
        return self.file.path

    def default(self, arguments: list[Value]) -> Value:
        return self.file.path

    def get_name(self) -> Value:
        return ntpath.basename(self.file.path)

    def put_name(self, value: Value) -> None:
        folder = ntpath.dirname(self.file.path)
        self.world.disk.move(self.file.path, ntpath.join(folder, text(value)))

    def get_shortname(self) -> Value:
        return self.get_name()

    def get_shortpath(self) -> Value:
        return self.file.path

    def get_size(self) -> Value:
        return len(self.file.data)

    def get_type(self) -> Value:
        return f"{ntpath.splitext(self.file.path)[1][1:].upper()} File"

    def get_attributes(self) -> Value:
        return self.file.attributes

    def put_attributes(self, value: Value) -> None:
        self.file.attributes = whole(value)
        words = "hidden" if whole(value) & 2 else "visible"
        self.world.recorder.note(Kind.FILE, "change-mode", self.file.path, words)

    def get_datecreated(self) -> Value:
        return _MADE

    def get_datelastmodified(self) -> Value:
        return date_of(moment_of(Date(_MADE.serial + 30)))

    def get_datelastaccessed(self) -> Value:
        return date_of(moment_of(Date(_MADE.serial + 60)))

    def get_parentfolder(self) -> Value:
        return Folder(self.world, ntpath.dirname(self.file.path))

    def get_drive(self) -> Value:
        return Drive(self.world, self.file.path[:1])

    def do_delete(self, force: Value = False) -> Value:
        self.world.disk.delete(self.file.path)
        return None

    def do_copy(self, destination: Value, overwrite: Value = True) -> Value:
        self.world.disk.move(self.file.path, text(destination), copy=True)
        return None

    def do_move(self, destination: Value) -> Value:
        self.world.disk.move(self.file.path, text(destination))
        return None

    def do_openastextstream(self, iomode: Value = 1, format_: Value = 0) -> Value:
        if whole(iomode) in (_WRITING, _APPENDING):
            data = self.file.data if whole(iomode) == _APPENDING else b""
            self.world.disk.write(self.file.path, data)
            file = self.world.disk.get(self.file.path) or self.file
            return TextStream.writing(self.world, file)
        return TextStream.reading(self.world, decoded(self.world.disk.read(self.file.path)))


class Folder(WorldObject):
    """A folder."""

    type_name = "Folder"

    def __init__(self, world: World, path: str) -> None:
        super().__init__(world)
        self.path = path

    def get_path(self) -> Value:
        return self.path

    def default(self, arguments: list[Value]) -> Value:
        return self.path

    def get_name(self) -> Value:
        return ntpath.basename(self.path)

    def get_shortpath(self) -> Value:
        return self.path

    def get_files(self) -> Value:
        files = self.world.disk.inside(self.path)
        names = [ntpath.basename(file.path) for file in files]
        return Collection(self.world, [FileObject(self.world, file) for file in files], names)

    def get_subfolders(self) -> Value:
        folders = self.world.disk.folders_in(self.path)
        return Collection(self.world, [Folder(self.world, folder) for folder in folders])

    def get_parentfolder(self) -> Value:
        return Folder(self.world, ntpath.dirname(self.path))

    def get_drive(self) -> Value:
        return Drive(self.world, self.path[:1])

    def get_attributes(self) -> Value:
        return 16

    def put_attributes(self, value: Value) -> None:
        self.world.recorder.note(Kind.FILE, "change-mode", self.path, str(whole(value)))

    def get_size(self) -> Value:
        return sum(len(file.data) for file in self.world.disk.inside(self.path))

    def get_datecreated(self) -> Value:
        return _MADE

    def get_datelastmodified(self) -> Value:
        return _MADE

    def get_isrootfolder(self) -> Value:
        return len(self.path) <= 3

    def do_createtextfile(self, filename: Value, *more: Value) -> Value:
        path = ntpath.join(self.path, text(filename))
        return FileSystem(self.world).do_createtextfile(path, *more)

    def do_delete(self, force: Value = False) -> Value:
        return FileSystem(self.world).do_deletefolder(self.path)

    def do_copy(self, destination: Value, *more: Value) -> Value:
        return FileSystem(self.world).do_copyfolder(self.path, destination)


class Drive(WorldObject):
    """A drive: C is the disk, D a removable one, H the network's."""

    type_name = "Drive"

    def __init__(self, world: World, letter: str) -> None:
        super().__init__(world)
        self.letter = letter

    def get_driveletter(self) -> Value:
        return self.letter

    def get_path(self) -> Value:
        return f"{self.letter}:"

    def default(self, arguments: list[Value]) -> Value:
        return f"{self.letter}:"

    def get_drivetype(self) -> Value:
        return {"C": 2, "D": 1, "H": 3}.get(self.letter, 0)

    def get_isready(self) -> Value:
        return self.letter != "D"

    def get_freespace(self) -> Value:
        return 181_000_000_000.0

    def get_availablespace(self) -> Value:
        return 181_000_000_000.0

    def get_totalsize(self) -> Value:
        return 511_000_000_000.0

    def get_filesystem(self) -> Value:
        return "NTFS"

    def get_volumename(self) -> Value:
        return "Windows"

    def get_serialnumber(self) -> Value:
        return 1_289_342_817

    def get_sharename(self) -> Value:
        return r"\\FILES\home" if self.letter == "H" else ""

    def get_rootfolder(self) -> Value:
        return Folder(self.world, f"{self.letter}:\\")
