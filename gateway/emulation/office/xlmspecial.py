"""Functions of macro sheets that take their arguments unevaluated: jumps, places, names, cells."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial

from gateway.emulation.automation.convert import truth, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.office.cells import column_letters
from gateway.emulation.office.content import Content
from gateway.emulation.office.formulas import Formula, Function, Reference, Word, parse_formula
from gateway.emulation.office.xlmcells import Place
from gateway.emulation.office.xlmflow import Flow
from gateway.emulation.office.xlmfunctions import shown
from gateway.emulation.office.xlmlookups import (
    count_if,
    lookup,
    lookup_in_two,
    match,
    place_text,
    size,
    sum_if,
)
from gateway.emulation.scripts.session import Session


class Jump(Exception):  # noqa: N818 - control flow of the sheet
    """To another cell; None ends the macro."""

    def __init__(self, place: Place | None) -> None:
        self.place = place


class Break(Exception):  # noqa: N818 - as above
    """Out of the innermost loop, from within a formula."""


class Return(Exception):  # noqa: N818 - as above
    """Back from a subroutine."""

    def __init__(self, value: Value) -> None:
        self.value = value


class Special(Flow):
    """What each such function does."""

    def __init__(self, session: Session, content: Content) -> None:
        super().__init__(content)
        self._session = session
        self._world = session.world
        self._active: Place = self._here

    @abstractmethod
    def _run_from(self, place: Place) -> Value:
        """Run from a cell downwards. Raises ScriptError."""

    def evaluate(self, formula: str) -> Value:
        """The value of one formula. Raises ScriptError."""
        return self._evaluated(parse_formula(formula))

    def do_if(self, given: tuple[Formula, ...]) -> Value:
        """IF: only the branch that holds is evaluated."""
        if truth(self._evaluated(given[0])):
            return self._evaluated(given[1]) if len(given) > 1 else True
        return self._evaluated(given[2]) if len(given) > 2 else False

    def do_goto(self, given: tuple[Formula, ...]) -> Value:
        raise Jump(self._target(given[0]))

    def do_run(self, given: tuple[Formula, ...]) -> Value:
        place = self._target(given[0])
        return self._run_from(place) if place is not None else None

    def _target(self, formula: Formula) -> Place | None:
        if isinstance(formula, Reference):
            return self._place(formula.words)
        if isinstance(formula, Word):
            return self._place(formula.name)
        if isinstance(formula, Function) and formula.name in ("OFFSET", "INDIRECT", "INDEX"):
            return self._reference(formula)
        return self._place(shown(self._evaluated(formula)))

    def _reference(self, call: Function) -> Place | None:
        """The cell that OFFSET, INDEX or INDIRECT means."""
        if call.name == "INDIRECT":
            return self._place(shown(self._evaluated(call.arguments[0])))
        base = self._target(call.arguments[0])
        if base is None:
            return None
        steps = [whole(self._evaluated(each) or 0) for each in call.arguments[1:3]]
        down, along = (*steps, 0, 0)[:2]
        if call.name == "INDEX":
            down, along = max(0, down - 1), max(0, along - 1)
        return base[0], base[1] + down, base[2] + along

    def do_reference(self, given: tuple[Formula, ...], name: str) -> Value:
        place = self._reference(Function(name, given))
        if place is None:
            return None
        return self._cell(f"'{place[0].name}'!{column_letters(place[2])}{place[1]}")

    def do_return(self, given: tuple[Formula, ...]) -> Value:
        raise Return(self._evaluated(given[0]) if given else None)

    def do_halt(self, given: tuple[Formula, ...]) -> Value:
        raise Jump(None)

    def do_break(self, given: tuple[Formula, ...]) -> Value:
        raise Break

    def do_set_name(self, given: tuple[Formula, ...]) -> Value:
        name = shown(self._evaluated(given[0])).lower()
        self._names[name] = self._evaluated(given[1]) if len(given) > 1 else None
        return True

    def do_set_value(self, given: tuple[Formula, ...]) -> Value:
        place = self._target(given[0])
        if place is not None:
            place[0].values[place[1], place[2]] = self._evaluated(given[1])
        return True

    def do_write(self, given: tuple[Formula, ...]) -> Value:
        """FORMULA(text, reference): a text that begins with `=` becomes code."""
        words = self._evaluated(given[0])
        place = self._target(given[1]) if len(given) > 1 else self._active
        if place is None:
            return False
        sheet, row, column = place
        if isinstance(words, str) and words.startswith("="):
            self._world.evaluated(words)
            sheet.formulas[row, column] = words[1:]
            sheet.values.pop((row, column), None)
        else:
            sheet.values[row, column] = words
        return True

    def do_row(self, given: tuple[Formula, ...]) -> Value:
        place = self._target(given[0]) if given else self._here
        return place[1] if place is not None else 0

    def do_column(self, given: tuple[Formula, ...]) -> Value:
        place = self._target(given[0]) if given else self._here
        return place[2] if place is not None else 0

    def do_iferror(self, given: tuple[Formula, ...]) -> Value:
        try:
            value = self._evaluated(given[0])
        except ScriptError:
            return self._evaluated(given[1]) if len(given) > 1 else None
        return value

    def do_iserror(self, given: tuple[Formula, ...]) -> Value:
        try:
            value = self._evaluated(given[0])
        except ScriptError:
            return True
        return isinstance(value, str) and value.startswith("#")

    def do_on_time(self, given: tuple[Formula, ...]) -> Value:
        self._session.recorder.sleep(1.0)
        return self.do_run(given[1:2]) if len(given) > 1 else None

    def do_active_cell(self, given: tuple[Formula, ...]) -> Value:
        sheet, row, column = self._active
        return self._cell(f"'{sheet.name}'!{column_letters(column)}{row}")

    def do_note(self, given: tuple[Formula, ...]) -> Value:
        sheet, row, column = self._target(given[0]) or self._here if given else self._here
        return sheet.comments.get((row, column), "")

    def do_evaluate(self, given: tuple[Formula, ...]) -> Value:
        return self.evaluate(shown(self._evaluated(given[0])))

    def do_formula(self, given: tuple[Formula, ...]) -> Value:
        """GET.FORMULA: what stands in a cell, as it was entered."""
        place = self._target(given[0])
        if place is None:
            return None
        sheet, row, column = place
        formula = sheet.formulas.get((row, column))
        return f"={formula}" if formula is not None else sheet.values.get((row, column))

    def do_name(self, given: tuple[Formula, ...]) -> Value:
        """GET.NAME: what a name refers to."""
        name = shown(self._evaluated(given[0])).rpartition("!")[2].lower()
        words = self._content.names.get(name)
        return f"={words}" if words is not None else self._names.get(name, "#NAME?")

    def do_value(self, given: tuple[Formula, ...]) -> Value:
        """DEREF: the value of a place."""
        return self._evaluated(given[0]) if given else None

    def do_select(self, given: tuple[Formula, ...]) -> Value:
        place = self._target(given[0]) if given else None
        self._active = place or self._active
        return True


SPECIAL: dict[str, Callable[[Special, tuple[Formula, ...]], Value]] = {
    "IF": Special.do_if,
    "GOTO": Special.do_goto,
    "RUN": Special.do_run,
    "RETURN": Special.do_return,
    "HALT": Special.do_halt,
    "BREAK": Special.do_break,
    "SET.NAME": Special.do_set_name,
    "DEFINE.NAME": Special.do_set_name,
    "SET.VALUE": Special.do_set_value,
    "FORMULA": Special.do_write,
    "FORMULA.FILL": Special.do_write,
    "FORMULA.ARRAY": Special.do_write,
    "ROW": Special.do_row,
    "COLUMN": Special.do_column,
    "IFERROR": Special.do_iferror,
    "ISERROR": Special.do_iserror,
    "ISERR": Special.do_iserror,
    "ISNA": Special.do_iserror,
    "ON.TIME": Special.do_on_time,
    "ACTIVE.CELL": Special.do_active_cell,
    "SELECT": Special.do_select,
    "GET.NOTE": Special.do_note,
    "EVALUATE": Special.do_evaluate,
    "GET.FORMULA": Special.do_formula,
    "GET.NAME": Special.do_name,
    "DEREF": Special.do_value,
    "ROWS": partial(size, rows=True),
    "COLUMNS": partial(size, rows=False),
    "MATCH": match,
    "VLOOKUP": partial(lookup, by_row=True),
    "HLOOKUP": partial(lookup, by_row=False),
    "LOOKUP": lookup_in_two,
    "COUNTIF": count_if,
    "SUMIF": sum_if,
    "REFTEXT": place_text,
    "OFFSET": lambda macros, given: macros.do_reference(given, "OFFSET"),
    "INDEX": lambda macros, given: macros.do_reference(given, "INDEX"),
    "INDIRECT": lambda macros, given: macros.do_reference(given, "INDIRECT"),
}
"""Functions that take their arguments unevaluated."""
