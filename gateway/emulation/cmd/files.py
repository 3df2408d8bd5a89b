"""Commands of cmd that read, make, move and delete files, on the emulated disk."""

from __future__ import annotations

import ntpath
from typing import TYPE_CHECKING

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.cmd import redirects
from gateway.emulation.cmd.variables import UNKNOWN
from gateway.emulation.cmd.words import split
from gateway.emulation.contract import Kind
from gateway.emulation.windows.disk import File

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

_FILES_MAX = 200
"""Files that one command deletes one by one in the report."""


def copy(shell: Shell, rest: str) -> bool | None:
    """`copy a b`, `copy /b a+b c`."""
    _, names = split(rest)
    if not names:
        return False
    sources = [part for name in names[:-1] or names for part in name.split("+") if part]
    target = names[-1] if len(names) > 1 else "."
    if len(names) == 1 and "+" in names[0]:
        target = sources[0]
    return _copied(shell, sources, target)


def _copied(shell: Shell, sources: list[str], target: str) -> bool | None:
    if redirects.is_device(target):
        for source in sources:
            shell.say(redirects.content(shell, source))
        return True
    known = True
    data: list[bytes] = []
    for source in sources:
        if redirects.is_device(source):
            data.append((shell.told or "").encode("latin-1", "replace"))
            continue
        found = shell.disk.matching(shell.disk.full(source))
        known &= bool(found)
        if len(sources) == 1 and len(found) > 1:
            for file in found[:_FILES_MAX]:
                _place(shell, [file.data], file.path, target)
            return True
        data += [file.data for file in found[:1]]
    _place(shell, data, sources[0], target)
    return True if known else None


def _place(shell: Shell, data: list[bytes], source: str, target: str) -> None:
    disk = shell.disk
    into = target.endswith(("\\", "/")) or disk.folder_exists(target)
    path = ntpath.join(disk.full(target), ntpath.basename(source)) if into else target
    full = disk.full(source)
    how = ["the sample itself"] if full.lower() == disk.sample_path.lower() else []
    words = [] if redirects.is_device(source) else [f"copy of {full}", *how]
    redirects.save(shell, path, b"".join(data), *words)


def move(shell: Shell, rest: str) -> bool | None:
    """`move a b`, `ren a b`."""
    _, names = split(rest)
    if len(names) < 2:
        return False
    return _moved(shell, names[0], names[1])


def rename(shell: Shell, rest: str) -> bool | None:
    """`ren path\\a b`: the new name has no folder of its own."""
    _, names = split(rest)
    if len(names) < 2:
        return False
    return _moved(shell, names[0], ntpath.join(ntpath.dirname(names[0]), names[1]))


def _moved(shell: Shell, source: str, target: str) -> bool | None:
    disk = shell.disk
    extension = ntpath.splitext(target)[1]
    if "*" in ntpath.basename(target):  # `ren *.doc *.locked`
        for file in disk.matching(disk.full(source))[:_FILES_MAX]:
            new = ntpath.splitext(file.path)[0] + extension
            shell.disk.move(file.path, new)
        return None
    try:
        disk.move(source, target)
    except ScriptError:
        into = target.endswith("\\") or disk.folder_exists(target)
        full = disk.full(ntpath.join(target, ntpath.basename(source)) if into else target)
        shell.recorder.note(Kind.FILE, "rename", full, disk.full(source))
        return None
    return True


def delete(shell: Shell, rest: str) -> bool | None:
    """`del [/s] names`."""
    options, names = split(rest)
    if options:
        shell.recorder.call("del", " ".join([*options, *names]))
    for name in names:
        _delete(shell, name, below="/s" in options)
    return None


def _delete(shell: Shell, name: str, *, below: bool) -> None:
    disk = shell.disk
    full = disk.full(name)
    if disk.folder_exists(full):
        full = ntpath.join(full, "*")
    found: list[File] = disk.matching(full)
    if below:
        folder, pattern = ntpath.split(full)
        for path in list(disk.folders.values()):
            if path.lower().startswith(folder.lower().rstrip("\\") + "\\"):
                found += disk.matching(ntpath.join(path, pattern))
    for file in found[:_FILES_MAX]:
        disk.delete(file.path)
    if not found:
        shell.recorder.note(Kind.FILE, "delete", full)


def make_folder(shell: Shell, rest: str) -> bool | None:
    """`md names`."""
    for name in split(rest)[1]:
        if not shell.disk.folder_exists(name) and UNKNOWN not in name:
            shell.disk.make_folder(name)
    return True


def remove_folder(shell: Shell, rest: str) -> bool | None:
    """`rd [/s] names`."""
    options, names = split(rest)
    shell.recorder.call("rd", " ".join([*options, *names]))
    if "/s" in options:
        for name in names:
            if shell.disk.folder_exists(name):
                _delete(shell, ntpath.join(shell.disk.full(name), "*"), below=True)
    return None


def show(shell: Shell, rest: str) -> bool | None:
    """`type names`."""
    for name in split(rest)[1]:
        if redirects.is_device(name):
            continue
        shell.recorder.note(Kind.FILE, "read", shell.disk.full(name))
        shell.say(redirects.content(shell, name))
    return True


def listing(shell: Shell, rest: str) -> bool | None:
    """`dir`: names of files that are known, with `/b`; else what only the machine can tell."""
    options, names = split(rest)
    found: list[str] = []
    for name in names or ["*"]:
        full = shell.disk.full(name)
        if shell.disk.folder_exists(full):
            full = ntpath.join(full, "*")
        found += [file.path for file in shell.disk.matching(full)]
    if not shell.captures:
        return None
    if not found or not any(option.startswith("/b") for option in options):
        shell.say(UNKNOWN + "\r\n")
        return None
    shell.say("".join(f"{ntpath.basename(path)}\r\n" for path in found))
    return True


def change_folder(shell: Shell, rest: str) -> bool | None:
    """`cd [/d] name`: folders that are missing here may be on the real machine."""
    name = rest.strip().removeprefix("/d").removeprefix("/D").strip().strip('"')
    if not name:
        shell.say(shell.disk.directory + "\r\n")
        return True
    if UNKNOWN not in name:
        shell.disk.directory = shell.disk.full(name)
    return True


def push_folder(shell: Shell, rest: str) -> bool | None:
    """`pushd name`."""
    shell.folders.append(shell.disk.directory)
    return change_folder(shell, rest)


def pop_folder(shell: Shell, rest: str) -> bool | None:
    """`popd`."""
    if shell.folders:
        shell.disk.directory = shell.folders.pop()
    return True
