"""Variables of cmd.exe: percent signs, exclamation marks, loop variables, their modifiers. Pure.

A text that only the real machine could tell is UNKNOWN; whatever is cut out of it is UNKNOWN too.
"""

from __future__ import annotations

import ntpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

UNKNOWN = "\u00abunknown\u00bb"
"""Stands in texts for what only the real machine could tell; no mark in it is one of cmd."""

_PART = re.compile(r"~\s*(-?\d+)?\s*(?:,\s*(-?\d+)?)?\s*\Z")
_NAME_END = re.compile(r"[%:\n]")
_LATE = re.compile(r"!([^!:\n]+?)(?::([^!\n]*))?!")
_MODIFIERS = "fdpnxsatz"

MACHINE_NAMES = frozenset(
    {
        *("date", "time", "random", "username", "computername", "userdomain", "userdnsdomain"),
        *("number_of_processors", "processor_identifier", "logonserver", "processor_revision"),
        *("sessionname", "processor_architecture", "clientname"),
    }
)
"""Variables by which scripts look for one machine or day: comparisons with them go both ways."""

Look = Callable[[str], str | None]


def changed(value: str, how: str) -> str:
    """`~start,count` or `old=new` of a value, as cmd's `set /?` describes them."""
    part = _PART.match(how)
    if part is not None:
        if UNKNOWN in value:
            return UNKNOWN
        size = len(value)
        start = int(part[1] or 0)
        start = max(0, size + start) if start < 0 else start
        if part[2] is None:
            return value[start:]
        count = int(part[2])
        return value[start : size + count] if count < 0 else value[start : start + count]
    old, equals, new = how.partition("=")
    if not equals or not old:
        return value
    if old.startswith("*") and len(old) > 1:
        place = value.lower().find(old[1:].lower())
        return value if place < 0 else new + value[place + len(old) - 1 :]
    return re.sub(re.escape(old), lambda _: new, value, flags=re.IGNORECASE)


def of_path(value: str, modifiers: str, full: Callable[[str], str]) -> str:
    """`~dpnx` of a file's name; `full` makes a full path of one."""
    plain = value.strip().strip('"')
    wanted = modifiers.lower()
    if not wanted.strip("s") or not plain:
        return full(plain) if wanted and plain else plain
    if UNKNOWN in plain and not set(wanted) & set("tza"):
        plain = plain if "\\" in plain or ":" in plain else full(plain)
    path = full(plain)
    drive, rest = ntpath.splitdrive(path)
    folder, name = ntpath.split(rest)
    stem, extension = ntpath.splitext(name)
    if "f" in wanted:
        return path
    out = [UNKNOWN] if set(wanted) & set("tza") else []
    out += [drive] if "d" in wanted else []
    out += [folder.rstrip("\\") + "\\"] if "p" in wanted else []
    out += [stem] if "n" in wanted else []
    out += [extension] if "x" in wanted else []
    return "".join(out)


