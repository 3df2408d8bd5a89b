"""Scripts of XFA forms (XFA 3.3, "Scripting"): JavaScript is run; FormCalc computes, and is looked
through for the functions by which it reaches out."""

from __future__ import annotations

import re

from lxml import etree
from pikepdf import Array, Object

from gateway.emulation.pdf.model import Address, Cause, Document, Script, Submit, Told, Trigger
from gateway.emulation.pdf.objects import items, stream_bytes

_XML_MAX = 32 << 20
_SCRIPTS_MAX = 2000

_LIBRARY = "library"
"""The name of the trigger of a script that only others call: it is run before all of them."""

_OUTWARD = re.compile(r"""\b(Get|Post|Put)\s*\(\s*["']([^"']+)""", re.IGNORECASE)
_EVALUATES = re.compile(r"\b(Eval|Get|Post|Put)\s*\(", re.IGNORECASE)
_BY_THEMSELVES = frozenset(
    {"initialize", "docReady", "docClose", "ready", "layoutReady", "indexChange", "enter", "exit"}
)
_STARTS = frozenset({"initialize", "docReady", "ready"})


def read_xfa(xfa: Object | None, into: Document) -> None:
    """The scripts of an XFA entry: one stream, or an array of names and streams (12.7.8)."""
    data = _packets(xfa)
    if not data:
        return
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(data[:_XML_MAX], parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        into.unread.append("the XFA form is no XML")
        return
    found: list[Trigger] = []
    for count, element in enumerate(root.iter()):
        if len(found) >= _SCRIPTS_MAX:
            into.unread.append(f"an XFA form of more than {_SCRIPTS_MAX} scripts ({count})")
            break
        found += _of_element(element, into)
    found.sort(key=lambda each: (each.name != _LIBRARY, each.name not in _STARTS))
    into.triggers += found


def _packets(xfa: Object | None) -> bytes:
    if isinstance(xfa, Array):
        return b"".join(stream_bytes(each) for each in items(xfa))
    return stream_bytes(xfa)


def _of_element(element: etree._Element, into: Document) -> list[Trigger]:
    match _local(element):
        case "script":
            return _script(element, into)
        case "submit":
            target = element.get("target", "")
            return [_trigger(element, (Submit(target),))] if target else []
        case "execute" | "soapAction":
            return [_trigger(element, (Told("web service of the form"),))]
        case _:
            return []


def _script(element: etree._Element, into: Document) -> list[Trigger]:
    code = "".join(str(piece) for piece in element.itertext())
    if not code.strip():
        return []
    if "javascript" in element.get("contentType", "").lower():
        above = element.getparent()
        if above is not None and _local(above) == "variables" and element.get("name"):
            script = Script(code, xfa=True, library=element.get("name", ""))
            return [Trigger("XFA", _LIBRARY, Cause.ITSELF, (script,))]
        return [_trigger(element, (Script(code, xfa=True),))]
    calls = _OUTWARD.findall(code)
    if _EVALUATES.search(code) and len(calls) < len(_EVALUATES.findall(code)):
        into.unread.append("a FormCalc script that reaches out or evaluates text")
    return [_trigger(element, tuple(Address(url) for _, url in calls))] if calls else []


def _trigger(
    element: etree._Element, actions: tuple[Address | Script | Submit | Told, ...]
) -> Trigger:
    activity = "Calculate"
    above = element.getparent()
    for _ in range(3):
        if above is None:
            break
        if _local(above) == "event":
            activity = above.get("activity", "click")
            break
        above = above.getparent()
    cause = (
        Cause.CLICK if activity in ("click", "mouseDown", "mouseUp", "preSubmit") else Cause.INPUT
    )
    if activity in _BY_THEMSELVES:
        cause = Cause.ITSELF
    return Trigger("XFA", activity, cause, actions)


def _local(element: etree._Element) -> str:
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
