"""WorksheetFunction of Excel: sums, look-ups and the like, over ranges of cells."""

from __future__ import annotations

from gateway.emulation.automation.convert import number, text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.office.ranges import Range
from gateway.emulation.windows.model import Given, Model
from gateway.emulation.windows.world import World


def worksheet_functions(world: World) -> Model:
    """WorksheetFunction: sums and the like."""

    def flat(values: tuple[Value, ...]) -> list[float]:
        found: list[float] = []
        for value in values:
            rows = value.items() if isinstance(value, Range) else [value]
            for row in rows:
                held = row.default([]) if isinstance(row, Range) else row
                if isinstance(held, int | float):
                    found.append(float(number(held)))
        return found

    def average(*values: Value) -> Value:
        numbers = flat(values)
        if not numbers:
            raise ScriptError(1004)
        return sum(numbers) / len(numbers)

    def match(value: Value, within: Value, kind: Value = 1) -> Value:
        """The place of a value in a row or column, from 1. Raises ScriptError 1004."""
        for place, held in enumerate(_held(within), 1):
            if _same(held, value):
                return place
        raise ScriptError(1004)

    def index(within: Value, row: Value, column: Value = 1) -> Value:
        if not isinstance(within, Range):
            raise ScriptError(1004)
        high, wide = within.box[2] - within.box[0], within.box[3] - within.box[1]
        if high == 0 and wide > 0 and column == 1:
            return within.do_cells(1, row)
        return within.do_cells(row, column)

    def lookup(value: Value, within: Value, column: Value, *more: Value) -> Value:
        """VLOOKUP: of the first row that begins with the value. Raises ScriptError 1004."""
        if not isinstance(within, Range):
            raise ScriptError(1004)
        first_row, first, last_row, _ = within.box
        row = match(value, Range(world, within.sheet, (first_row, first, last_row, first)))
        found = within.do_cells(row, column)
        return found.default([]) if isinstance(found, Range) else found

    given: Given = {
        "match": match,
        "index": index,
        "vlookup": lookup,
        "countif": lambda within, value: sum(_same(held, value) for held in _held(within)),
        "sum": lambda *values: sum(flat(values)),
        "max": lambda *values: max(flat(values), default=0.0),
        "min": lambda *values: min(flat(values), default=0.0),
        "average": average,
        "count": lambda *values: len(flat(values)),
        "counta": lambda *values: len(flat(values)),
        "trim": lambda words: " ".join(text(words).split()),
        "proper": lambda words: text(words).title(),
        "rept": lambda words, times: text(words) * min(whole(times), 100_000),
        "hex2dec": lambda words: int(text(words) or "0", 16),
        "dec2hex": lambda value: f"{whole(value):X}",
        "substitute": lambda words, old, new, *more: text(words).replace(text(old), text(new)),
        "round": lambda value, digits=0: round(number(value), whole(digits)),
        "rounddown": lambda value, digits=0: float(int(number(value))),
        "text": lambda value, form: text(value),
    }
    return Model(world, "WorksheetFunction", given)


def _held(within: Value) -> list[Value]:
    """The values of a range's cells."""
    cells = within.items() if isinstance(within, Range) else [within]
    return [cell.default([]) if isinstance(cell, Range) else cell for cell in cells]


def _same(held: Value, sought: Value) -> bool:
    """Texts are the same whatever their case."""
    if isinstance(sought, Range):
        sought = sought.default([])
    if isinstance(held, str) and isinstance(sought, str):
        return held.lower() == sought.lower()
    return held is not None and held == sought
