"""Redirections: where the output of a command goes, and what its input says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.cmd.nodes import Redirect
from gateway.emulation.cmd.variables import UNKNOWN

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

_DEVICES = frozenset({"nul", "con", "prn", "aux", "conin$", "conout$", "nul:", "con:"})


def is_device(name: str) -> bool:
    """Whether a name means a device and no file."""
    return name.strip().lower() in _DEVICES or name.lower().startswith("\\\\.\\")


def around(
    shell: Shell, redirects: tuple[Redirect, ...], run: Callable[[], bool | None]
) -> bool | None:
    """Run a command with its redirections; whether it succeeds."""
    if not redirects:
        return run()
    told = shell.told
    target: Redirect | None = None
    for each in redirects:
        name = shell.text(each.target).strip().strip('"')
        if each.mode == "<":
            shell.told = "" if is_device(name) else content(shell, name)
        elif each.handle == 1 and not name.startswith("&"):
            target = Redirect(1, each.mode, name)
    try:
        if target is None:
            return run()
        with shell.captured() as printed:
            done = run()
        if not is_device(target.target):
            _save(shell, target, "".join(printed))
        return done
    finally:
        shell.told = told


def _save(shell: Shell, target: Redirect, text: str) -> None:
    data = text.encode("latin-1", "replace")
    file = shell.disk.get(target.target)
    if target.mode == ">>" and file is not None and file.written:
        shell.disk.change(file, file.data + data)
        return
    before = file.data if file is not None and target.mode == ">>" else b""
    save(shell, target.target, before + data)


def save(shell: Shell, path: str, data: bytes, *how: str) -> bool:
    """Write a file; folders that are missing here may be on the real machine, and are made."""
    if not path or is_device(path):
        return True
    try:
        shell.disk.write(path, data, *how)
    except ScriptError:
        return False
    return True


def content(shell: Shell, name: str) -> str:
    """A file's text, byte by byte; what the script did not write is not known, but for itself."""
    file = shell.disk.get(name)
    if file is None or not (file.written or file.path.lower() == shell.disk.sample_path.lower()):
        return UNKNOWN
    return file.data.decode("latin-1")
