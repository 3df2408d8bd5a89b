"""XML parts of documents, parsed without entities, network or size surprises.

A document type declaration has no place in an Office part (ECMA-376 part 2, 7.1) and every use
for attacks: it is an error. Never resolves anything.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from gateway.extraction import foreign
from gateway.extraction.contract import ExtractError

_UTF8_NAMES = (b"utf-8", b"us-ascii", b"ascii")
_DECLARATION_BYTES = 200
"""An XML declaration stands within these first bytes."""


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=False,
        strip_cdata=False,
        collect_ids=False,
    )


def parse(untrusted_xml: bytes, where: str) -> etree._Element:
    """The root element of `untrusted_xml`; raises ExtractError naming `where`."""
    foreign.needed()
    try:
        root = etree.fromstring(untrusted_xml, _parser())
    except (etree.XMLSyntaxError, ValueError):
        raise ExtractError(f"{where} is not well-formed XML") from None
    # lxml-stubs does not know doctype.
    information: Any = root.getroottree().docinfo
    if information.doctype:
        raise ExtractError(f"{where} declares a document type, which Office files never do")
    return root


def serialise(root: etree._Element) -> bytes:
    """The document of `root` as UTF-8 with a declaration, as Office writes it."""
    return etree.tostring(
        root.getroottree(), encoding="UTF-8", xml_declaration=True, standalone=True
    )


def searchable(untrusted_xml: bytes, where: str) -> bytes:
    """Bytes in which names and text can be looked for as plain UTF-8.

    Usually the input itself. XML in another encoding or with character references is parsed and
    written again, so that no spelling hides a word.
    """
    if _is_plain(untrusted_xml):
        return untrusted_xml
    return etree.tostring(parse(untrusted_xml, where), encoding="UTF-8")


def _is_plain(xml: bytes) -> bool:
    head = xml[:_DECLARATION_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:
        return False
    if b"<!DOCTYPE" in xml or b"&#" in xml:
        return False
    declaration = head.partition(b"?>")[0].lower()
    _, found, encoding = declaration.partition(b"encoding")
    if not found:
        return True
    return encoding.lstrip(b" \t\r\n=\"'").startswith(_UTF8_NAMES)


def local(element: etree._Element) -> str:
    """The element's name without its namespace; empty for comments and instructions."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attributes(element: etree._Element) -> list[tuple[str, str]]:
    """The element's attributes as (qualified name, value); a copy, safe to change beside."""
    return [(str(name), str(value)) for name, value in element.items()]


def attribute(element: etree._Element, local_name: str) -> str:
    """The value of the attribute called `local_name` in any namespace; empty when absent."""
    for name, value in attributes(element):
        if name.rpartition("}")[2] == local_name:
            return value
    return ""


def drop_attribute(element: etree._Element, name: str) -> None:
    """Take the attribute away if it is there."""
    if name in element.attrib:
        del element.attrib[name]
