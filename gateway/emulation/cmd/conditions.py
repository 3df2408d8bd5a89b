"""The conditions of `if`: what holds, what does not, and what only the machine could tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulation.cmd.nodes import Test
from gateway.emulation.cmd.variables import UNKNOWN

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell


def holds(shell: Shell, test: Test) -> bool | None:
    """Whether the condition holds, negation included; None when it cannot be told."""
    known = _known(shell, test)
    return None if known is None else known is not test.negated


def _known(shell: Shell, test: Test) -> bool | None:
    left, right = shell.text(test.left), shell.text(test.right)
    match test.kind:
        case "errorlevel":
            level = shell.errorlevel
            wanted = left.strip()
            return None if level is None or not wanted.isdigit() else level >= int(wanted)
        case "exist":
            return _exists(shell, left.strip('"'))
        case "defined":
            value = shell.variables.get(left.strip('"'))
            return value is not None if value is None or UNKNOWN not in value else None
        case "cmdextversion":
            return True
    if UNKNOWN in left or UNKNOWN in right:
        return None
    if test.nocase:
        left, right = left.lower(), right.lower()
    return left == right if test.kind == "==" else _ordered(test.kind, left, right)


def _exists(shell: Shell, path: str) -> bool | None:
    """Files that are there are there; of others only the real machine could tell."""
    disk = shell.disk
    if path.lower().rstrip("\\").endswith("\\nul"):
        path = path[:-4]
    there = disk.exists(path) or disk.folder_exists(path) or bool(disk.matching(disk.full(path)))
    return True if there else None


def _ordered(operator: str, left: str, right: str) -> bool:
    """Numbers are compared as numbers, other texts as texts."""
    first: int | str
    second: int | str
    try:
        first, second = _number(left), _number(right)
    except ValueError:
        first, second = left, right
    smaller = first < second  # type: ignore[operator]  # both are of one kind
    equal = first == second
    match operator:
        case "equ":
            return equal
        case "neq":
            return not equal
        case "lss":
            return smaller
        case "leq":
            return smaller or equal
        case "gtr":
            return not smaller and not equal
        case _:
            return not smaller


def _number(text: str) -> int:
    """A number as `if` reads it. Raises ValueError."""
    plain = text.strip().strip('"') if text.strip() != text else text
    digits = plain.lstrip("-+")
    if digits[:2].lower() == "0x":
        return int(plain, 16)
    return int(plain, 8) if len(digits) > 1 and digits.startswith("0") else int(plain)
