"""Programs that PowerShell starts: told, and followed where they are shells again."""

from __future__ import annotations

from gateway.emulation.scripts.session import Session
from gateway.emulation.shells import lines


def started(session: Session, line: str, depth: int, *how: str) -> str:
    """Tell a start and follow it; what it prints, as far as that is known."""
    session.world.commands.start(line, *[word for word in how if word])
    return followed(session, line, depth)


def followed(session: Session, line: str, depth: int) -> str:
    """Follow a command line into the shell that it starts."""
    run_shell = session.world.run_shell
    if run_shell is None:
        return ""
    rest = lines.cmd_line(line)
    if rest is not None:
        return run_shell("cmd", rest, depth + 1)
    code = lines.powershell_code(line)
    return run_shell("powershell", code, depth + 1) if code and code != "-" else ""
