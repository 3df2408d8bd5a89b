"""PowerShell source to a tree: scripts, statements, pipelines, blocks. Runs nothing."""

from __future__ import annotations

import re

from gateway.emulation.powershell.expressions import ATTRIBUTE, DEEP
from gateway.emulation.powershell.nodes import (
    Assign,
    BlockNode,
    Command,
    Const,
    Node,
    Pipeline,
    Sub,
)
from gateway.emulation.powershell.primaries import NUMBER, WORD
from gateway.emulation.powershell.statements import STATEMENTS, ParserNeeds
from gateway.emulation.powershell.words import REDIRECT, Words

_ASSIGN = re.compile(r"(\+|-|\*|/|%|\?\?)?=(?!=)")


class Parser(Words, ParserNeeds):
    """Parses one source."""

    def script(self) -> tuple[Node, ...]:
        """All statements. Raises SourceError."""
        body = self.statements("")
        self.space()
        if self.at < len(self.source):
            raise self.fail(f"'{self.source[self.at : self.at + 20]}' was not understood")
        return body

    def statements(self, end: str) -> tuple[Node, ...]:
        """Statements up to `end`, which is left."""
        found: list[Node] = []
        while True:
            self.space()
            if not self.char or (end and self.peek(end)):
                return tuple(found)
            before = self.at
            found.append(self.statement())
            if self.at == before:
                raise self.fail(f"'{self.source[self.at : self.at + 20]}' was not understood")
            self.blanks()
            if self.peek("&") and not self.peek("&&"):
                self.at += 1

    def body(self) -> tuple[Node, ...]:
        """`{ statements }`."""
        self.need("{")
        found = self.statements("}")
        self.need("}")
        return found

    def statement(self) -> Node:
        """One statement."""
        self.depth += 1
        if self.depth > DEEP:
            raise self.fail("it is nested too deep")
        try:
            self.match(re.compile(r":\w+\s+(?=while|for|foreach|do|switch)", re.IGNORECASE))
            word = WORD.match(self.source, self.at)
            known = STATEMENTS.get(word[0].lower()) if word is not None else None
            if word is not None and known is not None:
                self.at = word.end()
                made = known(self, word[0].lower())
                if made is not None:
                    return made
                self.at = word.start()
            return self.chain()
        finally:
            self.depth -= 1

    def chain(self) -> Node:
        """Pipelines with `&&` or `||` between them: all of them are told."""
        first = self.pipeline()
        self.blanks()
        rest: list[Node] = []
        while self.take("&&") or self.take("||"):
            self.lines()
            rest.append(self.pipeline())
            self.blanks()
        return Sub((first, *rest)) if rest else first

    def pipeline(self) -> Node:
        """Commands and expressions with `|` between them, or an assignment."""
        parts = [self._element()]
        if isinstance(parts[0], Assign):
            return parts[0]
        while True:
            before = self.at
            self.lines()
            if not self.peek("|") or self.peek("||"):
                self.at = before
                break
            self.at += 1
            self.lines()
            parts.append(self._element())
        return parts[0] if len(parts) == 1 else Pipeline(tuple(parts))

    def _element(self) -> Node:
        self.blanks()
        char = self.char
        if (char == "&" and not self.peek("&&")) or (
            char == "." and re.match(r"\.[\s$('\"{&]", self.source[self.at : self.at + 2])
        ):
            self.at += 1
            self.blanks()
            return self.command(char)
        if (
            not char
            or char in "$@('\"[{+-,!\u201c\u201d\u2018\u2019"
            or char.isdigit()
            or (char == "." and self.source[self.at + 1 : self.at + 2].isdigit())
        ):
            if char.isdigit() and not NUMBER.match(self.source, self.at):
                return self.command("")
            return self._expression_statement()
        return self.command("")

    def _expression_statement(self) -> Node:
        value = self.expression()
        self.blanks()
        found = self.match(_ASSIGN)
        if found is None:
            if self.match(REDIRECT):
                self.blanks()
                target = self.argument()
                return Pipeline((value, Command(Const("Out-File"), (target,))))
            return value
        self.lines()
        return Assign(value, found[1] or "", self.statement())

    def block(self) -> BlockNode:
        """`{ ... }` as a value."""
        start = self.at
        self.need("{")
        parameters = self.parameters()
        body = self.statements("}")
        self.need("}")
        return BlockNode(self.source[start + 1 : self.at - 1], parameters, body)

    def parameters(self) -> tuple[tuple[str, Node | None], ...]:
        """`param(...)`, if it is there."""
        self.space()
        while ATTRIBUTE.match(self.source, self.at):
            self.skip_brackets()
            self.space()
        if not self.match(re.compile(r"param\s*\(", re.IGNORECASE)):
            return ()
        return self.parameter_list()

    def parameter_list(self) -> tuple[tuple[str, Node | None], ...]:
        """Names with defaults, up to the `)`."""
        found: list[tuple[str, Node | None]] = []
        while True:
            self.space()
            if self.take(")"):
                return tuple(found)
            if self.take(","):
                continue
            if self.peek("["):
                self.skip_brackets()
                continue
            variable = self.variable()
            if variable is None:
                raise self.fail("a parameter's name is missing")
            self.lines()
            default: Node | None = None
            if self.take("="):
                self.lines()
                default = self.expression(comma=False)
            found.append((variable.name, default))


def parse(source: str) -> BlockNode:
    """A whole script. Raises SourceError."""
    parser = Parser(source)
    parameters = parser.parameters()
    return BlockNode(source, parameters, parser.script())


def interpolated(source: str) -> Node:
    """A text as if it stood in double quotes. Raises SourceError."""
    return Parser(source).inside()
