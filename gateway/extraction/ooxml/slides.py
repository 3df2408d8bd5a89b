"""What acts in PowerPoint's own parts: click and hover actions that run something."""

from __future__ import annotations

from lxml import etree

from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ooxml.package import Package
from gateway.extraction.ooxml.references import RELATIONSHIP_NAMESPACES, remove_and_prune
from gateway.extraction.ooxml.relations import Removes
from gateway.extraction.xmlsafe import local

_ACTING = ("ppaction://program", "ppaction://macro", "ppaction://ole")
_OVER = frozenset({"hlinkMouseOver", "hlinkHover"})
_HARMLESS_OVER = ("ppaction://hlinkshowjump", "ppaction://hlinksldjump", "ppaction://noaction")


def clean_actions(package: Package, part: str, text: bytes, removes: Removes) -> None:
    """Take out actions that start programs, macros or objects, or go out without a click."""
    if b"ppaction:" not in text and b"hlinkMouseOver" not in text:
        return
    for element in list(package.tree(part).iter()):
        hit = _judge(element, package.name(part))
        if hit is not None and removes(hit.kind):
            package.hits.append(hit)
            _drop_target(package, part, element)
            remove_and_prune(element)
            package.touch(part)


def _judge(element: etree._Element, where: str) -> Hit | None:
    action = (element.get("action") or "").lower()
    if action.startswith("ppaction://macro"):
        return Hit(Kind.MACROS, "action that calls a macro", where, acts=False)
    if action.startswith(_ACTING):
        return Hit(Kind.ACTING_LINKS, "action that starts a program", where, acts=False)
    if local(element) in _OVER and not action.startswith(_HARMLESS_OVER) and _targets(element):
        return Hit(Kind.ACTING_LINKS, "link that acts when the pointer passes", where)
    return None


def _targets(element: etree._Element) -> set[str]:
    ids = (element.get(f"{{{namespace}}}id") for namespace in RELATIONSHIP_NAMESPACES)
    return {found for found in ids if found}


def _drop_target(package: Package, part: str, element: etree._Element) -> None:
    """The relationship goes too, unless another element uses it."""
    for wanted in _targets(element):
        users = [other for other in package.tree(part).iter() if wanted in _targets(other)]
        if len(users) > 1:
            continue
        for relationship in list(package.relationships.get(part, ())):
            if relationship.id == wanted and relationship.external:
                package.drop_relationship(relationship)
