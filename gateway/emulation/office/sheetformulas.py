"""The binary formulas of one sheet, as text: also those that many cells share."""

from __future__ import annotations

import struct
from dataclasses import replace

from gateway.emulation.office.content import Sheet
from gateway.emulation.office.ptg import Names, Rule, formula_text

Place = tuple[int, int]
"""Row and column from 0."""

CELLS_MAX = 300_000
"""Cells of one sheet that are kept."""


class SheetFormulas:
    """Takes formulas as they come; `unread` counts those that could not be read."""

    def __init__(self, sheet: Sheet, names: Names) -> None:
        self.unread = 0
        self._sheet = sheet
        self._names = names
        self._shared: dict[Place, Rule] = {}
        self._waiting: list[tuple[Rule, Place]] = []

    @property
    def full(self) -> bool:
        """Whether the sheet holds as many cells as are kept; the next one is not read."""
        if len(self._sheet.values) + len(self._sheet.formulas) <= CELLS_MAX:
            return False
        self.unread += 1
        return True

    def add(self, rule: Rule) -> None:
        """The formula of a cell, which `rule` names. Raises struct.error for a damaged one."""
        of = rule.shared()
        if of is None:
            self._keep(rule.base, rule)
        else:
            self._waiting.append((rule, of))

    def share(self, rule: Rule) -> None:
        """A formula of an area, which stands behind the first cell of it, which `rule` names."""
        self._shared[rule.base] = rule

    def _keep(self, place: Place, rule: Rule) -> None:
        cell = (place[0] + 1, place[1] + 1)
        try:
            self._sheet.formulas[cell] = formula_text(rule, self._names)
        except (ValueError, struct.error):
            self.unread += 1
            return
        if self._sheet.kind == "macro":  # its macros compute; the last result is another machine's
            self._sheet.values.pop(cell, None)

    def finish(self) -> None:
        """Formulas that are shared: each is counted from its own cell."""
        for rule, of in self._waiting:
            shared = self._shared.get(of)
            if shared is None:
                self.unread += 1
            else:
                self._keep(rule.base, replace(shared, base=rule.base))
