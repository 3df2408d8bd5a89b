"""Which elements of a page act, and what becomes of each. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.extraction.kinds import Kind


class Fate(Enum):
    """What becomes of an element that acts."""

    WHOLE = auto()
    """The element goes with its content, which nobody would read."""
    TAGS = auto()
    """Its tags go, its content stays: what readers see when the element does not work."""
    AS_BLOCK = auto()
    """Its tags become those of a `div`: all looks the same, and nothing is sent."""
    AS_TEXT = auto()
    """It becomes a `pre` with its content escaped: obsolete elements that show their source."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element that acts."""

    kind: Kind
    fate: Fate


def _all(kind: Kind, fate: Fate, *names: bytes) -> dict[bytes, Element]:
    return dict.fromkeys(names, Element(kind, fate))


ELEMENTS: Final[dict[bytes, Element]] = {
    **_all(Kind.HTML_SCRIPTS, Fate.WHOLE, b"script", b"handler", b"listener"),
    **_all(Kind.HTML_SCRIPTS, Fate.TAGS, b"noscript"),
    **_all(Kind.HTML_SCRIPTS, Fate.AS_TEXT, b"xmp", b"plaintext"),
    **_all(Kind.HTML_FORMS, Fate.AS_BLOCK, b"form"),
    **_all(Kind.HTML_FRAMES, Fate.WHOLE, b"iframe", b"noembed", b"noframes"),
    **_all(Kind.HTML_FRAMES, Fate.TAGS, b"frame", b"frameset", b"object", b"embed", b"applet"),
    **_all(Kind.HTML_FRAMES, Fate.TAGS, b"param", b"bgsound", b"portal", b"fencedframe"),
    **_all(Kind.HTML_FRAMES, Fate.TAGS, b"layer", b"ilayer", b"foreignobject", b"import"),
}
"""By local name, so that a prefix (XHTML, SVG) hides none. `noscript` is read as text where scripts
run and as markup where they do not: without its tags there is one reading."""

DATA_BLOCK: Final = "application/ld+json"
"""Type of script elements that hold data and never run (HTML standard 4.12.1): parcel services,
airlines and code forges put what a mail is about into its page that way."""

ANIMATIONS: Final = frozenset(
    {b"set", b"animate", b"animatetransform", b"animatemotion", b"animatecolor"}
)
"""SVG elements that change attributes of others, a link's address for instance."""

ANIMATED_ADDRESSES: Final = ("href", "on", "src", "style")
"""Beginnings of attributes (without prefix) that must not be animated."""

ACTING_METAS: Final = frozenset({"refresh", "set-cookie", "link", "default-style"})
"""`http-equiv` of meta elements that act."""

FETCHED_AHEAD: Final = frozenset({"preload", "modulepreload", "prefetch", "prerender", "manifest"})
"""`rel` of link elements with which a browser loads, or even runs, what nobody clicked."""

SCRIPT_ONLY: Final = frozenset({"from", "to", "by", "values", "content", "folder", "url"})
"""Attributes whose value is an address only now and then: they act only by a script address."""

SENDING: Final = frozenset({"action", "formaction", "ping"})
"""Attributes that name where a form, or a click, is reported."""

BAD_CHARSETS: Final = ("utf-7", "utf7", "x-user-defined", "iso-2022-kr", "hz-gb")
"""Declared in a page, these make readers disagree on where its tags are."""


def local_name(name: bytes) -> bytes:
    """The name without its prefix."""
    return name.rpartition(b":")[2]
