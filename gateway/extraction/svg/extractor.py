"""The extractor of SVG drawings and of XML that browsers show as a page: entities, walk, cut, until
nothing is left to cut.

A drawing is read as XML, as viewers do; what is not well-formed is written anew before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from gateway.extraction.contract import ExtractError, Extraction, ExtractStatus, Survey
from gateway.extraction.html.readings import readings, through
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.svg.drawing import Drawing
from gateway.extraction.svg.entities import expanded
from gateway.extraction.svg.mending import mended
from gateway.extraction.svg.mending import preload as preload_mending
from gateway.extraction.svg.tokens import IllFormedError
from gateway.extraction.switches import DEFAULT_SWITCHES, ExtractSwitches
from gateway.mime.splice import apply, in_order

NAME: Final = "svg"
TYPES: Final = frozenset({"svg", "xml"})

_SHOWN_AS_PAGE: Final = re.compile(
    rb"1999/xhtml|2000/svg|<\?xml-stylesheet|xmlns[^=<>]*=\s*[\"'][^\"'<]*&", re.IGNORECASE
)
"""What makes a browser run an XML file: the namespaces of XHTML and SVG (which a reference to a
character may spell), and style sheets. All other XML is data."""

MAX_BYTES: Final = 32 * 1024 * 1024
"""Of one drawing; maps have some megabytes."""

MAX_ROUNDS: Final = 8
"""Walks until nothing is left: elements within kept elements that went need a second one."""


@dataclass(slots=True)
class _Found:
    hits: list[Hit] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


def preload() -> None:
    """Everything is imported with this module, except what libxml2 loads late."""
    preload_mending()


def survey(data: bytes, type_name: str) -> Survey:
    """What could be taken out of the drawing in `data`."""
    found = _Found()
    _cleaned(data, type_name, DEFAULT_SWITCHES, found)
    return Survey(tuple(dict.fromkeys(found.hits)), tuple(sorted(found.hosts)))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The drawing without what `switches` name."""
    found = _Found()
    made = _cleaned(data, type_name, switches, found)
    if made == data:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    removed = tuple(dict.fromkeys(hit.as_removal() for hit in found.hits))
    return Extraction(ExtractStatus.CLEANED, type_name, made, removed)


def _cleaned(data: bytes, type_name: str, switches: ExtractSwitches, found: _Found) -> bytes:
    if len(data) > MAX_BYTES:
        raise ExtractError(f"the drawing is larger than {MAX_BYTES} bytes")
    *_, reading = readings(data)
    is_data = type_name == "xml"
    return through(
        data, reading, lambda drawing: _settled(drawing, switches, found, is_data=is_data)
    )


def _settled(drawing: bytes, switches: ExtractSwitches, found: _Found, *, is_data: bool) -> bytes:
    """`drawing` without what acts; with its entities as they are where nothing does. `is_data`: it
    is XML that may be mere data."""
    if is_data and not _SHOWN_AS_PAGE.search(drawing):
        return drawing
    made = drawing
    if switches.removes(Kind.HTML_SCRIPTS):
        made, hides = expanded(drawing)
        if hides:
            found.hits.append(Hit(Kind.HTML_SCRIPTS, "entities that hide markup", "document type"))
    try:
        return _at_rest(drawing, made, switches, found)
    except IllFormedError as error:
        found.hits.append(Hit(Kind.HIDDEN_DATA, "markup that viewers read differently", str(error)))
        return _at_rest(drawing, mended(made), switches, found)


def _at_rest(drawing: bytes, made: bytes, switches: ExtractSwitches, found: _Found) -> bytes:
    """`made`, of which `drawing` is the original, walked over until nothing is left to cut."""
    for _ in range(MAX_ROUNDS):
        walk = Drawing(made, switches)
        walk.walk()
        found.hosts |= walk.hosts
        if not walk.edits:
            return made if found.hits else drawing
        found.hits.extend(walk.hits)
        made = apply(made, in_order(walk.edits))
    raise ExtractError("the drawing does not come to rest")
