"""Declarations: variables, constants, parameters, types, Declare. Part of the parser."""

from __future__ import annotations

from gateway.emulation.basic.expressions import Expressions
from gateway.emulation.basic.nodes import (
    Argument,
    Const,
    Declared,
    Expression,
    Literal,
    Module,
    Parameter,
    Span,
    Variable,
)
from gateway.emulation.basic.tokens import Sort

Bounds = tuple[tuple[Expression | None, Expression], ...]


class Declarations(Expressions):
    """The part of the parser that reads declarations."""

    def variables(self) -> tuple[Variable, ...]:
        """`a, b(3) As Long, c As New Thing` after Dim and its like."""
        found = [self._variable()]
        while self.take_mark(","):
            found.append(self._variable())
        return tuple(found)

    def _variable(self) -> Variable:
        self.take_word("withevents")
        name = self.name()
        bounds: Bounds | None = None
        if self.take_mark("("):
            if self.take_mark(")"):
                bounds = ()
            else:
                bounds = self.bounds_of(self.arguments())
                self.need_mark(")")
        is_new, type_name = self.as_type()
        return Variable(name, type_name, bounds, is_new)

    def bounds_of(self, arguments: tuple[Argument, ...]) -> Bounds:
        """The bounds that arguments of Dim and ReDim mean."""
        found: list[tuple[Expression | None, Expression]] = []
        for argument in arguments:
            value = argument.value
            if value is None:
                raise self.error("a bound expected")
            found.append((value.low, value.high) if isinstance(value, Span) else (None, value))
        return tuple(found)

    def as_type(self) -> tuple[bool, str]:
        """`As [New] type [* length]`: whether New, and the type in lower case."""
        if not self.take_word("as"):
            return False, ""
        is_new = self.take_word("new")
        type_name = self.dotted()
        if self.take_mark("*"):
            self.primary()
        if self.take_mark("("):  # an array: what it holds is not the variable's type
            self.need_mark(")")
            type_name = "variant"
        return is_new, "" if type_name == "variant" else type_name

    def constants(self) -> list[Const]:
        """`A = 1, B As Long = 2` after Const."""
        found: list[Const] = []
        while True:
            name = self.name()
            self.as_type()
            self.need_mark("=")
            found.append(Const(name, self.expression()))
            if not self.take_mark(","):
                return found

    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in parentheses; none at all when there are no parentheses."""
        if not self.take_mark("("):
            return ()
        found: list[Parameter] = []
        while not self.take_mark(")"):
            found.append(self._parameter())
            if not self.take_mark(",") and not self.is_mark(")"):
                raise self.error("',' or ')' expected")
        return tuple(found)

    def _parameter(self) -> Parameter:
        modifiers: set[str] = set()
        while self.is_word("byval", "byref", "optional", "paramarray") and (
            self.peek().sort is Sort.NAME
        ):
            modifiers.add(self.next().key)
        name = self.name()
        is_array = self.take_mark("(")
        if is_array:
            self.need_mark(")")
        _, type_name = self.as_type()
        default = self.expression() if self.take_mark("=") else None
        return Parameter(
            name,
            by_value="byval" in modifiers,
            optional="optional" in modifiers or "paramarray" in modifiers,
            collects="paramarray" in modifiers,
            type="" if is_array else type_name,
            default=default,
        )

    def declare(self, module: Module) -> None:
        """`Declare PtrSafe Function name Lib "l" Alias "a" (…) As type`."""
        self.take_word("ptrsafe")
        if not (self.take_word("function") or self.take_word("sub")):
            raise self.error("'Function' or 'Sub' expected")
        exported = str(self.token.value)
        name = self.name()
        self.need_word("lib")
        library = self._string()
        if self.take_word("alias"):
            exported = self._string()
        parameters = self.parameters()
        self.as_type()
        module.declared[name] = Declared(name, exported, library, parameters)

    def _string(self) -> str:
        token = self.next()
        if not isinstance(token.value, str) or token.sort is not Sort.LITERAL:
            raise self.error("a string expected")
        return token.value

    def enumeration(self, module: Module) -> None:
        """Enum: its members become constants, each one more than the one before."""
        self.name()
        previous: Expression | None = None
        following = 0
        while not self.take_word("end", "enum"):
            self.skip_ends()
            if self.is_words("end", "enum"):
                continue
            name = self.name()
            value: Expression = Literal(following)
            if self.take_mark("="):
                value = self.expression()
            number = _constant(value)
            following = (number if number is not None else following) + 1
            previous = value if number is None else Literal(number)
            module.constants.append(Const(name, previous))
            self.skip_ends()

    def record(self, module: Module) -> None:
        """Type: its fields, each a declaration on a line of its own."""
        name = self.name()
        fields: list[Variable] = []
        self.skip_ends()
        while not self.take_word("end", "type"):
            fields.append(self._variable())
            self.skip_ends()
        module.types[name] = tuple(fields)


def _constant(value: Expression) -> int | None:
    if isinstance(value, Literal) and isinstance(value.value, int):
        return value.value
    return None
