"""Elements that referred to what has been taken out, made whole without it.

Office repairs (that is: complains about) a document in which an id leads nowhere. Each element
that names a removed relationship is removed, replaced by its preview or loses the attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy

from lxml import etree

from gateway.extraction.ooxml.package import Package, drop_element
from gateway.extraction.ooxml.relations import Dropped
from gateway.extraction.xmlsafe import attributes, drop_attribute, local

RELATIONSHIP_NAMESPACES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_VML_RELATION = "{urn:schemas-microsoft-com:office:office}relid"
_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"

_REMOVED_WHOLE = frozenset(
    [
        "attachedTemplate",
        "subDoc",
        "externalReference",
        "externalData",
        "altChunk",
        "hlinkClick",
        "hlinkHover",
        "hlinkMouseOver",
        "videoFile",
        "audioFile",
        "quickTimeFile",
        "wavAudioFile",
        "snd",
        "media",
        "mailMerge",
        "dataSource",
        "src",
        "headerSource",
        "contentPart",
        "webextensionref",
        "webextension",
        "customData",
    ]
)
"""Elements that mean nothing without their relationship."""
_PRUNED_WHEN_EMPTY = frozenset(
    [
        "controls",
        "oleObjects",
        "externalReferences",
        "hyperlinks",
        "custDataLst",
        "Choice",
        "Fallback",
    ]
)
"""Containers that must not stay empty."""


def repair_references(package: Package, dropped: Dropped) -> None:
    """Go through the parts whose relationships went, and mend what named them."""
    for part, ids in sorted(dropped.items()):
        if part not in package.members or part in package.removed:
            continue
        if not package.members[part].name.lower().endswith((".xml", ".vml")):
            continue
        if _mend(package.tree(part), ids):
            package.touch(part)


def _mend(root: etree._Element, ids: set[str]) -> bool:
    changed = False
    for element in list(root.iter()):
        for name, value in attributes(element):
            if value in ids and _is_reference(name):
                _mend_element(element, name)
                changed = True
    return changed


def _is_reference(name: str) -> bool:
    return name == _VML_RELATION or name.rpartition("}")[0].lstrip("{") in RELATIONSHIP_NAMESPACES


def _mend_element(element: etree._Element, attribute: str) -> None:
    name = local(element)
    if name in _REPAIRS:
        _REPAIRS[name](element)
    elif name in _REMOVED_WHOLE:
        remove_and_prune(element)
    else:
        # The element stays as an unlinked picture, text or fill. Gone twice is gone.
        drop_attribute(element, attribute)


def remove_and_prune(element: etree._Element) -> None:
    """Remove `element`, then every container above it that has become pointless."""
    parent = element.getparent()
    drop_element(element)
    while parent is not None and local(parent) in _PRUNED_WHEN_EMPTY and len(parent) == 0:
        above = parent.getparent()
        if local(parent) == "Choice" and above is not None:
            parent = _settle_alternatives(above)
            continue
        drop_element(parent)
        parent = above


def _settle_alternatives(alternatives: etree._Element) -> etree._Element | None:
    """Replace alternatives whose choice is empty by their fallback's content; what held them."""
    fallback = alternatives.find(f"{{{_COMPATIBILITY}}}Fallback")
    parent = alternatives.getparent()
    if parent is None:
        return None
    if fallback is not None:
        at = parent.index(alternatives)
        for child in reversed(list(fallback)):
            parent.insert(at, child)
    drop_element(alternatives)
    return parent


def _unlink_word_object(element: etree._Element) -> None:
    """`w:object` becomes `w:pict`: the preview picture stays, nothing can be activated."""
    holder = element.getparent()
    drop_element(element)
    if holder is not None and local(holder) == "object":
        holder.tag = f"{{{etree.QName(holder).namespace}}}pict"
        for name, _ in attributes(holder):
            drop_attribute(holder, name)


def _show_slide_preview(element: etree._Element) -> None:
    """The frame around an object on a slide becomes the picture that the object carried."""
    frame = next(
        (above for above in element.iterancestors() if local(above) == "graphicFrame"), None
    )
    if frame is None:
        remove_and_prune(element)
        return
    holder = frame.getparent()
    picture = next((found for found in frame.iter() if local(found) == "pic"), None)
    if holder is None:
        return
    if picture is not None:
        holder.replace(frame, _placed(deepcopy(picture), frame))
    else:
        remove_and_prune(frame)


def _placed(picture: etree._Element, frame: etree._Element) -> etree._Element:
    """`picture` with the id and name of `frame`, so that animations still find it."""
    theirs = next((found for found in frame.iter() if local(found) == "cNvPr"), None)
    mine = next((found for found in picture.iter() if local(found) == "cNvPr"), None)
    if theirs is not None and mine is not None:
        for attribute in ("id", "name", "descr"):
            if attribute in theirs.attrib:
                mine.set(attribute, theirs.attrib[attribute])
    picture.tail = frame.tail
    return picture


def _remove_frame(element: etree._Element) -> None:
    """A frame of a Word frameset goes with the document it showed."""
    frame = next((above for above in element.iterancestors() if local(above) == "frame"), element)
    drop_element(frame)


def _unlink_hyperlink(element: etree._Element) -> None:
    """Excel's entry goes; Word's element keeps its text and loses the link."""
    if len(element):
        for name, _ in attributes(element):
            if _is_reference(name):
                drop_attribute(element, name)
    else:
        remove_and_prune(element)


def _remove_control(element: etree._Element) -> None:
    holder = element.getparent()
    if holder is not None and local(holder) == "object":
        _unlink_word_object(element)
    else:
        remove_and_prune(element)


_REPAIRS: Mapping[str, Callable[[etree._Element], None]] = {
    "OLEObject": _unlink_word_object,
    "control": _remove_control,
    "oleObject": remove_and_prune,
    "oleObj": _show_slide_preview,
    "sourceFileName": _remove_frame,
    "hyperlink": _unlink_hyperlink,
}
