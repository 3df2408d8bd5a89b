"""What acts in the XML of an OpenDocument file: a table of elements, and the walk over them.

The same rules serve the members of a package, its sub-documents and the single tree of flat XML.
What shows something leaves its last result; what only acts goes whole.
Source: OpenDocument 1.3 part 3; element names are unique enough without their namespace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum, auto

from lxml import etree

from gateway.extraction import links
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.linkedit import RELINKED, Relink
from gateway.extraction.xmlsafe import attribute, local

Removes = Callable[[Kind], bool]


class Fate(Enum):
    """What becomes of an element: gone with all it holds, or its text stays in its place."""

    GONE = auto()
    UNWRAPPED = auto()


_ELEMENTS: dict[str, tuple[Kind, str, Fate]] = {
    "execute-macro": (Kind.MACROS, "field that runs a macro", Fate.UNWRAPPED),
    "dde-connection-decls": (Kind.DDE, "DDE connections", Fate.GONE),
    "dde-connection": (Kind.DDE, "DDE field", Fate.UNWRAPPED),
    "dde-source": (Kind.DDE, "DDE source", Fate.GONE),
    "dde-links": (Kind.DDE, "DDE links", Fate.GONE),
    "applet": (Kind.ACTIVEX, "Java applet", Fate.GONE),
    "object-ole": (Kind.OLE_OBJECTS, "embedded OLE object", Fate.GONE),
    "floating-frame": (Kind.EXTERNAL_LINKS, "frame that loads another document", Fate.GONE),
    "table-source": (Kind.EXTERNAL_LINKS, "table linked from another document", Fate.GONE),
    "cell-range-source": (Kind.EXTERNAL_LINKS, "cells linked from another document", Fate.GONE),
    "auto-reload": (Kind.EXTERNAL_LINKS, "order to load another page", Fate.GONE),
    "database-source-sql": (Kind.DATA_CONNECTIONS, "database query", Fate.GONE),
    "database-source-table": (Kind.DATA_CONNECTIONS, "database table", Fate.GONE),
    "database-source-query": (Kind.DATA_CONNECTIONS, "database query", Fate.GONE),
    "database-display": (Kind.DATA_CONNECTIONS, "database field", Fate.UNWRAPPED),
    "database-next": (Kind.DATA_CONNECTIONS, "database field", Fate.GONE),
    "database-row-select": (Kind.DATA_CONNECTIONS, "database field", Fate.GONE),
    "connection-resource": (Kind.DATA_CONNECTIONS, "database connection", Fate.GONE),
    "submission": (Kind.ACTING_FIELDS, "form that sends data", Fate.GONE),
}
"""Elements that act whatever they hold."""

_LINKS = frozenset({"a", "area-rectangle", "area-circle", "area-polygon"})
"""Elements that a reader clicks."""
_SHOW_ONLY = frozenset({"a"})
_PICTURES = frozenset(
    {"image", "background-image", "fill-image", "list-level-style-image", "font-face-uri"}
    | {"sound", "audio", "plugin", "section-source", "object", "template", "image-data"}
    | {"alphabetical-index-auto-mark-file", "index-source-link"}
)
"""Elements that mean nothing without their address."""
_MACRO_SCHEMES = ("vnd.sun.star.script:", "macro:", "vnd.sun.star.", "service:", "slot:", ".uno:")
_OPENING = frozenset(
    {"dom:load", "dom:unload", "office:new", "office:load-finished", "office:layout-finished"}
    | {"office:view-created", "dom:DOMFocusIn", "office:create", "office:prepare-unload"}
    | {"on-load", "on-unload", "on-new", "on-focus"}
)
"""Events that come by themselves; all others need a hand on the document."""
_LISTENERS = frozenset({"event-listener", "event"})
"""The second is OpenOffice.org 1's name for it."""
_SHOWS = frozenset(
    {"none", "previous-page", "next-page", "first-page", "last-page", "hide", "stop", "fade-out"}
)
"""Actions of slides that only lead through the show."""
_DATABASE_ATTRIBUTES = ("datasource", "command")
_FETCHING = re.compile(r"\b(?:WEBSERVICE|IMPORTXML|CALL|REGISTER|EXEC)\s*\(", re.IGNORECASE)
_DDE_FORMULA = re.compile(r"\bDDE\s*\(", re.IGNORECASE)
_OTHER_DOCUMENT = re.compile(r"'(?:[a-z][a-z0-9+.-]*:)?//[^']*'#", re.IGNORECASE)
_STRINGS = re.compile(r'"(?:[^"]|"")*"')
_INERT_BASIC = frozenset({"script", "libraries", "library-embedded", "library", ""})
"""What stands in a document's scripts when there is no macro at all."""


