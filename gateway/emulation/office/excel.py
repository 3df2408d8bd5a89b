"""Excel's objects, over the cells of the workbook."""

from __future__ import annotations

import ntpath

from gateway.emulation.automation.convert import number, text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import MISSING, NOTHING, Array, Value
from gateway.emulation.office.cells import COLUMNS, ROWS, area, column_letters
from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.shared import (
    application_members,
    code_project,
    opened,
    property_bag,
    shape_models,
)
from gateway.emulation.windows.model import Given, Model
from gateway.emulation.windows.world import World

_CELLS_MAX = 50_000
"""Cells of an area that are looked at one by one."""

_UP, _DOWN, _LEFT, _RIGHT = -4162, -4121, -4159, -4161


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
        words = self.sheet.comments.get(self.box[:2], "")
        return Model(self.world, "Comment", {"text": lambda *more: words})

    def get_notetext(self, *more: Value) -> Value:
        return self.sheet.comments.get(self.box[:2], "")

    def get_worksheet(self) -> Value:
        return self.given.get("worksheet")

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
        for (row, column), value in self.sheet.values.items():
            if isinstance(value, str) and wanted in value.lower():
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


def _column(value: Value) -> int:
    if isinstance(value, str) and value.isalpha():
        box = area(f"{value}1")
        return box[1] if box is not None else 1
    return whole(value)


def sheet_range(world: World, sheet: Sheet, first: Value, second: Value = MISSING) -> Value:
    """Range("A1:B2") or Range(cell, cell). Raises ScriptError 1004."""
    if isinstance(first, Range):
        last = second if isinstance(second, Range) else first
        box = (*first.box[:2], *last.box[2:])
        return Range(world, sheet, (box[0], box[1], box[2], box[3]))
    name = text(first).split("!")[-1].split(",")[0].strip()
    if second is not MISSING:
        name += f":{text(second)}"
    found = area(name)
    if found is None:
        raise ScriptError(1004, name)
    return Range(world, sheet, found)


