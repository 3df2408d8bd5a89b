"""A second reading of HTML and SVG, by lxml: no script, handler, frame, form target or refresh.

Style sheets, icons and pictures from elsewhere stay by policy's defaults and are not complained of.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree, html

_ELEMENTS = frozenset(
    ("script", "iframe", "frame", "object", "embed", "applet", "portal", "handler", "foreignobject")
)
_FETCHING = frozenset(["import", "preload", "modulepreload", "prefetch", "prerender"])
_TARGETS = {"form": "action", "base": "href", "button": "formaction", "input": "formaction"}


def complaints(data: bytes) -> Iterator[str]:
    """What acts in the page or drawing."""
    try:
        root = html.document_fromstring(data)
    except (etree.ParserError, ValueError):
        return
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()
        yield from _about_element(name, element)
        for attribute, value in [(str(key), str(value)) for key, value in element.items()]:
            if attribute.lower().startswith("on"):
                yield f"lxml: handler {attribute}"
            if "script:" in "".join(value.split()).lower()[:40]:
                yield f"lxml: script in {attribute}"


def _about_element(name: str, element: etree._Element) -> Iterator[str]:
    is_data = name == "script" and element.get("type", "") == "application/ld+json"
    if name in _ELEMENTS and not is_data:
        yield f"lxml: <{name}>"
    if name in _TARGETS and element.get(_TARGETS[name]):
        yield f"lxml: <{name} {_TARGETS[name]}>"
    if name == "link" and _FETCHING & set(str(element.get("rel", "")).lower().split()):
        yield "lxml: <link> that fetches"
    if name == "meta" and "refresh" in str(element.get("http-equiv", "")).lower():
        yield "lxml: meta refresh"
