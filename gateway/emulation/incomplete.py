"""Did the sample end because it was done, or because the guest lacks something? Pure.

What ends early for want of a program, module or library was not seen acting, and must never pass
as harmless for that.
"""

from __future__ import annotations

import re

from gateway.emulation.contract import StopKind, Stopped

_NOT_RUNNABLE = (126, 127)
"""A shell's exit codes for a command that cannot be run or is not there (POSIX, 2.8.2)."""

_PYTHON_MODULE = re.compile(rb"ModuleNotFoundError: No module named '([\w.]{1,60})'")
_PERL_MODULE = re.compile(rb"Can't locate ([\w/]{1,60})\.pm in @INC")
_NODE_MODULE = re.compile(rb"Cannot find (?:module|package) '([\w@./:-]{1,120})'")
_NO_SUCH_NAME = re.compile(
    rb"ReferenceError: (ActiveXObject|WScript|GetObject|Enumerator|document|window|navigator|self"
    rb"|location|alert|Deno|Bun|chrome|browser) is not defined"
)
_LIBRARY = re.compile(rb"error while loading shared libraries: ([\w.+-]{1,60}):")
_SYNTAX = re.compile(rb"(?:SyntaxError|IndentationError|TabError): |[Ss]yntax error")
_COMMAND = re.compile(rb"(?:line )?\d+: ([\w./+-]{1,60}): (?:command )?not found", re.MULTILINE)

_NAMES_MAX = 8


def why_incomplete(
    type_name: str, status: int | None, signal: str, output: bytes
) -> Stopped | None:
    """The reason why the sample did not run to its own end; None when it did."""
    if status is None:
        return Stopped(StopKind.CRASHED, "the sample's end was not seen")
    if status == 0:
        return None
    for pattern, words in (
        (_PYTHON_MODULE, "the guest has no Python module"),
        (_PERL_MODULE, "the guest has no Perl module"),
        (_NODE_MODULE, "the guest has no module of node's"),
        (_LIBRARY, "the guest has no library"),
        (_NO_SUCH_NAME, "it is written for another host than node, which has no"),
    ):
        match = pattern.search(output)
        if match:
            return _incomplete(f"{words} '{match[1].decode()}'")
    if _SYNTAX.search(output):
        return _incomplete(f"it is not valid for the guest's {type_name} interpreter")
    if signal and type_name == "elf":
        return _incomplete(f"the program was {signal}")
    if status in _NOT_RUNNABLE:
        names = missing_programs(output)
        return _incomplete(f"a program it calls is missing: {names[-1] if names else 'unknown'}")
    return None


def missing_programs(output: bytes) -> tuple[str, ...]:
    """Names of programs that a shell did not find."""
    found = dict.fromkeys(match.decode() for match in _COMMAND.findall(output))
    return tuple(found)[:_NAMES_MAX]


def _incomplete(words: str) -> Stopped:
    return Stopped(StopKind.INCOMPLETE, words)
