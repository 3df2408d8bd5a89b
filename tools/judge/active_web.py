"""A second reading of HTML and SVG, by lxml: no script, handler, frame, form or refresh."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree, html

_ELEMENTS = frozenset(
    [
        "script",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "form",
        "base",
        "link",
        "portal",
        "handler",
    ]
)


def complaints(data: bytes) -> Iterator[str]:
    """What acts in the page or drawing."""
    try:
        root = html.document_fromstring(data)
    except (etree.ParserError, ValueError):
        return
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()
        if name in _ELEMENTS:
            yield f"lxml: <{name}>"
        if name == "meta" and "refresh" in str(element.get("http-equiv", "")).lower():
            yield "lxml: meta refresh"
        for attribute, value in [(str(key), str(value)) for key, value in element.items()]:
            if attribute.lower().startswith("on"):
                yield f"lxml: handler {attribute}"
            if "script:" in "".join(value.split()).lower()[:40]:
                yield f"lxml: script in {attribute}"
