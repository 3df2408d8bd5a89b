"""On which line of a TOML text each key stands: what `tomllib` does not tell.

The text has been accepted by `tomllib` before; here nothing is checked, only walked. Purpose:
error messages and traces that name a line. It must never decide a value.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from gateway.policy.document import KeyPath

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # up to two quotes may stand before the closing three
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]\}\n#]*")


def key_lines(toml: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table, key and array element of a valid TOML text."""
    walk = _Walk(toml)
    walk.document()
    return walk.lines


class _Walk:
    """One pass over the text; `at` is the offset of the next character."""

    def __init__(self, toml: str) -> None:
        self.text = toml
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self._starts = [0, *(match.end() for match in re.finditer("\n", toml))]
        self._counts: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._key_value(table)
            self._skip(_BLANK)

    def _header(self) -> KeyPath:
        """`[a.b]` or `[[a.b]]`: the path of the table that the next keys belong to."""
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        line = self._line()
        self.at += brackets
        names = self._key()
        self.at += brackets
        path: KeyPath = ()
        for position, name in enumerate(names, 1):
            path = (*path, name)
            last = position == len(names)
            self.lines.setdefault(path, line)
            if last and brackets == 2:
                self._counts[path] = self._counts.get(path, 0) + 1
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        self.lines[path] = line
        return path

    def _key_value(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for name in self._key():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> list[str]:
        """A dotted key; ends after the white space that follows it."""
        names: list[str] = []
        while True:
            self._skip(_SPACE)
            names.append(_plain(self._skip(_KEY)))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def _value(self, path: KeyPath) -> None:
        match self.text[self.at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._skip(_STRING)
            case _:
                self._skip(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        index = 0
        self.at += 1
        while not self._closes("]"):
            self.lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while not self._closes("}"):
            self._key_value(path)

    def _closes(self, bracket: str) -> bool:
        """Step over blanks and a comma; True when `bracket` came and was stepped over."""
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_BLANK)
        if not self.text.startswith(bracket, self.at):
            return False
        self.at += 1
        return True

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None, "tomllib accepted this text"
        self.at = found.end()
        return found.group()

    def _line(self) -> int:
        return bisect_right(self._starts, self.at)


def _plain(key: str) -> str:
    """A key without its quotes and escapes."""
    if key[0] not in "\"'":
        return key
    return str(tomllib.loads(f"key = {key}")["key"])
