"""Assignments to everything that can be assigned to. Part of the interpreter."""

from __future__ import annotations

from gateway.emulation.automation.convert import coerced, text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import (
    NOTHING,
    Array,
    Cell,
    Element,
    Place,
    Record,
    Value,
    as_array,
    copied,
    sized_array,
)
from gateway.emulation.basic.core import is_object, stored
from gateway.emulation.basic.evaluator import Evaluator
from gateway.emulation.basic.frames import Frame
from gateway.emulation.basic.instances import Instance
from gateway.emulation.basic.names import values_of
from gateway.emulation.basic.nodes import (
    Assign,
    Call,
    Erase,
    Expression,
    Member,
    MidAssign,
    Name,
    ReDim,
)


class Assignments(Evaluator):
    """The part that assigns."""

    def assign_statement(self, statement: Assign, frame: Frame) -> None:
        """`a = b`, `Set a = b`."""
        value = self.evaluate(statement.value, frame)
        if statement.is_set and not is_object(value):
            raise ScriptError(424)
        if not statement.is_set and isinstance(value, ComObject):
            value = self._let_value(value)
        self.assign(statement.target, copied(value), frame)

    @staticmethod
    def _let_value(value: ComObject) -> Value:
        """Without Set an object's default property is meant; ours may have none."""
        try:
            return value.default([])
        except ScriptError:
            return value

    def assign(self, target: Expression, value: Value, frame: Frame) -> None:
        """Store a value. Raises ScriptError."""
        match target:
            case Name():
                self._assign_name(target.name, value, frame)
            case Member():
                self._assign_member(target, [], value, frame)
            case Call():
                self._assign_call(target, value, frame)
            case _:
                raise ScriptError(501)

    def _assign_name(self, name: str, value: Value, frame: Frame) -> None:
        place: Place | None = frame.place(name)
        if place is None:
            place = self.global_cell(name)
        if place is None:
            slot = "set" if isinstance(value, ComObject) else "let"
            found = self.procedure(name, slot, frame) or self.procedure(name, "let", frame)
            if found is not None:
                self.call(*found, [value])
                return
            me = frame.scope.me
            is_host = self.vba and isinstance(me, ComObject) and not isinstance(me, Instance)
            if is_host and me is not None and self._put_own(me, name, value):
                return
            place = self.variable(name, frame)
        if isinstance(place, Cell):
            self._store(place, value)
        else:
            place.value = coerced(value, place.type) if place.type else value

    @staticmethod
    def _put_own(me: ComObject, name: str, value: Value) -> bool:
        """A form's or document's own property, in its module."""
        try:
            me.put(name, [], value)
        except ScriptError:
            return False
        return True

    @staticmethod
    def _store(cell: Cell, value: Value) -> None:
        held = cell.value
        if value is NOTHING and isinstance(held, Instance):
            held.terminate()
        takes = cell.type or cell.constant  # a variable of an object's type, or Err
        if takes and isinstance(held, ComObject) and not is_object(value):
            held.put_default([], value)
            return
        if isinstance(held, Array) and held.type == "byte" and isinstance(value, str | bytes):
            data = value if isinstance(value, bytes) else value.encode("utf-16-le", "surrogatepass")
            value = as_array(data)
        elif isinstance(held, Array) and held.type and isinstance(value, Array):
            value.type = held.type
        stored(cell, value)

    def _assign_member(
        self, member: Member, arguments: list[Value], value: Value, frame: Frame
    ) -> None:
        owner = self.owner(member, frame)
        if isinstance(owner, Record):
            cell = owner.fields.get(member.name)
            if cell is None:
                raise ScriptError(438, member.name)
            if arguments:
                self.put_element(cell, arguments, value)
            else:
                self._store(cell, value)
        elif isinstance(owner, ComObject):
            if member.name:
                owner.put(member.name, arguments, value)
            else:
                owner.put_default(arguments, value)
        else:
            raise ScriptError(91 if owner in (NOTHING, None) else 424, member.name)

    def _assign_call(self, call: Call, value: Value, frame: Frame) -> None:
        indexes = values_of(self._values(call.arguments, frame))
        target = call.target
        if isinstance(target, Member):
            place = self.place_of(target, frame)
            if place is None or not isinstance(place.value, Array):
                self._assign_member(target, indexes, value, frame)
                return
        if isinstance(target, Name):
            cell = frame.place(target.name) or self.global_cell(target.name)
            if cell is None:
                found = self.procedure(target.name, "let", frame)
                if found is not None:
                    self.call(*found, [*indexes, value])
                    return
            elif not isinstance(cell.value, ComObject):
                self.put_element(cell, indexes, value)
                return
        holder = self.place_of(target, frame)
        held = holder.value if holder is not None else self.evaluate(target, frame)
        if isinstance(held, ComObject):
            held.put_default(indexes, value)
        elif isinstance(held, Array):
            self.put_element(Cell(held), indexes, value)
        else:
            raise ScriptError(13)

    def put_element(self, cell: Place, indexes: list[Value], value: Value) -> None:
        """Assign an element of the array in a variable; bytes become an array by this."""
        array = cell.value
        if isinstance(array, bytes):
            array = cell.value = as_array(array)
        if not isinstance(array, Array):
            raise ScriptError(13)
        element = Element(array, array.offset([whole(index) for index in indexes]))
        element.value = coerced(value, array.type) if array.type else value

    def redim(self, statement: ReDim, frame: Frame) -> None:
        """ReDim, with Preserve keeping what fits."""
        place = self.place_of(statement.target, frame)
        if place is None and isinstance(statement.target, Name):
            place = self.variable(statement.target.name, frame)
        if place is None:
            array = self.array(statement.bounds, statement.type, frame)
            self.assign(statement.target, array, frame)
            return
        old = place.value if isinstance(place.value, Array) else None
        if isinstance(place.value, bytes):
            old = as_array(place.value)
        type_name = statement.type or (old.type if old is not None else "")
        new = self.array(statement.bounds, type_name, frame)
        if old is not None and old.fixed:
            raise ScriptError(10)
        if statement.preserve and old is not None and old.bounds:
            _keep(old, new)
        place.value = new

    def erase(self, statement: Erase, frame: Frame) -> None:
        """Erase: a fixed array gets its first values again, another loses its bounds."""
        for target in statement.targets:
            place = self.place_of(target, frame)
            if place is None or not isinstance(place.value, Array):
                raise ScriptError(13)
            array = place.value
            if array.fixed:
                fresh = sized_array(array.bounds, None, array.type)
                array.items[:] = [coerced("" if array.type == "string" else 0, array.type)] * len(
                    fresh.items
                )
            else:
                place.value = Array([], [], array.type)

    def mid_assign(self, statement: MidAssign, frame: Frame) -> None:
        """`Mid(s, start, length) = new`: never longer than it was."""
        old = text(self.evaluate(statement.target, frame))
        start = whole(self.evaluate(statement.start, frame)) - 1
        new = text(self.evaluate(statement.value, frame))
        if not 0 <= start < max(len(old), 1):
            raise ScriptError(5)
        if statement.length is not None:
            new = new[: whole(self.evaluate(statement.length, frame))]
        new = new[: len(old) - start]
        self.assign(statement.target, old[:start] + new + old[start + len(new) :], frame)


def _keep(old: Array, new: Array) -> None:
    """Copy what both arrays have; only the last dimension may have changed."""
    if len(old.bounds) != len(new.bounds):
        raise ScriptError(9)
    old_width = old.bounds[-1][1] - old.bounds[-1][0] + 1
    new_width = new.bounds[-1][1] - new.bounds[-1][0] + 1
    width = min(old_width, new_width)
    if width <= 0:
        return
    for row in range(min(len(old.items) // old_width, len(new.items) // new_width)):
        source = old.items[row * old_width : row * old_width + width]
        new.items[row * new_width : row * new_width + width] = source
