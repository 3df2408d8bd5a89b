"""Word's objects, over the content of the document: what macros read payloads from."""

from __future__ import annotations

import ntpath
from collections.abc import Iterable
from itertools import zip_longest

from gateway.emulation.automation.convert import text
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.office.content import Content
from gateway.emulation.office.shared import (
    application_members,
    code_project,
    opened,
    property_bag,
    shape_models,
)
from gateway.emulation.windows.model import Given, Model
from gateway.emulation.windows.world import World


def text_range(world: World, words: str, paragraphs: list[str] | None = None) -> Model:
    """A Range: its default property is its text."""
    pieces = paragraphs if paragraphs is not None else [words]
    made = Model(world, "Range", value=words)
    made.given |= {
        "text": words,
        "formattedtext": words,
        "start": 0,
        "end": len(words),
        "characters": Model(world, "Characters", rows=list(words[:20000])),
        "words": Model(world, "Words", rows=words.split(" ")[:20000]),
        "find": _find(world),
    }
    if paragraphs is not None:
        made.given["paragraphs"] = Model(world, "Paragraphs", rows=_paragraphs(world, pieces))
    return made


def _find(world: World) -> Model:
    """Find: it never finds, so that loops over it end."""
    return Model(world, "Find", {"execute": lambda *more: False, "found": False})


def _paragraphs(world: World, pieces: list[str]) -> list[Value]:
    return [
        Model(world, "Paragraph", {"range": text_range(world, f"{piece}\r")})
        for piece in pieces[:5000]
    ]


def word_document(world: World, content: Content, path: str) -> Model:
    """The document as ActiveDocument and ThisDocument."""
    whole = "\r".join(content.paragraphs)
    document = Model(world, "Document", value=ntpath.basename(path))
    shapes = shape_models(world, content)
    document.given |= {
        "name": ntpath.basename(path),
        "fullname": path,
        "path": ntpath.dirname(path),
        "content": text_range(world, whole, content.paragraphs),
        "range": lambda start=None, end=None: _part(world, whole, start, end),
        "paragraphs": Model(world, "Paragraphs", rows=_paragraphs(world, content.paragraphs)),
        "words": Model(world, "Words", rows=whole.split(" ")[:20000]),
        "characters": Model(world, "Characters", rows=list(whole[:50000])),
        "tables": Model(world, "Tables", rows=[_table(world, rows) for rows in content.tables]),
        "variables": _Variables(
            world,
            "Variables",
            {"add": _adder(document, world)},
            rows=[_variable(world, name, value) for name, value in content.variables.items()],
            names=content.variables,
        ),
        "bookmarks": Model(
            world,
            "Bookmarks",
            {"exists": lambda name: text(name).lower() in content.bookmarks},
            rows=[
                Model(world, "Bookmark", {"range": text_range(world, words), "name": name})
                for name, words in content.bookmarks.items()
            ],
            names=content.bookmarks,
        ),
        "shapes": Model(world, "Shapes", rows=shapes, names=_names(content)),
        "inlineshapes": Model(world, "InlineShapes", rows=shapes, names=_names(content)),
        "builtindocumentproperties": property_bag(world, content.properties),
        "customdocumentproperties": property_bag(world, content.custom_properties),
        "customxmlparts": Model(
            world,
            "CustomXMLParts",
            rows=[Model(world, "CustomXMLPart", {"xml": part}) for part in content.xml_parts],
        ),
        "vbproject": code_project(world, content),
        "attachedtemplate": Model(world, "Template", {"name": "Normal.dotm"}, value="Normal.dotm"),
        "windows": Model(world, "Windows", rows=[Model(world, "Window")]),
        "saved": True,
        "readonly": False,
        "protectiontype": -1,
        "saveas": lambda filename, *more: _save(world, filename),
        "saveas2": lambda filename, *more: _save(world, filename),
    }
    return document


def _save(world: World, filename: Value) -> Value:
    world.disk.write(text(filename), b"document")
    return None


