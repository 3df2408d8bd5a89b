"""The internal subset of a document type: entities and default attributes, before anything else.

Entities can hide markup and grow without bounds; default attributes can be event handlers. What is
plain text (drawing programs write namespaces that way) is put in its place, all else goes.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.extraction.contract import ExtractError

MAX_EXPANDED: Final = 32 * 1024 * 1024
"""Bytes of a drawing after its entities were put in place."""

_DOCTYPE: Final = re.compile(
    rb"<!DOCTYPE(?>(?:[^\[\]>\"']|\"[^\"]*\"|'[^']*')*)\["
    rb"(?P<subset>(?>(?:<!--.*?-->|\"[^\"]*\"|'[^']*'|[^\]\"'])*))\]\s*>",
    re.DOTALL,
)
_ENTITY: Final = re.compile(
    rb"<!ENTITY\s+([A-Za-z_:][\w:.-]*)\s+(?:\"([^\"]*)\"|'([^']*)')\s*>",
)
_HARMLESS: Final = re.compile(rb"<!--.*?-->|<!ELEMENT[^>]*>", re.DOTALL)
_REFERENCE: Final = re.compile(rb"&([A-Za-z_:][\w:.-]*);")
_PREDEFINED: Final = frozenset({b"lt", b"gt", b"amp", b"quot", b"apos"})
_NOT_PLAIN: Final = re.compile(rb"[<&%]")
_DECLARED: Final = re.compile(rb"<!DOCTYPE[^>]*\[")


def expanded(data: bytes) -> tuple[bytes, bool]:
    """`data` without its internal subset, plain entities put in place, references to others gone,
    and whether there was more than plain entities; the very same bytes where there is no subset.
    Raises ExtractError."""
    found = _DOCTYPE.search(data)
    if found is None:
        if _DECLARED.search(data):
            raise ExtractError("the drawing's document type cannot be read")
        return data, False
    values: dict[bytes, bytes] = {}
    declared: list[bytes] = []
    for name, double, single in _ENTITY.findall(found["subset"]):
        value = double or single
        declared.append(value)
        values.setdefault(name, b"" if _NOT_PLAIN.search(value) else value)
    left = _HARMLESS.sub(b"", _ENTITY.sub(b"", found["subset"])).strip()
    hides = bool(left) or any(_NOT_PLAIN.search(value) for value in declared)
    rest = data[found.end() :]
    references = _REFERENCE.findall(rest)
    grown = len(rest) + sum(len(values.get(name, b"")) for name in references)
    if grown > MAX_EXPANDED:
        raise ExtractError("the drawing's entities grow beyond all measure")

    def value_of(reference: re.Match[bytes]) -> bytes:
        name = reference[1]
        return reference[0] if name in _PREDEFINED else values.get(name, b"")

    return data[: found.start()] + _REFERENCE.sub(value_of, rest), hides
