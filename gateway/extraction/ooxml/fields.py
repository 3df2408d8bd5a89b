"""Word fields that act: found whatever runs they are split over, unlinked to their last result.

A field's keyword alone decides what it does (ECMA-376 part 1, 17.16), so only the keyword is
judged; a keyword computed by a nested field can only be an evasion. Never evaluates a field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from gateway.extraction import links
from gateway.extraction.kinds import Hit, Kind
from gateway.extraction.linkedit import Relink
from gateway.extraction.ooxml.package import drop_element
from gateway.extraction.xmlsafe import attribute, local

MARKS = (b"fldChar", b"fldSimple", b"instrText", b"delInstrText")
"""A part with none of these holds no field."""

ALWAYS_ACTING: dict[str, tuple[Kind, str]] = {
    "DDE": (Kind.DDE, "DDE field"),
    "DDEAUTO": (Kind.DDE, "DDE field that runs on opening"),
    "LINK": (Kind.OLE_OBJECTS, "link to an OLE object"),
    "DATABASE": (Kind.DATA_CONNECTIONS, "database query field"),
    "IMPORT": (Kind.ACTING_FIELDS, "picture import field"),
    "INCLUDE": (Kind.ACTING_FIELDS, "document import field"),
    "RD": (Kind.ACTING_FIELDS, "referenced document field"),
    "PRINT": (Kind.ACTING_FIELDS, "printer instruction field"),
    "CONTROL": (Kind.ACTIVEX, "ActiveX control field"),
    "HTMLCONTROL": (Kind.ACTIVEX, "HTML control field"),
}
REMOTE_ONLY = {"INCLUDETEXT": "remote text field", "INCLUDEPICTURE": "remote picture field"}
"""Fields that are harmless with a file of the same document, such as `cid:` or a plain name."""
EMBEDDING = "EMBED"
"""Names the program of an object; inert once the object is gone, so it is left to stand."""

_WORDS = re.compile(r'"([^"]*)"|(\S+)')
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"'})

Place = Literal["instruction", "result"]


@dataclass(slots=True)
class _Field:
    """A complex field while the part is walked: its elements and its instruction's words."""

    place: Place = "instruction"
    text: list[str] = field(default_factory=list)
    computed_keyword: bool = False
    marks: list[etree._Element] = field(default_factory=list)
    instruction: list[etree._Element] = field(default_factory=list)


def judge_instruction(instruction: str, computed_keyword: bool = False) -> Hit | None:
    """The hit for a field's instruction; None when the field only shows something."""
    words = _words(instruction)
    if computed_keyword:
        return Hit(Kind.ACTING_FIELDS, "field whose name is computed", "")
    if not words:
        return None
    keyword = words[0].upper()
    shown = " ".join(instruction.split())[:120]
    if keyword in ALWAYS_ACTING:
        kind, what = ALWAYS_ACTING[keyword]
        return Hit(kind, what, shown)
    if keyword in REMOTE_ONLY and any(links.is_remote(word.strip('"')) for word in words[1:]):
        return Hit(Kind.ACTING_FIELDS, REMOTE_ONLY[keyword], shown)
    if keyword == "HYPERLINK":
        return _judge_link(link_target(instruction), shown)
    return None


def _judge_link(target: str, shown: str) -> Hit | None:
    if links.starts_program(target):
        return Hit(Kind.ACTING_LINKS, "link that starts a program", shown, acts=False)
    return Hit(Kind.HYPERLINKS, "link", shown, acts=False) if target else None


def link_target(instruction: str) -> str:
    """Where a HYPERLINK field leads; empty for any other field and within the document (`\\l`)."""
    words = _words(instruction)
    is_link = len(words) > 1 and words[0].upper() == "HYPERLINK"
    return words[1] if is_link and not words[1].startswith("\\") else ""


def retargeted(instruction: str, relink: Relink) -> str:
    """The instruction of a HYPERLINK field with its new target."""
    target = link_target(instruction)
    return instruction.replace(target, relink(target), 1) if target else instruction