@dataclass(slots=True)
class Sweep:
    """One walk: what `removes` named, and the hosts met. `members` are the names in the package;
    `relink` says where links lead from now on."""

    removes: Removes
    members: Collection[str]
    hits: list[Hit] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    relink: Relink | None = None

    def takes(self, kind: Kind, what: str, where: str, *, acts: bool = True) -> bool:
        """Whether what was found goes; it is then on the list."""
        if not self.removes(kind):
            return False
        self.hits.append(Hit(kind, what, where, acts))
        return True

    def clean(self, root: etree._Element, where: str) -> bool:
        """Take out what acts in the tree of `root`; True when anything went."""
        before = len(self.hits)
        for element in list(root.iter()):
            name = local(element)
            if not name or (element is not root and element.getparent() is None):
                continue
            self._clean_element(element, name, where)
        return len(self.hits) > before

    def _clean_element(self, element: etree._Element, name: str, where: str) -> None:
        rule = _ELEMENTS.get(name)
        if name in _LISTENERS:
            self._listener(element, where)
        elif rule is not None:
            kind, what, fate = rule
            if self.takes(kind, what, where):
                _end(element, fate)
        elif name == "script":
            self._script(element, where)
        elif name in _LINKS:
            self._link(element, name, where)
        elif name in ("form", "button"):
            self._form(element, where)
        elif name == "table" and _OTHER_DOCUMENT.match(f"{attribute(element, 'name')}#"):
            if self.takes(Kind.EXTERNAL_LINKS, "copy of another document's table", where):
                _end(element, Fate.GONE)
        else:
            self._address(element, name, where)
        if element.getparent() is not None:
            self._formula(element, where)

    def _script(self, element: etree._Element, where: str) -> None:
        """`office:script` and `text:script`; a document without macros has an empty one."""
        inert = all(local(inner) in _INERT_BASIC for inner in element.iter())
        if inert and not _text(element).strip() and not attribute(element, "href"):
            return
        if self.takes(Kind.MACROS, "macro in the document's text", where):
            _end(element, Fate.GONE)

    def _listener(self, element: etree._Element, where: str) -> None:
        if attribute(element, "action"):
            self._slide_action(element, where)
            return
        on_opening = attribute(element, "event-name") in _OPENING
        what = (
            "handler that runs a macro on opening" if on_opening else "handler that calls a macro"
        )
        if self.takes(Kind.MACROS, what, where, acts=on_opening):
            _end(element, Fate.GONE)

    def _slide_action(self, element: etree._Element, where: str) -> None:
        action, target = attribute(element, "action"), attribute(element, "href")
        if action in _SHOWS:
            return
        if action == "show" and not _starts(target):
            return
        if self.takes(Kind.ACTING_LINKS, f"action '{_shown(action)}' of a slide", where):
            _end(element, Fate.GONE)

    def _link(self, element: etree._Element, name: str, where: str) -> None:
        target = attribute(element, "href")
        self._note(target)
        fate = Fate.UNWRAPPED if name in _SHOW_ONLY else Fate.GONE
        place = f"{where} → {_shown(target)}"
        if _starts(target):
            if self.takes(Kind.ACTING_LINKS, "link that starts a program", place, acts=False):
                _end(element, fate)
        elif links.is_remote(target) or links.scheme(target) == "mailto":
            if self.takes(Kind.HYPERLINKS, "link", place, acts=False):
                _end(element, fate)
            elif self.relink is not None and (changed := self.relink(target)) != target:
                self.hits.append(Hit(Kind.HYPERLINKS, RELINKED, place, acts=False))
                key = next(each for each in element.attrib if str(each).endswith("}href"))
                element.set(key, changed)

    def _form(self, element: etree._Element, where: str) -> None:
        target = attribute(element, "href")
        if target and target != "#" and (links.is_remote(target) or _starts(target)):
            self._note(target)
            if self.takes(
                Kind.ACTING_FIELDS, "form that sends data", f"{where} → {_shown(target)}"
            ):
                _drop(element, "href")
        bound = any(attribute(element, name) for name in _DATABASE_ATTRIBUTES)
        if bound and self.takes(Kind.DATA_CONNECTIONS, "form bound to a database", where):
            for name in _DATABASE_ATTRIBUTES:
                _drop(element, name)

    def _address(self, element: etree._Element, name: str, where: str) -> None:
        """An element that loads what its address names."""
        target = attribute(element, "href") or (
            attribute(element, "src") if name == "instance" else ""
        )
        if not target:
            return
        outside = links.is_remote(target) or target.startswith("../") or _starts(target)
        if name == "object" and not outside:
            outside = not _inside(target, self.members)
        if name in ("template", "image") and target.startswith("../"):
            outside = False  # a path on the writer's own disk, which leads nowhere here
        if not outside:
            return
        self._note(target)
        kind = Kind.OLE_OBJECTS if name == "object" else Kind.EXTERNAL_LINKS
        what = {"object": "linked object", "template": "remote template"}.get(
            name, f"remote {name}"
        )
        if self.takes(kind, what, f"{where} → {_shown(target)}"):
            if name in _PICTURES:
                _end(element, Fate.GONE)
            else:
                _drop(element, "href")
                _drop(element, "src")

    def _formula(self, element: etree._Element, where: str) -> None:
        for key in list(element.attrib):
            if str(key).rpartition("}")[2] not in ("formula", "condition", "expression"):
                continue
            formula = str(element.attrib[key])
            bare = _STRINGS.sub('""', formula)
            place = f"{where}: {_shown(formula)}"
            if _DDE_FORMULA.search(bare):
                gone = self.takes(Kind.DDE, "DDE formula", place)
            elif _FETCHING.search(bare):
                gone = self.takes(Kind.ACTING_FIELDS, "formula that fetches or runs", place)
            elif _OTHER_DOCUMENT.search(bare):
                gone = self.takes(Kind.EXTERNAL_LINKS, "formula over another document", place)
            else:
                gone = False
            if gone:
                del element.attrib[key]

    def _note(self, target: str) -> None:
        named = links.host(target)
        if named:
            self.hosts.add(named)