@dataclass(slots=True)
class Variables:
    """The variables of one shell, by their names in lower case with the names as they were set.

    tainted: those that were set from what differs from machine to machine. pieces, fillers: values
    cut to single letters and names of nothing so far, by which disguises are known; machine: how
    often a text was taken that differs from machine to machine.
    """

    values: dict[str, tuple[str, str]]
    full: Callable[[str], str]
    given: Look = lambda name: None
    tainted: set[str] = field(default_factory=set)
    pieces: int = 0
    fillers: int = 0
    machine: int = 0

    @classmethod
    def of(cls, environment: Mapping[str, str], full: Callable[[str], str]) -> Variables:
        """The variables that a machine's environment gives."""
        return cls({name.lower(): (name, value) for name, value in environment.items()}, full)

    def copy(self) -> Variables:
        """The same variables, to be changed apart."""
        return Variables(dict(self.values), self.full, self.given, set(self.tainted))

    def get(self, untrusted_name: str) -> str | None:
        """A variable's value: set ones before those that the shell makes up."""
        name = untrusted_name.lower()
        found = self.values.get(name)
        value = found[1] if found is not None else self.given(name)
        if value is not None and (name in MACHINE_NAMES or name in self.tainted):
            self.machine += 1
        return value

    def put(self, untrusted_name: str, value: str, *, tainted: bool = False) -> None:
        """Set a variable; an empty value takes it away."""
        name = untrusted_name.lower()
        self.tainted.discard(name)
        if not value:
            self.values.pop(name, None)
            return
        self.values[name] = (untrusted_name, value)
        if tainted:
            self.tainted.add(name)

    def environment(self) -> dict[str, str]:
        """Names and values as a program gets them."""
        return dict(self.values.values())

    def percent(self, text: str, arguments: tuple[str, ...] | None) -> str:
        """Everything between percent signs.

        arguments: the command file's own name and arguments; None on a command line, where `%1` and
        names of nothing stay as they are.
        """
        if "%" not in text:
            return text
        out: list[str] = []
        place = 0
        while (sign := text.find("%", place)) >= 0:
            out.append(text[place:sign])
            place = self._one(text, sign, arguments, out)
        return "".join([*out, text[place:]])

    def _one(self, text: str, sign: int, arguments: tuple[str, ...] | None, out: list[str]) -> int:
        """What starts at a percent sign goes to `out`; where the text goes on."""
        following = text[sign + 1 : sign + 2]
        if arguments is not None:
            if following == "%":
                out.append("%")
                return sign + 2
            if following == "*":
                out.append(" ".join(arguments[1:]))
                return sign + 2
            if following.isdigit() and following.isascii():
                out.append(_nth(arguments, int(following)))
                return sign + 2
            found = re.compile(rf"~([{_MODIFIERS}]*)(?:\$\w+:)?(\d)", re.IGNORECASE).match(
                text, sign + 1
            )
            if found is not None:
                out.append(of_path(_nth(arguments, int(found[2])), found[1], self.full))
                return found.end()
        end = _NAME_END.search(text, sign + 1)
        if end is None or end[0] == "\n" or end.start() == sign + 1:
            out.append("%" if arguments is None else "")
            return sign + 1
        name = text[sign + 1 : end.start()]
        close = text.find("%", end.start()) if end[0] == ":" else end.start()
        value = self.get(name)
        if value is None and arguments is not None:
            self.fillers += 1
            return end.end() if end[0] == "%" or close < 0 else end.start() + 1
        if value is None or close < 0:
            out.append("%")
            return sign + 1
        how = text[end.start() + 1 : close] if end[0] == ":" else ""
        out.append(self._cut(name, value, how))
        return close + 1

    def _cut(self, name: str, value: str, how: str) -> str:
        made = changed(value, how) if how else value
        if (how.startswith("~") and len(made) <= 2 and name.lower() not in MACHINE_NAMES) or (
            len(made) == 1 and made.isalpha()
        ):
            self.pieces += 1
        return made

    def late(self, text: str) -> str:
        """Everything between exclamation marks; carets there escape once more."""
        if "!" not in text:
            return text

        def put(found: re.Match[str]) -> str:
            value = self.get(found[1])
            return "" if value is None else self._cut(found[1], value, found[2] or "")

        return re.sub(r"\^(.)", r"\1", _LATE.sub(put, text)).replace("!", "")


def _nth(arguments: tuple[str, ...], number: int) -> str:
    return arguments[number] if number < len(arguments) else ""


def loop_values(text: str, loops: Mapping[str, str], full: Callable[[str], str]) -> str:
    """Loop variables replaced: `%i`, `%~nxi`. Letters are told apart by case, as in cmd."""
    if not loops or "%" not in text:
        return text
    out: list[str] = []
    place = 0
    while (sign := text.find("%", place)) >= 0:
        out.append(text[place:sign])
        start = sign + 2 if text.startswith("%%", sign) else sign + 1
        made, place = _loop_value(text, start, loops, full)
        if made is None:
            made, place = text[sign:start], start
        out.append(made)
    return "".join([*out, text[place:]])


def _loop_value(
    text: str, start: int, loops: Mapping[str, str], full: Callable[[str], str]
) -> tuple[str | None, int]:
    name = text[start : start + 1]
    if name in loops:
        return loops[name], start + 1
    if name != "~":
        return None, start
    found = re.compile(rf"[{_MODIFIERS}]*(?:\$\w+:)?", re.IGNORECASE).match(text, start + 1)
    end = found.end() if found is not None else start + 1
    for place in range(end, start, -1):  # `%~fa`: the last letter may be the variable's own
        if text[place : place + 1] in loops:
            modifiers = re.sub(r"\$\w+:", "", text[start + 1 : place])
            return of_path(loops[text[place]], modifiers, full), place + 1
    return None, start
