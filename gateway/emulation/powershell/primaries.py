"""PowerShell's single values to a tree: numbers, tables, parentheses, members. Runs nothing."""

from __future__ import annotations

import re
from abc import abstractmethod

from gateway.emulation.powershell.nodes import (
    BlockNode,
    Const,
    Index,
    Member,
    Node,
    Step,
    Sub,
    Table,
    TypeName,
)
from gateway.emulation.powershell.texts import Texts

NUMBER = re.compile(
    r"(0x[0-9a-f]+|\d+\.\d+(?:e[+-]?\d+)?|\.\d+|\d+(?:e[+-]?\d+)?)([ldu]{0,2})(kb|mb|gb|tb)?"
    r"(?![\w\\:/-])(?!\.[\w\\])",
    re.IGNORECASE,
)
_UNITS = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40}
WORD = re.compile(r"[A-Za-z_][\w-]*")


class Primaries(Texts):
    """A cursor that reads values; what stands within them is read by who inherits it."""

    @abstractmethod
    def expression(self, level: int = 0, *, comma: bool = True) -> Node:
        """An expression whose operators bind at least as strongly as those of `level`."""

    @abstractmethod
    def statements(self, end: str) -> tuple[Node, ...]:
        """Statements up to `end`, which is left."""

    @abstractmethod
    def statement(self) -> Node:
        """One statement."""

    @abstractmethod
    def block(self) -> BlockNode:
        """`{ ... }` as a value."""

    def primary(self) -> Node:
        quoted = self.quoted()
        if quoted is not None:
            return quoted
        if self.peek("$(") or self.peek("@(") or self.peek("("):
            return self.parenthesis()
        if self.take("@{"):
            return self._table()
        if self.peek("{"):
            return self.block()
        variable = self.variable()
        if variable is not None:
            return variable
        number = self.match(NUMBER)
        if number is not None:
            text = number[1].lower()
            plain = (
                float(text)
                if any(c in text for c in ".e") and not text.startswith("0x")
                else int(text, 0)
                if text.startswith("0x")
                else int(text)
            )
            return Const(plain * _UNITS.get((number[3] or "").lower(), 1))
        raise self.fail(f"'{self.source[self.at : self.at + 20]}' was not understood")

    def parenthesis(self) -> Node:
        """`(...)`, `$(...)`, `@(...)`."""
        array = self.peek("@")
        self.at += 1 if self.peek("(") else 2
        body = self.statements(")")
        self.need(")")
        return Sub(body, array)

    def _table(self) -> Node:
        pairs: list[tuple[Node, Node]] = []
        while True:
            self.space()
            if self.take("}"):
                return Table(tuple(pairs))
            word = self.match(WORD)
            key: Node = Const(word[0]) if word is not None else self.expression()
            self.need("=")
            self.lines()
            pairs.append((key, self.statement()))

    def postfix(self, node: Node) -> Node:
        """Members, indexes and calls behind a value."""
        while True:
            if self.peek("["):
                self.at += 1
                self.lines()
                index = self.expression()
                self.need("]")
                node = Index(node, index)
            elif self.peek("::") or re.match(
                r"\??\.[\w$'\"({\u2018\u201c`]", self.source[self.at : self.at + 3]
            ):
                self.at += 2 if self.peek("::") or self.peek("?.") else 1
                self.lines()
                node = self._member(node)
            elif self.peek("++") or self.peek("--"):
                node = Step(node, 1 if self.char == "+" else -1, True)
                self.at += 2
            else:
                before = self.at
                if self.match(
                    re.compile(
                        r"\s*\r?\n\s*(?=\.[A-Za-z_]\w*\()|\s+(?=::)|[ \t]+(?=\.[A-Za-z]\w*\()"
                    )
                ) and isinstance(node, Member | Sub | TypeName):
                    continue
                self.at = before
                return node

    def _member(self, target: Node) -> Node:
        word = self.match(re.compile(r"[\w`]+"))
        name: Node
        if word is not None:
            name = Const(word[0].replace("`", ""))
        else:
            found = self.quoted() or self.variable()
            name = found if found is not None else self.parenthesis()
        if not self.take("("):
            if (
                self.peek("{")
                and isinstance(name, Const)
                and str(name.value).lower() in ("foreach", "where")
            ):
                return Member(target, name, (self.block(),))
            return Member(target, name)
        arguments: list[Node] = []
        while True:
            self.lines()
            if self.take(")"):
                return Member(target, name, tuple(arguments))
            if not self.take(","):
                arguments.append(self.expression(comma=False))
