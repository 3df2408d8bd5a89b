"""Runs the lines of a command file, and goes to its labels: goto, call, exit.

A goto or exit of only one of two ways is not taken; its label is walked later with the variables
of that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.cmd.frames import Frame, Jump, Later, Leave
from gateway.emulation.contract import StopKind

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

DEPTH_MAX = 16
"""Shells and routines within each other."""

_ENDLESS = 3
"""Turns of a loop that asks a person or the machine again and again, until it is left."""


def run_file(shell: Shell, source: list[str], arguments: tuple[str, ...], start: int = 0) -> None:
    """Run a command file or a routine of it, then the labels that were put off.

    Raises Leave when the whole shell ends.
    """
    outer = shell.frame
    shell.frame = frame = Frame(source, arguments, start)
    depth = shell.unsure
    shell.unsure = 0
    done: set[str] = set()
    try:
        _run_from(shell, frame)
        while frame.later:
            later = frame.later.pop(0)
            place = frame.find(later.label)
            if place is None or later.label.lower() in done:
                continue
            done.add(later.label.lower())
            frame.at = place
            kept = shell.variables
            shell.variables = later.variables
            shell.certain = False
            _run_from(shell, frame)
            shell.variables = kept
    finally:
        shell.frame = outer
        shell.unsure = depth


def _run_from(shell: Shell, frame: Frame) -> None:
    """Lines from where the frame is to the end of the file, or to where it is left."""
    while frame.at < len(frame.lines):
        line = frame.lines[frame.at]
        frame.at += 1
        if line.lstrip(" \t,;=").startswith(":"):
            continue
        try:
            shell.run_line(line, frame.arguments, lambda: _next(shell, frame))
        except Jump as jump:
            place = frame.find(jump.label)
            if place is None:
                return  # cmd: the label is not found, and the file ends
            frame.at = place
        except Leave as leave:
            if leave.whole and frame.later:
                return
            if leave.whole:
                raise
            return


def go(shell: Shell, label: str) -> None:
    """goto. Raises Jump or Leave, unless only one of two ways goes there."""
    frame = shell.frame
    if frame is None:
        return
    if label.lower() == "eof" and frame.find("eof") is None:
        leave(shell, whole=False)
        return
    if shell.unsure:
        frame.later.append(Later(label, shell.variables.copy()))
        return
    state = hash((shell.state(), shell.errorlevel))
    turns, same = frame.turns(label.lower(), state, shell.effects)
    if turns >= _ENDLESS and shell.asked and same:
        raise Leave(whole=False)
    if (same and shell.effects and turns >= _ENDLESS) or frame.over(label.lower()):
        shell.recorder.call("loop that asks or waits again and again")
        raise Leave(whole=False)
    raise Jump(label)


def leave(shell: Shell, *, whole: bool) -> None:
    """exit. Raises Leave, unless only one of two ways ends here."""
    if not shell.unsure:
        raise Leave(whole=whole)


def call(shell: Shell, label: str, arguments: tuple[str, ...]) -> None:
    """`call :label`."""
    frame = shell.frame
    place = frame.find(label) if frame is not None else None
    if frame is None or place is None:
        return
    if shell.depth >= DEPTH_MAX:
        shell.session.stop(StopKind.INCOMPLETE, f"routines in routines, over {DEPTH_MAX} deep")
        return
    shell.depth += 1
    saved = len(shell.saved)
    try:
        run_file(shell, frame.lines, (frame.arguments[0], *arguments), place)
    finally:
        shell.depth -= 1
        while len(shell.saved) > saved:  # a routine's setlocal ends with it
            shell.variables, shell.late = shell.saved.pop()


def _next(shell: Shell, frame: Frame) -> str | None:
    """The line that goes on with a block; None at the end of the file."""
    if frame.at >= len(frame.lines):
        return None
    following = frame.lines[frame.at]
    frame.at += 1
    return shell.expanded(following, frame.arguments)


def lines_of(data: bytes) -> list[str]:
    """The lines of a command file. cmd reads bytes: a mark of UTF-16 before plain text is a trick
    against readers, and is passed over; text that is UTF-16 throughout is read as such."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        wide = data[2:2000].count(0) > len(data[2:2000]) // 4
        text = data.decode("utf-16", "replace") if wide else data[2:].decode("latin-1")
    else:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "").replace("\0", "").split("\n")
