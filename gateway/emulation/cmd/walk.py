"""Walks the tree of a line: one way where it can tell, both ways where it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.cmd import conditions, loops, redirects
from gateway.emulation.cmd.nodes import Command, For, Group, If, Joined, Node, Pipe, Sequence

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

DISGUISED = 4
"""Letters cut out of values, or carets between letters, from which a line counts as disguised."""


def execute(shell: Shell, node: Node) -> bool | None:
    """Walk a tree; whether it succeeds, None where only the machine could tell."""
    shell.tick()
    match node:
        case Command():
            return redirects.around(shell, node.redirects, lambda: _command(shell, node))
        case Group(body=body):
            inner = body
            return redirects.around(
                shell, node.redirects, lambda: execute(shell, inner) if inner else True
            )
        case Sequence(parts=parts):
            for part in parts[:-1]:
                execute(shell, part)
            return execute(shell, parts[-1])
        case Joined():
            return _joined(shell, node)
        case Pipe():
            return _pipe(shell, node)
        case If():
            return _if(shell, node)
        case For():
            loops.run(shell, node)
            return True


def perhaps(shell: Shell, node: Node) -> bool | None:
    """Walk a tree of which only the machine could tell whether it is reached."""
    shell.unsure += 1
    shell.asked += 1
    try:
        return execute(shell, node)
    finally:
        shell.unsure -= 1


def _joined(shell: Shell, node: Joined) -> bool | None:
    done = execute(shell, node.left)
    if done is None:
        right = perhaps(shell, node.right)
        return None if right is not True or node.operator == "&&" else True
    if done is (node.operator == "&&"):
        return execute(shell, node.right)
    return done


def _pipe(shell: Shell, node: Pipe) -> bool | None:
    told, variables = shell.told, shell.variables
    done: bool | None = True
    try:
        for part in node.parts[:-1]:
            shell.variables = variables.copy()
            with shell.captured() as printed:
                execute(shell, part)
            shell.told = "".join(printed)
        shell.variables = variables.copy()
        done = execute(shell, node.parts[-1])
    finally:
        shell.told, shell.variables = told, variables
    return done


def _if(shell: Shell, node: If) -> bool | None:
    holds = conditions.holds(shell, node.test)
    if shell.tainted and holds is not None and node.test.kind not in ("exist", "defined"):
        holds = None  # a comparison with what differs from machine to machine
    if holds is None:
        for way in (node.then, node.otherwise):
            if way is not None:
                perhaps(shell, way)
        return None
    taken = node.then if holds else node.otherwise
    return execute(shell, taken) if taken is not None else True


def _command(shell: Shell, node: Command) -> bool | None:
    pieces = shell.variables.pieces
    text = shell.text(node.text)
    late = shell.variables.pieces - pieces >= DISGUISED
    if shell.disguised or late or node.carets >= DISGUISED:
        shell.recorder.call("disguised command line", text.strip()[:1000])
        shell.disguised = False
    return shell.command(text)
