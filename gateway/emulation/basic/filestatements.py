"""VBA's own file statements: Open, Print #, Close and their like. Part of the parser."""

from __future__ import annotations

from gateway.emulation.automation.values import MISSING
from gateway.emulation.basic.expressions import Expressions
from gateway.emulation.basic.nodes import Expression, FileStatement, Literal, Statement
from gateway.emulation.basic.tokens import Sort

FILE_VERBS = frozenset({"open", "close", "print", "write", "input", "line", "get", "put", "name"})
_MODES = ("output", "append", "binary", "input", "random")


class FileStatements(Expressions):
    """Reads a file statement, or nothing when the word is somebody's own name."""

    def file_statement(self) -> Statement | None:
        """The statement at this place; None leaves the position where it is."""
        verb, start = self.token.key, self.at
        if not self.vba:
            return None
        found: Statement | None = None
        if verb == "open":
            found = self._open()
        elif verb == "close" and self.peek().key not in (".", "="):
            found = self._close()
        elif verb == "name" and self.peek().sort in (Sort.NAME, Sort.LITERAL):
            self.at += 1
            old = self.expression()
            self.need_word("as")
            found = FileStatement("name", (old, self.expression()))
        elif verb == "line" and self.peek().key == "input":
            self.at += 2
            found = self._with_number("line input")
        elif self.peek().key == "#" or (verb in ("get", "put") and self.peek().key != "("):
            self.at += 1
            found = self._with_number(verb)
        if found is None:
            self.at = start
        return found

    def _number(self) -> Expression:
        self.take_mark("#")
        return self.expression()

    def _open(self) -> Statement | None:
        self.at += 1
        if self.is_mark("(", ".") and not self.token.spaced:
            return None
        path = self.expression()
        mode = "binary"
        if self.take_word("for"):
            mode = self.name()
            if mode not in _MODES:
                raise self.error("a file mode expected")
        while self.is_word("access", "read", "write", "shared", "lock"):
            self.at += 1
        self.need_word("as")
        number = self._number()
        if self.take_word("len"):
            self.need_mark("=")
            self.expression()
        return FileStatement("open", (path, number), mode)

    def _close(self) -> Statement:
        self.at += 1
        numbers: list[Expression] = []
        while not self.at_end and not self.is_word("else"):
            numbers.append(self._number())
            self.take_mark(",")
        return FileStatement("close", tuple(numbers))

    def _with_number(self, verb: str) -> Statement:
        operands = [self._number()]
        ends = True
        if self.take_mark(","):
            ends = False
            for argument in self.arguments():
                given = argument.value
                operands.append(Literal(MISSING) if given is None else given)
                ends = given is not None
        return FileStatement(verb, tuple(operands), "" if ends else "continues")