def computes_keyword(so_far: str) -> bool:
    """Whether a field that begins behind `so_far`, an instruction's start, computes its keyword;
    behind `=` it is part of a formula."""
    so_far = so_far.lstrip()
    return not so_far.startswith("=") and not re.search(r"\s", so_far)


def hosts_of(instruction: str) -> set[str]:
    """Hosts named by a field's instruction."""
    return {named for named in map(links.host, _words(instruction)) if named}


def _words(instruction: str) -> list[str]:
    """The instruction's words without quotes; a doubled backslash stands for one (17.16.1)."""
    found = _WORDS.findall(instruction.translate(_QUOTES))
    return [(quoted or plain).replace("\\\\", "\\") for quoted, plain in found]


@dataclass(slots=True)
class FieldWalk:
    """What a walk over one part found: fields to unlink, with their hits; hosts named."""

    hits: list[tuple[Hit, _Field]] = field(default_factory=list)
    simple: list[tuple[Hit, etree._Element]] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


def walk(root: etree._Element) -> FieldWalk:
    """All acting fields below `root`, complex and simple. Changes nothing."""
    found = FieldWalk()
    open_fields: list[_Field] = []
    for element in root.iter():
        _collect(open_fields, element)
        match local(element):
            case "fldChar":
                _step(found, open_fields, element)
            case "instrText" | "delInstrText":
                _read(open_fields, element)
            case "fldSimple":
                _judge_simple(found, open_fields, element)
    for unfinished in open_fields:
        _close(found, unfinished)
    return found


def _collect(open_fields: list[_Field], element: etree._Element) -> None:
    """Note `element` for each field in whose instruction it stands: it goes with the field."""
    if not open_fields:
        return
    parent = element.getparent()
    if parent is None or local(parent) != "r" or local(element) == "rPr":
        return
    for current in open_fields:
        if current.place == "instruction":
            current.instruction.append(element)


def _step(found: FieldWalk, open_fields: list[_Field], element: etree._Element) -> None:
    kind = attribute(element, "fldCharType")
    if kind == "begin":
        _note_nesting(open_fields)
        open_fields.append(_Field(marks=[element]))
    elif kind == "separate" and open_fields:
        open_fields[-1].place = "result"
        open_fields[-1].marks.append(element)
    elif kind == "end" and open_fields:
        closed = open_fields.pop()
        closed.marks.append(element)
        _close(found, closed)


def _note_nesting(open_fields: list[_Field]) -> None:
    """A field that starts inside another's keyword computes that keyword; `=` is a formula."""
    if not open_fields or open_fields[-1].place == "result":
        return
    outer = open_fields[-1]
    if computes_keyword("".join(outer.text)):
        outer.computed_keyword = True


def _read(open_fields: list[_Field], element: etree._Element) -> None:
    if open_fields and open_fields[-1].place == "instruction":
        open_fields[-1].text.append(element.text or "")


def _close(found: FieldWalk, closed: _Field) -> None:
    instruction = "".join(closed.text)
    found.hosts |= hosts_of(instruction)
    hit = judge_instruction(instruction, closed.computed_keyword)
    if hit is not None:
        found.hits.append((hit, closed))


def _judge_simple(found: FieldWalk, open_fields: list[_Field], element: etree._Element) -> None:
    instruction = attribute(element, "instr")
    _note_nesting(open_fields)
    found.hosts |= hosts_of(instruction)
    hit = judge_instruction(instruction)
    if hit is not None:
        found.simple.append((hit, element))


def unlink_complex(acting: _Field) -> None:
    """Take the field's marks and all of its instruction out; its last result stays as text."""
    for element in (*acting.instruction, *acting.marks):
        drop_element(element)


def unlink_simple(element: etree._Element) -> None:
    """Put the field's result in the field's place."""
    parent = element.getparent()
    if parent is None:
        return
    at = parent.index(element)
    for child in reversed(list(element)):
        parent.insert(at, child)
    drop_element(element)
