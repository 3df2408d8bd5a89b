"""Packages inside a package (a chart's workbook, an inserted document): cleaned in place.

A chart without its workbook cannot be edited any more, so a workbook stays, without what acts.
Other zip files in a document have no use but to be opened: they go as embedded objects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.extraction.contract import EncryptedError, ExtractError, Payload
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.linkedit import Relink
from gateway.extraction.ooxml.package import Package
from gateway.extraction.ooxml.relations import ZIP_MAGIC, Dropped, Removes, forget

MAX_DEPTH = 3
"""Documents inside documents inside documents: deeper ones are removed, not opened."""

Analyse = Callable[[bytes, int, Removes, Relink | None], Package]
"""What cleans a package: its bytes, its depth, what to remove, where links are to lead; gives the
cleaned package."""


def clean_embedded(package: Package, removes: Removes, dropped: Dropped, analyse: Analyse) -> None:
    """Clean every package among the members, or remove it when it is none or breaks rules."""
    for part in list(package.members):
        if part not in package.removed and package.peek(part, 4) == ZIP_MAGIC:
            _clean_one(package, part, removes, dropped, analyse)


def _clean_one(
    package: Package, part: str, removes: Removes, dropped: Dropped, analyse: Analyse
) -> None:
    name = package.name(part)
    inner = _opened(package, part, removes, analyse)
    if inner is None:
        if removes(Kind.OLE_OBJECTS):
            package.hits.append(Hit(Kind.OLE_OBJECTS, "embedded archive", name, acts=False))
            package.payloads.append(Payload(Kind.OLE_OBJECTS, name, package.read(part)))
            forget(package, part, dropped)
        return
    package.hosts |= inner.hosts
    package.payloads += [replace(item, name=f"{name}!{item.name}") for item in inner.payloads]
    if inner.hits:
        package.hits += [replace(hit, where=f"{name}!{hit.where}") for hit in inner.hits]
        package.replaced[part] = inner.assemble()


def _opened(package: Package, part: str, removes: Removes, analyse: Analyse) -> Package | None:
    """The cleaned package in `part`; None when it is none, is damaged or lies too deep."""
    if package.depth >= MAX_DEPTH:
        return None
    try:
        return analyse(package.read(part), package.depth + 1, removes, package.relink)
    except EncryptedError:
        return None
    except ExtractError:
        return None
