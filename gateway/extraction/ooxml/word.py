"""What acts in Word's own parts: fields, mail merge, imported chunks, pictures named in VML."""

from __future__ import annotations

import re

from lxml import etree

from gateway.extraction import links
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ooxml import fields
from gateway.extraction.ooxml.package import Package, drop_element
from gateway.extraction.ooxml.relations import Dropped, Removes, forget
from gateway.extraction.xmlsafe import local

_VML = b"urn:schemas-microsoft-com:vml"
_VML_SOURCES = frozenset({"imagedata", "fill", "stroke", "image"})
_SOURCE_NAMES = ("src", "{urn:schemas-microsoft-com:office:office}href", "althref")
_ACTIVE_HTML = re.compile(
    rb"<\s*(?:script|object|embed|applet|iframe|frame|meta|link|base|form|img|style|svg|xml|"
    rb"video|audio|input)\b|\son\w+\s*=|javascript:|vbscript:|url\s*\(|\\x00",
    re.IGNORECASE,
)
"""What an imported web page must not contain to count as inert text."""
_INERT_CHUNKS = frozenset({"text/plain", "text/html", "application/xhtml+xml"})


def clean_fields(package: Package, part: str, text: bytes, removes: Removes) -> None:
    """Unlink acting fields of one part."""
    if not any(mark in text for mark in fields.MARKS):
        return
    found = fields.walk(package.tree(part))
    package.hosts |= found.hosts
    where = package.name(part)
    for hit, complex_field in found.hits:
        if removes(hit.kind):
            package.hits.append(_at(hit, where))
            fields.unlink_complex(complex_field)
            package.touch(part)
    for hit, element in found.simple:
        if removes(hit.kind):
            package.hits.append(_at(hit, where))
            fields.unlink_simple(element)
            package.touch(part)


def _at(hit: Hit, where: str) -> Hit:
    place = f"{where}: {hit.where}" if hit.where else where
    return Hit(hit.kind, hit.what, place, hit.acts)


def clean_mail_merge(package: Package, part: str, text: bytes, removes: Removes) -> None:
    """Take the mail-merge source with its connection and query out of the settings."""
    if b"mailMerge" not in text or not removes(Kind.DATA_CONNECTIONS):
        return
    for element in _named(package.tree(part), "mailMerge"):
        package.hits.append(Hit(Kind.DATA_CONNECTIONS, "mail-merge source", package.name(part)))
        drop_element(element)
        package.touch(part)


def clean_vml(package: Package, part: str, text: bytes, removes: Removes) -> None:
    """Unlink pictures that VML names by address instead of by relationship."""
    if _VML not in text or not removes(Kind.EXTERNAL_LINKS):
        return
    if b"src" not in text and b"href" not in text:
        return
    for element in package.tree(part).iter():
        if local(element) in _VML_SOURCES:
            _unlink_source(package, part, element)


def _unlink_source(package: Package, part: str, element: etree._Element) -> None:
    for name in _SOURCE_NAMES:
        target = element.get(name, "")
        if links.is_remote(target):
            package.hosts.add(links.host(target) or target)
            package.hits.append(
                Hit(Kind.EXTERNAL_LINKS, "remote picture", f"{package.name(part)} → {target[:200]}")
            )
            del element.attrib[name]
            package.touch(part)


def remove_chunks(package: Package, removes: Removes, dropped: Dropped) -> None:
    """Take out documents that Word imports on opening (`altChunk`), except inert text."""
    if not removes(Kind.IMPORTED_CHUNKS):
        return
    for relationship in package.all_relationships():
        if relationship.kind != "afchunk" or relationship.external:
            continue
        part = relationship.part
        if part in package.members and _is_inert(package, part):
            continue
        package.hits.append(Hit(Kind.IMPORTED_CHUNKS, "imported document", package.name(part)))
        dropped.setdefault(relationship.source, set()).add(relationship.id)
        package.drop_relationship(relationship)
        forget(package, part, dropped)


def _is_inert(package: Package, part: str) -> bool:
    if package.content_type(part).partition(";")[0].strip() not in _INERT_CHUNKS:
        return False
    content = package.read(part)
    return b"\0" not in content and _ACTIVE_HTML.search(content) is None


def _named(root: etree._Element, name: str) -> list[etree._Element]:
    return [element for element in root.iter() if local(element) == name]
