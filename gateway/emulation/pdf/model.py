"""What of a PDF matters for emulation: its triggers with their actions, its form, what hides texts.

Data only. Texts and bytes are the sample's; nothing here has been judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Cause(StrEnum):
    """What sets a trigger off: nothing but the document's being open, an entry, or a click.

    OLDER: the document's being open, in a reader that is no longer in use.
    """

    ITSELF = "by itself"
    OLDER = "in an older reader"
    INPUT = "on input"
    CLICK = "by a click"


@dataclass(frozen=True, slots=True)
class Script:
    """JavaScript; `xfa` when it belongs to an XFA form; `library`: the name by which that form's
    other scripts call its functions."""

    code: str
    xfa: bool = False
    library: str = ""


@dataclass(frozen=True, slots=True)
class Launch:
    """Start a program or open a file: program and parameters as Windows would get them."""

    program: str
    parameters: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Open an address in the browser."""

    url: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Go to another document: a file (GoToR, Thread), or one embedded here (GoToE)."""

    file: str
    embedded: str = ""


@dataclass(frozen=True, slots=True)
class Submit:
    """Send the form."""

    url: str


@dataclass(frozen=True, slots=True)
class Import:
    """Load form data from a file."""

    file: str


@dataclass(frozen=True, slots=True)
class Told:
    """An action that is only written down: media, layers, named commands."""

    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A script that is there and cannot be read."""


Action = Script | Launch | Address | Elsewhere | Submit | Import | Told | Unread


@dataclass(frozen=True, slots=True)
class Trigger:
    """Actions and what sets them off. `type` and `name` are those of Acrobat's event object.

    target: the full name of the field whose event it is, empty for the document's own.
    """

    type: str
    name: str
    cause: Cause
    actions: tuple[Action, ...]
    target: str = ""


@dataclass(slots=True)
class FormField:
    """A form field as scripts see it; `events` are its own triggers by their name."""

    name: str
    type: str
    value: str = ""
    initial: str = ""
    page: int = 0
    rect: list[float] = field(default_factory=list)
    readonly: bool = False
    required: bool = False
    multiline: bool = False
    password: bool = False
    limit: int = 0
    tooltip: str = ""
    caption: str = ""
    display: int = 0
    editable: bool = False
    order: int = -1
    exports: list[str] = field(default_factory=list)
    items: list[list[str]] = field(default_factory=list)
    events: dict[str, Trigger] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comment:
    """An annotation with texts."""

    page: int
    type: str
    name: str
    contents: str
    subject: str
    author: str
    rect: list[float]


@dataclass(frozen=True, slots=True)
class Embedded:
    """An embedded file: the name that scripts use, its own name, its bytes."""

    name: str
    path: str
    mime: str
    description: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline."""

    name: str
    children: tuple[Bookmark, ...] = ()


@dataclass(slots=True)
class Document:
    """The whole document. `triggers` are in the order in which a reader comes to them.

    unread: what could not be read and might have acted.
    """

    pages: int = 0
    width: float = 612.0
    height: float = 792.0
    info: dict[str, str] = field(default_factory=dict)
    metadata: str = ""
    fields: list[FormField] = field(default_factory=list)
    calculated: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    embedded: list[Embedded] = field(default_factory=list)
    bookmarks: tuple[Bookmark, ...] = ()
    layers: list[tuple[str, bool]] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
