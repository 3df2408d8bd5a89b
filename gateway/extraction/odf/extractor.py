"""The extractor of OpenDocument: the steps, in the order they run.

A package is a zip file; members that stay keep their compressed bytes. Flat XML is one tree.
Looking and taking out are one pass over the same code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from gateway.extraction import xmlsafe
from gateway.extraction.contract import (
    EncryptedError,
    ExtractError,
    Extraction,
    ExtractStatus,
    Payload,
    Survey,
)
from gateway.extraction.kinds import BY_POLICY_ONLY, Hit, Kind
from gateway.extraction.linkedit import Relink
from gateway.extraction.odf.rules import Removes, Sweep
from gateway.extraction.switches import ExtractSwitches
from gateway.extraction.zipcopy import (
    Archive,
    Edit,
    Member,
    peek,
    read_archive,
    read_member,
    write_archive,
)

NAME = "odf"
TYPES = frozenset({"odf"})

MANIFEST = "META-INF/manifest.xml"
WHOLE = "encrypted-package"
"""The member that is a whole package behind a password (OpenDocument 1.5, LibreOffice 24.8)."""
_SIGNATURES = re.compile(r"META-INF/.*signatures.*\.xml", re.IGNORECASE)
_BASIC_LISTS = re.compile(r"(?:script|dialog)-l[bc]\.xml", re.IGNORECASE)
_MACRO_FOLDERS = ("basic/", "scripts/", "dialogs/", "_ms_vba_", "vba_project")
_CONFIGURATION = "configurations2/"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPAQUE = (
    (_OLE_MAGIC, "embedded OLE object"),
    (b"PK\x03\x04", "embedded archive"),
    (b"MZ", "program"),
)
_DOCTYPE = re.compile(rb"<!DOCTYPE\s[^<>\[\]]*>")
_HEAD = 1024
"""A document type declaration without a body stands within these bytes in files of
OpenOffice.org 1 to 3; it is not read, and not written again."""


@dataclass(slots=True)
class _Package:
    archive: Archive
    members: dict[str, Member]
    edits: dict[str, Edit] = field(default_factory=dict)
    payloads: list[Payload] = field(default_factory=list)

    def text(self, name: str) -> bytes:
        return read_member(self.archive, self.members[name])

    def remove(self, name: str) -> None:
        self.edits[name] = Edit(remove=True)

    def stays(self, name: str) -> bool:
        return not (name in self.edits and self.edits[name].remove)


def preload() -> None:
    """Everything is imported with this module, except what lxml loads late."""
    xmlsafe.parse(b"<a/>", "preload")


def survey(data: bytes, type_name: str) -> Survey:
    """What could be taken out of the document in `data`."""
    sweep, _, payloads = _analyse(data, lambda kind: kind not in BY_POLICY_ONLY)
    return Survey(tuple(sweep.hits), tuple(sorted(sweep.hosts)), tuple(payloads))


def extract(data: bytes, type_name: str, switches: ExtractSwitches) -> Extraction:
    """The document without what `switches` name."""
    sweep, write, _ = _analyse(data, switches.removes, switches.relinks(Kind.HYPERLINKS))
    if not sweep.hits:
        return Extraction(ExtractStatus.UNCHANGED, type_name)
    removed = tuple(dict.fromkeys(hit.as_removal() for hit in sweep.hits))
    return Extraction(ExtractStatus.CLEANED, type_name, write(), removed)


def _analyse(
    data: bytes, removes: Removes, relink: Relink | None = None
) -> tuple[Sweep, Callable[[], bytes], list[Payload]]:
    """The walk over the document, and what writes it as it is after the walk."""
    if data.lstrip()[:1] == b"<" or data.startswith((b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")):
        return _flat(data, removes, relink)
    package = _open(data)
    sweep = Sweep(removes, package.members.keys(), relink=relink)
    _note_hidden_data(package.archive, sweep)
    _remove_members(package, sweep)
    for name in list(package.members):
        if name.lower().endswith((".xml", ".rdf")) and package.stays(name) and name != MANIFEST:
            _clean_member(package, sweep, name)
    if sweep.hits or removes(Kind.SIGNATURES):
        _remove_signatures(package, sweep)
    if sweep.hits:
        _update_manifest(package)
    return sweep, lambda: write_archive(package.archive, package.edits), package.payloads


def _flat(
    data: bytes, removes: Removes, relink: Relink | None
) -> tuple[Sweep, Callable[[], bytes], list[Payload]]:
    root = parsed(data, "the document")
    if xmlsafe.local(root) != "document":
        raise ExtractError("the file is no OpenDocument file")
    sweep = Sweep(removes, (), relink=relink)
    # An object without an address holds its document as a child, which the walk reaches.
    sweep.clean(root, "document")
    return sweep, lambda: xmlsafe.serialise(root), []


def _open(data: bytes) -> _Package:
    archive = read_archive(data)
    members = {member.name: member for member in archive.members}
    if len(members) != len(archive.members):
        raise ExtractError("two members of the package have the same name")
    if "content.xml" not in members:
        if WHOLE in members:
            raise EncryptedError("the document is protected by a password")
        raise ExtractError("the file is no OpenDocument file")
    package = _Package(archive, members)
    if MANIFEST in members:
        manifest = parsed(package.text(MANIFEST), MANIFEST)
        if any(xmlsafe.local(element) == "encryption-data" for element in manifest.iter()):
            raise EncryptedError("the document is protected by a password")
    if "mimetype" in members and package.text("mimetype").strip().endswith(b"opendocument.base"):
        raise ExtractError("a database cannot be cleaned: its queries are what it is")
    return package


def parsed(untrusted_xml: bytes, where: str) -> etree._Element:
    """The root of a member, whose plain document type is passed over. Raises ExtractError."""
    head = _DOCTYPE.sub(b"", untrusted_xml[:_HEAD], count=1)
    return xmlsafe.parse(head + untrusted_xml[_HEAD:], where)


def _note_hidden_data(archive: Archive, sweep: Sweep) -> None:
    for count, place in ((archive.prefix, "before"), (archive.suffix, "after")):
        if count:
            sweep.takes(Kind.HIDDEN_DATA, f"{count} bytes", f"{place} the package", acts=False)


def _remove_members(package: _Package, sweep: Sweep) -> None:
    """Macro libraries, changed menus, and members that are no part of a document."""
    macros = [name for name in package.members if name.lower().startswith(_MACRO_FOLDERS)]
    code = [n for n in macros if not n.endswith("/") and not _BASIC_LISTS.search(n)]
    if code and sweep.removes(Kind.MACROS):
        for name in code:
            sweep.takes(Kind.MACROS, "macro library", name)
            package.payloads.append(Payload(Kind.MACROS, name, package.text(name)))
        for name in macros:
            package.remove(name)
    for name, member in package.members.items():
        if not package.stays(name) or not member.size:
            continue
        if name.lower().startswith(_CONFIGURATION) and name.endswith(".xml"):
            if sweep.takes(Kind.CUSTOM_UI, "changed menus or keys", name):
                package.remove(name)
            continue
        head = peek(package.archive, member, len(_OLE_MAGIC))
        what = next((what for magic, what in _OPAQUE if head.startswith(magic)), "")
        if what and sweep.takes(Kind.OLE_OBJECTS, what, name, acts=False):
            package.payloads.append(Payload(Kind.OLE_OBJECTS, name, package.text(name)))
            package.remove(name)


def _clean_member(package: _Package, sweep: Sweep, name: str) -> None:
    text = package.text(name)
    if not text.strip():
        return
    root = parsed(text, name)
    if sweep.clean(root, name):
        package.edits[name] = Edit(xmlsafe.serialise(root))


def _remove_signatures(package: _Package, sweep: Sweep) -> None:
    for name in package.members:
        if _SIGNATURES.fullmatch(name):
            package.remove(name)
            sweep.hits.append(Hit(Kind.SIGNATURES, "digital signature", name, acts=False))


def _update_manifest(package: _Package) -> None:
    """Members that went leave the manifest, else readers call the file damaged."""
    if MANIFEST not in package.members:
        return
    gone = {name for name in package.members if not package.stays(name)}
    folders = {name.partition("/")[0] + "/" for name in gone if "/" in name}
    left = {name.partition("/")[0] + "/" for name in package.members if package.stays(name)}
    gone |= folders - left
    root = parsed(package.text(MANIFEST), MANIFEST)
    changed = False
    for entry in list(root):
        path = xmlsafe.attribute(entry, "full-path")
        if path in gone or any(path.startswith(folder) for folder in folders - left):
            root.remove(entry)
            changed = True
    if changed:
        package.edits[MANIFEST] = Edit(xmlsafe.serialise(root))
