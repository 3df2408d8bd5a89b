"""What macros can ask of a document: one form for all file formats. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Sheet:
    """A worksheet: values and formulas by (row, column) from 1; kind: worksheet or macro sheet."""

    name: str
    kind: str = "worksheet"
    hidden: bool = False
    values: dict[tuple[int, int], object] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)


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
    commands: command lines of DDE fields and links; unread: what could not be read, in words;
    projects: compound files with VBA in them.
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
    unread: list[str] = field(default_factory=list)
