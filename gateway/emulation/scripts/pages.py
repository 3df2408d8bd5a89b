"""Scripts out of WSF and HTA files, in the order in which they run. Pure.

Both are read as a browser reads them: by tags, whatever is between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

_SCRIPTS_MAX = 200
"""Scripts of one page."""

_CDATA = re.compile(r"^\s*<!\[CDATA\[(.*?)(?:\]\]>\s*)?$", re.DOTALL)


_RESOURCE = re.compile(
    r"<resource\b[^>]*\bid\s*=\s*[\"']?([^\"'\s>]+)[^>]*>(.*?)</resource\s*>",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Script:
    """One piece of code. language: vbscript or jscript; event: `name` of `for`'s element.

    source: an address to load the code from, when the page does not hold it.
    """

    language: str
    code: str
    source: str = ""
    target: str = ""
    event: str = ""


@dataclass(slots=True)
class Page:
    """A page: its scripts, its elements by id with their texts and attributes, its objects."""

    scripts: list[Script] = field(default_factory=list)
    elements: dict[str, dict[str, str]] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    handlers: list[tuple[str, str]] = field(default_factory=list)
    title: str = ""
    frames: list[str] = field(default_factory=list)


def read_page(source: str, default_language: str = "jscript") -> Page:
    """Everything in a page that can act."""
    reader = _Reader(default_language)
    reader.feed(source)
    reader.close()
    return reader.page


def resources(source: str) -> dict[str, str]:
    """`<resource id=...>` of a WSF file: texts that scripts ask for with getResource."""
    found: dict[str, str] = {}
    for name, words in _RESOURCE.findall(source):
        inner = _CDATA.match(words)
        found[name.lower()] = inner[1] if inner else unescape(words)
    return found


def language_of(untrusted: str, default: str) -> str:
    """The language a `language` or `type` attribute names."""
    lowered = untrusted.lower()
    if "vb" in lowered:
        return "vbscript"
    return "jscript" if "script" in lowered or "js" in lowered else default


class _Reader(HTMLParser):
    """Collects scripts; everything else only so far as scripts can ask for it."""

    def __init__(self, language: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._language = language
        self._open: dict[str, str] | None = None
        self._text: list[str] = []
        self._inside: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name.lower(): value or "" for name, value in attrs}
        if tag == "script":
            self._open, self._text = found, []
            return
        if tag == "object" and "id" in found:
            self.page.objects[found["id"]] = found.get("progid") or found.get("classid", "")
        if tag in ("iframe", "frame") and found.get("src"):
            self.page.frames.append(found["src"])
        for name, code in found.items():
            if name == "onload" or (name.startswith("on") and tag == "body"):
                self.page.handlers.append((name, code))
        identity = found.get("id") or found.get("name")
        if identity:
            self.page.elements.setdefault(identity, dict(found))
            self._inside.append((tag, identity))
        elif tag == "title":
            self._inside.append((tag, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag == "script":
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._text.append(data)
        elif self._inside:
            tag, identity = self._inside[-1]
            if tag == "title":
                self.page.title += data
            if identity:
                element = self.page.elements[identity]
                element["innertext"] = element.get("innertext", "") + data
                if tag == "textarea":
                    element["value"] = element["innertext"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._open is not None:
            self._script(self._open, "".join(self._text))
            self._open = None
        elif self._inside and self._inside[-1][0] == tag:
            self._inside.pop()

    def close(self) -> None:
        if self._open is not None:  # a page may end within its script
            self._script(self._open, "".join(self._text))
        super().close()

    def _script(self, found: dict[str, str], code: str) -> None:
        if len(self.page.scripts) >= _SCRIPTS_MAX:
            return
        language = language_of(found.get("language") or found.get("type", ""), self._language)
        self._language = language if not self.page.scripts else self._language
        inner = _CDATA.match(code)
        text = inner[1] if inner else code
        text = re.sub(r"^\s*<!--|(?://)?\s*-->\s*$", "", text)
        self.page.scripts.append(
            Script(
                language, text, found.get("src", ""), found.get("for", ""), found.get("event", "")
            )
        )
