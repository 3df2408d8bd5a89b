"""The extractor of web pages and HTML mail bodies: read, take out, look again.

What is kept stays byte for byte: a page is not parsed and written anew, bytes are cut out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import nh3

from gateway.extraction.contract import ExtractError, Extraction, ExtractStatus, Survey
from gateway.extraction.html import judge
from gateway.extraction.html.page import Page
from gateway.extraction.html.readings import preload as preload_codecs
from gateway.extraction.html.readings import readings, through
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.switches import DEFAULT_SWITCHES, ExtractSwitches
from gateway.mime.splice import apply, in_order

NAME: Final = "html"
TYPES: Final = frozenset({"html"})

MAX_BYTES: Final = 32 * 1024 * 1024
"""Of one page. The largest honest ones, exports of chats and tables, have a few megabytes."""

MAX_ROUNDS: Final = 8
"""Walks until nothing is left to take out: two as a rule, one more for each layer of a puzzle."""


_END: Final = re.compile(rb"</html[\t\n\f\r ]*>", re.IGNORECASE)
_DATA: Final = re.compile(rb"[\0-\x06\x0e-\x1a\x1c-\x1f]")
"""Control characters that no text has."""


@dataclass(slots=True)
class _Found:
    """What all walks over all readings of one page took out."""

    hits: list[Hit] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


def preload() -> None:
    """Everything is imported with this module, except nh3's tables and codecs."""
    preload_codecs()
    judge.preload()


def survey(data: bytes, type_name: str) -> Survey:
    """What could be taken out of the page in `data`: all that acts, not what is mere policy."""
    found = _Found()
    _cleaned(data, DEFAULT_SWITCHES, found)
    return Survey(tuple(dict.fromkeys(found.hits)), tuple(sorted(found.hosts)))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The page without what `switches` name."""
    found = _Found()
    made = _cleaned(data, switches, found)
    if made == data:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    removed = tuple(dict.fromkeys(hit.as_removal() for hit in found.hits))
    return Extraction(ExtractStatus.CLEANED, type_name, made, removed)


def _cleaned(data: bytes, switches: ExtractSwitches, found: _Found) -> bytes:
    if len(data) > MAX_BYTES:
        raise ExtractError(f"the page is larger than {MAX_BYTES} bytes")
    for _ in range(MAX_ROUNDS):
        before, suggested = data, tuple(readings(data))
        for reading in suggested:
            if reading.must_be_quiet:
                _refuse_acting(data, switches)
            else:
                data = through(data, reading, lambda page: _settled(page, switches, found))
        # What is left may suggest another reading; the same single one has come to rest already.
        if data == before or (len(suggested) == 1 and tuple(readings(data)) == suggested):
            return data
    raise ExtractError("readers disagree on the page's character set")


def _refuse_acting(page: bytes, switches: ExtractSwitches) -> None:
    """Raises ExtractError when `page`, read byte by byte, acts: written in UTF-16 it could not."""
    walk = Page(page, switches)
    walk.walk()
    if walk.edits:
        raise ExtractError("readers disagree on the page's character set, and in one it acts")


def _settled(page: bytes, switches: ExtractSwitches, found: _Found) -> bytes:
    """`page`, walked over until nothing is left to take out, and looked at by another parser."""
    original = page
    if switches.hidden_data and (end := _end_before_data(page)) < len(page):
        hidden = f"{len(page) - end} bytes of data"
        found.hits.append(Hit(Kind.HIDDEN_DATA, hidden, "behind the page", acts=False))
        page = page[:end]
    for _ in range(MAX_ROUNDS):
        if b"\0" in page and b"<" in page and switches.html_scripts:
            # No reader shows a NUL; some drop it within a tag's name, others do not.
            found.hits.append(Hit(Kind.HIDDEN_DATA, "NUL characters", "page", acts=False))
            page = page.replace(b"\0", b"")
        walk = Page(page, switches)
        walk.walk()
        found.hosts |= walk.hosts
        if not walk.edits:
            break
        found.hits.extend(walk.hits)
        page = apply(page, in_order(walk.edits))
    else:
        return _rewritten(page, found)
    if page is original:
        return page
    left = judge.still_acts(page.decode("utf-8", "replace"), switches)
    return _rewritten(page, found) if left else page


def _end_before_data(page: bytes) -> int:
    """Where the page ends, when what stands behind it is no text but another file."""
    ends = list(_END.finditer(page))
    if not ends or not _DATA.search(page, ends[-1].end()):
        return len(page)
    return ends[-1].end()


def _rewritten(page: bytes, found: _Found) -> bytes:
    """A page that resists, written anew by nh3: safe, and no longer the same."""
    found.hits.append(Hit(Kind.HTML_SCRIPTS, "page written anew", "page"))
    text = page.decode("utf-8", "replace")
    return nh3.clean(text).encode("ascii", "xmlcharrefreplace")
