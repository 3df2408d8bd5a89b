"""olevba, oleobj, msodde and oleid on Office files, and a look at every relationship and member."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import olefile
from lxml import etree
from oletools import msodde, oleid, oleobj, rtfobj
from oletools.olevba import VBA_Parser

_RICH_TEXT = b"{\\rt"
_RELATION_TYPES = (
    *("vbaProject", "attachedTemplate", "oleObject", "control", "activeXControlBinary"),
    *("frame", "subDocument", "externalLinkPath", "customUI", "ui/extensibility", "webextension"),
    *("xlMacrosheet", "xlIntlMacrosheet", "dialogsheet", "mailMergeSource", "afChunk"),
    *("digital-signature/origin", "keyMapCustomizations", "attachedToolbars"),
)
"""Ends of relationship types that may not be left, or only with a target inside."""
_INSIDE_IS_FINE = frozenset({"frame", "subDocument", "afChunk"})
_MEMBERS = re.compile(
    r"(vbaProject|vbaData|vbaProjectSignature\w*|activeX\d*|oleObject\d*|ctrlProp\d*|customUI\d*"
    r"|printerSettings\d*\.exe)\.(bin|xml)$|\.(exe|dll|js|vbs|hta|lnk|scr|ps1|jar|swf)$",
    re.IGNORECASE,
)
_LINK_SCHEMES = re.compile(
    r"\s*(javascript|vbscript|file|data|ms-[a-z-]+|search-ms|shell):", re.IGNORECASE
)


def complaints(path: Path, data: bytes) -> Iterator[str]:
    """What oletools find."""
    for name, judge in (("olevba", _olevba), ("oleobj", _oleobj), ("msodde", _msodde),
                        ("oleid", _oleid)):  # fmt: skip
        yield from _said(name, judge, path, data)


def rtf_complaints(path: Path, data: bytes) -> Iterator[str]:
    """What rtfobj and msodde find: olevba and oleobj read no RTF."""
    yield from _said("rtfobj", _rtfobj, path, data)
    yield from _said("msodde", _msodde, path, data)


def package_complaints(path: Path, data: bytes) -> Iterator[str]:
    """What oletools find, and what relationships and members say."""
    yield from complaints(path, data)
    yield from _said("relationships", _relationships, path, data)
    yield from _said("members", _member_names, path, data)


def zip_complaints(path: Path, data: bytes) -> Iterator[str]:
    """Of a zip that is no Office file only that Python opens it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        return  # damaged or encrypted as it came; what was rebuilt is compared elsewhere
    if damaged:
        yield f"members: {damaged} is damaged"


def _said(
    name: str, judge: Callable[[Path, bytes], Iterator[str]], path: Path, data: bytes
) -> Iterator[str]:
    try:
        yield from (f"{name}: {line}" for line in judge(path, data))
    except Exception as error:  # noqa: BLE001 - a judge that breaks says so; the file goes on
        yield f"{name} broke: {type(error).__name__}: {str(error)[:100]}"


def _olevba(path: Path, data: bytes) -> Iterator[str]:
    if data.startswith(_RICH_TEXT):
        return  # olevba refuses it by name: it cannot hold a project
    parser = VBA_Parser(str(path), data=data)
    try:
        if parser.detect_vba_macros():
            yield "VBA macros"
        if parser.detect_xlm_macros():
            yield "Excel 4 macros"
    finally:
        parser.close()


def _oleobj(path: Path, data: bytes) -> Iterator[str]:
    if data.startswith(_RICH_TEXT):
        parser = rtfobj.RtfObjParser(data)
        parser.parse()
        yield from (f"an OLE object {item.class_name!r}" for item in parser.objects)
        return
    for found in oleobj.find_ole(str(path), None):
        if found is not None and not data.startswith(b"\xd0\xcf"):
            yield "an OLE object"
            break
    if data.startswith(b"PK"):
        for kind, target in oleobj.find_external_relationships(oleobj.XmlParser(str(path))):
            if kind != "hyperlink":
                yield f"external {kind} to {target[:100]}"
        for found in oleobj.find_customUI(oleobj.XmlParser(str(path))):
            yield f"custom UI {found}"


def _rtfobj(path: Path, data: bytes) -> Iterator[str]:
    for _, _, found in rtfobj.rtf_iter_objects(str(path)):
        yield f"an object of {len(found)} bytes"


def _msodde(path: Path, data: bytes) -> Iterator[str]:
    if path.suffix.lower() in (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm", ".ppt"):
        return  # msodde knows no slides
    found = msodde.process_file(str(path), msodde.FIELD_FILTER_DDE)
    if found.strip():
        yield " ".join(found.split())[:200]


def _oleid(path: Path, data: bytes) -> Iterator[str]:
    for check in oleid.OleID(str(path)).check():
        risk = str(check.risk)
        bad = check.id in ("vba", "xlm", "ObjectPool", "flash") and str(check.value) not in (
            *("No", "False", "0", "None"),
        )
        if check.id == "ObjectPool":
            bad = bad and _has_objects(path)
        if bad and risk not in ("none", "info"):
            yield f"{check.name}: {check.value}"


def _has_objects(path: Path) -> bool:
    """oleid complains of an ObjectPool that is there; Word leaves empty ones behind."""
    with olefile.OleFileIO(str(path)) as ole:
        return any(name[0] == "ObjectPool" and len(name) > 1 for name in ole.listdir())


def _relationships(path: Path, data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if not name.lower().endswith(".rels"):
                continue
            for relation in etree.fromstring(archive.read(name)):
                yield from _about_relation(name, relation)


def _about_relation(name: str, relation: etree._Element) -> Iterator[str]:
    kind, target = relation.get("Type", ""), relation.get("Target", "")
    external = relation.get("TargetMode", "").lower() == "external"
    ends = next((each for each in _RELATION_TYPES if kind.endswith("/" + each)), "")
    if ends and (external or ends not in _INSIDE_IS_FINE):
        yield f"{name}: {ends} -> {target[:100]}"
    elif external and not kind.endswith("/hyperlink"):
        yield f"{name}: external {kind.rpartition('/')[2]} -> {target[:100]}"
    elif external and _LINK_SCHEMES.match(target):
        yield f"{name}: link that starts something -> {target[:100]}"


def _member_names(path: Path, data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if (damaged := archive.testzip()) is not None:
            yield f"{damaged} is damaged"
        names = archive.namelist()
        if len(names) != len(set(names)):
            yield "two members have one name"
        yield from (f"{name} is there" for name in names if _MEMBERS.search(name))
        if min((info.header_offset for info in archive.infolist()), default=0) > 0:
            yield "bytes before the first member"
    if archive.comment:
        yield "a comment after the directory"
