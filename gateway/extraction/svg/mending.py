"""Drawings that are no well-formed XML, made so before anything is taken out of them.

Viewers stop at different places in such a file, and run what stands before. What libxml2 can make
of it is written anew, without entities, comments and instructions; the strict walk judges that,
never the file as it came. Text in ASCII alone, so that no character set changes its meaning.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from lxml import etree

from gateway.extraction import foreign
from gateway.extraction.contract import ExtractError

_AMPERSAND: Final = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|&(?:([A-Za-z][A-Za-z0-9]{0,31});|#(?:[0-9]+|[xX][0-9A-Fa-f]+);)?",
    re.DOTALL,
)
_PREDEFINED: Final = frozenset({b"lt", b"gt", b"amp", b"quot", b"apos"})
_NAMESPACES: Final = {
    "svg": "http://www.w3.org/2000/svg",
    "xlink": "http://www.w3.org/1999/xlink",
}
"""Prefixes that people forget to declare."""
_DECLARATION: Final = re.compile(rb"\s*<\?xml\b[^>]*\?>")


def mended(drawing: bytes) -> bytes:
    """`drawing` as well-formed XML. Raises ExtractError where nothing can be made of it."""
    foreign.needed()
    text = _AMPERSAND.sub(_readable, drawing)
    declared = _DECLARATION.match(text)
    encoding = _encoding(declared[0] if declared else b"")
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding=encoding,
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        root = None
    if root is None:
        raise ExtractError("the drawing is no XML, and no viewer shows anything of it")
    etree.strip_tags(root, etree.Entity)
    for element in root.iter():
        _declare(element)
    return etree.tostring(root, encoding="us-ascii", with_tail=False)


def _readable(found: re.Match[bytes]) -> bytes:
    """A reference that HTML knows as one that XML knows; an ampersand that begins none as text."""
    if found[1] is not None and found[1] not in _PREDEFINED:
        shown = unescape(found[0].decode("ascii"))
        if shown.startswith("&"):
            return b"&amp;" + found[0][1:]
        return "".join(f"&#{ord(sign)};" for sign in shown).encode()
    return b"&amp;" if found[0] == b"&" else found[0]


def _declare(element: etree._Element) -> None:
    """Give names whose prefix nobody declared a namespace, or take the prefix off."""
    if ":" in element.tag and not element.tag.startswith("{"):
        prefix, _, name = element.tag.rpartition(":")
        element.tag = f"{{{_NAMESPACES[prefix]}}}{name}" if prefix in _NAMESPACES else name
    # libxml2 keeps attributes that stand twice; of those the first counts, as in browsers.
    attributes = dict(reversed([(str(key), str(value)) for key, value in element.items()]))
    element.attrib.clear()
    for key, value in reversed(attributes.items()):
        prefix, _, name = ("", "", key) if key.startswith("{") else key.rpartition(":")
        if not prefix:
            element.set(key, value)
        elif prefix in _NAMESPACES:
            element.set(f"{{{_NAMESPACES[prefix]}}}{name}", value)


def _encoding(declaration: bytes) -> str:
    """The character set of the bytes: as declared where ASCII bytes mean ASCII in it."""
    found = re.search(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)", declaration)
    name = found[1].decode("ascii").lower() if found else "utf-8"
    return name if name.startswith(("iso-8859", "windows-125", "us-ascii")) else "utf-8"


def preload() -> None:
    """Have libxml2 load what it loads late."""
    mended(b"<a>&nbsp;<b></a>")
