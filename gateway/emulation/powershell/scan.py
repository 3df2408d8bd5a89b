"""A cursor over PowerShell source: blanks, comments, variables. Knows no grammar."""

from __future__ import annotations

import re

from gateway.emulation.automation.errors import SourceError
from gateway.emulation.powershell.nodes import Var

_BLANK = re.compile(r"(?:[ \t\f\v\u00a0\u200b\ufeff]|`\r?\n|<#.*?#>|#[^\r\n]*)+", re.DOTALL)
_SPACE = re.compile(r"(?:[\s\u00a0\ufeff;]|`\r?\n|<#.*?#>|#[^\r\n]*)+", re.DOTALL)
_NEWLINES = re.compile(r"(?:[\s\u00a0\ufeff]|`\r?\n|<#.*?#>|#[^\r\n]*)+", re.DOTALL)
_VARIABLE = re.compile(r"[$@](?:\{((?:[^}`]|`.)+)\}|((?:\w+:(?!:))?[\w?]+|[$^?]))", re.DOTALL)
_SCOPES = ("script:", "global:", "local:", "private:", "variable:", "using:")


class Scanner:
    """Source and position."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def fail(self, words: str) -> SourceError:
        """An error at this place."""
        return SourceError(self.source.count("\n", 0, self.at) + 1, words)

    def blanks(self) -> None:
        """Over blanks and comments, not over ends of lines."""
        self._over(_BLANK)

    def space(self) -> None:
        """Over everything between statements."""
        self._over(_SPACE)

    def lines(self) -> None:
        """Over blanks, comments and ends of lines."""
        self._over(_NEWLINES)

    def _over(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.source, self.at)
        if found is not None:
            self.at = found.end()

    def peek(self, text: str) -> bool:
        """Whether `text` comes next."""
        return self.source.startswith(text, self.at)

    def take(self, text: str) -> bool:
        """Over `text`, if it comes next."""
        if self.source.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Over a pattern, if it comes next."""
        found = pattern.match(self.source, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def need(self, text: str) -> None:
        """Over blanks, lines and `text`. Raises SourceError."""
        self.lines()
        if not self.take(text):
            raise self.fail(f"'{text}' is missing")

    @property
    def char(self) -> str:
        """The next character; empty at the end."""
        return self.source[self.at : self.at + 1]

    def variable(self) -> Var | None:
        """`$name`, `${name}`, `@name`."""
        found = _VARIABLE.match(self.source, self.at)
        if found is None:
            return None
        self.at = found.end()
        name = re.sub("`(.)", r"\1", found[1]) if found[1] is not None else found[2]
        lowered = name.lower()
        for scope in _SCOPES:
            lowered = lowered.removeprefix(scope)
        return Var(lowered, found[0].startswith("@"))
