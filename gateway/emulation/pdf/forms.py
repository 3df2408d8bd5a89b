"""Form fields (ISO 32000-1, 12.7) with their values, choices and events."""

from __future__ import annotations

from pikepdf import Array, Dictionary, Object

from gateway.emulation.pdf.actions import chain
from gateway.emulation.pdf.model import Cause, Document, FormField, Trigger
from gateway.emulation.pdf.objects import dictionary, entry, items, key_of, numbers, text, whole

FIELDS_MAX = 3000
"""Fields of one form; tax forms have some 1500."""

_DEPTH_MAX = 40

_READONLY, _REQUIRED = 1, 2
_MULTILINE, _PASSWORD = 1 << 12, 1 << 13
_RADIO, _BUTTON, _COMBO, _EDITABLE = 1 << 15, 1 << 16, 1 << 17, 1 << 18
"""Bits of /Ff (tables 221, 226, 228, 230)."""

_HIDDEN, _PRINT, _NO_VIEW = 2, 4, 32
"""Bits of an annotation's /F (table 165)."""

EVENTS: tuple[tuple[str, str, Cause], ...] = (
    ("/E", "Mouse Enter", Cause.ITSELF),
    ("/Fo", "Focus", Cause.ITSELF),
    ("/D", "Mouse Down", Cause.CLICK),
    ("/U", "Mouse Up", Cause.CLICK),
    ("/K", "Keystroke", Cause.INPUT),
    ("/V", "Validate", Cause.INPUT),
    ("/F", "Format", Cause.INPUT),
    ("/C", "Calculate", Cause.INPUT),
    ("/Bl", "Blur", Cause.INPUT),
    ("/X", "Mouse Exit", Cause.ITSELF),
)
"""A field's events in the order in which a person who fills it in sets them off."""

_INHERITED = ("/FT", "/V", "/DV", "/Ff", "/Opt", "/MaxLen", "/AA")


def read_fields(form: Object | None, pages: dict[tuple[int, int], int], into: Document) -> None:
    """All fields of an AcroForm dictionary; `pages` knows the page of each widget."""
    seen: set[tuple[int, int]] = set()
    for field in items(entry(form, "/Fields")):
        _read(field, "", {}, pages, into, seen, 0)
    order = [_full_name(field) for field in items(entry(form, "/CO"))]
    known = {field.name: field for field in into.fields}
    into.calculated = [name for name in dict.fromkeys(order) if name in known]
    for number, name in enumerate(into.calculated):
        known[name].order = number


def _read(
    field: Object,
    above: str,
    inherited: dict[str, Object],
    pages: dict[tuple[int, int], int],
    into: Document,
    seen: set[tuple[int, int]],
    depth: int,
) -> None:
    key = key_of(field)
    if not isinstance(field, Dictionary) or depth > _DEPTH_MAX or key in seen:
        return
    if len(into.fields) >= FIELDS_MAX:
        into.unread.append(f"a form of more than {FIELDS_MAX} fields")
        seen.update(key_of(one) or (0, 0) for one in items(field.get("/Kids")))
        return
    if key is not None:
        seen.add(key)
    own = text(field.get("/T"))
    name = ".".join(part for part in (above, own) if part)
    known = {**inherited}
    for one in _INHERITED:
        value = field.get(one)
        if value is not None:
            known[one] = value
    children = [kid for kid in items(field.get("/Kids")) if entry(kid, "/T") is not None]
    for kid in children:
        _read(kid, name, known, pages, into, seen, depth + 1)
    if not children and name:
        into.fields.append(_field(field, name, known, pages))


def _field(
    field: Dictionary, name: str, known: dict[str, Object], pages: dict[tuple[int, int], int]
) -> FormField:
    widgets = [dictionary(kid) for kid in items(field.get("/Kids"))] or [field]
    flags = whole(known.get("/Ff"))
    first = next((widget for widget in widgets if widget is not None), field)
    caption = text(entry(first.get("/MK"), "/CA"))
    made = FormField(
        name=name,
        type=_type(text(known.get("/FT")), flags),
        value=_value(known.get("/V")),
        initial=_value(known.get("/DV")),
        page=pages.get(key_of(first) or (0, 0), 0),
        rect=numbers(first.get("/Rect")),
        readonly=bool(flags & _READONLY),
        required=bool(flags & _REQUIRED),
        multiline=bool(flags & _MULTILINE),
        password=bool(flags & _PASSWORD),
        limit=whole(known.get("/MaxLen")),
        tooltip=text(field.get("/TU")),
        caption=caption,
        display=_display(whole(first.get("/F"), _PRINT)),
        editable=bool(flags & _EDITABLE),
        exports=[state for widget in widgets if widget is not None for state in _states(widget)],
        items=[_item(option) for option in items(known.get("/Opt"))],
    )
    for widget in (field, *(each for each in widgets if each is not None)):
        _add_events(widget, known, made)
    return made


def _add_events(widget: Dictionary, known: dict[str, Object], made: FormField) -> None:
    own = widget.get("/AA")
    for source in (own, known.get("/AA")):
        for key, name, cause in EVENTS:
            actions = chain(entry(source, key))
            if actions and name not in made.events:
                made.events[name] = Trigger("Field", name, cause, actions, made.name)
    pressed = chain(widget.get("/A"))
    if pressed:
        before = made.events.get("Mouse Up")
        joined = (*(before.actions if before else ()), *pressed)
        unique = tuple(dict.fromkeys(joined))
        made.events["Mouse Up"] = Trigger("Field", "Mouse Up", Cause.CLICK, unique, made.name)


def _type(kind: str, flags: int) -> str:
    match kind:
        case "Btn":
            button = "button" if flags & _BUTTON else "checkbox"
            return "radiobutton" if flags & _RADIO else button
        case "Ch":
            return "combobox" if flags & _COMBO else "listbox"
        case "Sig":
            return "signature"
        case _:
            return "text"


def _value(value: Object | None) -> str:
    if isinstance(value, Array):
        return text(items(value)[0]) if items(value) else ""
    return text(value)


def _display(flags: int) -> int:
    """Scripts' numbers of how a field shows: visible, hidden, not printed, not viewed."""
    if flags & _HIDDEN:
        return 1
    if flags & _NO_VIEW:
        return 3
    return 0 if flags & _PRINT else 2


def _states(widget: Dictionary) -> list[str]:
    normal = entry(widget.get("/AP"), "/N")
    if not isinstance(normal, Dictionary):
        return []
    return [name.removeprefix("/") for name in normal.keys() if name != "/Off"]  # noqa: SIM118 - pikepdf's own


def _item(option: Object) -> list[str]:
    """A choice: what is shown, what is exported."""
    pair = items(option)
    if len(pair) >= 2:
        return [text(pair[1]), text(pair[0])]
    return [text(option), text(option)]


def _full_name(field: Object | None) -> str:
    parts: list[str] = []
    for _ in range(_DEPTH_MAX):
        if not isinstance(field, Dictionary):
            break
        own = text(field.get("/T"))
        parts += [own] if own else []
        field = field.get("/Parent")
    return ".".join(reversed(parts))
