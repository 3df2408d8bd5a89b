"""Expressions: by precedence, lowest first (MS-VBAL section 5.6.9)."""

from __future__ import annotations

import re

from gateway.emulation.automation.values import NOTHING, NULL
from gateway.emulation.basic.nodes import (
    AddressOf,
    Argument,
    Call,
    Chain,
    Expression,
    Grouped,
    Literal,
    Member,
    Name,
    New,
    Span,
    TypeOf,
    Unary,
)
from gateway.emulation.basic.reader import Reader
from gateway.emulation.basic.tokens import Sort

_BY_LEVEL: tuple[tuple[str, ...], ...] = (
    ("imp",),
    ("eqv",),
    ("xor",),
    ("or",),
    ("and",),
    (),  # Not, a prefix
    ("=", "<>", "<", ">", "<=", ">=", "is", "like"),
    ("&",),
    ("+", "-"),
    ("mod",),
    ("\\",),
    ("*", "/"),
)
_LEVELS = {operator: level for level, row in enumerate(_BY_LEVEL) for operator in row}
_NOT = 5
_WORDS = frozenset({"imp", "eqv", "xor", "or", "and", "is", "like", "mod"})

_CELL = re.compile(r"(?:.+!)?\$?[a-z]{1,3}\$?\d{1,7}(?::\$?[a-z]{1,3}\$?\d{1,7})?\Z")

_CONSTANTS = {
    "true": Literal(True),
    "false": Literal(False),
    "nothing": Literal(NOTHING),
    "null": Literal(NULL),
    "empty": Literal(None),
}


class Expressions(Reader):
    """The part of the parser that reads expressions."""

    def expression(self) -> Expression:
        """One expression. Raises SourceError."""
        self.deeper()
        found = self._binary(0)
        self.depth -= 1
        return found

    def _binary(self, lowest: int) -> Expression:
        """Operands and operators down to the precedence `lowest`."""
        left: Expression
        if self.take_word("not"):
            self.deeper()
            left = Unary("not", self._binary(_NOT))
            self.depth -= 1
        else:
            left = self._signed()
        while (level := self._level_here()) >= lowest:
            rest: list[tuple[str, Expression]] = []
            while self._level_here() == level:
                operator = self.next().key
                rest.append((operator, self._binary(level + 1)))
            left = Chain(left, tuple(rest))
        return left

    def _level_here(self) -> int:
        """The precedence of the operator that comes next; -1 when none does."""
        token = self.token
        level = _LEVELS.get(token.key, -1)
        if level < 0 or token.sort is (Sort.OPERATOR if token.key in _WORDS else Sort.NAME):
            return -1
        return -1 if token.sort is Sort.LITERAL else level

    def _signed(self) -> Expression:
        if self.is_mark("-", "+"):
            operator = self.next().key
            self.deeper()
            operand = self._signed()
            self.depth -= 1
            return Unary(operator, operand) if operator == "-" else operand
        return self._power()

    def _power(self) -> Expression:
        first = self.primary()
        rest: list[tuple[str, Expression]] = []
        while self.take_mark("^"):
            rest.append(("^", self._signed() if self.is_mark("-", "+") else self.primary()))
        return Chain(first, tuple(rest)) if rest else first

    def primary(self) -> Expression:
        """An operand with everything that is attached to it."""
        token = self.token
        if token.sort is Sort.LITERAL:
            self.at += 1
            return Literal(token.value)
        if token.sort is Sort.NAME:
            return self._named(token.key)
        if self.is_mark("."):
            return self.postfix(self._with_member())
        if self.is_mark("!"):
            self.at += 1
            return self.postfix(Call(Member(None, ""), (Argument(Literal(self.name())),)))
        self.need_mark("(")
        inner = self.expression()
        self.need_mark(")")
        return self.postfix(Grouped(inner))

    def _named(self, key: str) -> Expression:
        if key == "new":
            self.at += 1
            return New(self.dotted())
        if key == "typeof" and self.peek().sort is Sort.NAME:
            self.at += 1
            operand = self.primary()
            self.need_word("is")
            return TypeOf(operand, self.dotted())
        if key == "addressof":
            self.at += 1
            return AddressOf(self.dotted().rsplit(".", 1)[-1])
        if key == "byval":  # in the arguments of a Declare'd function
            self.at += 1
            return Grouped(self._binary(0))
        if key == "not":
            return self._binary(_NOT)
        if self.vba and self.token.value is None and _CELL.match(key):
            self.at += 1  # `[A1]` is a cell in Excel, not a name
            return self.postfix(Call(Name("evaluate"), (Argument(Literal(key)),)))
        self.at += 1
        constant = _CONSTANTS.get(key)
        if constant is not None and not self.is_mark("("):
            return constant
        return self.postfix(Name(key))

    def _with_member(self) -> Expression:
        self.need_mark(".")
        return Member(None, self.name())

    def postfix(self, target: Expression) -> Expression:
        """Members, arguments and `!` that follow."""
        while True:
            if self.take_mark("("):
                target = Call(target, self._enclosed())
            elif self.is_mark(".") and self.peek().sort is Sort.NAME:
                self.at += 1
                target = Member(target, self.name())
            elif self.is_mark("!") and self.peek().sort is Sort.NAME and not self.token.spaced:
                self.at += 1
                target = Call(target, (Argument(Literal(self.name())),))
            else:
                return target

    def _enclosed(self) -> tuple[Argument, ...]:
        if self.take_mark(")"):
            return ()
        found = self.arguments()
        self.need_mark(")")
        return found

    def arguments(self) -> tuple[Argument, ...]:
        """Arguments up to what cannot belong to them. `;` is for Print."""
        found: list[Argument] = [self._argument()]
        while self.is_mark(",", ";"):
            self.at += 1
            found.append(self._argument())
        return tuple(found)

    def _argument(self) -> Argument:
        if self.is_mark(",", ")", ";") or self.at_end:
            return Argument(None)
        following = self.peek()
        if self.token.sort is Sort.NAME and following.key == ":=":
            name = self.name()
            self.at += 1
            return Argument(self.expression(), name)
        if self.take_mark("#"):  # a file number, as in EOF(#1)
            return Argument(self.expression())
        value = self.expression()
        if self.take_word("to"):
            return Argument(Span(value, self.expression()))
        return Argument(value)

    def dotted(self) -> str:
        """A name of several parts, such as `Excel.Application`."""
        parts = [self.name()]
        while self.is_mark(".") and self.peek().sort is Sort.NAME:
            self.at += 1
            parts.append(self.name())
        return ".".join(parts)
