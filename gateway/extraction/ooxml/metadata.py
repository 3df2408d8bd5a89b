"""What describes a package and its author: the parts named by the package's own relationships."""

from __future__ import annotations

from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ooxml.package import ROOT, Package
from gateway.extraction.ooxml.relations import Dropped, Removes, forget

_DESCRIBING = {
    "core-properties": "author, title and times",
    "extended-properties": "program and company",
    "custom-properties": "properties of the author's own",
    "thumbnail": "preview picture",
}
"""Last segments of relationship types (ECMA-376 part 2, clause 8; part 1, 15.2.12)."""


def remove_metadata(package: Package, removes: Removes, dropped: Dropped) -> None:
    """Take the describing parts out; none of them is needed to open the document."""
    if not removes(Kind.METADATA):
        return
    for relationship in list(package.relationships.get(ROOT, ())):
        what = _DESCRIBING.get(relationship.kind)
        if what is not None and not relationship.external:
            where = package.name(relationship.part)
            package.hits.append(Hit(Kind.METADATA, what, where, acts=False))
            forget(package, relationship.part, dropped)
