"""The value of each kind of expression. Part of the interpreter."""

from __future__ import annotations

from functools import partial

from gateway.emulation.automation.convert import truth
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import NOTHING, NULL, Record, Value
from gateway.emulation.basic.frames import Frame, ProcedureReference
from gateway.emulation.basic.instances import Instance
from gateway.emulation.basic.names import Names
from gateway.emulation.basic.nodes import (
    AddressOf,
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
from gateway.emulation.basic.operators import BINARY, unary


class Evaluator(Names):
    """The part that evaluates."""

    def evaluate(self, expression: Expression, frame: Frame) -> Value:
        """The value of an expression. Raises ScriptError."""
        match expression:
            case Literal():
                return expression.value
            case Name():
                place = frame.locals.get(expression.name)
                if place is not None:
                    return place.value
                return self.value_of_name(expression.name, frame)
            case Chain():
                return self._chain(expression, frame)
            case Call():
                self.tick()
                return self.called(expression.target, expression.arguments, frame)
            case Member():
                return self._member(expression, frame)
            case Grouped():
                return self.evaluate(expression.inner, frame)
            case Unary():
                return unary(expression.operator, self.evaluate(expression.operand, frame))
            case New():
                return self.instance(expression.class_name, frame)
            case TypeOf():
                return self._type_of(expression, frame)
            case AddressOf():
                return self.reference(expression.procedure, frame)
            case Span():
                raise ScriptError(1002)

    def _chain(self, chain: Chain, frame: Frame) -> Value:
        value = self.evaluate(chain.first, frame)
        for operator, operand in chain.rest:
            value = BINARY[operator](value, self.evaluate(operand, frame))
        return value

    def _member(self, member: Member, frame: Frame) -> Value:
        owner = self.owner(member, frame)
        if isinstance(owner, Instance):
            return owner.member_value(member.name, [])
        if isinstance(owner, ComObject):
            return owner.get(member.name, []) if member.name else owner.default([])
        if isinstance(owner, Record):
            field = owner.fields.get(member.name)
            if field is None:
                raise ScriptError(438, member.name)
            return field.value
        raise ScriptError(91 if owner in (NOTHING, None) else 424, member.name)

    def _type_of(self, test: TypeOf, frame: Frame) -> bool:
        value = self.evaluate(test.operand, frame)
        if not isinstance(value, ComObject):
            return False
        return value.type_name.lower() == test.class_name.rsplit(".", 1)[-1]

    def reference(self, name: str, frame: Frame) -> Value:
        """GetRef, AddressOf. Raises ScriptError 5 when there is no such procedure."""
        found = self.procedure(name.lower(), "get", frame)
        if found is None:
            raise ScriptError(5, name)
        procedure, scope = found
        return ProcedureReference(procedure.name, partial(self.call, procedure, scope))

    def condition(self, expression: Expression, frame: Frame) -> bool:
        """A condition's truth; Null is false."""
        value = self.evaluate(expression, frame)
        if value is True or value is False:
            return value
        return value is not NULL and truth(value)
