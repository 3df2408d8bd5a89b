"""What a name, a member or a call means, and its value. Part of the interpreter."""

from __future__ import annotations

import re
from abc import abstractmethod

from gateway.emulation.automation.convert import default_of, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject, indexed
from gateway.emulation.automation.values import (
    MISSING,
    NOTHING,
    Array,
    Cell,
    Element,
    Place,
    Record,
    Value,
)
from gateway.emulation.basic.binding import arranged, bind
from gateway.emulation.basic.builtins import FUNCTIONS
from gateway.emulation.basic.core import MAX_CALLS, Core
from gateway.emulation.basic.frames import ExitSignal, Frame, ProcedureReference, Scope
from gateway.emulation.basic.instances import Instance
from gateway.emulation.basic.nodes import (
    Argument,
    Call,
    Declared,
    Expression,
    Grouped,
    Member,
    Module,
    Name,
    Procedure,
)

LIBRARIES = frozenset(
    {"vba", "interaction", "strings", "filesystem", "information", "math", "conversion"}
    | {"datetime", "financial", "hiddenmodule"}
)
"""The library of VBA and its parts (MS-VBAL section 6.1.2)."""

_CONSTANT = re.compile(r"vb|xl|wd|pp|mso")
"""How constants of VBA and of the applications begin, and mostly their enumerations as well."""

_ENUMERATIONS = frozenset(
    {"colorconstants", "systemcolorconstants", "keycodeconstants", "constants"}
)
"""Enumerations whose names begin in another way."""

Given = list[tuple[str, Value]]
"""Arguments as they were evaluated: name (mostly empty), value or place."""


