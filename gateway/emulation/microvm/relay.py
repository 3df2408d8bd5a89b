"""Wine's log, line by line: calls of libraries with their arguments, processes, sockets. No I/O.

The lines may be the sample's own words: it writes to the same stream. Whoever forges calls only
accuses himself. Form of the lines: Wine's dlls/ntdll/relay.c and its debug channels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_MAX = 16 * 1024
"""Characters of a line that are looked at; Wine itself cuts strings at 300."""

_HEAD = re.compile(r"\s*(\d+\.\d{3}):([0-9a-f]{4,8}):([0-9a-f]{4,8}):(.*)\Z", re.DOTALL)
_CALL = re.compile(r"Call ([\w.-]+)\.([\w@?$]+)\((.*)\) ret=[0-9a-f]+\Z", re.DOTALL)
_RETURN = re.compile(
    r"Ret  ([\w.-]+)\.([\w@?$]+)\(.*\) retval=([0-9a-f]+) ret=[0-9a-f]+\Z", re.DOTALL
)
_ARGUMENT = re.compile(r'([0-9a-f]+|#[0-9a-f]+)(?: L?"((?:[^"\\]|\\.)*)"(?:\.\.\.)?)?(?:,|\Z)')
_TRACE = re.compile(r"trace:(process|winsock|loaddll):(\w+) (.*)\Z", re.DOTALL)
_STRING = re.compile(r'L?"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(x[0-9a-f]{4}|x[0-9a-f]{2}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Argument:
    """A number, and the text that it points to, if it does."""

    number: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """When and by whom: seconds of the guest's clock, process, thread."""

    time: float
    process: int
    thread: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call begins."""

    place: Place
    library: str
    name: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """A call ends."""

    place: Place
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Told:
    """A line of another channel: its function, the rest of the line, the texts in it."""

    place: Place
    channel: str
    function: str
    words: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """A line without a head: Wine's own messages, or what the sample wrote."""

    text: str


Line = Call | Return | Told | Other


def lines(untrusted_log: bytes) -> Iterator[Line]:
    """The lines of the log that say something."""
    for raw in untrusted_log.decode("latin-1").split("\n"):
        found = _line(raw[:_LINE_MAX])
        if found is not None:
            yield found


def _line(raw: str) -> Line | None:
    head = _HEAD.match(raw)
    if head is None:
        return Other(raw) if raw.strip() else None
    place = Place(float(head[1]), int(head[2], 16), int(head[3], 16))
    rest = head[4]
    if call := _CALL.match(rest):
        return Call(place, call[1], call[2], _arguments(call[3]))
    if back := _RETURN.match(rest):
        return Return(place, back[2], int(back[3], 16))
    if told := _TRACE.match(rest):
        texts = tuple(unescaped(each) for each in _STRING.findall(told[3]))
        return Told(place, told[1], told[2], told[3], texts)
    return Other(rest)


def _arguments(words: str) -> tuple[Argument, ...]:
    found = []
    for match in _ARGUMENT.finditer(words):
        text = unescaped(match[2]) if match[2] is not None else None
        found.append(Argument(int(match[1].lstrip("#"), 16), text))
    return tuple(found)


def unescaped(text: str) -> str:
    """A string as Wine spells it, in its own characters (debugstr_an, debugstr_wn)."""

    def one(match: re.Match[str]) -> str:
        word = match[1]
        if len(word) > 1:
            return chr(int(word[1:], 16))
        return _PLAIN.get(word, word)

    halves = _ESCAPE.sub(one, text)
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
