"""What acts in Excel's own parts: formulas, names, connections, buttons.

A removed formula leaves its last result.
"""

from __future__ import annotations

import re

from lxml import etree

from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.ooxml.package import Package, drop_element
from gateway.extraction.ooxml.relations import Removes, forget
from gateway.extraction.xmlsafe import drop_attribute, local

_ACTING_NAMES = re.compile(r"(?:_xlnm\.)?auto_?(?:open|close|activate|deactivate)", re.IGNORECASE)
"""Names that Excel runs by itself when they lead to a macro sheet."""
_STRINGS = re.compile(r'"(?:[^"]|"")*"')
_DDE_FORMULA = re.compile(r"[\w\]']\s*\|\s*'?[^!]*'?!")
_EXTERNAL_INDEX = re.compile(r"\[\d+\]")
_FETCHING = re.compile(
    r"\b(?:WEBSERVICE|RTD|CALL|REGISTER(?:\.ID)?|EXEC|IMAGE)\s*\(", re.IGNORECASE
)
_FORMULA_MARKS = (
    *(start + b"f" + end for start in (b"<", b":") for end in (b">", b" ", b"\t", b"\r", b"\n")),
    *(b"formula", b"definedName"),
)
"""What elements that hold formulas begin with; looked for first, because most parts have none."""
_MACRO_CALL = re.compile(rb"macro\s*=\s*[\"'][^\"']|FmlaMacro")
_MACRO_CALL_MARKS = (b"macro", b"FmlaMacro")
_ACTING_TEXT = re.compile(rb"\||WEBSERVICE|RTD|CALL|REGISTER|EXEC|IMAGE", re.IGNORECASE)
_CONNECTION_ADDRESSES = frozenset(
    {"url", "connection", "command", "serverCommand", "odcFile", "sourceFile", "post", "editPage"}
)
_REQUIRED = frozenset({"connection"})
"""Attributes the schema insists on: emptied instead of removed."""


def clean_formulas(package: Package, part: str, text: bytes, removes: Removes) -> bool:
    """Replace acting formulas of one part by their last result; True when any went.

    When the links to other workbooks have been removed, formulas through them go too.
    """
    if not any(mark in text for mark in _FORMULA_MARKS):
        return False
    if not _ACTING_TEXT.search(text) and not (package.links_gone and b"[" in text):
        return False
    changed = False
    for element in list(package.tree(part).iter()):
        if local(element) not in ("f", "formula", "formula1", "formula2", "definedName"):
            continue
        hit = _judge_formula(element.text or "", package.name(part))
        stale = package.links_gone and bool(_EXTERNAL_INDEX.search(_bare(element.text or "")))
        if hit is not None and removes(hit.kind):
            package.hits.append(hit)
        elif not stale:
            continue
        _remove_formula(element)
        changed = True
    if changed:
        package.touch(part)
    return changed


def _bare(formula: str) -> str:
    return _STRINGS.sub('""', formula)


def _judge_formula(formula: str, where: str) -> Hit | None:
    bare = _bare(formula)
    place = f"{where}: {formula[:120]}"
    if _DDE_FORMULA.search(bare):
        return Hit(Kind.DDE, "DDE formula", place)
    if _FETCHING.search(bare):
        return Hit(Kind.ACTING_FIELDS, "formula that fetches or runs", place)
    return None


def _remove_formula(element: etree._Element) -> None:
    parent = element.getparent()
    in_cell = parent is not None and local(parent) == "c" and local(element) == "f"
    if in_cell or local(element) == "definedName":
        drop_element(element)
    else:
        # Charts, conditions and validations need an expression; this is Excel's own broken link.
        element.text = "#REF!"


def clean_names(package: Package, part: str, text: bytes, removes: Removes) -> None:
    """Take out defined names that start macros."""
    if b"definedName" not in text or not removes(Kind.MACROS):
        return
    for element in list(package.tree(part).iter()):
        if local(element) != "definedName":
            continue
        is_macro = any(
            element.get(name) in ("1", "true") for name in ("function", "vbProcedure", "xlm")
        )
        if is_macro or _ACTING_NAMES.match(element.get("name", "")):
            package.hits.append(
                Hit(
                    Kind.MACROS, f"name {element.get('name')} that runs a macro", package.name(part)
                )
            )
            _drop_name(element)
            package.touch(part)


def _drop_name(element: etree._Element) -> None:
    holder = element.getparent()
    drop_element(element)
    if holder is not None and len(holder) == 0:
        drop_element(holder)


def drop_calculation_chain(package: Package) -> None:
    """Take out the list of formula cells: Excel makes a new one, but complains of a wrong one."""
    for relationship in package.all_relationships():
        if relationship.kind == "calcchain":
            forget(package, relationship.part, {})


def clean_connections(package: Package, part: str, text: bytes, removes: Removes) -> None:
    """Empty data connections in place: they keep their numbers and lose where and what to ask."""
    if b"<connections" not in text and b":connections" not in text:
        return
    if not removes(Kind.DATA_CONNECTIONS):
        return
    for element in package.tree(part).iter():
        if local(element) == "connection":
            _empty_connection(package, part, element)


def _empty_connection(package: Package, part: str, connection: etree._Element) -> None:
    emptied = False
    for element in connection.iter():
        for name in _CONNECTION_ADDRESSES & set(element.attrib):
            if name in _REQUIRED and element.get(name) == "":
                continue
            if name in _REQUIRED:
                element.set(name, "")
            else:
                del element.attrib[name]
            emptied = True
    if emptied:
        name = connection.get("name", "")
        for attribute in ("refreshOnLoad", "interval"):
            drop_attribute(connection, attribute)
        package.hits.append(
            Hit(Kind.DATA_CONNECTIONS, "data connection", f"{package.name(part)}: {name}")
        )
        package.touch(part)


def clean_macro_calls(package: Package, part: str, text: bytes, removes: Removes) -> None:
    """Unlink shapes and buttons from the macros they call."""
    if not removes(Kind.MACROS) or not any(mark in text for mark in _MACRO_CALL_MARKS):
        return
    if not _MACRO_CALL.search(text):
        return
    for element in list(package.tree(part).iter()):
        if element.get("macro"):
            # Where the schema knows it (drawings), an empty one is Excel's own "no macro".
            element.set("macro", "")
        elif local(element) == "FmlaMacro":
            drop_element(element)
        else:
            continue
        package.hits.append(
            Hit(Kind.MACROS, "button that calls a macro", package.name(part), acts=False)
        )
        package.touch(part)
