"""Variables that cmd.exe makes up when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.cmd.variables import UNKNOWN

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell


def given(shell: Shell, name: str) -> str | None:
    """Variables that the shell makes up."""
    match name:
        case "cd":
            return shell.disk.directory
        case "errorlevel":
            return UNKNOWN if shell.errorlevel is None else str(shell.errorlevel)
        case "random":
            shell.random = (shell.random * 214_013 + 2_531_011) % 2**31
            return str(shell.random >> 16 & 0x7FFF)
        case "date":
            return "Mon 06/01/2026"
        case "time":
            return "10:14:27.31"
        case "cmdcmdline":
            return r'C:\Windows\System32\cmd.exe /c ""' + shell.disk.sample_path + '""'
        case "cmdextversion":
            return "2"
    return None
