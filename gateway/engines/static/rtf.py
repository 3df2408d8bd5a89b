"""Rich text: objects, object updates, remote templates and acting fields.

Looks for control words first; oletools' rtfobj, which is slow, parses only files with objects.
"""

from __future__ import annotations

import re

from gateway.engines.static import payloads
from gateway.engines.static.report import Sight
from gateway.extraction import links
from gateway.extraction.ooxml.fields import judge_instruction
from gateway.model import Severity

MAX_PARSED = 8 * 1024 * 1024
"""Bytes given to rtfobj; beyond, only the control words are judged."""

_OBJECT = re.compile(rb"\\obj(?:data|update|autlink|link|ocx|emb)\b|\\objclass", re.IGNORECASE)
_UPDATE = re.compile(rb"\\obj(?:update|autlink)\b", re.IGNORECASE)
_TEMPLATE = re.compile(rb"\\\*\s*\\template\s+([^{}]{1,500})", re.IGNORECASE)
_FIELD = re.compile(rb"\\\*\s*\\fldinst\b((?:[^{}]|\{[^{}]{0,500}\}){1,2000})", re.IGNORECASE)
_BREAKING = re.compile(rb"pFragments|\\listoverridecount ?(?![019]\b)\d", re.IGNORECASE)
"""Signs of CVE-2010-3333 and CVE-2014-1761: reason enough to look closer."""
_REMOTE_SHAPE = re.compile(rb"pibName|(?:fill|line|lineFill)BlipName", re.IGNORECASE)
_CONTROL = re.compile(r"\\[a-z]+-?\d* ?|[{}]|\r|\n")
_UNICODE = re.compile(r"\\u(-?\d{1,6}) ?\??")


def preload() -> None:
    """Import rtfobj."""
    import oletools.rtfobj

    del oletools


def examine(sight: Sight, data: bytes) -> None:
    """Examine a rich text file."""
    if data.lstrip()[:4] != b"{\\rt":
        sight.notes.append("the rich text has no beginning")
    _judge_template(sight, data)
    if _BREAKING.search(data):
        sight.acts("word that readers were broken with")
    if _REMOTE_SHAPE.search(data):
        sight.acts("shape with a picture from elsewhere")
    for found in _FIELD.findall(data):
        hit = judge_instruction(plain(found.decode("latin-1")))
        if hit is not None:
            if hit.acts:
                sight.acts(hit.what)
            sight.extractable.append(hit.what)
            severity = Severity.HIGH if hit.kind == "dde" else Severity.LOW
            sight.find(hit.kind.value, severity, 75, f"{hit.what}: {hit.where}")
    if _OBJECT.search(data):
        _examine_objects(sight, data)


def plain(untrusted_rtf: str) -> str:
    """RTF text without control words and groups, character codes resolved."""
    text = _UNICODE.sub(lambda found: chr(int(found[1]) % 0x10000), untrusted_rtf)
    return _CONTROL.sub("", text).replace("\\\\", "\\").strip()


def _judge_template(sight: Sight, data: bytes) -> None:
    found = _TEMPLATE.search(data)
    if found is None:
        return
    target = plain(found[1].decode("latin-1"))
    if links.is_remote(target):
        sight.acts("remote template")
        sight.hosts.update(filter(None, (links.host(target),)))
        sight.find("external_links", Severity.MEDIUM, 75, f"remote template: {target}")


def _examine_objects(sight: Sight, data: bytes) -> None:
    from oletools.rtfobj import RtfObjParser

    sight.extractable.append("embedded OLE object")
    sight.acts("embedded object")
    if _UPDATE.search(data):
        sight.acts("object that updates itself on opening")
        sight.find("rtf_object_update", Severity.LOW, 60, "an object that updates itself")
    if len(data) > MAX_PARSED:
        sight.notes.append("too large to take its objects apart")
        return
    parser = RtfObjParser(data)
    try:
        parser.parse()
    except Exception as error:  # noqa: BLE001 - rtfobj raises whatever broken objects make it
        sight.notes.append(f"its objects cannot be read: {type(error).__name__}")
    for found in parser.objects:
        _judge_object(sight, found.class_name or b"", found.oledata or b"", found.filename or "")


def _judge_object(sight: Sight, class_name: bytes, content: bytes, file_name: str) -> None:
    name = class_name.decode("latin-1")[:60]
    sight.find("rtf_object", Severity.LOW, 50, f"embedded object {name}".rstrip())
    if name.lower().startswith("equation"):
        sight.find("equation_object", Severity.MEDIUM, 55, "Equation Editor object in rich text")
    if name.lower() == "package" and content:
        payloads.examine_package(sight, b"\0\0\0\0" + content, file_name or "rich text")
    elif content.startswith(payloads.OLE_MAGIC):
        payloads.examine_compound(sight, content)