class Workbook:
    """The models of one workbook, and its application."""

    def __init__(self, world: World, content: Content, path: str) -> None:
        self.world = world
        self.content = content
        self.sheets = content.sheets or [Sheet("Sheet1")]
        self.sheet_models: list[Value] = [self._sheet(sheet) for sheet in self.sheets]
        names = [sheet.name for sheet in self.sheets]
        collection = Model(world, "Sheets", rows=self.sheet_models, names=names)
        collection.given["add"] = lambda *more: self._sheet(Sheet("Sheet9"))
        self.model = Model(world, "Workbook", value=ntpath.basename(path))
        self.model.given |= {
            "name": ntpath.basename(path),
            "fullname": path,
            "path": ntpath.dirname(path),
            "sheets": collection,
            "worksheets": collection,
            "activesheet": self.active,
            "names": Model(
                world,
                "Names",
                rows=[self._name(name, words) for name, words in content.names.items()],
                names=content.names,
            ),
            "builtindocumentproperties": property_bag(world, content.properties),
            "customdocumentproperties": property_bag(world, content.custom_properties),
            "vbproject": code_project(world, content),
            "saved": True,
            "readonly": False,
            "close": lambda *more: None,
            "saveas": lambda filename, *more: world.disk.write(text(filename), b"workbook"),
            "savecopyas": lambda filename: world.disk.write(text(filename), b"workbook"),
        }
        self.application = self._application()

    @property
    def active(self) -> Model:
        """The sheet that is shown: the first worksheet."""
        for sheet, model in zip(self.sheets, self.sheet_models, strict=True):
            if sheet.kind == "worksheet" and not sheet.hidden and isinstance(model, Model):
                return model
        first = self.sheet_models[0]
        return first if isinstance(first, Model) else Model(self.world, "Worksheet")

    def _name(self, name: str, words: str) -> Model:
        given: Given = {"name": name, "refersto": f"={words}", "value": f"={words}"}
        given["referstorange"] = self.reference(words)
        return Model(self.world, "Name", given, value=f"={words}")

    def reference(self, words: str) -> Value:
        """What `Sheet!A1` or a defined name means. An empty value for what means nothing."""
        cleaned = words.strip().lstrip("=")
        if cleaned.lower() in self.content.names:
            cleaned = self.content.names[cleaned.lower()]
        owner, _, cell = cleaned.rpartition("!")
        box = area(cell)
        if box is None:
            return None
        wanted = owner.strip("'").lower()
        sheet = next((s for s in self.sheets if s.name.lower() == wanted), self.sheets[0])
        return Range(self.world, sheet, box)

    def _sheet(self, sheet: Sheet) -> Model:
        model = Model(self.world, "Worksheet", value=sheet.name)
        whole_sheet = Range(self.world, sheet, (1, 1, ROWS, COLUMNS))
        used = [*sheet.values, *sheet.formulas] or [(1, 1)]
        last_row, last = max(r for r, _ in used), max(c for _, c in used)

        def cells(row: Value = MISSING, column: Value = MISSING) -> Value:
            return whole_sheet if row is MISSING else whole_sheet.do_cells(row, column)

        def in_range(cell1: Value, cell2: Value = MISSING) -> Value:
            if isinstance(cell1, str) and cell1.lower() in self.content.names:
                return self.reference(cell1)
            return sheet_range(self.world, sheet, cell1, cell2)

        shapes = shape_models(self.world, self.content)
        names = [shape.get("name", "") for shape in self.content.shapes]
        model.given |= {
            "name": sheet.name,
            "codename": sheet.name,
            "index": 1,
            "cells": cells,
            "range": in_range,
            "usedrange": Range(self.world, sheet, (1, 1, last_row, last)),
            "rows": self._lines(sheet, by_row=True),
            "columns": self._lines(sheet, by_row=False),
            "visible": -1,
            "shapes": Model(self.world, "Shapes", rows=shapes, names=names),
            "oleobjects": Model(self.world, "OLEObjects", rows=shapes, names=names),
        }
        return model

    def _lines(self, sheet: Sheet, *, by_row: bool) -> Model:
        made = _Lines(self.world, sheet, by_row=by_row)
        made.given["count"] = ROWS if by_row else COLUMNS
        return made

    def _application(self) -> Model:
        world = self.world
        application = Model(world, "Application", value="Microsoft Excel")
        books = Model(world, "Workbooks", rows=[self.model])
        books.given |= {
            "open": lambda filename, *more: opened(world, filename, self.model),
            "add": lambda *more: self.model,
        }
        active = self.active
        application.given |= application_members(world, "Microsoft Excel")
        application.given |= {
            "activeworkbook": self.model,
            "thisworkbook": self.model,
            "workbooks": books,
            "activesheet": active,
            "sheets": self.model.given["sheets"],
            "worksheets": self.model.given["sheets"],
            "names": self.model.given["names"],
            "range": active.given["range"],
            "cells": active.given["cells"],
            "rows": active.given["rows"],
            "columns": active.given["columns"],
            "selection": Range(world, self.sheets[0], (1, 1, 1, 1)),
            "activecell": Range(world, self.sheets[0], (1, 1, 1, 1)),
            "worksheetfunction": worksheet_functions(world),
            "evaluate": lambda name: self._evaluate(text(name)),
            "calculation": -4105,
        }
        return application

    def _evaluate(self, words: str) -> Value:
        found = self.reference(words)
        if found is None:
            self.world.recorder.call("Evaluate", words)
        return found


class _Lines(Model):
    """Rows or Columns of a sheet: one by number or name."""

    def __init__(self, world: World, sheet: Sheet, *, by_row: bool) -> None:
        super().__init__(world, "Range")
        self.sheet = sheet
        self.by_row = by_row

    def row(self, arguments: list[Value]) -> Value:
        key = arguments[0] if arguments else 1
        box = area(text(key)) if isinstance(key, str) else None
        if box is None:
            line = whole(key) if not isinstance(key, str) else 1
            box = (line, 1, line, COLUMNS) if self.by_row else (1, line, ROWS, line)
        return Range(self.world, self.sheet, box)


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

    given: Given = {
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
