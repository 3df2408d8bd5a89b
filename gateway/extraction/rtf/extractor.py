"""The extractor of RTF: read the groups, find what acts, cut it out.

Everything that is not cut keeps its bytes. Looking and taking out are one pass.
"""

from __future__ import annotations

from gateway.extraction.contract import ExtractError, Extraction, ExtractStatus, Survey
from gateway.extraction.kinds import Kind
from gateway.extraction.rtf.groups import Document, read
from gateway.extraction.rtf.rules import MATTERS, find
from gateway.extraction.switches import ExtractSwitches

NAME = "rtf"
TYPES = frozenset({"rtf"})

MAX_FONTS = 10_000
"""Fonts of one document. Word overran its heap at 32,768 (CVE-2023-21716); people use dozens."""


def preload() -> None:
    """Everything is imported with this module."""


def survey(data: bytes, type_name: str) -> Survey:
    """What could be taken out of the document in `data`."""
    document = _read(data)
    cuts = find(document, data, lambda kind: kind is not Kind.CUSTOM_XML)
    return Survey(tuple(cuts.hits), tuple(sorted(cuts.hosts)), tuple(cuts.payloads))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The document without what `switches` name."""
    document = _read(data)
    cuts = find(document, data, switches.ends_links, switches.relinks(Kind.HYPERLINKS))
    if not cuts.hits:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    removed = tuple(dict.fromkeys(hit.as_removal() for hit in cuts.hits))
    return Extraction(ExtractStatus.CLEANED, type_name, cuts.written(document.root.end), removed)


def _read(data: bytes) -> Document:
    document = read(data, MATTERS)
    for group in document.root.children:
        if group.has("fonttbl") and len(group.children) > MAX_FONTS:
            raise ExtractError(f"the font table names more than {MAX_FONTS} fonts")
    return document
