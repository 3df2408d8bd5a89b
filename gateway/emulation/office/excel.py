"""Excel's objects, over the cells of the workbook."""

from __future__ import annotations

import ntpath
from collections.abc import Mapping

from gateway.emulation.automation.convert import text, whole
from gateway.emulation.automation.values import MISSING, Value
from gateway.emulation.office.cells import COLUMNS, ROWS, area
from gateway.emulation.office.content import Content, Sheet
from gateway.emulation.office.ranges import Range, comment, sheet_range
from gateway.emulation.office.shared import (
    application_members,
    code_project,
    opened,
    property_bag,
    shape_models,
)
from gateway.emulation.office.worksheetfunctions import worksheet_functions
from gateway.emulation.windows.model import Given, Model
from gateway.emulation.windows.world import World


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
            "names": self._names(content.names),
            "builtindocumentproperties": property_bag(world, content.properties),
            "customdocumentproperties": property_bag(world, content.custom_properties),
            "vbproject": code_project(world, content),
            "saved": True,
            "readonly": False,
            "close": lambda *more: None,
            "saveas": lambda filename, *more: world.disk.write(text(filename), b"workbook"),
            "savecopyas": lambda filename: world.disk.write(text(filename), b"workbook"),
        }
        for sheet, model in zip(self.sheets, self.sheet_models, strict=True):
            sheet.model = model
            if isinstance(model, Model):
                model.given["parent"] = self.model
        self.application = self._application()

    @property
    def active(self) -> Model:
        """The sheet that is shown: the first worksheet."""
        for sheet, model in zip(self.sheets, self.sheet_models, strict=True):
            if sheet.kind == "worksheet" and not sheet.hidden and isinstance(model, Model):
                return model
        first = self.sheet_models[0]
        return first if isinstance(first, Model) else Model(self.world, "Worksheet")

    def _names(self, names: Mapping[str, str]) -> Model:
        rows = [self._name(name, words) for name, words in names.items()]
        return Model(self.world, "Names", rows=rows, names=names)

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
            if isinstance(cell1, str) and cell1.lower() in sheet.names:
                return self.reference(sheet.names[cell1.lower()])
            if isinstance(cell1, str) and cell1.lower() in self.content.names:
                return self.reference(cell1)
            return sheet_range(self.world, sheet, cell1, cell2)

        def names(*which: Value) -> Value:
            """Names of the sheet alone, then of the workbook; made when they are asked for."""
            known = {**self.content.names, **sheet.names}
            if which and isinstance(which[0], str) and which[0].lower() in known:
                return self._name(which[0], known[which[0].lower()])
            found = self._names(known)
            return found.row(list(which)) if which else found

        shapes = shape_models(self.world, self.content)
        shape_names = [shape.get("name", "") for shape in self.content.shapes]
        model.given |= {
            "name": sheet.name,
            "codename": sheet.code_name or sheet.name,
            "names": names,
            "index": 1,
            "cells": cells,
            "range": in_range,
            "usedrange": Range(self.world, sheet, (1, 1, last_row, last)),
            "rows": self._lines(sheet, by_row=True),
            "columns": self._lines(sheet, by_row=False),
            "visible": -1,
            "comments": Model(
                self.world,
                "Comments",
                rows=[comment(self.world, sheet, place) for place in sorted(sheet.comments)],
            ),
            "shapes": Model(self.world, "Shapes", rows=shapes, names=shape_names),
            "oleobjects": Model(self.world, "OLEObjects", rows=shapes, names=shape_names),
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
