"""The order in which a macro sheet's cells run: loops and blocks of IF. They go by columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.emulation.automation.convert import number, truth
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.office.formulas import Formula, Function, parse_formula
from gateway.emulation.office.xlmcells import Cells, Place
from gateway.emulation.office.xlmfunctions import shown

_LOOPS = frozenset({"WHILE", "FOR", "FOR.CELL"})
_FLOW = _LOOPS | {"NEXT", "BREAK", "ELSE", "ELSE.IF", "END.IF"}


@dataclass(slots=True)
class Loop:
    """A loop that runs: its cell, and for FOR the name that counts and the values that are left."""

    place: Place
    name: str = ""
    left: Iterator[Value] = field(default_factory=lambda: iter(()))


class Flow(Cells):
    """Where a macro goes on."""

    @staticmethod
    def _steers(formula: Formula) -> bool:
        """Whether a cell says where the macro goes on."""
        return isinstance(formula, Function) and (formula.name in _FLOW or _is_block(formula))

    def _steered(self, call: Function, at: Place, loops: list[Loop]) -> Place | None:
        """The cell that comes next; None for the one below. Raises ScriptError."""
        match call.name:
            case "WHILE":
                return self._while(call, at, loops)
            case "FOR" | "FOR.CELL":
                loop = Loop(at, shown(self._evaluated(call.arguments[0])).lower())
                loop.left = self._counted(call)
                loops.append(loop)
                return None if self._advance(loop) else self._left(loops)
            case "NEXT":
                return self._next(loops)
            case "BREAK":
                return self._left(loops) if loops else None
            case "IF":
                return self._branch(call, at)
            case "ELSE" | "ELSE.IF":  # the end of the branch that ran
                return self._end_of_block(at)
            case _:
                return None

    def _while(self, call: Function, at: Place, loops: list[Loop]) -> Place | None:
        again = bool(loops) and loops[-1].place == at
        if truth(self._evaluated(call.arguments[0])):
            if not again:
                loops.append(Loop(at))
            return None
        if again:
            loops.pop()
        return self._behind(at)

    def _counted(self, call: Function) -> Iterator[Value]:
        """The values of FOR(name, first, last, step), or of the cells of FOR.CELL(name, area)."""
        if call.name == "FOR.CELL":
            return iter(self._area(call.arguments[1]))
        first, last, *more = (number(self._evaluated(each)) for each in call.arguments[1:4])
        return _counting(first, last, more[0] if more else 1)

    def _advance(self, loop: Loop) -> bool:
        for value in loop.left:
            self._names[loop.name] = value
            return True
        return False

    def _next(self, loops: list[Loop]) -> Place | None:
        if not loops:
            return None
        loop = loops[-1]
        if not loop.name:
            return loop.place
        if self._advance(loop):
            sheet, row, column = loop.place
            return sheet, row + 1, column
        loops.pop()
        return None

    def _left(self, loops: list[Loop]) -> Place | None:
        return self._behind(loops.pop().place)

    def _behind(self, at: Place) -> Place | None:
        """Behind the NEXT of a loop."""
        depth = 0
        for place, call in self._calls_below(at):
            depth += call.name in _LOOPS
            if call.name == "NEXT":
                if depth == 0:
                    return place[0], place[1] + 1, place[2]
                depth -= 1
        return None

    def _branch(self, call: Function, at: Place) -> Place | None:
        """A block of IF: the first branch whose condition holds runs."""
        if truth(self._evaluated(call.arguments[0])):
            return None
        for place, other in self._block(at):
            holds = other.name != "ELSE.IF" or truth(self._evaluated(other.arguments[0]))
            if holds:
                return place[0], place[1] + 1, place[2]
        return None

    def _end_of_block(self, at: Place) -> Place | None:
        ends = [place for place, call in self._block(at) if call.name == "END.IF"]
        return (ends[0][0], ends[0][1] + 1, ends[0][2]) if ends else None

    def _block(self, at: Place) -> Iterator[tuple[Place, Function]]:
        """ELSE.IF, ELSE and END.IF of the block that a cell is in."""
        depth = 0
        for place, call in self._calls_below(at):
            if _is_block(call):
                depth += 1
            elif depth == 0 and call.name in ("ELSE.IF", "ELSE", "END.IF"):
                yield place, call
                if call.name == "END.IF":
                    return
            elif call.name == "END.IF":
                depth -= 1

    def _calls_below(self, at: Place) -> Iterator[tuple[Place, Function]]:
        sheet, row, column = at
        for below in sorted(r for r, c in sheet.formulas if c == column and r > row):
            try:
                formula = parse_formula(sheet.formulas[below, column])
            except ScriptError:
                continue  # told when it runs
            if isinstance(formula, Function):
                yield (sheet, below, column), formula


def _is_block(call: Formula) -> bool:
    """IF with a condition alone: what it decides stands below it."""
    return isinstance(call, Function) and call.name == "IF" and len(call.arguments) == 1


def _counting(value: float, last: float, step: float) -> Iterator[Value]:
    while step != 0 and (value <= last if step > 0 else value >= last):
        yield value
        value += step
