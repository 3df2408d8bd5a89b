"""Excel 4 macro sheets: an evaluator of our own for what macros of mails use.

A macro runs down its column cell by cell. Functions that act are told as what they do; functions
that are not known are told as lacking, and give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from gateway.emulation.automation.convert import truth, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.office.cells import column_letters
from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.formulas import (
    Binary,
    Formula,
    Function,
    Reference,
    Word,
    parse_formula,
)
from gateway.emulation.office.xlmactions import Actions
from gateway.emulation.office.xlmcells import DEPTH_MAX, Cells, Place
from gateway.emulation.office.xlmfunctions import FUNCTIONS, shown
from gateway.emulation.scripts.session import Session

_STEPS_MAX = 200_000
"""Cells evaluated in all; decoders in sheets take some ten thousand."""


_SILENT = frozenset(
    {
        *("ECHO", "ERROR", "SELECT", "WORKBOOK.HIDE", "WORKBOOK.UNHIDE", "WORKBOOK.SELECT", "BEEP"),
        *(
            "APP.MAXIMIZE",
            "APP.MINIMIZE",
            "WINDOW.MAXIMIZE",
            "SAVE",
            "MESSAGE",
            "RESULT",
            "ARGUMENT",
        ),
        *(
            "FORMAT.FONT",
            "COLUMN.WIDTH",
            "ROW.HEIGHT",
            "CALCULATION",
            "CALCULATE.NOW",
            "UNDO",
            "COPY",
        ),
        *("PROTECT.DOCUMENT", "DISPLAY", "ZOOM", "HIDE", "UNHIDE", "CANCEL.KEY", "DISABLE.INPUT"),
        *("VOLATILE", "WORKBOOK.PROTECT", "CLOSE", "FILE.CLOSE", "ACTIVATE", "WORKBOOK.ACTIVATE"),
        *("WINDOW.SIZE", "WINDOW.MOVE", "APP.MOVE", "APP.SIZE", "PATTERNS", "CLEAR", "PASTE"),
    }
)


class _Jump(Exception):  # noqa: N818 - control flow of the sheet
    """To another cell; None ends the macro."""

    def __init__(self, place: Place | None) -> None:
        self.place = place


class _Return(Exception):  # noqa: N818 - as above
    """Back from a subroutine."""

    def __init__(self, value: Value) -> None:
        self.value = value


class Macros(Cells):
    """The macro sheets of one workbook."""

    def __init__(self, session: Session, content: Content) -> None:
        super().__init__(content)
        self._session = session
        self._world = session.world
        self._active: Place = self._here
        self._steps = 0
        self._actions = Actions(session)

    def run(self) -> int:
        """Run every macro that starts by itself; how many there were."""
        count = 0
        listed = [*self._content.names.items()]
        for sheet in self._content.sheets:
            listed += [item for item in sheet.names.items() if item not in listed]
        for name, words in listed:
            bare = name.removeprefix("_xlnm.").lower()
            if bare.startswith(("auto_open", "auto_activate", "auto_close", "auto_deactivate")):
                place = self._place(words)
                if place is not None:
                    count += 1
                    self._session.recorder.call("macro starts", name)
                    if not self._session.attempt(partial(self._run_from, place), f"macro {name}"):
                        return count
        return count

    def stand(self, sheet: Sheet, row: int, column: int) -> None:
        """Where references without a sheet begin."""
        self._here = self._active = (sheet, row, column)

    def evaluate(self, formula: str) -> Value:
        """The value of one formula. Raises ScriptError."""
        return self._evaluated(parse_formula(formula))

    def _run_from(self, place: Place) -> Value:
        """Run from a cell downwards until the macro returns, halts, or its column ends."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ScriptError(28)
        caller = self._here
        loops: list[Place] = []
        try:
            at: Place | None = place
            while at is not None:
                at = self._step(at, loops)
        except _Return as back:
            return back.value
        finally:
            self._depth -= 1
            self._here = caller
        return None

    def _step(self, at: Place, loops: list[Place]) -> Place | None:
        """Evaluate one cell; the cell that comes next."""
        sheet, row, column = at
        self._steps += 1
        if self._steps > _STEPS_MAX:
            raise ScriptError(1004, "the macro does not end")
        self._here = at
        source = self._source(sheet, row, column)
        if source is not None:
            try:
                formula = parse_formula(source)
                following = self._loop(formula, at, loops)
                if following is not None:
                    return following
            except _Jump as jump:
                return jump.place
        below = [r for r, c in (*sheet.formulas, *sheet.values) if c == column and r > row]
        return (sheet, min(below), column) if below else None

    def _source(self, sheet: Sheet, row: int, column: int) -> str | None:
        formula = sheet.formulas.get((row, column))
        if formula is not None:
            return formula
        value = sheet.values.get((row, column))
        return value if isinstance(value, str) and value.startswith("=") else None

    def _loop(
        self,
        formula: Formula,
        at: Place,
        loops: list[Place],
    ) -> Place | None:
        """WHILE and NEXT; any other formula is evaluated and its value kept in its cell."""
        if isinstance(formula, Function) and formula.name == "WHILE":
            if truth(self._evaluated(formula.arguments[0])):
                if at not in loops:
                    loops.append(at)
                return None
            if at in loops:
                loops.remove(at)
            return self._after_next(at)
        if isinstance(formula, Function) and formula.name == "NEXT":
            return loops[-1] if loops else None
        match formula:
            case Binary("=", Word(name), value):  # at the top of a cell it assigns
                self._names[name.lower()] = self._evaluated(value)
                return None
        sheet, row, column = at
        sheet.values[row, column] = self._evaluated(formula)
        return None

    def _after_next(self, at: Place) -> Place | None:
        """Behind the NEXT of a loop that is over."""
        sheet, row, column = at
        depth = 0
        for below in sorted(r for r, c in sheet.formulas if c == column and r > row):
            words = sheet.formulas[below, column].upper()
            depth += words.startswith("WHILE(")
            if words.startswith("NEXT("):
                if depth == 0:
                    return (sheet, below + 1, column)
                depth -= 1
        return None

    def _function(self, call: Function) -> Value:
        name, given = call.name, call.arguments
        self._steps += 1
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self, given)
        if name in FUNCTIONS:
            values = [value for each in given for value in self._area(each)]
            return _applied(FUNCTIONS[name], values)
        if name in self._actions.table:
            values = [self._evaluated(each) for each in given]
            return _applied(self._actions.table[name], values)
        if name in _SILENT or name.startswith(("WORKBOOK.", "WINDOW.", "APP.", "FORMAT.")):
            self._world.recorder.call(name, *[shown(self._evaluated(each)) for each in given])
            return True
        if name.lower() in self._actions.registered:
            values = [self._evaluated(each) for each in given]
            return self._actions.call_registered(name.lower(), values)
        place = self._place(name)
        if place is not None:
            return self._run_from(place)
        self._world.recorder.lacks(f"the function {name}")
        return None

    def do_if(self, given: tuple[Formula, ...]) -> Value:
        """IF: only the branch that holds is evaluated."""
        if truth(self._evaluated(given[0])):
            return self._evaluated(given[1]) if len(given) > 1 else True
        return self._evaluated(given[2]) if len(given) > 2 else False

    def do_goto(self, given: tuple[Formula, ...]) -> Value:
        raise _Jump(self._target(given[0]))

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
        raise _Return(self._evaluated(given[0]) if given else None)

    def do_halt(self, given: tuple[Formula, ...]) -> Value:
        raise _Jump(None)

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

    def do_select(self, given: tuple[Formula, ...]) -> Value:
        place = self._target(given[0]) if given else None
        self._active = place or self._active
        return True


