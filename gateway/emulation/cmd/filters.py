"""Programs that pass text on: findstr, find, more, sort, as scripts use them on their own files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.emulation.cmd import redirects
from gateway.emulation.cmd.variables import UNKNOWN
from gateway.emulation.cmd.words import words

if TYPE_CHECKING:
    from gateway.emulation.cmd.shell import Shell

_LINE_MAX = 20_000
"""Characters of a line that a pattern is looked for in: patterns are the sample's own."""


def _text(shell: Shell, names: list[str]) -> str:
    """What the filter reads: its files, else its input."""
    if names:
        return "\n".join(redirects.content(shell, name) for name in names)
    return shell.told if shell.told is not None else UNKNOWN


def findstr(shell: Shell, rest: str) -> bool | None:
    """`findstr [/v /i /b /e /x /r /l /c:words] words files`."""
    given = words(rest)
    options = [word.lower() for word in given if word.startswith("/")]
    names = [word for word in given if not word.startswith("/")]
    literal = [word[3:] for word in given if word.lower().startswith("/c:")]
    patterns = literal or (names.pop(0).split() if names else [])
    flags = {letter for option in options if option[2:3] != ":" for letter in option[1:]}
    joined = "|".join(_pattern(each, flags, bool(literal)) for each in patterns)
    return _filtered(shell, joined, names, flags)


def _pattern(text: str, flags: set[str], literal: bool) -> str:
    """A regular expression of findstr in Python's words; its own marks are few."""
    if "l" in flags or (literal and "r" not in flags):
        made = re.escape(text.replace('\\"', '"').replace("\\\\", "\\"))
    else:
        made = re.sub(r"[{}()|+?]", lambda found: "\\" + found[0], text)
        made = made.replace(r"\<", r"\b").replace(r"\>", r"\b")
    made = f"^(?:{made})" if flags & {"b", "x"} else made
    return f"(?:{made})$" if flags & {"e", "x"} else made


def find(shell: Shell, rest: str) -> bool | None:
    """`find [/v /i /c] "words" files`."""
    found = re.search(r'"([^"]*)"', rest)
    outside = rest[: found.start()] + " " + rest[found.end() :] if found is not None else rest
    given = words(outside)
    flags = {word[1:2].lower() for word in given if word.startswith("/")}
    names = [word for word in given if not word.startswith("/")]
    return _filtered(shell, re.escape(found[1] if found is not None else ""), names, flags)


def _filtered(shell: Shell, pattern: str, names: list[str], flags: set[str]) -> bool | None:
    text = _text(shell, names)
    if UNKNOWN in text:
        shell.say(UNKNOWN + "\r\n" if shell.captures else "")
        return None
    try:
        compiled = re.compile(pattern, re.IGNORECASE if "i" in flags else 0)
    except re.error:
        shell.say(UNKNOWN + "\r\n" if shell.captures else "")
        return None
    kept = [
        line
        for line in text.splitlines()
        if (compiled.search(line[:_LINE_MAX]) is not None) is not ("v" in flags)
    ]
    if shell.captures:
        made = [str(len(kept))] if "c" in flags and not names else kept
        shell.say("".join(f"{line}\r\n" for line in made))
    return bool(kept)


def more(shell: Shell, rest: str) -> bool | None:
    """`more [+n] file`."""
    given = words(rest)
    start = next((int(word[1:]) for word in given if re.fullmatch(r"\+\d+", word)), 0)
    text = _text(shell, [word for word in given if word[0] not in "+/"])
    lines = text.splitlines()
    if shell.captures:
        shell.say("".join(f"{line}\r\n" for line in lines[start:]))
    return True


def sort(shell: Shell, rest: str) -> bool | None:
    """`sort [/r] file`."""
    given = words(rest)
    lines = _text(shell, [word for word in given if not word.startswith("/")]).splitlines()
    ordered = sorted(lines, key=str.lower, reverse="/r" in rest.lower())
    if shell.captures:
        shell.say("".join(f"{line}\r\n" for line in ordered))
    return True
