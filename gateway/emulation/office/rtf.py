"""Rich Text Format as Word loads it: objects, templates, fields, and words that break readers.

Groups are read by extraction's tokenizer; here the data of objects is put together as Word does it,
through the disguises that are common. Nothing is run, no text is laid out.
Source: Rich Text Format Specification 1.9.1, "Objects".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.emulation.office.content import Content
from gateway.emulation.office.fields import DDE, dde_command, quoted
from gateway.emulation.office.oleobjects import ole1, take_ole1
from gateway.extraction import links
from gateway.extraction.rtf.extractor import MAX_FONTS
from gateway.extraction.rtf.groups import Document, Group, read, text_of
from gateway.extraction.rtf.rules import MATTERS, REMOTE_SHAPE

_OBJECTS_MAX = 500
"""Objects that are taken apart; a long report of charts has a hundred."""
_UPDATES = ("objupdate", "objautlink")
_FETCHING = {
    "INCLUDEPICTURE": "picture",
    "IMPORT": "picture",
    "INCLUDETEXT": "text",
    "INCLUDE": "text",
    "RD": "text",
    "LINK": "oleobject",
}
"""Fields that load something when the document opens, and what."""
_WORD = re.compile(r'"([^"]*)"|(\S+)')

_TOKEN = re.compile(rb"([{}])|\\([A-Za-z]+)(-?[0-9]+)? ?|\\'(..)|\\([\s\S])|([^\\{}]+)", re.DOTALL)
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]+")
_SKIPPED_GROUPS = frozenset(
    (
        b"shpinst pict result objclass objname shp shptxt sp sn sv fldinst fldrslt field datafield "
        b"themedata info author title footnote header footer comment pn nonshppict shppict upr ud "
        b"listtable stylesheet fonttbl colortbl bkmkstart bkmkend atnid annotation txe xe do"
    ).split()
)
"""Destinations of their own: what stands in them is no part of the data around them."""

BROKEN = "text that overruns Word"
_OVERRIDE = re.compile(rb"\\listoverridecount ?([0-9]{1,10})")
_OVERRIDES = frozenset({0, 1, 9})
"""The only counts there are (specification, "List Override Table"); CVE-2014-1761 has others."""
_FRAGMENTS_MAX = 256
"""Hexadecimal digits of a shape's fragments; CVE-2010-3333 overruns with thousands."""


def read_rtf(data: bytes) -> Content:
    """Everything in a rich text that acts. Raises ExtractError for what no reader takes."""
    content = Content("word")
    document = read(data, MATTERS)
    updates = any(group.has(word) for group in document.root.walk() for word in _UPDATES)
    holders = [group for group in document.root.walk() if group.has("objdata")]
    if len(holders) > _OBJECTS_MAX:
        content.unread.append(f"objects beyond the first {_OBJECTS_MAX}")
    for group in holders[:_OBJECTS_MAX]:
        take_ole1(_object_data(data, group), content, updates=updates)
    for group in document.root.walk():
        if group.has("template"):
            content.links.append(("attachedtemplate", text_of(data, group).strip()))
        if group.has("fldinst"):
            _field(data, group, content)
        if group.has("sp"):
            _shape(data, group, content)
    _breaking(data, document, content)
    return content


def _object_data(data: bytes, group: Group) -> bytes:
    """The bytes of an object. Word's own reading comes first; where that gives no object, data in
    groups that Word may or may not skip is taken along."""
    words = [word for word in group.words if word.name == "objdata"]
    start = words[-1].end
    readings = [_decoded(data, start, group.end, strict) for strict in (True, False)]
    for reading in readings:
        if ole1(reading) is not None:
            return reading
    return max(readings, key=len)


def _decoded(data: bytes, start: int, end: int, strict: bool) -> bytes:
    """Hexadecimal digits and binary runs between `start` and `end` as bytes.

    Control words are passed over, and so are groups of other destinations; strict: those that are
    marked as ignorable too. Word forgets a single digit before `\\'`.
    """
    digits = bytearray()
    at, depth, skipping, fresh, ignorable = start, 0, 0, False, False
    while at < end and (token := _TOKEN.match(data, at, end)) is not None:
        at = token.end()
        brace, word, number, escaped, symbol, text = token.groups()
        if brace == b"{":
            depth, fresh, ignorable = depth + 1, True, False
            continue
        if brace == b"}":
            depth -= 1
            skipping = skipping if depth >= skipping else 0
            if depth < 0:
                break
        elif word is not None:
            if word == b"bin":
                size = max(0, int((number or b"0")[:11]))
                if not skipping:
                    digits += data[at : min(end, at + size)].hex().encode()
                at = min(end, at + size)
            elif fresh and not skipping and (word in _SKIPPED_GROUPS or (ignorable and strict)):
                skipping = depth
        elif escaped is not None:
            if not skipping and len(digits) & 1:
                del digits[-1:]
        elif symbol == b"*":
            ignorable = True
            continue
        elif text is not None and not skipping:
            digits += _NOT_HEX.sub(b"", text)
        fresh = fresh and text is not None and not text.strip()
    return bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))


def _field(data: bytes, group: Group, content: Content) -> None:
    instruction = " ".join(quoted(text_of(data, group)).split())
    if found := DDE.search(instruction):
        content.commands.append(dde_command(found[1]))
        return
    words = [(quote or plain).replace("\\\\", "\\") for quote, plain in _WORD.findall(instruction)]
    kind = _FETCHING.get(words[0].upper()) if words else None
    target = next((word for word in words[1:] if links.is_remote(word)), "")
    if kind and target:
        content.links.append((kind, target))


def _shape(data: bytes, group: Group, content: Content) -> None:
    """A shape's property: a picture elsewhere, or fragments that overrun Word's stack."""
    name, value = group.child("sn"), group.child("sv")
    if name is None or value is None:
        return
    called, said = text_of(data, name).strip().lower(), text_of(data, value).strip()
    if called in REMOTE_SHAPE and links.is_remote(said):
        content.links.append(("picture", said))
    digits = len("".join(said.rsplit(";", 1)[-1].split()))
    if called == "pfragments" and digits > _FRAGMENTS_MAX:
        content.told.append((BROKEN, f"fragments of a shape with {digits} digits", ""))


def _breaking(data: bytes, document: Document, content: Content) -> None:
    """Words and tables that readers were broken with."""
    for group in _font_tables(document):
        if len(group.children) > MAX_FONTS:
            content.told.append((BROKEN, f"a table of {len(group.children)} fonts", ""))
    for match in _OVERRIDE.finditer(data):
        if int(match[1]) not in _OVERRIDES:
            content.told.append((BROKEN, f"a list with {int(match[1])} overrides", ""))
            return


def _font_tables(document: Document) -> Iterator[Group]:
    return (group for group in document.root.children if group.has("fonttbl"))
