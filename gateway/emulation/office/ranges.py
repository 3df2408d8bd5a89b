"""Excel's ranges: areas of a sheet, with their values, formulas and neighbours."""

from __future__ import annotations

from gateway.emulation.automation.convert import text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import MISSING, NOTHING, Array, Value
from gateway.emulation.office.cells import COLUMNS, ROWS, area, column_letters
from gateway.emulation.office.content import Sheet
from gateway.emulation.office.xlmfunctions import shown
from gateway.emulation.windows.model import Given, Model
from gateway.emulation.windows.world import World

_CELLS_MAX = 50_000
"""Cells of an area that are looked at one by one."""

_UP, _DOWN, _LEFT = -4162, -4121, -4159


class Range(Model):
    """An area of a sheet. Its default property is its value, or the values as an array."""

    def __init__(self, world: World, sheet: Sheet, box: tuple[int, int, int, int]) -> None:
        super().__init__(world, "Range")
        self.sheet = sheet
        self.box = box

    def _values(self) -> Value:
        first_row, first, last_row, last = self.box
        if (first_row, first) == (last_row, last):
            return self.sheet.values.get((first_row, first))
        last_row, last = self._used(last_row, last)
        bounds = [(1, last_row - first_row + 1), (1, last - first + 1)]
        if bounds[0][1] * bounds[1][1] > _CELLS_MAX:
            raise ScriptError(7)
        items = [
            self.sheet.values.get((row, column))
            for row in range(first_row, last_row + 1)
            for column in range(first, last + 1)
        ]
        return Array(bounds, items)

    def _used(self, last_row: int, last: int) -> tuple[int, int]:
        """Whole columns and rows end where the sheet does."""
        rows = [row for row, _ in self.sheet.values] or [1]
        columns = [column for _, column in self.sheet.values] or [1]
        return (
            min(last_row, max(rows)) if last_row == ROWS else last_row,
            min(last, max(columns)) if last == COLUMNS else last,
        )

    def default(self, arguments: list[Value]) -> Value:
        return self.do_cells(*arguments) if arguments else self._values()

    def put_default(self, arguments: list[Value], value: Value) -> None:
        if arguments:
            cell = self.do_cells(*arguments)
            if isinstance(cell, Range):
                cell.put_value(value)
        else:
            self.put_value(value)

    def get_value(self) -> Value:
        return self._values()

    get_value2 = get_value

    def put_value(self, value: Value) -> None:
        first_row, first, last_row, last = self.box
        if (last_row - first_row + 1) * (last - first + 1) > _CELLS_MAX:
            return
        for row in range(first_row, last_row + 1):
            for column in range(first, last + 1):
                self.sheet.values[row, column] = value
        if isinstance(value, str) and value.startswith("="):
            self.sheet.formulas[first_row, first] = value[1:]

    put_value2 = put_formula = put_formular1c1 = put_value

    def get_formula(self) -> Value:
        formula = self.sheet.formulas.get(self.box[:2])
        return f"={formula}" if formula is not None else self._values()

    get_formular1c1 = get_formula

    def get_text(self) -> Value:
        value = self.sheet.values.get(self.box[:2])
        return text(value)

    def get_row(self) -> Value:
        return self.box[0]

    def get_column(self) -> Value:
        return self.box[1]

    def get_address(self, *more: Value) -> Value:
        first_row, first, last_row, last = self.box
        start = f"${column_letters(first)}${first_row}"
        if (first_row, first) == (last_row, last):
            return start
        return f"{start}:${column_letters(last)}${last_row}"

    def get_count(self) -> Value:
        first_row, first, last_row, last = self.box
        return (last_row - first_row + 1) * (last - first + 1)

    def get_comment(self) -> Value:
        if self.box[:2] not in self.sheet.comments:
            return NOTHING
        return comment(self.world, self.sheet, self.box[:2])

    def get_notetext(self, *more: Value) -> Value:
        return self.sheet.comments.get(self.box[:2], "")

    def get_worksheet(self) -> Value:
        model = self.sheet.model
        return model if isinstance(model, Model) else Model(self.world, "Worksheet")

    get_parent = get_worksheet

    def do_cells(self, row: Value = MISSING, column: Value = MISSING) -> Value:
        if row is MISSING:
            return self
        if column is MISSING:
            width = self.box[3] - self.box[1] + 1
            down, along = divmod(whole(row) - 1, width)
            return self._at(self.box[0] + down, self.box[1] + along)
        return self._at(self.box[0] + whole(row) - 1, self.box[1] + _column(column) - 1)

    do_item = do_cells

    def _at(self, row: int, column: int) -> Range:
        return Range(self.world, self.sheet, (row, column, row, column))

    def do_offset(self, rowoffset: Value = 0, columnoffset: Value = 0) -> Value:
        down = 0 if rowoffset is MISSING else whole(rowoffset)
        along = 0 if columnoffset is MISSING else whole(columnoffset)
        first_row, first, last_row, last = self.box
        moved = (first_row + down, first + along, last_row + down, last + along)
        if moved[0] < 1 or moved[1] < 1:
            raise ScriptError(1004)
        return Range(self.world, self.sheet, moved)

    def do_resize(self, rowsize: Value = MISSING, columnsize: Value = MISSING) -> Value:
        first_row, first, last_row, last = self.box
        rows = last_row - first_row + 1 if rowsize is MISSING else whole(rowsize)
        columns = last - first + 1 if columnsize is MISSING else whole(columnsize)
        box = (first_row, first, first_row + rows - 1, first + columns - 1)
        return Range(self.world, self.sheet, box)

    def do_range(self, cell1: Value, cell2: Value = MISSING) -> Value:
        return sheet_range(self.world, self.sheet, cell1, cell2)

    def do_end(self, direction: Value) -> Value:
        way, (row, column, _, _) = whole(direction), self.box
        rows = [r for r, c in self.sheet.values if c == column]
        columns = [c for r, c in self.sheet.values if r == row]
        if way == _UP:
            return self._at(max((r for r in rows if r <= row), default=1), column)
        if way == _DOWN:
            return self._at(max(rows, default=row), column)
        if way == _LEFT:
            return self._at(row, max((c for c in columns if c <= column), default=1))
        return self._at(row, max(columns, default=column))

    def do_find(self, what: Value, *more: Value) -> Value:
        wanted = text(what).lower()
        first_row, first, last_row, last = self.box
        for (row, column), value in self.sheet.values.items():
            inside = first_row <= row <= last_row and first <= column <= last
            if inside and value is not None and wanted in shown(value).lower():
                return self._at(row, column)
        return NOTHING

    def get_rows(self) -> Value:
        first_row, first, last_row, last = self.box
        rows: list[Value] = [
            Range(self.world, self.sheet, (row, first, row, last))
            for row in range(first_row, min(last_row, first_row + _CELLS_MAX) + 1)
        ]
        return Model(self.world, "Rows", {"count": last_row - first_row + 1}, rows=rows)

    def get_columns(self) -> Value:
        first_row, first, last_row, last = self.box
        columns: list[Value] = [
            Range(self.world, self.sheet, (first_row, column, last_row, column))
            for column in range(first, last + 1)
        ]
        return Model(self.world, "Columns", {"count": last - first + 1}, rows=columns)

    def do_clearcontents(self) -> Value:
        self.put_value(None)
        return None

    do_clear = do_clearcontents

    def items(self) -> list[Value]:
        first_row, first, last_row, last = self.box
        last_row, last = self._used(last_row, last)
        if (last_row - first_row + 1) * (last - first + 1) > _CELLS_MAX:
            raise ScriptError(7)
        return [
            self._at(row, column)
            for row in range(first_row, last_row + 1)
            for column in range(first, last + 1)
        ]