def _text(element: etree._Element) -> str:
    return "".join(str(text) for text in element.itertext())


def _starts(target: str) -> bool:
    return target.strip().lower().startswith(_MACRO_SCHEMES) or links.starts_program(target)


def _inside(target: str, members: Collection[str]) -> bool:
    """Whether an object's address names a sub-document of the same package."""
    name = target.removeprefix("./").rstrip("/")
    return f"{name}/content.xml" in members


def _end(element: etree._Element, fate: Fate) -> None:
    """Take the element out; what follows it, and for UNWRAPPED what it shows, stays."""
    parent = element.getparent()
    if parent is None:
        return
    at = parent.index(element)
    if fate is Fate.UNWRAPPED:
        kept = list(element)
        _append_text(parent, at, element.text or "")
        for child in kept:
            parent.insert(at, child)
            at += 1
    _append_text(parent, at, element.tail or "")
    element.tail = None
    parent.remove(element)


def _append_text(parent: etree._Element, at: int, text: str) -> None:
    """Put `text` in front of the child with index `at`."""
    if not text:
        return
    if at == 0:
        parent.text = (parent.text or "") + text
    else:
        before = parent[at - 1]
        before.tail = (before.tail or "") + text


def _drop(element: etree._Element, name: str) -> None:
    for key in list(element.attrib):
        if str(key).rpartition("}")[2] == name:
            del element.attrib[key]


def _shown(untrusted_text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in untrusted_text)[:200]
