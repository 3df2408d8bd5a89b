"""Action dictionaries (ISO 32000-1, 12.6.4) and their chains, as values of the model."""

from __future__ import annotations

from pikepdf import Dictionary, Object

from gateway.emulation.pdf.model import (
    Action,
    Address,
    Elsewhere,
    Import,
    Launch,
    Script,
    Submit,
    Told,
    Unread,
)
from gateway.emulation.pdf.objects import entry, is_undecodable, items, key_of, text

_CHAIN_MAX = 200
"""Actions of one chain. Acrobat follows all; a longer one repeats itself."""

_SILENT = frozenset({"GoTo", "Hide", "SetOCGState", "Trans", "GoTo3DView", "ResetForm", "NOP"})
"""Actions that only move the view, or change what is seen."""


def chain(untrusted_action: Object | None) -> tuple[Action, ...]:
    """An action and what follows it by /Next, in the order in which they are done."""
    found: list[Action] = []
    seen: set[tuple[int, int]] = set()
    waiting: list[Object | None] = [untrusted_action]
    while waiting and len(found) < _CHAIN_MAX:
        action = waiting.pop(0)
        key = key_of(action)
        if not isinstance(action, Dictionary) or key in seen:
            continue
        if key is not None:
            seen.add(key)
        found += _one(action)
        following = action.get("/Next")
        successors: list[Object | None] = [following, *items(following)]
        waiting[:0] = successors
    return tuple(found)


def _one(action: Dictionary) -> list[Action]:
    kind = text(action.get("/S"))
    made: list[Action] = []
    if "/JS" in action:  # a rendition may carry a script too
        made += _script(action.get("/JS"))
    match kind:
        case "JavaScript" | "":
            pass
        case "Launch":
            made.append(_launch(action))
        case "URI":
            made.append(Address(text(action.get("/URI"))))
        case "GoToR" | "Thread":
            name = file_name(action.get("/F"))
            made += [Elsewhere(name)] if name else []
        case "GoToE":
            made.append(Elsewhere(file_name(action.get("/F")), _target(action.get("/T"))))
        case "SubmitForm":
            made.append(Submit(file_name(action.get("/F"))))
        case "ImportData":
            made.append(Import(file_name(action.get("/F"))))
        case "Named":
            made.append(Told("menu item", text(action.get("/N"))))
        case _ if kind not in _SILENT:
            made.append(Told(f"{kind} action"))
    return made


def _script(source: Object | None) -> list[Action]:
    """The script of a string or stream; a stream that holds something must yield something."""
    code = text(source)
    if code.strip():
        return [Script(code)]
    return [Unread()] if is_undecodable(source) else []


def _launch(action: Dictionary) -> Launch:
    """Windows' own parameters count before the file (12.6.4.5)."""
    windows = action.get("/Win")
    if isinstance(windows, Dictionary):
        program, parameters = text(windows.get("/F")), text(windows.get("/P"))
        if program:
            return Launch(program, parameters)
    return Launch(file_name(action.get("/F")) or file_name(action.get("/Unix")))


def _target(untrusted_target: Object | None) -> str:
    """The embedded file that a target dictionary leads to (12.6.4.4): the last name on the way."""
    name = ""
    for _ in range(8):
        name = text(entry(untrusted_target, "/N")) or name
        untrusted_target = entry(untrusted_target, "/T")
    return name


def file_name(value: Object | None) -> str:
    """The name in a file specification (7.11), as Windows writes it where it is a share."""
    if isinstance(value, Dictionary):
        names = (text(value.get(key)) for key in ("/UF", "/F", "/DOS", "/Unix", "/Mac"))
        return next((name for name in names if name), "")
    return text(value)
