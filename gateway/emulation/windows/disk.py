"""The emulated disk: paths without case, contents in memory, what the script changed."""

from __future__ import annotations

import ntpath
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from string import ascii_letters

from gateway.emulation.automation.errors import MemoryOver, ScriptError
from gateway.emulation.contract import Kind
from gateway.emulation.windows import facts
from gateway.emulation.windows.contents import bait_of, expected_of
from gateway.emulation.windows.recorder import Recorder

TOTAL_MAX = 64 << 20
"""Bytes of all files a script writes; a dropper's payload has a few million."""

_OTHER_SYSTEMS = re.compile(r"\\(?:syswow64|sysnative)\\")

_FILES_MAX = 5000
"""Files a script may make."""


@dataclass(slots=True)
class File:
    """A file: the path as it was written, contents, attributes as Windows counts them."""

    path: str
    data: bytes = b""
    attributes: int = 32
    written: bool = False


@dataclass(slots=True)
class Disk:
    """Files and folders by their path in lower case.

    strict: writing into a folder that is not here fails. Scripts are written for a machine whose
        folders are there, so theirs are made; programs look what a failure tells them.
    removed: files that the script wrote and deleted again.
    mapped: shares by the drive that they were connected to, such as `z:`.
    """

    recorder: Recorder
    directory: str = facts.DOWNLOADS
    files: dict[str, File] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    sample_path: str = ""
    strict: bool = False
    removed: list[File] = field(default_factory=list)
    mapped: dict[str, str] = field(default_factory=dict)
    _known: frozenset[str] = frozenset()
    _written: int = 0

    def __post_init__(self) -> None:
        folders = [*facts.SPECIAL_FOLDERS.values(), facts.TEMP, facts.DOWNLOADS, r"C:\Windows\Temp"]
        folders += [r"C:\Users\Public\Documents", r"C:\ProgramData", facts.SYSTEM]
        for path in (*facts.BAIT_DOCUMENTS, *facts.PROGRAMS):
            self._put(path, bait_of(path))
        for path in facts.SECRETS:
            self._put(path, b"SQLite format 3\0" + path.encode() * 20)
        self._put(facts.HOSTS, b"127.0.0.1 localhost\r\n")
        for folder in folders:
            self._add_folder(folder)
        self._known = frozenset((*self.folders, "c:"))

    def full(self, untrusted_path: str) -> str:
        """The full path, as Windows would make it of what the script says."""
        path = expanded(untrusted_path.strip().strip('"').replace("/", "\\"))
        if path.lower().startswith("\\\\?\\"):
            path = path[4:]
        if path[:2].lower() in self.mapped:
            path = self.mapped[path[:2].lower()] + path[2:]
        if not path.startswith("\\\\") and not ntpath.splitdrive(path)[0]:
            path = f"C:{path}" if path.startswith("\\") else ntpath.join(self.directory, path)
        return ntpath.normpath(path)[:2000]

    def map_drive(self, drive: str, share: str) -> None:
        """Connect a share to a drive."""
        if re.fullmatch(r"[a-zA-Z]:", drive) and len(self.mapped) < len(ascii_letters):
            self.mapped[drive.lower()] = share.rstrip("\\")

    def get(self, untrusted_path: str) -> File | None:
        """The file at a path."""
        return self._at(self.full(untrusted_path).lower())

    def _at(self, key: str) -> File | None:
        """The file of that key; the folders of 32-bit programs hold what System32 holds."""
        found = self.files.get(key)
        if found is not None or self.strict:
            return found
        return self.files.get(_OTHER_SYSTEMS.sub(r"\\system32\\", key))

    def exists(self, untrusted_path: str) -> bool:
        """Whether there is a file; looking is written down where it tells something."""
        full = self.full(untrusted_path)
        found = full.lower() in self.files
        if not found and _is_telling(full):
            self.recorder.note(Kind.FILE, "read", full, failed="no such file")
        return found

    def folder_exists(self, untrusted_path: str) -> bool:
        """Whether there is a folder."""
        full = self.full(untrusted_path).lower().rstrip("\\")
        return full in self.folders or len(full) <= 2

    def read(self, untrusted_path: str) -> bytes:
        """A file's contents. Raises ScriptError 53."""
        full = self.full(untrusted_path)
        file = self.get(untrusted_path) or self.expected(full)
        if file is None:
            self.recorder.note(Kind.FILE, "read", full, failed="no such file")
            raise ScriptError(53, full)
        self.recorder.note(Kind.FILE, "read", file.path)
        return file.data

    def is_foreign(self, full: str) -> bool:
        """Whether only the real machine knows what lies at a path: beside the sample, on a share,
        in a folder that is none of those that every Windows has."""
        folder = ntpath.dirname(full).lower().rstrip("\\")
        own = ntpath.dirname(self.sample_path).lower()
        return not self.strict and (folder not in self._known or (folder == own and own != ""))

    def expected(self, full: str) -> File | None:
        """The file that a script counts on where only the real machine knows what lies there."""
        if not self.is_foreign(full) or full.lower() == self.sample_path.lower():
            return None
        return File(full, expected_of(full))

    def write(self, untrusted_path: str, data: bytes, *how: str) -> None:
        """Replace a file's contents. Raises ScriptError 76 for a missing folder, if strict."""
        full = self.full(untrusted_path)
        shared = full.startswith("\\\\")
        if self.strict and not shared and not self.folder_exists(ntpath.dirname(full)):
            self.recorder.note(Kind.FILE, "write", full, failed="no such folder")
            raise ScriptError(76, full)
        self._written += len(data)
        if self._written > TOTAL_MAX or len(self.files) > _FILES_MAX:
            raise MemoryOver("more files than any honest script writes")
        self._put(full, data).written = True
        self.recorder.note(Kind.FILE, "write", full, *how)

    def change(self, file: File, data: bytes) -> None:
        """A file that is open gets more; it was written down when it was opened."""
        self._written += max(0, len(data) - len(file.data))
        if self._written > TOTAL_MAX:
            raise MemoryOver("more bytes than any honest script writes")
        file.data = data
        file.written = True

    def delete(self, untrusted_path: str) -> None:
        """Delete files; `*` and `?` in the name. Raises ScriptError 53."""
        full = self.full(untrusted_path)
        matches = self.matching(full)
        if not matches:
            self.recorder.note(Kind.FILE, "delete", full, failed="no such file")
            if self.is_foreign(full):
                return
            raise ScriptError(53, full)
        for file in matches:
            del self.files[file.path.lower()]
            if file.written:
                self.removed.append(file)
            self.recorder.note(Kind.FILE, "delete", file.path, *self._itself(file.path))

    def move(self, untrusted_source: str, untrusted_target: str, *, copy: bool = False) -> None:
        """Rename or copy. Raises ScriptError 53."""
        matches = self.matching(self.full(untrusted_source))
        if not matches:
            self.recorder.note(
                Kind.FILE, "read", self.full(untrusted_source), failed="no such file"
            )
            if self.is_foreign(self.full(untrusted_source)):
                return
            raise ScriptError(53, untrusted_source)
        for file in matches:
            into = untrusted_target.endswith(("\\", "/")) or self.folder_exists(untrusted_target)
            target = self.full(untrusted_target)
            if into:
                target = ntpath.join(target, ntpath.basename(file.path))
            if copy:
                self.write(target, file.data, f"copy of {file.path}", *self._itself(file.path))
            else:
                del self.files[file.path.lower()]
                self._put(target, file.data).written = True
                self.recorder.note(Kind.FILE, "rename", target, file.path)

    def make_folder(self, untrusted_path: str) -> str:
        """Make a folder. Raises ScriptError 58 when it is there."""
        full = self.full(untrusted_path)
        if self.folder_exists(full):
            raise ScriptError(58, full)
        self._add_folder(full)
        self.recorder.note(Kind.FILE, "make-directory", full)
        return full

    def matching(self, full: str) -> list[File]:
        """Files that a path with `*` and `?` in its last part means."""
        folder, name = ntpath.split(full)
        if "*" not in name and "?" not in name:
            file = self._at(full.lower())
            return [file] if file is not None else []
        wanted = "*" if name == "*.*" else name.lower()
        return [f for f in self.inside(folder) if fnmatchcase(_name(f.path).lower(), wanted)]

    def inside(self, folder: str) -> list[File]:
        """The files directly in a folder."""
        full = self.full(folder).rstrip("\\").lower()
        return [
            file for path, file in self.files.items() if ntpath.dirname(path).rstrip("\\") == full
        ]

    def folders_in(self, folder: str) -> list[str]:
        """The folders directly in a folder."""
        full = self.full(folder).rstrip("\\").lower()
        found = self.folders.items()
        return [path for key, path in found if _folder(key) == full]

    def written(self) -> list[File]:
        """Files that the script wrote and that are still there."""
        return [file for file in self.files.values() if file.written]

    def handed_back(self) -> list[File]:
        """Files that the script wrote; those that it deleted again come last."""
        return [*self.written(), *self.removed]

    def _itself(self, path: str) -> tuple[str, ...]:
        return ("the sample itself",) if path.lower() == self.sample_path.lower() else ()

    def _put(self, full: str, data: bytes) -> File:
        self._add_folder(ntpath.dirname(full))
        old = self.files.get(full.lower())
        made = File(old.path if old is not None else full, data)
        self.files[full.lower()] = made
        return made

    def _add_folder(self, full: str) -> None:
        while len(full) > 3 and full.lower() not in self.folders:
            self.folders[full.lower().rstrip("\\")] = full.rstrip("\\")
            parent = ntpath.dirname(full)
            if parent == full:
                return  # the root of a share
            full = parent

    def add(self, path: str, data: bytes) -> None:
        """A file that is there from the start."""
        self._put(path, data)


def _is_telling(path: str) -> bool:
    lowered = path.lower()
    return any(word in lowered for word in _SIGNS)


_SIGNS = (
    "vbox",
    "vmware",
    "vmmouse",
    "vmhgfs",
    "sandbox",
    "sbiedll",
    "wireshark",
    "qemu",
    "agent.py",
)
"""Files of virtual machines and tools of analysis: asking for them says who is feared."""


def expanded(text: str) -> str:
    """`%NAME%` replaced as Windows does; unknown names stay."""
    if "%" not in text:
        return text
    known = {name.lower(): value for name, value in facts.ENVIRONMENT.items()}
    pieces = text.split("%")
    out, index = [pieces[0]], 1
    while index < len(pieces) - 1:
        value = known.get(pieces[index].lower())
        if value is None:
            out.append("%" + pieces[index])
            index += 1
        else:
            out.append(value + pieces[index + 1])
            index += 2
    if index < len(pieces):
        out.append("%" + pieces[index])
    return "".join(out)


def _folder(path: str) -> str:
    return ntpath.dirname(path).rstrip("\\")


def _name(path: str) -> str:
    return ntpath.basename(path)
