"""Reads gVisor's system-call log: one JSON line in, one `Call` out. Pure.

The log is written by gVisor but its content is chosen by the sample (paths, names, arguments), so
each line is parsed as hostile. JSON framing is what keeps a line break in a path from forging a
line; the length bound on process names keeps a process name from hiding a call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import msgspec

LINE_LIMIT = 64 * 1024
"""Bytes of a line worth reading: the longest argument list that gVisor prints is far below."""

_CALL = re.compile(
    r"(?:strace\.go:\d+\] )?\[ *(\d+): *\d+\] (.{0,15}) ([EX]) ([a-z0-9_]+)\((.*)$", re.DOTALL
)
"""Process name bounded to the kernel's 15 bytes and matched greedily: see above."""

_RESULT = re.compile(
    r"(.*)\) = (-?\d+) \(0x[0-9a-f]+\)(?: errno=\d+ \((.*)\))? \([^()]*\)$", re.DOTALL
)

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[0-7]{3}|.)", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}

_JOINED, _PARTED = b'}{"msg":', b'}\n{"msg":'

_LIST_LIMIT = 200
"""Arguments kept of a program call."""


class _Record(msgspec.Struct):
    msg: str
    time: str


_decode = msgspec.json.Decoder(_Record).decode


@dataclass(frozen=True, slots=True)
class Call:
    """One system call: at entry (`result` None) or at exit.

    thread: number in the guest; arguments: as printed, unsplit; error: words of the errno, empty
    on success; time: as printed (RFC 3339); process: the name that the thread has at this edge.
    """

    thread: int
    name: str
    arguments: str
    result: int | None
    error: str
    time: str
    process: str = ""


def parse(untrusted_line: bytes) -> Call | None:
    """The call in a log line; None for gVisor's own messages and for what cannot be read."""
    if len(untrusted_line) > LINE_LIMIT:
        return None
    try:
        record = _decode(untrusted_line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    match = _CALL.match(record.msg)
    if match is None:
        return None
    thread, process, edge, name, rest = match.groups()
    if edge == "E":
        return Call(int(thread), name, rest.removesuffix(")"), None, "", record.time, process)
    result = _RESULT.match(rest)
    if result is None:
        return None
    arguments, value, error = result.groups()
    return Call(int(thread), name, arguments, int(value), error or "", record.time, process)


def records(untrusted_data: bytes) -> tuple[list[bytes], bytes]:
    """Split what was read into records and the beginning of one that is still to come.

    gVisor writes a record and its line end in two steps, so records of two threads may stand in
    one line. Inside a record the boundary searched for cannot occur: its quotes would be escaped.
    """
    *lines, rest = untrusted_data.replace(_JOINED, _PARTED).split(b"\n")
    return [line for line in lines if line], rest


def seconds_between(start: str, end: str) -> float:
    """Seconds from one log time to another, to the microsecond; 0 when one is unreadable."""
    try:
        return max(0.0, (_moment(end) - _moment(start)).total_seconds())
    except ValueError:
        return 0.0


def string_list(text: str) -> tuple[str, ...]:
    """The strings of a printed list `["a", "b"]` at the start of `text`, unescaped."""
    if not text.startswith("["):
        return ()
    found: list[str] = []
    position = 1
    while len(found) < _LIST_LIMIT and (match := _QUOTED.match(text, position)):
        found.append(_ESCAPE.sub(_unescaped, match[1]))
        position = match.end() + 2
        if text[match.end() : match.end() + 2] != ", ":
            break
    return tuple(found)


def _unescaped(match: re.Match[str]) -> str:
    word = match[1]
    if word[0] in "xuU":
        return chr(min(int(word[1:], 16), 0x10FFFF)) if len(word) > 1 else word
    if word.isdigit():
        return chr(int(word, 8))
    return _SIMPLE.get(word, word)


def _moment(text: str) -> datetime:
    """RFC 3339 with up to nine decimals, of which Python reads six."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}+00:00")
