"""Actions (ISO 32000-1, 12.6): which act, and how a chain of them is cut.

Judges action dictionaries only; where they hang is the business of `rules`.
"""

from __future__ import annotations

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from gateway.extraction import links
from gateway.extraction.kinds import Kind

ACTING: dict[str, tuple[Kind, str]] = {
    "/JavaScript": (Kind.PDF_JAVASCRIPT, "JavaScript"),
    "/Launch": (Kind.PDF_ACTIONS, "action that starts a program"),
    "/GoToR": (Kind.PDF_ACTIONS, "action that opens another file"),
    "/GoToE": (Kind.PDF_ACTIONS, "action that opens an embedded file"),
    "/SubmitForm": (Kind.PDF_ACTIONS, "action that sends form data"),
    "/ImportData": (Kind.PDF_ACTIONS, "action that loads form data"),
    "/Rendition": (Kind.PDF_RICH_MEDIA, "action that plays media"),
    "/Sound": (Kind.PDF_RICH_MEDIA, "action that plays sound"),
    "/Movie": (Kind.PDF_RICH_MEDIA, "action that plays a film"),
    "/RichMediaExecute": (Kind.PDF_RICH_MEDIA, "action that commands rich media"),
}
"""Action types that act, with what they are called in a trace."""

EMPTIED = Name("/SluiceRemoved")
"""Type of an action that has been emptied: viewers ignore types they do not know (12.6.1)."""
MAX_CHAIN = 64
"""Actions in one /Next chain that are looked at; what is behind goes with the cut."""


def judge(action: Object) -> tuple[Kind, str] | None:
    """What `action` itself (not its successors) does; None when it only moves the view."""
    if not isinstance(action, Dictionary):
        return None
    kind = str(action.get("/S", ""))
    if kind in ACTING:
        return ACTING[kind]
    if "/JS" in action:
        return Kind.PDF_JAVASCRIPT, "JavaScript"
    if kind == "/Thread" and "/F" in action:
        return Kind.PDF_ACTIONS, "action that opens another file"
    if kind == "/URI":
        return judge_uri(action)
    return None


def judge_uri(action: Dictionary) -> tuple[Kind, str]:
    """A link: to a page, or to something that starts a program."""
    if links.starts_program(text(action.get("/URI"))):
        return Kind.PDF_ACTIONS, "link that starts a program"
    return Kind.PDF_URI, "link"


def moves_view_only(action: Object) -> bool:
    """True for what may stand in OpenAction: a destination, or a jump without successors."""
    if isinstance(action, Array):
        return True
    if not isinstance(action, Dictionary):
        return isinstance(action, Name | pikepdf.String)
    return action.get("/S") == Name("/GoTo") and "/Next" not in action


def text(value: Object | None) -> str:
    """A string object as text; empty for anything else."""
    return str(value) if isinstance(value, pikepdf.String) else ""


def empty(action: Dictionary) -> None:
    """Make `action` an action that does nothing, wherever else it is referred to."""
    for name in list(action.keys()):
        del action[name]
    action["/S"] = EMPTIED
