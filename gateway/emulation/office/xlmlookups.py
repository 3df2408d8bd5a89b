"""Excel's functions that need cells rather than values: sizes, look-ups, conditions, texts of
places."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from gateway.emulation.automation.convert import number, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.office.cells import area, column_letters
from gateway.emulation.office.formulas import Formula, Reference
from gateway.emulation.office.xlmcells import Cells
from gateway.emulation.office.xlmfunctions import shown

_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)?(.*)", re.DOTALL)


def size(cells: Cells, given: tuple[Formula, ...], *, rows: bool) -> Value:
    """ROWS and COLUMNS of an area."""
    box = _box(given[0])
    return (box[2] - box[0] if rows else box[3] - box[1]) + 1


def match(cells: Cells, given: tuple[Formula, ...]) -> Value:
    """MATCH: the place of a value, from 1; where none is asked for exactly, the last below it."""
    sought = cells.evaluated(given[0])
    kind = whole(cells.evaluated(given[2])) if len(given) > 2 else 1
    return _place(cells.area(given[1]), sought, exact=kind == 0) + 1


def lookup(cells: Cells, given: tuple[Formula, ...], *, by_row: bool) -> Value:
    """VLOOKUP (by rows) and HLOOKUP: a value of the line that begins with the one sought."""
    sought, box = cells.evaluated(given[0]), _box(given[1])
    held = cells.area(given[1])
    width = box[3] - box[1] + 1
    exact = len(given) > 3 and cells.evaluated(given[3]) in (False, 0)
    line = _place(held[::width] if by_row else held[:width], sought, exact=exact)
    other = whole(cells.evaluated(given[2])) - 1
    return held[line * width + other if by_row else other * width + line]


def lookup_in_two(cells: Cells, given: tuple[Formula, ...]) -> Value:
    """LOOKUP: of the second area what stands where the first has the value."""
    held = cells.area(given[1])
    answers = cells.area(given[2]) if len(given) > 2 else held
    return answers[_place(held, cells.evaluated(given[0]), exact=False)]


def count_if(cells: Cells, given: tuple[Formula, ...]) -> Value:
    """COUNTIF."""
    condition = shown(cells.evaluated(given[1]))
    return sum(_holds(value, condition) for value in cells.area(given[0]))


def sum_if(cells: Cells, given: tuple[Formula, ...]) -> Value:
    """SUMIF."""
    tested, condition = cells.area(given[0]), shown(cells.evaluated(given[1]))
    added = cells.area(given[2]) if len(given) > 2 else tested
    held = zip(tested, added, strict=False)
    return sum(number(each) for value, each in held if _holds(value, condition) and each)


def place_text(cells: Cells, given: tuple[Formula, ...]) -> Value:
    """REFTEXT: a place in words, as R1C1 unless asked otherwise."""
    words = given[0].words if isinstance(given[0], Reference) else shown(cells.evaluated(given[0]))
    box = area(words.rpartition("!")[2])
    if box is None:
        raise ScriptError(1004, words)
    if len(given) > 1 and cells.evaluated(given[1]) is True:
        return f"${column_letters(box[1])}${box[0]}"
    return f"R{box[0]}C{box[1]}"


def _box(formula: Formula) -> tuple[int, int, int, int]:
    words = formula.words if isinstance(formula, Reference) else ""
    found = area(words.rpartition("!")[2])
    if found is None:
        raise ScriptError(1004, "an area is needed")
    return found


def _place(held: list[Value], sought: Value, *, exact: bool) -> int:
    """Where a value stands, from 0. Raises ScriptError 1004 when it is not there."""
    best = -1
    for index, value in enumerate(held):
        if _key(value) == _key(sought):
            return index
        both = (value, sought)
        if all(isinstance(each, int | float) for each in both) and number(value) < number(sought):
            best = index
    if exact or best < 0:
        raise ScriptError(1004, "#N/A")
    return best


def _key(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else value


def _holds(value: Value, condition: str) -> bool:
    """Whether a value meets a condition as `>5`, `<>x` or `x`."""
    found = _CONDITION.fullmatch(condition)
    mark, words = (found[1] or "=", found[2]) if found else ("=", condition)
    left: Value = shown(value).lower()
    right: Value = words.lower()
    if isinstance(value, int | float) and re.fullmatch(r"-?\d+(\.\d+)?", words):
        left, right = number(value), float(words)
    elif mark not in ("=", "<>"):
        return False
    return _COMPARED[mark](left, right)


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
