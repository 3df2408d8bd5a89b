"""The parser: a whole source to a module. Pure.

A VBA procedure that cannot be read does not spoil the others: it is kept as broken and says so
when it is called. VBScript compiles a script as a whole or not at all, and so do we.
"""

from __future__ import annotations

from gateway.emulation.automation.errors import SourceError
from gateway.emulation.basic.conditional import preprocessed
from gateway.emulation.basic.nodes import (
    Block,
    Const,
    Dim,
    Module,
    Procedure,
)
from gateway.emulation.basic.statements import Statements
from gateway.emulation.basic.tokens import Dialect, Sort

_MODIFIERS = ("public", "private", "friend", "global", "static", "default")
_STARTS = ("sub", "function", "property")


class _Parser(Statements):
    """Reads modules, classes and procedures."""

    def module(self, name: str) -> Module:
        found = Module(name)
        self._members(found, ())
        return found

    def _members(self, module: Module, ending: tuple[str, ...]) -> None:
        """Declarations and, outside of classes, statements, up to the ending."""
        while True:
            self.skip_ends()
            if self.token.sort is Sort.END:
                if ending:
                    raise self.error(f"'{' '.join(ending)}' expected")
                return
            if ending and self.take_word(*ending):
                return
            self._labels(module.body)
            if not self.at_end:
                self._one(module)

    def _one(self, module: Module) -> None:
        start = self.at
        modifiers: set[str] = set()
        while self.is_word(*_MODIFIERS) and self.peek().sort is Sort.NAME:
            modifiers.add(self.next().key)
        word = self.token.key if self.token.sort is Sort.NAME else ""
        if word in _STARTS and self.peek().sort is Sort.NAME:
            self._procedure(module, is_default="default" in modifiers)
        elif word == "class" and not self.vba and self.peek().sort is Sort.NAME:
            self._class(module)
        elif word == "declare":
            self.at += 1
            self.declare(module)
        elif word == "enum":
            self.at += 1
            self.enumeration(module)
        elif word == "type" and self.peek().sort is Sort.NAME:
            self.at += 1
            self.record(module)
        elif word == "option":
            self._option(module)
        elif word in ("attribute", "implements", "event") or word.startswith("def"):
            self.skip_line()
        elif self.vba and word == "end" and self.peek().key in _STARTS:
            self.skip_line()  # of nothing: VBA runs no such module, so what is read of it is enough
        elif modifiers and word == "const":
            self.at += 1
            module.constants += self.constants()
        elif modifiers:
            self.at = start + len(modifiers)
            module.variables += self.variables()
        else:
            self._statement(module)

    def _statement(self, module: Module) -> None:
        """A statement of the module itself; its declarations count from the start."""
        for statement in self.statement():
            match statement:
                case Dim(variables) if self.vba:
                    module.variables += variables
                case Const():
                    module.constants.append(statement)
                case _:
                    module.body.statements.append(statement)

    def _option(self, module: Module) -> None:
        self.at += 1
        if self.take_word("base") and isinstance(self.token.value, int):
            module.base = self.token.value
        self.skip_line()

    def _class(self, module: Module) -> None:
        self.at += 1
        name = self.name()
        inner = Module(name)
        self._members(inner, ("end", "class"))
        for statement in inner.body.statements:
            if isinstance(statement, Dim):
                inner.variables += statement.variables
        module.classes[name] = inner

    def _procedure(self, module: Module, *, is_default: bool) -> None:
        kind = self.next().key
        if kind == "property":
            kind = self.name()
        ending = ("end", "property" if kind in ("get", "let", "set") else kind)
        shown = str(self.token.value or self.token.key)
        name = self.name()
        made = Procedure(name, kind, (), Block(), is_default=is_default, shown=shown)
        body_start = self.at
        depth = self.depth
        try:
            made.parameters = self.parameters()
            _, made.type = self.as_type()
            self.take_mark(":")
            made.body = self.block(ending)
            self.at += 2
        except SourceError as error:
            if not self.vba:
                raise
            made.broken = str(error)
            self.depth, self.owed_next = depth, 0
            self.at = body_start
            self._skip_to(ending)
        module.procedures[name, _slot(kind)] = made

    def _skip_to(self, ending: tuple[str, ...]) -> None:
        while not self.is_words(*ending):
            if self.token.sort is Sort.END:
                return
            self.at += 1
        self.at += len(ending)


def _slot(kind: str) -> str:
    """Get and Let of one property live side by side; a Sub and a Function do not."""
    return kind if kind in ("let", "set") else "get"


def parse(source: str, dialect: Dialect, name: str = "") -> Module:
    """The module a source is. Raises SourceError."""
    text = preprocessed(source) if dialect is Dialect.VBA else source
    return _Parser(text, dialect).module(name)
