"""Programs that a script starts: told, and followed where they are shells again, to a depth."""

from __future__ import annotations

import re

from gateway.emulation.contract import StopKind
from gateway.emulation.scripts.session import Session
from gateway.emulation.windows.commands import decoded_command

_POWERSHELL = re.compile(
    r"\A\s*(?:&\s*)?[\"']?(?:[^\s\"']*\\)?(powershell|pwsh)(\.exe)?[\"']?(?=\s|$)", re.IGNORECASE
)
_OPTION = re.compile(r"\s*[-/\u2013\u2014]([a-z]+)(?:\s+|:|$)", re.IGNORECASE)
_VALUED = (
    "executionpolicy",
    "windowstyle",
    "version",
    "inputformat",
    "outputformat",
    "psconsolefile",
    "configurationname",
    "ep",
    "ex",
    "w",
    "workingdirectory",
    "file",
)
DEPTH_MAX = 12


def code_of(line: str) -> str | None:
    """The code in a command line of PowerShell; None when the line starts another program."""
    found = _POWERSHELL.match(line)
    if found is None:
        return None
    decoded = decoded_command(line)
    if decoded:
        return decoded
    rest = line[found.end() :]
    while option := _OPTION.match(rest):
        name = option[1].lower()
        if "command".startswith(name) and name[0] == "c":
            rest = rest[option.end() :]
            break
        rest = rest[option.end() :]
        if any(full.startswith(name) for full in _VALUED) and name != "noprofile":
            if "file".startswith(name):
                return f"& {rest}" if rest.strip() else ""
            rest = re.sub(r"\A\s*(?:\"[^\"]*\"|\S+)", "", rest, count=1)
    code = rest.strip()
    if len(code) >= 2 and code[0] == '"' and code.rstrip()[-1] == '"':
        code = re.sub(r'\\"', '"', code[1:-1])
    return code


def started(session: Session, line: str, depth: int, *how: str) -> None:
    """Tell a start and follow it."""
    session.world.commands.start(line, *[word for word in how if word])
    follow(session, line, depth)


def follow(session: Session, line: str, depth: int) -> None:
    """Follow a command line into the shell that it starts."""
    code = code_of(line)
    if code is None:
        return
    if depth >= DEPTH_MAX:
        session.stop(StopKind.INCOMPLETE, f"shells within shells, more than {DEPTH_MAX} deep")
        return
    if code and code != "-":
        from gateway.emulation.shells.psmachine import run_nested

        session.world.evaluated(code)
        run_nested(session, code, depth + 1)
