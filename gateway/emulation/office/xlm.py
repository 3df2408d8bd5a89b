"""Excel 4 macro sheets: an evaluator of our own for what macros of mails use.

A macro runs down its column cell by cell. Functions that act are told as what they do; functions
that are not known are told as lacking, and give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.office.cells import column_letters
from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.formulas import (
    Binary,
    Formula,
    Function,
    Word,
    parse_formula,
)
from gateway.emulation.office.ftab import COMMAND
from gateway.emulation.office.ftab import FUNCTIONS as FTAB
from gateway.emulation.office.xlmactions import Actions
from gateway.emulation.office.xlmcells import DEPTH_MAX, Place
from gateway.emulation.office.xlmflow import Loop
from gateway.emulation.office.xlmfunctions import FUNCTIONS, shown
from gateway.emulation.office.xlmspecial import SPECIAL, Break, Jump, Return, Special
from gateway.emulation.scripts.session import Session

_STEPS_MAX = 200_000
"""Cells evaluated in all; decoders in sheets take some ten thousand."""


_COMMANDS = frozenset(name for index, name in FTAB.items() if index & COMMAND)

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


class Macros(Special):
    """The macro sheets of one workbook; `lacking` are functions that were asked for in vain."""

    def __init__(self, session: Session, content: Content) -> None:
        super().__init__(session, content)
        self._steps = 0
        self.lacking: set[str] = set()
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

    def _run_from(self, place: Place) -> Value:
        """Run from a cell downwards until the macro returns, halts, or its column ends."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ScriptError(28)
        caller = self._here
        loops: list[Loop] = []
        try:
            at: Place | None = place
            while at is not None:
                at = self._step(at, loops)
        except Return as back:
            return back.value
        finally:
            self._depth -= 1
            self._here = caller
        return None

    def _step(self, at: Place, loops: list[Loop]) -> Place | None:
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
            except Jump as jump:
                return jump.place
            except Break:
                if loops:
                    return self._left(loops)
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
        loops: list[Loop],
    ) -> Place | None:
        """Loops and blocks; any other formula is evaluated and its value kept in its cell."""
        if isinstance(formula, Function) and self._steers(formula):
            return self._steered(formula, at, loops)
        match formula:
            case Binary("=", Word(name), value):  # at the top of a cell it assigns
                self._names[name.lower()] = self._evaluated(value)
                return None
        sheet, row, column = at
        sheet.values[row, column] = self._evaluated(formula)
        return None

    def _function(self, call: Function) -> Value:
        name, given = call.name, call.arguments
        self._steps += 1
        special = SPECIAL.get(name)
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
        if name in _COMMANDS:
            return self._command(name, given)
        self.lacking.add(name)
        self._world.recorder.lacks(f"the function {name}")
        return None

    def _command(self, name: str, given: tuple[Formula, ...]) -> Value:
        """A command that changes how something looks, or names a macro for an event: it comes."""
        values = [self._evaluated(each) for each in given]
        self._world.recorder.call(name, *map(shown, values))
        if name.startswith("ON.") and len(values) > 1:
            place = self._place(shown(values[1]))
            if place is not None:
                self._run_from(place)
        return True


def _applied(function: Callable[..., Value], values: list[Value]) -> Value:
    try:
        return function(*values)
    except (TypeError, IndexError, ValueError, ArithmeticError) as error:
        raise ScriptError(5, str(error)[:80]) from error


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