def comment(world: World, sheet: Sheet, place: tuple[int, int]) -> Model:
    """A cell's comment: its words, its shape with the same, and its cell."""
    words = sheet.comments[place]
    told = Model(world, "Characters", {"text": words}, value=words)
    frame = Model(world, "TextFrame", {"characters": lambda *more: told})
    given: Given = {
        "text": lambda *more: words,
        "parent": Range(world, sheet, (*place, *place)),
        "shape": Model(world, "Shape", {"alternativetext": words, "textframe": frame}),
        "author": "",
    }
    return Model(world, "Comment", given)


def _column(value: Value) -> int:
    if isinstance(value, str) and value.isalpha():
        box = area(f"{value}1")
        return box[1] if box is not None else 1
    return whole(value)


def sheet_range(world: World, sheet: Sheet, first: Value, second: Value = MISSING) -> Value:
    """Range("A1:B2") or Range(cell, cell). Raises ScriptError 1004."""
    if isinstance(first, Range) or isinstance(second, Range):
        first, last = (
            each if isinstance(each, Range) else sheet_range(world, sheet, each)
            for each in (first, first if second is MISSING else second)
        )
        if not (isinstance(first, Range) and isinstance(last, Range)):
            raise ScriptError(1004)
        box = (*first.box[:2], *last.box[2:])
        return Range(world, sheet, (box[0], box[1], box[2], box[3]))
    name = text(first).split("!")[-1].split(",")[0].strip()
    if second is not MISSING:
        name += f":{text(second)}"
    found = area(name)
    if found is None:
        raise ScriptError(1004, name)
    return Range(world, sheet, found)
