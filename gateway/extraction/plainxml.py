"""Flat XML read in Python alone: a root and its children, which have attributes and nothing else.

The content types and relationships of an Office package (ECMA-376 part 2, 6.2.3 and 6.5.3) look
like that. Whatever is written in any but the usual way (prefixes, comments, character references,
another encoding) is not read here at all: then the answer is None, and lxml has its turn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_DECLARATION: Final = re.compile(
    r"<\?xml version=[\"']1\.0[\"'](?: encoding=[\"'](?:utf-8|us-ascii)[\"'])?"
    r"(?: standalone=[\"'](?:yes|no)[\"'])?\s*\?>\s*",
    re.IGNORECASE | re.ASCII,
)
_OPEN: Final = re.compile(
    r"<([A-Za-z]+)((?:\s+[A-Za-z]+=(?:\"[^\"<]*\"|'[^'<]*'))*)\s*(/?)>\s*", re.ASCII
)
_CLOSE: Final = re.compile(r"</([A-Za-z]+)>\s*", re.ASCII)
_ATTRIBUTE: Final = re.compile(r"([A-Za-z]+)=(?:\"([^\"<]*)\"|'([^'<]*)')")
_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Flat:
    """The root's name and namespace, and its children in order: name and attributes."""

    root: str
    namespace: str
    children: tuple[tuple[str, Mapping[str, str]], ...]


def read(untrusted_xml: bytes) -> Flat | None:
    """The document, or None when it is not as plain as that. Never raises."""
    try:
        text = untrusted_xml.removeprefix(_MARK).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not _legible(text):
        return None
    declared = _DECLARATION.match(text)
    opening = _OPEN.match(text, declared.end() if declared else 0)
    if opening is None:
        return None
    attributes = _attributes(opening[2])
    if attributes is None or attributes.keys() != {"xmlns"}:
        return None
    root, namespace = opening[1], attributes["xmlns"]
    if opening[3]:
        return Flat(root, namespace, ()) if opening.end() == len(text) else None
    return _children(text, opening.end(), root, namespace)


def _legible(text: str) -> bool:
    """No character that XML forbids or that attributes turn into blanks, no odd entity."""
    return not any(sign < " " and sign not in "\r\n\t" for sign in set(text)) and not (
        "\ufffe" in text or "\uffff" in text or _ENTITY.search(text)
    )


def _children(text: str, at: int, root: str, namespace: str) -> Flat | None:
    found: list[tuple[str, Mapping[str, str]]] = []
    while (child := _OPEN.match(text, at)) is not None:
        attributes = _attributes(child[2])
        if attributes is None or "xmlns" in attributes:
            return None
        found.append((child[1], attributes))
        at = child.end()
        if not child[3]:
            closing = _CLOSE.match(text, at)
            if closing is None or closing[1] != child[1]:
                return None
            at = closing.end()
    last = _CLOSE.match(text, at)
    ended = last is not None and last[1] == root and last.end() == len(text)
    return Flat(root, namespace, tuple(found)) if ended else None


def _attributes(written: str) -> dict[str, str] | None:
    """The attributes of a tag; None when one stands twice or holds a line end or tabulator."""
    found: dict[str, str] = {}
    for name, double, single in _ATTRIBUTE.findall(written):
        value = double or single
        if name in found or any(sign in value for sign in "\r\n\t"):
            return None
        if "&" in value:
            for entity, sign in _ENTITIES:
                value = value.replace(entity, sign)
        found[name] = value
    return found