def _applied(function: Callable[..., Value], values: list[Value]) -> Value:
    try:
        return function(*values)
    except (TypeError, IndexError, ValueError, OverflowError) as error:
        raise ScriptError(5, str(error)[:80]) from error


_SPECIAL: dict[str, Callable[[Macros, tuple[Formula, ...]], Value]] = {
    "IF": Macros.do_if,
    "GOTO": Macros.do_goto,
    "RUN": Macros.do_run,
    "RETURN": Macros.do_return,
    "HALT": Macros.do_halt,
    "SET.NAME": Macros.do_set_name,
    "DEFINE.NAME": Macros.do_set_name,
    "SET.VALUE": Macros.do_set_value,
    "FORMULA": Macros.do_write,
    "FORMULA.FILL": Macros.do_write,
    "FORMULA.ARRAY": Macros.do_write,
    "ROW": Macros.do_row,
    "COLUMN": Macros.do_column,
    "IFERROR": Macros.do_iferror,
    "ISERROR": Macros.do_iserror,
    "ON.TIME": Macros.do_on_time,
    "ACTIVE.CELL": Macros.do_active_cell,
    "SELECT": Macros.do_select,
    "GET.NOTE": Macros.do_note,
    "EVALUATE": Macros.do_evaluate,
    "OFFSET": lambda macros, given: macros.do_reference(given, "OFFSET"),
    "INDEX": lambda macros, given: macros.do_reference(given, "INDEX"),
    "INDIRECT": lambda macros, given: macros.do_reference(given, "INDIRECT"),
}
"""Functions that take their arguments unevaluated."""


def evaluate_text(session: Session, content: Content, formula: str) -> Value:
    """ExecuteExcel4Macro of VBA: one formula. Raises ScriptError."""
    session.world.evaluated(formula)
    return Macros(session, content).evaluate(formula)


def macro_text(content: Content) -> str:
    """All formulas of all macro sheets, for the report."""
    lines = [
        f"{column_letters(column)}{row}: ={formula}"
        for sheet in content.sheets
        if sheet.kind == "macro"
        for (row, column), formula in sorted(sheet.formulas.items())
    ]
    return re.sub(r"\s+", " ", "; ".join(lines))[:4000]
