"""What Word, Excel and PowerPoint have in common."""

from __future__ import annotations

from functools import partial

from gateway.emulation.automation.convert import date, number, text
from gateway.emulation.automation.values import Value
from gateway.emulation.contract import Kind
from gateway.emulation.office.content import Content
from gateway.emulation.windows import facts, sinkhole
from gateway.emulation.windows.model import Given, Model
from gateway.emulation.windows.world import World


def _scaled(factor: float, length: Value) -> Value:
    return number(length) * factor


def application_members(world: World, name: str) -> Given:
    """Members that every Application has."""
    return {
        "name": name,
        "version": "16.0",
        "build": "16.0.10396",
        "operatingsystem": "Windows (64-bit) NT 10.00",
        "username": "Anna Beispiel",
        "organizationname": "Corp Example",
        "path": r"C:\Program Files\Microsoft Office\root\Office16",
        "startuppath": rf"{facts.ROAMING}\Microsoft\Word\STARTUP",
        "templatespath": rf"{facts.ROAMING}\Microsoft\Templates\\",
        "userlibrarypath": rf"{facts.ROAMING}\Microsoft\AddIns",
        "recentfiles": Model(world, "RecentFiles", rows=[1, 2, 3, 4, 5]),
        "mousepointer": 0,
        "visible": True,
        "windows": Model(world, "Windows", rows=[Model(world, "Window")]),
        "mouseavailable": True,
        "numlock": True,
        "capslock": False,
        "usablewidth": 1428.0,
        "usableheight": 801.0,
        "system": Model(
            world,
            "System",
            {
                "operatingsystem": "Windows NT",
                "version": "10.0",
                "horizontalresolution": 1920,
                "verticalresolution": 1080,
                "languagedesignation": "English (United States)",
                "countryregion": 1,
            },
        ),
        "wait": lambda time: _wait(world, time),
        "quit": lambda *more: None,
        "hwnd": 0x1034E,
        "automationsecurity": 1,
        "international": lambda index=1: 1,
        "language": 1033,
        "languagesettings": Model(world, "LanguageSettings", {"languageid": lambda which: 1033}),
        **_UNITS,
        "getopenfilename": lambda *more: _CHOSEN,
        "getsaveasfilename": lambda *more: rf"{facts.DOCUMENTS}\export.xlsx",
        "filedialog": lambda *more: _chooser(world),
        "screenupdating": True,
        "displayalerts": True,
    }


_CHOSEN = rf"{facts.DOCUMENTS}\customers.csv"
"""What the user picks when a macro asks for a file."""

_POINTS = {"inches": 72.0, "centimeters": 28.35, "millimeters": 2.835, "picas": 12.0, "lines": 12.0}
_UNITS: Given = {
    **{f"{unit}topoints": partial(_scaled, points) for unit, points in _POINTS.items()},
    **{f"pointsto{unit}": partial(_scaled, 1 / points) for unit, points in _POINTS.items()},
}
"""The application's functions between units of length, in points of 1/72 inch."""


def _chooser(world: World) -> Model:
    """FileDialog: the user picks one file, and the button with the action."""
    chosen = Model(world, "SelectedItems", rows=[_CHOSEN])
    return Model(world, "FileDialog", {"show": lambda: -1, "selecteditems": chosen})


def _wait(world: World, moment: Value) -> Value:
    """Wait until a time: the clock jumps there."""
    now = world.seconds() / 86400 + 25569
    world.recorder.sleep(max(0.0, min((date(moment).serial - now) * 86400, 86400.0)))
    return True


def opened(world: World, untrusted_path: Value, fallback: Model) -> Value:
    """A document that a macro opens: one of the network is asked for."""
    path = text(untrusted_path)
    if "://" in path or path.startswith("\\\\"):
        world.recorder.call("external document", path)
        sinkhole.answer(world.recorder, "GET", path)
    else:
        world.recorder.note(Kind.FILE, "read", world.disk.full(path))
    return Model(world, fallback.type_name)


def property_bag(world: World, values: dict[str, str]) -> Model:
    """Document properties: by name, each with a Value."""
    rows: list[Value] = [
        Model(world, "DocumentProperty", {"name": name, "value": value}, value=value)
        for name, value in values.items()
    ]
    return Model(world, "DocumentProperties", rows=rows, names=values)


def shape_models(world: World, content: Content) -> list[Value]:
    """Shapes with the texts that hide in them."""
    return [_shape(world, shape) for shape in content.shapes]


def _shape(world: World, shape: dict[str, str]) -> Model:
    words = shape.get("text", "")
    frame = Model(world, "TextFrame", {"hastext": bool(words)})
    inner = Model(world, "TextRange", {"text": words}, value=words)
    frame.given |= {"textrange": inner, "characters": lambda *more: inner, "text": words}
    given: Given = {
        "name": shape.get("name", ""),
        "alternativetext": shape.get("alternativetext", ""),
        "title": shape.get("title", ""),
        "textframe": frame,
        "textframe2": frame,
    }
    return Model(world, "Shape", given)


def code_project(world: World, content: Content | None) -> Model:
    """VBProject: macros that read or write macros are told."""

    def told(name: str) -> object:
        def call(*words: Value) -> Value:
            shown = [text(word)[:400] for word in words if isinstance(word, str | int | float)]
            world.recorder.call(name, *shown)
            return component

        return call

    source = "\r\n".join(macro.source for macro in content.macros) if content else ""
    code: Given = {
        name.lower(): told(f"CodeModule.{name}")
        for name in ("AddFromString", "AddFromFile", "InsertLines", "DeleteLines", "ReplaceLine")
    }
    code |= {"countoflines": source.count("\n") + 1, "lines": lambda *more: source}
    component = Model(world, "VBComponent", {"codemodule": Model(world, "CodeModule", code)})
    component.given |= {"export": told("VBComponent.Export"), "name": "ThisDocument", "type": 100}
    components = Model(world, "VBComponents", rows=[component])
    components.given |= {"import": told("VBComponents.Import"), "add": lambda *more: component}
    return Model(
        world, "VBProject", {"vbcomponents": components, "protection": 0, "name": "Project"}
    )
