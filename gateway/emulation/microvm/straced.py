"""strace's log, line by line: system calls with their arguments. No I/O.

The lines are written by strace alone, but what they name is the sample's choice. strace escapes
whatever could end a line or a string (strace(1)).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_MAX = 64 * 1024
"""Characters of a line that are looked at: a list of arguments is the longest."""

_CALL = re.compile(r"(\d+) +(\d+\.\d+) (\w+)\((.*)\Z", re.DOTALL)
_RESUMED = re.compile(r"(\d+) +\d+\.\d+ <\.\.\. (\w+) resumed>(.*)\Z", re.DOTALL)
_UNFINISHED = " <unfinished ...>"
_RESULT = re.compile(r"(.*)\) += (-?\d+|\?)(?: (E[A-Z0-9]+) \((.*)\))?(?: \(.*\))?\Z", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\.\.\.)?', re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|[0-7]{1,3}|.)", re.DOTALL)
_PLAIN = {"n": 10, "t": 9, "r": 13, "v": 11, "f": 12}


@dataclass(frozen=True, slots=True)
class SystemCall:
    """One call. time: seconds since the epoch; result: None where it did not come back; error: in
    words, empty when it succeeded."""

    thread: int
    time: float
    name: str
    arguments: str
    result: int | None
    error: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The strings among the arguments, in their own characters."""
        return tuple(unescaped(each[1]) for each in _STRING.finditer(self.arguments))


def calls(untrusted_log: bytes) -> Iterator[SystemCall]:
    """All calls, in the order in which they came back; those that did not, at the end."""
    waiting: dict[int, tuple[float, str, str]] = {}
    for raw in untrusted_log.decode("latin-1").split("\n"):
        line = raw[:_LINE_MAX]
        if begun := _CALL.match(line):
            thread, moment, name, rest = int(begun[1]), float(begun[2]), begun[3], begun[4]
            if rest.endswith(_UNFINISHED):
                waiting[thread] = moment, name, rest.removesuffix(_UNFINISHED)
            else:
                yield _call(thread, moment, name, rest)
        elif back := _RESUMED.match(line):
            thread = int(back[1])
            if thread in waiting and waiting[thread][1] == back[2]:
                moment, name, first = waiting.pop(thread)
                yield _call(thread, moment, name, first + back[3])
    for thread, (moment, name, first) in waiting.items():
        yield SystemCall(thread, moment, name, first, None)


def _call(thread: int, moment: float, name: str, rest: str) -> SystemCall:
    found = _RESULT.match(rest)
    if found is None:
        return SystemCall(thread, moment, name, rest, None)
    result = None if found[2] == "?" else int(found[2])
    return SystemCall(thread, moment, name, found[1], result, (found[4] or "").lower())


def unescaped(text: str) -> str:
    """A string as strace spells it: octal and the escapes of C, read as UTF-8."""

    def one(match: re.Match[str]) -> str:
        word = match[1]
        if word[0] == "x" and len(word) == 3:
            return chr(int(word[1:], 16))
        if word.isdigit():
            return chr(int(word, 8) & 0xFF)
        return chr(_PLAIN.get(word, ord(word) & 0xFF))

    return _ESCAPE.sub(one, text).encode("latin-1", "replace").decode("utf-8", "replace")
