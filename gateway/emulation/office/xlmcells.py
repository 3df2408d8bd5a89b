"""The value of a macro sheet's formula: references, names, operators; functions are elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod

from gateway.emulation.automation.convert import number
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.basic.operators import BINARY
from gateway.emulation.office.cells import area, column_letters
from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.formulas import (
    Binary,
    Formula,
    Function,
    Minus,
    Reference,
    Text,
    Word,
    parse_formula,
)
from gateway.emulation.office.xlmfunctions import shown

DEPTH_MAX = 60
"""Formulas and macros that need each other."""

_AREA_MAX = 20_000

Place = tuple[Sheet, int, int]
"""A cell: its sheet, row and column."""


class Cells(ABC):
    """The sheets, and where a macro stands in them."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._names: dict[str, Value] = {}
        macros = (sheet for sheet in content.sheets if sheet.kind == "macro")
        self._here: Place = (next(macros, Sheet("Macro1", "macro")), 1, 1)
        self._depth = 0

    @abstractmethod
    def _function(self, call: Function) -> Value:
        """The value of a function's call."""

    def evaluated(self, formula: Formula) -> Value:
        """The value of a formula. Raises ScriptError."""
        return self._evaluated(formula)

    def area(self, formula: Formula) -> list[Value]:
        """All values that an argument means. Raises ScriptError."""
        return self._area(formula)

    def _evaluated(self, formula: Formula) -> Value:
        match formula:
            case Text():
                value = formula.value
                whole_ = isinstance(value, float) and value == int(value) and abs(value) < 1 << 31
                return int(value) if whole_ and isinstance(value, float) else value
            case Reference():
                return self._cell(formula.words)
            case Word():
                return self._word(formula.name)
            case Minus():
                return -number(self._evaluated(formula.operand))
            case Binary():
                return self._binary(formula)
            case Function():
                return self._function(formula)

    def _binary(self, formula: Binary) -> Value:
        left, right = self._evaluated(formula.left), self._evaluated(formula.right)
        if formula.operator == "&":
            return BINARY["&"](shown(left), shown(right))
        return BINARY[formula.operator](left, right)

    def _word(self, name: str) -> Value:
        bare = name.split("!")[-1].lower()
        if bare in self._names:
            return self._names[bare]
        words = self._content.names.get(bare)
        if words is None:
            return None
        return (
            self._cell(words)
            if area(words.split("!")[-1])
            else self._evaluated(parse_formula(words))
        )

    def _place(self, words: str) -> tuple[Sheet, int, int] | None:
        """The first cell of a reference or name."""
        words = words.strip().lstrip("=")
        bare = words.split("!")[-1].lower()
        if area(bare) is None and bare in self._content.names:
            words = self._content.names[bare]
        owner, _, cell = words.rpartition("!")
        box = area(cell)
        if box is None:
            return None
        wanted = owner.strip("'").replace("''", "'").lower()
        sheet = self._here[0]
        for each in self._content.sheets:
            if wanted and each.name.lower() == wanted:
                sheet = each
        return sheet, box[0], box[1]

    def _cell(self, words: str) -> Value:
        place = self._place(words)
        if place is None:
            return None
        sheet, row, column = place
        if (row, column) not in sheet.values and (row, column) in sheet.formulas:
            self._depth += 1
            try:
                if self._depth > DEPTH_MAX:
                    raise ScriptError(28)
                sheet.values[row, column] = None
                value = self._evaluated(parse_formula(sheet.formulas[row, column]))
                sheet.values[row, column] = value
            finally:
                self._depth -= 1
        return sheet.values.get((row, column))

    def _area(self, formula: Formula) -> list[Value]:
        """All values that an argument means: of a whole area, if it is one."""
        if not isinstance(formula, Reference) or ":" not in formula.words:
            return [self._evaluated(formula)]
        place, box = self._place(formula.words), area(formula.words.split("!")[-1])
        if place is None or box is None:
            return []
        rows, columns = box[2] - box[0] + 1, box[3] - box[1] + 1
        if rows * columns > _AREA_MAX:
            raise ScriptError(7)
        prefix = formula.words.rpartition("!")
        owner = prefix[0] + prefix[1]
        return [
            self._cell(f"{owner}{column_letters(column)}{row}")
            for row in range(box[0], box[2] + 1)
            for column in range(box[1], box[3] + 1)
        ]
