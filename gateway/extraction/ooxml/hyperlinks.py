"""New targets for links that people click: in relationships, Word fields and Excel formulas.

Where links go altogether, relationships are `relations`' and fields `word`'s business; a formula
gives way to its last value here.
"""

from __future__ import annotations

import re

from lxml import etree

from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.linkedit import RELINKED, Relink
from gateway.extraction.ooxml import fields
from gateway.extraction.ooxml.package import Package, drop_element
from gateway.extraction.ooxml.relations import Removes
from gateway.extraction.xmlsafe import attribute, local

_FORMULA = b"HYPERLINK("
_ADDRESS = re.compile(r'"((?:https?|ftp)://(?:[^"]|"")*)"', re.IGNORECASE)


def relink_relations(package: Package, relink: Relink) -> None:
    """Give every external hyperlink of the package its new target."""
    for relationship in package.all_relationships():
        if not relationship.external or relationship.kind != "hyperlink":
            continue
        target = relink(relationship.target)
        if target != relationship.target:
            _note(package, relationship.source, relationship.target)
            package.element(relationship).set("Target", target)
            relationship.target = target
            package.changed_relationships.add(relationship.source)


def relink_fields(package: Package, part: str, text: bytes, relink: Relink) -> None:
    """Give the HYPERLINK fields of one part their new targets."""
    if b"HYPERLINK" not in text or not any(mark in text for mark in fields.MARKS):
        return
    found = fields.walk(package.tree(part))
    for hit, complex_field in found.hits:
        if hit.kind is Kind.HYPERLINKS:
            pieces = [each for each in complex_field.instruction if local(each) == "instrText"]
            instruction = "".join(piece.text or "" for piece in pieces)
            changed = fields.retargeted(instruction, relink)
            if pieces and changed != instruction:
                _note(package, part, hit.where)
                pieces[0].text = changed
                for piece in pieces[1:]:
                    piece.text = ""
                package.touch(part)
    for hit, element in found.simple:
        instruction = attribute(element, "instr")
        changed = fields.retargeted(instruction, relink)
        if hit.kind is Kind.HYPERLINKS and changed != instruction:
            _note(package, part, hit.where)
            name = next(key for key in element.attrib if str(key).endswith("instr"))
            element.set(name, changed)
            package.touch(part)


def clean_formulas(
    package: Package, part: str, text: bytes, removes: Removes, relink: Relink | None
) -> bool:
    """Formulas that make links: unlinked to their last value, or led elsewhere; whether a formula
    went."""
    if not (removes(Kind.HYPERLINKS) or relink is not None) or _FORMULA not in text.upper():
        return False
    gone = False
    for element in list(package.tree(part).iter()):
        if local(element) not in ("f", "formula") or "HYPERLINK(" not in _text(element).upper():
            continue
        if relink is None:
            package.hits.append(Hit(Kind.HYPERLINKS, "link", package.name(part), acts=False))
            drop_element(element)
            package.touch(part)
            gone = True
        else:
            _relink_formula(package, part, element, relink)
    return gone


def _relink_formula(package: Package, part: str, element: etree._Element, relink: Relink) -> None:
    changed = _ADDRESS.sub(lambda found: f'"{relink(found[1])}"', _text(element))
    if changed != element.text:
        _note(package, part, _text(element))
        element.text = changed
        package.touch(part)


def _text(element: etree._Element) -> str:
    return element.text or ""


def _note(package: Package, part: str, untrusted_target: str) -> None:
    shown = "".join(sign if sign.isprintable() else "?" for sign in untrusted_target)[:200]
    where = f"{package.name(part) or 'package'} → {shown}"
    package.hits.append(Hit(Kind.HYPERLINKS, RELINKED, where, acts=False))