class Names(Core):
    """The part that resolves names and calls what they mean."""

    def value_of_name(self, name: str, frame: Frame) -> Value:
        """A name that stands alone: a variable, or a call without arguments."""
        place = frame.place(name)
        if place is not None:
            return place.value
        if name == "me":
            return frame.scope.me if frame.scope.me is not None else self.host.named("me")
        return self._resolved(name, [], frame)

    def _resolved(self, name: str, given: Given, frame: Frame) -> Value:
        """What a name means that is no local variable, called with arguments or not."""
        found = self.procedure(name, "get", frame)
        if found is not None:
            return self.call_given(*found, given)
        cell = self.global_cell(name)
        if cell is not None:
            return indexed(cell.value, values_of(given))
        declared = self._declared(name)
        if declared is not None:
            return self.host.library(declared, [value for _, value in given])
        function = self.host.functions.get(name)
        if function is not None:
            return function(*arranged(function, given))
        builtin = FUNCTIONS.get(name)
        if builtin is not None:
            return builtin(self, *arranged(builtin, given, skip=1))
        value = self.host.named(name)
        if value is not MISSING:
            return indexed(value, values_of(given))
        return self._unknown(name, given, frame)

    def _unknown(self, name: str, given: Given, frame: Frame) -> Value:
        me = frame.scope.me
        if isinstance(me, ComObject) and not isinstance(me, Instance):
            return me.get(name, values_of(given))  # a document's own members, in its module
        if given:
            if not self.vba:
                raise ScriptError(13, name)
            self.host.unknown(name)
            raise ScriptError(35, name)
        return self.variable(name, frame).value

    def _declared(self, name: str) -> Declared | None:
        for scope in self.scopes:
            if name in scope.module.declared:
                return scope.module.declared[name]
        return None

    def given(self, arguments: tuple[Argument, ...], frame: Frame) -> Given:
        """Arguments as places where they have one, so that ByRef works."""
        found: Given = []
        for argument in arguments:
            if argument.value is None:
                found.append((argument.name, MISSING))
                continue
            place = self.place_of(argument.value, frame)
            value = place if place is not None else self.evaluate(argument.value, frame)
            found.append((argument.name, value))
        return found

    def place_of(self, expression: Expression, frame: Frame) -> Place | None:
        """The variable, element or field an expression names; None for a mere value."""
        if isinstance(expression, Name):
            place = frame.place(expression.name) or self.global_cell(expression.name)
            if place is None and self._is_free(expression.name, frame):
                return self.variable(expression.name, frame)
            return place
        if isinstance(expression, Call) and isinstance(expression.target, Name | Member):
            holder = self.place_of(expression.target, frame)
            if holder is not None and isinstance(holder.value, Array):
                indexes = [whole(v) for _, v in self._values(expression.arguments, frame)]
                return Element(holder.value, holder.value.offset(indexes))
        if isinstance(expression, Member) and expression.target is not None:
            if not isinstance(expression.target, Name | Member | Call):
                return None
            if self._is_enumeration(expression, frame):
                return None
            holder = self.place_of(expression.target, frame)
            if holder is not None and isinstance(holder.value, Record):
                return holder.value.fields.get(expression.name)
        if isinstance(expression, Member) and expression.target is None:
            subject = frame.with_values[-1] if frame.with_values else None
            return subject.fields.get(expression.name) if isinstance(subject, Record) else None
        return None

    def _is_free(self, name: str, frame: Frame) -> bool:
        """Whether a name means nothing yet, so that it becomes a variable."""
        return (
            self.procedure(name, "get", frame) is None
            and self._declared(name) is None
            and name not in self.host.functions
            and name not in FUNCTIONS
            and name != "me"
            and self.host.named(name) is MISSING
            and (frame.scope.me is None or isinstance(frame.scope.me, Instance))
        )

    def _values(self, arguments: tuple[Argument, ...], frame: Frame) -> Given:
        return [
            (a.name, MISSING if a.value is None else self.evaluate(a.value, frame))
            for a in arguments
        ]

    def called(self, target: Expression, arguments: tuple[Argument, ...], frame: Frame) -> Value:
        """`target(arguments)`, whatever target is."""
        if isinstance(target, Name):
            return self._called_name(target.name, arguments, frame)
        if isinstance(target, Member):
            owner = self.owner(target, frame)
            return self._called_member(owner, target.name, arguments, frame)
        if isinstance(target, Grouped) and not arguments:
            return self.evaluate(target.inner, frame)
        given = self._values(arguments, frame)
        return indexed(self.evaluate(target, frame), values_of(given))

    def _called_name(self, name: str, arguments: tuple[Argument, ...], frame: Frame) -> Value:
        own = frame.procedure
        place = frame.place(name)
        if own is not None and own.name == name and not isinstance(_held(place), Array):
            found = self.procedure(name, "get", frame)
            if found is not None and (arguments or place is None):
                return self.call_given(*found, self.given(arguments, frame))
        if place is not None:
            if not arguments and isinstance(place.value, ProcedureReference):
                return place.value.default([])
            return indexed(place.value, values_of(self._values(arguments, frame)))
        return self._resolved(name, self.given(arguments, frame), frame)

    def owner(self, member: Member, frame: Frame) -> Value:
        """The object before the point."""
        if member.target is None:
            if not frame.with_values:
                raise ScriptError(91)
            return frame.with_values[-1]
        if isinstance(member.target, Name) and frame.place(member.target.name) is None:
            scope = self.module(member.target.name)
            if scope is not None:
                return scope.me if scope.me is not None else Instance(self, scope)
        if self._is_library(member.target, frame) or self._is_enumeration(member, frame):
            return Instance(self, frame.scope)
        return self.evaluate(member.target, frame)

    def _is_library(self, expression: Expression, frame: Frame) -> bool:
        """`VBA`, `Interaction`, `VBA.Strings`: names that may stand before its functions."""
        if not self.vba:
            return False
        if isinstance(expression, Name):
            return expression.name in LIBRARIES and frame.place(expression.name) is None
        return (
            isinstance(expression, Member)
            and isinstance(expression.target, Name)
            and expression.target.name == "vba"
            and expression.name in LIBRARIES
        )

    def _is_enumeration(self, member: Member, frame: Frame) -> bool:
        """Whether an enumeration stands before its constant: `VbAppWinStyle.vbHide`, with `VBA.`
        before both or not. A variable or an object of that name would be meant instead."""
        first, named = _CONSTANT.match(member.name), member.target
        if not self.vba or first is None:
            return False
        if isinstance(named, Member) and isinstance(named.target, Name):
            free = named.target.name == "vba"
        else:
            free = isinstance(named, Name) and self._is_unknown(named.name, frame)
        return (
            free
            and isinstance(named, Name | Member)
            and (named.name.startswith(first[0]) or named.name in _ENUMERATIONS)
        )

    def _is_unknown(self, name: str, frame: Frame) -> bool:
        return (
            frame.place(name) is None
            and self.global_cell(name) is None
            and self._is_free(name, frame)
        )

    def _called_member(
        self, owner: Value, name: str, arguments: tuple[Argument, ...], frame: Frame
    ) -> Value:
        if name == "":
            return indexed(owner, values_of(self._values(arguments, frame)))
        if isinstance(owner, Record):
            field = owner.fields.get(name)
            if field is None:
                raise ScriptError(438, name)
            return indexed(field.value, values_of(self._values(arguments, frame)))
        if isinstance(owner, Instance):
            given = self.given(arguments, frame)
            return owner.member_value(name, given)
        if not isinstance(owner, ComObject):
            raise ScriptError(91 if owner is NOTHING else 424, name)
        if name in owner.references:
            return owner.get(name, [value for _, value in self.given(arguments, frame)])
        given = self._values(arguments, frame)
        return owner.get(name, arranged(owner.signature(name), given, names_only=True))

    def call_given(self, procedure: Procedure, scope: Scope, given: Given) -> Value:
        """Call a procedure with evaluated arguments, some perhaps by name."""
        if procedure.broken:
            self.host.unknown(f"{procedure.name}: {procedure.broken}")
            raise ScriptError(1002, procedure.broken)
        if self.depth >= MAX_CALLS:
            raise ScriptError(28)
        frame = Frame(scope, procedure)
        frame.locals.update(bind(self, procedure, given, frame))
        for name, cell in procedure.statics.items():
            if isinstance(cell, Cell):
                frame.locals[name] = cell
        if procedure.kind in ("function", "get"):
            frame.result = self.made_result(procedure, frame)
            frame.locals[procedure.name] = frame.result
        caller, self.current = self.current, frame
        self.depth += 1
        try:
            self.run(procedure.body, frame)
        except ExitSignal as signal:
            if signal.what != "procedure":
                raise
        finally:
            self.depth -= 1
            self.current = caller
        return frame.result.value if frame.result is not None else None

    @staticmethod
    def made_result(procedure: Procedure, frame: Frame) -> Cell:
        """The variable that a function's result is assigned to."""
        known = procedure.type if not procedure.type.endswith(")") else ""
        return Cell(default_of(known), known)

    def call(self, procedure: Procedure, scope: Scope, arguments: list[Value]) -> Value:
        """Call a procedure with values or places, by position."""
        return self.call_given(procedure, scope, [("", value) for value in arguments])

    def free_function(self, name: str, given: Given) -> Value:
        """A function that belongs to no object, reached through its library's name."""
        return self._resolved(name, given, Frame(Scope(Module(""))))

    @abstractmethod
    def put_element(self, cell: Cell, indexes: list[Value], value: Value) -> None:
        """Assign an element of the array in `cell`."""

    def class_module(self, name: str, frame: Frame) -> Module | None:
        """A class of the script itself."""
        for scope in (frame.scope, *self.scopes):
            if name in scope.module.classes:
                return scope.module.classes[name]
        return None

    def instance(self, class_name: str, frame: Frame) -> Value:
        """`New class_name`."""
        module = self.class_module(class_name, frame)
        if module is None:
            return self.host.create(class_name)
        return Instance.made(self, module, frame)


def _held(place: Place | None) -> Value:
    return None if place is None else place.value


def values_of(given: Given) -> list[Value]:
    """The values of arguments, places read."""
    return [v.value if isinstance(v, Cell | Element) else v for _, v in given]
