"""Relationships that claim to be plain links but are used to fetch something.

Applications look a relationship up by its id, not always by its type: a template behind a
"hyperlink" is still a template. What the element is decides.
"""

from __future__ import annotations

import re

from gateway.extraction import xmlsafe
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ooxml.package import Package, Relationship
from gateway.extraction.ooxml.references import RELATIONSHIP_NAMESPACES
from gateway.extraction.ooxml.relations import Dropped, Removes

_FETCHING = frozenset(
    {
        "attachedTemplate",
        "OLEObject",
        "oleObject",
        "oleObj",
        "oleLink",
        "control",
        "blip",
        "imagedata",
        "fill",
        "subDoc",
        "altChunk",
        "sourceFileName",
        "externalData",
        "externalBook",
        "externalReference",
        "dataSource",
    }
)
"""Elements that load what their relationship points to as soon as they are read."""
_MARKS = re.compile("|".join(sorted(_FETCHING)).encode())


def remove_disguised(package: Package, removes: Removes, dropped: Dropped) -> None:
    """Take out external links that an element uses to fetch."""
    if not removes(Kind.EXTERNAL_LINKS):
        return
    for part in list(package.relationships):
        claimed = {
            item.id: item
            for item in package.relationships[part]
            if item.external and item.kind == "hyperlink"
        }
        if claimed and part in package.members and part not in package.removed:
            _check_part(package, part, claimed, dropped)


def _check_part(
    package: Package, part: str, claimed: dict[str, Relationship], dropped: Dropped
) -> None:
    if not part.endswith((".xml", ".vml")):
        return
    name = package.name(part)
    if not _MARKS.search(xmlsafe.searchable(package.read(part), name)):
        return
    for element in package.tree(part).iter():
        if xmlsafe.local(element) not in _FETCHING:
            continue
        for attribute, value in xmlsafe.attributes(element):
            is_reference = attribute.rpartition("}")[0].lstrip("{") in RELATIONSHIP_NAMESPACES
            if is_reference and value in claimed:
                relationship = claimed.pop(value)
                what = f"{xmlsafe.local(element)} disguised as a link"
                package.hits.append(
                    Hit(Kind.EXTERNAL_LINKS, what, f"{name} → {_shown(relationship)}")
                )
                package.drop_relationship(relationship)
                dropped.setdefault(part, set()).add(value)


def _shown(relationship: Relationship) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in relationship.target)[:200]
