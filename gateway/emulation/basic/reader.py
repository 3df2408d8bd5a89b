"""A position in the tokens, and the small steps that every part of the parser takes."""

from __future__ import annotations

from gateway.emulation.automation.errors import SourceError
from gateway.emulation.basic.tokens import Dialect, Sort, Token, tokens_of

MAX_DEPTH = 60
"""Parentheses and blocks within each other. Honest code has a dozen; Python's stack has an end."""


class Reader:
    """Tokens of one source, read from left to right."""

    def __init__(self, source: str, dialect: Dialect) -> None:
        self.dialect = dialect
        self.tokens = tokens_of(source, dialect)
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def vba(self) -> bool:
        return self.dialect is Dialect.VBA

    def peek(self, ahead: int = 1) -> Token:
        """A token further on; the last one when there are no more."""
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Take a token."""
        token = self.tokens[self.at]
        if token.sort is not Sort.END:
            self.at += 1
        return token

    def is_word(self, *words: str) -> bool:
        """Whether the next token is one of these names."""
        token = self.token
        return token.sort is Sort.NAME and token.key in words

    def is_words(self, *words: str) -> bool:
        """Whether these names come next, one after the other."""
        return all(
            self.peek(n).sort is Sort.NAME and self.peek(n).key == w for n, w in enumerate(words)
        )

    def is_mark(self, *marks: str) -> bool:
        """Whether the next token is one of these operators."""
        token = self.token
        return token.sort is Sort.OPERATOR and token.key in marks

    def take_word(self, *words: str) -> bool:
        """Take these names if all of them come next."""
        if not self.is_words(*words):
            return False
        self.at += len(words)
        return True

    def take_mark(self, mark: str) -> bool:
        """Take this operator if it comes next."""
        if not self.is_mark(mark):
            return False
        self.at += 1
        return True

    def need_word(self, word: str) -> None:
        """Take this name. Raises SourceError."""
        if not self.take_word(word):
            raise self.error(f"'{word}' expected")

    def need_mark(self, mark: str) -> None:
        """Take this operator. Raises SourceError."""
        if not self.take_mark(mark):
            raise self.error(f"'{mark}' expected")

    def name(self) -> str:
        """Take a name. Raises SourceError."""
        token = self.next()
        if token.sort is not Sort.NAME:
            self.at -= token.sort is not Sort.END
            raise self.error("a name expected")
        return token.key

    @property
    def at_end(self) -> bool:
        """Whether the statement is over."""
        return self.token.sort in (Sort.LINE, Sort.END) or self.is_mark(":")

    @property
    def at_line_end(self) -> bool:
        return self.token.sort in (Sort.LINE, Sort.END)

    def skip_ends(self) -> None:
        """Skip empty statements."""
        while self.token.sort is Sort.LINE or self.is_mark(":"):
            self.at += 1

    def skip_line(self) -> None:
        """Skip what is left of a line that means nothing here."""
        while not self.at_line_end:
            self.at += 1

    def deeper(self) -> None:
        """One more level. Raises SourceError beyond the limit."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("nested too deep")

    def error(self, detail: str) -> SourceError:
        """The error at this place."""
        token = self.token
        found = {Sort.LINE: "the line's end", Sort.END: "the end"}.get(token.sort, token.key)
        return SourceError(token.line, f"{detail}, found {found}")