def _names(content: Content) -> list[str]:
    return [shape.get("name", "") for shape in content.shapes]


def _part(world: World, whole: str, start: Value, end: Value) -> Value:
    first = start if isinstance(start, int) else 0
    last = end if isinstance(end, int) else len(whole)
    return text_range(world, whole[first:last])


def _variable(world: World, name: str, value: str) -> Model:
    return Model(world, "Variable", {"name": name, "value": value}, value=value)


class _Variables(Model):
    """Variables: one that is missing comes to be when its value is put."""

    def missing(self, key: str) -> Value:
        return _NoVariable(self, key)


class _NoVariable(Model):
    """A variable that is not there yet."""

    def __init__(self, variables: _Variables, name: str) -> None:
        super().__init__(variables.world, "Variable", {"name": name})
        self._variables = variables
        self._name = name

    def get_value(self) -> Value:
        raise ScriptError(5825, self._name)

    def put_value(self, value: Value) -> None:
        self._variables.rows.append(_variable(self.world, self._name, text(value)))
        self._variables.names.append(self._name.lower())

    def default(self, arguments: list[Value]) -> Value:
        return self.get_value()

    def put_default(self, arguments: list[Value], value: Value) -> None:
        self.put_value(value)


def _adder(document: Model, world: World) -> object:
    def add(name: Value, value: Value = "") -> Value:
        made = _variable(world, text(name), text(value))
        variables = document.given["variables"]
        if isinstance(variables, Model):
            variables.rows.append(made)
            variables.names.append(text(name).lower())
        return made

    return add


def _table(world: World, rows: list[list[str]]) -> Model:
    def cell(row: Value, column: Value) -> Value:
        inside = isinstance(row, int) and isinstance(column, int) and 1 <= row <= len(rows)
        line = rows[row - 1] if inside and isinstance(row, int) else []
        found = isinstance(column, int) and 1 <= column <= len(line)
        return made(line[column - 1] if found and isinstance(column, int) else "")

    def made(words: str) -> Model:
        return Model(world, "Cell", {"range": text_range(world, f"{words}\r\x07")})

    def cells(words: Iterable[str]) -> Model:
        return Model(world, "Cells", rows=[made(each) for each in words])

    columns = list(zip_longest(*rows, fillvalue=""))
    whole = text_range(world, "\r".join("\t".join(row) for row in rows))
    whole.given["cells"] = cells(words for row in rows for words in row)
    lines = [Model(world, "Row", {"cells": cells(row)}) for row in rows]
    upright = [Model(world, "Column", {"cells": cells(column)}) for column in columns]
    given: Given = {
        "cell": cell,
        "rows": Model(world, "Rows", rows=lines),
        "columns": Model(world, "Columns", rows=upright),
        "range": whole,
    }
    return Model(world, "Table", given)


def _add_in(world: World, filename: Value) -> Value:
    """A global template that a macro loads."""
    path = text(filename)
    world.recorder.call("external template", path)
    return opened(world, path, Model(world, "AddIn"))


def word_application(world: World, document: Model) -> Model:
    """Word.Application."""
    application = Model(world, "Application", value="Microsoft Word")
    documents = Model(world, "Documents", rows=[document])
    blank = word_document(world, Content("word"), "Document1")
    documents.given |= {"open": lambda filename, *more: opened(world, filename, document)}
    documents.given |= {"add": lambda *more: blank}
    application.given |= application_members(world, "Microsoft Word")
    application.given |= {
        "activedocument": document,
        "thisdocument": document,
        "documents": documents,
        "selection": text_range(world, "", []),
        "normaltemplate": Model(world, "Template", {"vbproject": code_project(world, None)}),
        "organizercopy": lambda *words: world.recorder.call("OrganizerCopy", *map(text, words)),
        "options": Model(world, "Options"),
        "addins": Model(world, "AddIns", {"add": lambda filename, *more: _add_in(world, filename)}),
        "tasks": Model(world, "Tasks", {"exists": lambda name: False}),
    }
    return application
