"""What macros can ask of a document: one form for all file formats. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Sheet:
    """A worksheet: values and formulas by (row, column) from 1; kind: worksheet or macro sheet.

    code_name: what macros call it; names: those that are defined for this sheet alone; model: the
    object that macros have of it, while they run.
    """

    name: str
    kind: str = "worksheet"
    hidden: bool = False
    values: dict[tuple[int, int], object] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    code_name: str = ""
    names: dict[str, str] = field(default_factory=dict)
    model: object = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class Form:
    """A user form: its own properties, and those of each control, by names in lower case."""

    name: str
    properties: dict[str, str] = field(default_factory=dict)
    controls: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Macro:
    """A VBA module: its name, kind (document, form, class or standard) and source."""

    name: str
    kind: str
    source: str


@dataclass(slots=True)
class Content:
    """Everything of one document.

    application: word, excel or powerpoint; names: defined names to what they refer to;
    links: relationships out of the package (kind, target); embedded: files inside (name, bytes);
    commands: command lines of DDE fields and links; started: those that something else starts, with
    what that is; told: what was seen and is for rules to judge (what, two texts about it); unread:
    what could not be read, in words; projects: compound files with VBA in them.
    """

    application: str
    paragraphs: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    shapes: list[dict[str, str]] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    custom_properties: dict[str, str] = field(default_factory=dict)
    bookmarks: dict[str, str] = field(default_factory=dict)
    xml_parts: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    projects: list[bytes] = field(default_factory=list)
    macros: list[Macro] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    embedded: list[tuple[str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    started: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def define(self, name: str, words: str, sheet: int | None = None) -> None:
        """A defined name, of the workbook or of a sheet alone (its number from 0): one of the
        workbook comes first where no sheet is named."""
        lowered = name.lower()
        if sheet is None or not 0 <= sheet < len(self.sheets):
            self.names[lowered] = words
        else:
            self.sheets[sheet].names[lowered] = words
            self.names.setdefault(lowered, words)
