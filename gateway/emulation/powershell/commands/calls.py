"""A command's arguments as its handler gets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.emulation.powershell import nodes as n
from gateway.emulation.powershell.values import Value, items, text

if TYPE_CHECKING:
    from gateway.emulation.powershell.machine import Machine

SWITCHES = frozenset(
    {
        *("force", "recurse", "noprofile", "nop", "noninteractive", "noni", "nologo"),
        *("passthru", "wait", "nonewwindow", "append", "usebasicparsing"),
        *("usedefaultcredentials", "raw", "asjob", "asplaintext", "confirm", "whatif"),
        *("verbose", "debug", "allusers", "autosize", "wrap", "hidewindow", "unique"),
        *("descending", "ascending", "notypeinformation", "nti", "noclobber", "quiet", "file"),
        *("directory", "enableexit", "sta", "mta", "comobject_", "strict", "hidden"),
        *("ashashtable", "leaf", "simplematch", "allmatches", "notmatch", "casesensitive"),
        *("nonewline", "noexit", "skipcertificatecheck"),
    }
)


@dataclass(slots=True)
class Call:
    """A command's arguments: named in lower case, in order, and what the pipeline brings."""

    name: str
    named: dict[str, Value]
    given: list[Value]
    piped: list[Value] | None

    def get(self, name: str, place: int | None = None) -> Value:
        """An argument by the start of its name or by its place."""
        for key, value in self.named.items():
            if key and (name.startswith(key) or key.startswith(name)):
                return value
        return self.given[place] if place is not None and place < len(self.given) else None

    def words(self) -> list[str]:
        """As a report shows it."""
        return [*(f"-{k} {text(v)}".strip() for k, v in self.named.items()), *map(text, self.given)]


def read(m: Machine, node: n.Command, piped: list[Value] | None) -> Call:
    """The arguments of a command, worked out."""
    named: dict[str, Value] = {}
    given: list[Value] = []
    waiting = ""
    for argument in node.arguments:
        if isinstance(argument, n.Parameter):
            waiting = argument.name.lower()
            named[waiting] = m.value(argument.value) if argument.value is not None else True
            waiting = "" if argument.value is not None or waiting in SWITCHES else waiting
            continue
        value = m.value(argument)
        if isinstance(argument, n.Var) and argument.splat:
            if isinstance(value, dict):
                named.update(value)
            else:
                given += items(value)
        elif waiting:
            named[waiting] = value
            waiting = ""
        else:
            given.append(value)
    return Call("", named, given, piped)


def quoted(word: str) -> str:
    """A word as it stands in a command line."""
    return f'"{word}"' if " " in word and not word.startswith('"') else word


def line(call: Call) -> list[str]:
    """The arguments as a program of that name gets them."""
    words: list[str] = []
    for key, value in call.named.items():
        words += [f"-{key}"] if value is True else [f"-{key}", quoted(text(value))]
    return [*words, *[quoted(text(each)) for each in call.given]]


Handler = Callable[["Machine", Call], list[Value]]
"""What a command does: its output."""
