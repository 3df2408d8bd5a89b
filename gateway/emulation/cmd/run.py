"""A command file in the guest: read, walked, and how it ended."""

from __future__ import annotations

import ntpath
import re

from gateway.emulation.cmd.shell import Shell
from gateway.emulation.cmd.variables import Variables
from gateway.emulation.contract import StopKind
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.session import Session
from gateway.emulation.shells import lines
from gateway.emulation.windows import facts

PROGRAM = rf"{facts.SYSTEM}\cmd.exe"

_LOOP_OF_A_FILE = re.compile(r"\bfor\b[^%]*%%", re.IGNORECASE)
"""Loop variables have two percent signs in files, and one on command lines."""


def run(data: bytes, session: Session) -> None:
    """Walk a command file; everything that is seen goes to the session."""
    disk = session.world.disk
    shell = Shell(session, 0, Variables.of(session.world.environment, disk.full))
    if not data.strip():
        session.stop(StopKind.INCOMPLETE, "the command file is empty")
        return
    line = data.decode("latin-1").strip()
    if lines.cmd_line(line) is not None and "\n" not in line and not _LOOP_OF_A_FILE.search(line):
        shell.run_in(line)  # a command line that another program handed to cmd
        return
    given = (f'"{word}"' if " " in word else word for word in session.request.arguments)
    shell.run_batch(data, (f'"{disk.sample_path}"', *given))


def file_name(request: wire.Request) -> str:
    """Where the sample lies on the emulated disk."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", request.name)[-120:].strip(" .")
    if ntpath.splitext(name)[1].lower() not in (".bat", ".cmd"):
        name = f"{name or 'sample'}.bat"
    return ntpath.join(facts.DOWNLOADS, name)
